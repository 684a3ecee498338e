/**
 * Stops cleanly on SIGTERM, SIGINT and SIGHUP; a second signal aborts at once.
 */

/** Resolves with the first signal's name. A second one ends the process (130) without waiting for anything. */
export function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let isAsked = false;
    const ask = (signal: NodeJS.Signals): void => {
      if (isAsked) process.exit(128 + (signal === 'SIGINT' ? 2 : 15));
      isAsked = true;
      resolve(signal);
    };
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, ask);
  });
}
