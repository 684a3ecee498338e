/**
 * Whether a job is paused: a file in its state folder, so that it stays so over restarts, and can be said
 * while no client runs.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createWhole, readSmallFile } from '@lanmirror/engine/host';

/** Since when, ISO 8601; undefined when it is not paused. */
export function pausedSince(stateDir: string): string | undefined {
  const text = readSmallFile(fileIn(stateDir), false)?.trim();
  // A power cut may leave the file empty: it was meant all the same.
  return text === '' ? 'an unknown time' : text;
}

/** Survives a power cut from then on. A job that is paused already is so since before. */
export function notePause(stateDir: string, now: Date): void {
  createWhole(fileIn(stateDir), `${now.toISOString()}\n`, true);
}

export function forgetPause(stateDir: string): void {
  rmSync(fileIn(stateDir), { force: true });
}

function fileIn(stateDir: string): string {
  return join(stateDir, 'paused');
}
