/** The limit on silence: how long a command waits while nothing is heard and nothing is done. */

const LOOK_MS = 250;

/**
 * Calls `silent` once, when `activity` has not changed for so many seconds; a pass may take any time while it
 * changes. Does not keep the program alive.
 * @returns how to end the watch
 */
export function watchSilence(activity: () => number, seconds: number, silent: () => void): () => void {
  let last = activity();
  let sinceMs = performance.now();
  const timer = setInterval(() => {
    const now = activity();
    if (now !== last) sinceMs = performance.now();
    last = now;
    if (performance.now() - sinceMs < seconds * 1000) return;
    clearInterval(timer);
    silent();
  }, LOOK_MS);
  timer.unref();
  return () => clearInterval(timer);
}
