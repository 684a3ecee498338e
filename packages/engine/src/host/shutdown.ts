/**
 * Stops cleanly on SIGTERM, SIGINT and SIGHUP; a second SIGTERM or SIGINT aborts at once.
 */
import { constants } from 'node:os';

let asked: Promise<NodeJS.Signals> | undefined;

/**
 * Resolves with the first signal's name. From the first call on signals only ask: whoever has something to
 * end, or to give back, calls it before that. After a SIGTERM or SIGINT another one ends the process without
 * waiting for anything, with the exit code of a shell: 128 and the signal's number. SIGHUP does not count:
 * a terminal that is closed sends it to a program and to what started it, which then sends SIGTERM.
 */
export function untilSignal(): Promise<NodeJS.Signals> {
  asked ??= new Promise((resolve) => {
    let isAsked = false;
    const ask = (signal: NodeJS.Signals): void => {
      resolve(signal);
      if (signal === 'SIGHUP') return;
      if (isAsked) process.exit(128 + constants.signals[signal]);
      isAsked = true;
    };
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, ask);
  });
  return asked;
}
