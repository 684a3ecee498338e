/** Asks again while a client starts: it has a lock before it can answer, and a moment earlier not even that. */
import { setTimeout } from 'node:timers/promises';
import { UserError } from '@lanmirror/engine/host';
import { NO_ANSWER_YET } from './running-client.ts';

/** The code of an error that says that no client runs. */
export const NOT_RUNNING = 'NOT_RUNNING';

/** The code of an error that says that a client is not connected because of its times. */
export const RESTING = 'RESTING';

/** What a program takes from its start to its lock, on a slow machine, milliseconds. */
const TO_ITS_LOCK_MS = 3000;
const ASKED_AGAIN_MS = 50;

/**
 * @param timeoutMs how long a client may take to start, milliseconds
 * @param ask is given what is left of that. Fails with NO_ANSWER_YET or NOT_RUNNING while nobody answers.
 * @returns the first answer
 * @throws what `ask` failed with last; at once what is none of these two
 */
export async function untilStarted<T>(timeoutMs: number, ask: (leftMs: number) => Promise<T>): Promise<T> {
  const begunMs = performance.now();
  for (;;) {
    try {
      return await ask(Math.max(0, begunMs + timeoutMs - performance.now()));
    } catch (error) {
      const code = error instanceof UserError ? error.code : '';
      if (performance.now() - begunMs + ASKED_AGAIN_MS > patienceMs(code, timeoutMs)) throw error;
    }
    await setTimeout(ASKED_AGAIN_MS);
  }
}

function patienceMs(code: string, timeoutMs: number): number {
  if (code === NO_ANSWER_YET) return timeoutMs;
  return code === NOT_RUNNING ? Math.min(TO_ITS_LOCK_MS, timeoutMs) : 0;
}
