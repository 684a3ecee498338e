/** How often a tree is looked through when nobody tells of its changes. */

/** A pass may take one part in this many of the time: 5 % of one core, however large and slow the tree is. */
const PASS_SHARE = 20;

/**
 * The pause before the next pass, in milliseconds: at least `everyMs`, and so long that the passes take no more
 * than a small part of the time.
 * @param everyMs the wish, above 0
 * @param busyMs how long the event loop was kept by the pass before, 0 or more
 */
export function pollPauseMs(everyMs: number, busyMs: number): number {
  return Math.max(everyMs, busyMs * (PASS_SHARE - 1));
}
