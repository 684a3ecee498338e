/**
 * Whether a job is paused: a file in its state folder, so that it stays so over restarts, and can be said
 * while no client runs.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { readSmallFile, replaceWhole } from '@lanmirror/engine/host';

/** Since when, ISO 8601; undefined when it is not paused. */
export function pausedSince(stateDir: string): string | undefined {
  const text = readSmallFile(fileIn(stateDir), false)?.trim();
  // A power cut may leave the file empty: it was meant all the same.
  return text === '' ? 'an unknown time' : text;
}

/** Does nothing for a job that is paused already. */
export function notePause(stateDir: string, now: Date): void {
  if (pausedSince(stateDir) === undefined) replaceWhole(fileIn(stateDir), `${now.toISOString()}\n`);
}

export function forgetPause(stateDir: string): void {
  rmSync(fileIn(stateDir), { force: true });
}

function fileIn(stateDir: string): string {
  return join(stateDir, 'paused');
}
