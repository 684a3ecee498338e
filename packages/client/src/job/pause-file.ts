/**
 * Whether a job is paused: a file for its name in the folder of the INI, so that it stays so over restarts, wherever
 * the job mirrors to by then, and can be said while no client runs.
 */
import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createWhole, readSmallFile } from '@lanmirror/engine/host';
import { idOf } from './configured-job.ts';

/** Of the hash of a name: what one INI can hold never meets in so many. */
const HASH_CHARACTERS = 32;

/**
 * Since when, ISO 8601; undefined when it is not paused.
 * @param programDir the folder of the INI; it need not exist
 * @param name of the job, in any case
 */
export function pausedSince(programDir: string, name: string): string | undefined {
  const text = readSmallFile(fileOf(programDir, name), false)?.trim();
  // A power cut may leave the file empty: it was meant all the same.
  return text === '' ? 'an unknown time' : text;
}

/** Survives a power cut from then on. A job that is paused already is so since before. */
export function notePause(programDir: string, name: string, now: Date): void {
  createWhole(fileOf(programDir, name), `${now.toISOString()}\n`, true);
}

/** No pause of that name is left. */
export function forgetPause(programDir: string, name: string): void {
  rmSync(fileOf(programDir, name), { force: true });
}

/** A name of a job may be longer than that of a file, and hold what no file name may. */
function fileOf(programDir: string, name: string): string {
  const hash = createHash('sha256').update(idOf(name)).digest('hex').slice(0, HASH_CHARACTERS);
  return join(programDir, `paused-${hash}`);
}
