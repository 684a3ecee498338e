/**
 * Stops cleanly on SIGTERM, SIGINT and SIGHUP; a second SIGTERM or SIGINT aborts at once.
 */
import { constants } from 'node:os';

/**
 * Resolves with the first signal's name. After a SIGTERM or SIGINT another one ends the process without
 * waiting for anything, with the exit code of a shell: 128 and the signal's number. SIGHUP does not count:
 * a terminal that is closed sends it to a program and to what started it, which then sends SIGTERM.
 */
export function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let isAsked = false;
    const ask = (signal: NodeJS.Signals): void => {
      resolve(signal);
      if (signal === 'SIGHUP') return;
      if (isAsked) process.exit(128 + constants.signals[signal]);
      isAsked = true;
    };
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, ask);
  });
}
