/** The limit on silence: how long a command waits while nothing is heard and nothing is done. */

const LOOK_MS = 250;
/** A look that comes later than this was held up by work of this program, or by a machine that slept. */
const MAX_LOOK_MS = 2 * LOOK_MS;

export interface Silenced {
  /** Another number whenever something was heard or done. */
  activity(): number;
  /** This program is at work by itself, and waits for nobody. */
  isBusy(): boolean;
}

/**
 * Calls `silent` once, when for so many seconds nothing was heard and nothing done; a pass may take any time while
 * there is. Does not keep the program alive.
 * @returns how to end the watch
 */
export function watchSilence(
  { activity, isBusy }: Silenced,
  seconds: number,
  silent: () => void,
): () => void {
  let last = activity();
  let lookedMs = performance.now();
  let silentMs = 0;
  const timer = setInterval(() => {
    const [now, nowMs] = [activity(), performance.now()];
    silentMs = now !== last || isBusy() ? 0 : silentMs + Math.min(nowMs - lookedMs, MAX_LOOK_MS);
    last = now;
    lookedMs = nowMs;
    if (silentMs < seconds * 1000) return;
    clearInterval(timer);
    silent();
  }, LOOK_MS);
  timer.unref();
  return () => clearInterval(timer);
}
