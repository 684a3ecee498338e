import type { Clock } from '../core/index.ts';

/** The real clock. */
export const systemClock: Clock = {
  wallMs: () => Date.now(),
  nowMs: () => performance.now(),
  after(delayMs, work) {
    // The system drops fractions: the timer would come too early, and be set once more for what is left.
    const timer = setTimeout(work, Math.ceil(delayMs));
    return () => clearTimeout(timer);
  },
  turn: () => new Promise((resolve) => setImmediate(resolve)),
};
