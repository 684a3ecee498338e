/**
 * A burst of deletions is judged whole. If the first hundred of a thousand were judged alone, they
 * would be applied before anyone could see that the folder is being emptied.
 */

/** This many deletions within {@link BURST_QUIET_MS} are a burst. */
const BURST_DELETES = 100;
/** A burst is over after this long without a deletion, in milliseconds. */
export const BURST_QUIET_MS = 1000;
/** A burst that does not end is judged after this long, in milliseconds. */
export const BURST_CAP_MS = 10_000;

/** Tells when deletions may be judged. Times are milliseconds of one clock that never runs backwards. */
export class Burst {
  /** Deletions of the last second, oldest first, at most one element a millisecond. */
  #recent: { readonly at: number; count: number }[] = [];
  #startedAt: number | undefined;
  #lastAt = 0;

  /** `count` deletions became known at `now`. */
  removed(count: number, now: number): void {
    if (count <= 0) return;
    this.#lastAt = now;
    this.#recent = this.#recent.filter((one) => one.at > now - BURST_QUIET_MS);
    const last = this.#recent.at(-1);
    if (last !== undefined && last.at === now) last.count += count;
    else this.#recent.push({ at: now, count });
    if (this.#startedAt === undefined && this.#total() >= BURST_DELETES) {
      this.#startedAt = this.#recent[0]?.at ?? now;
    }
  }

  /**
   * The time at which to ask again, or `undefined` when whatever is waiting may be judged now. That
   * answer ends the burst: deletions that come later are counted anew.
   */
  waitUntil(now: number): number | undefined {
    if (this.#startedAt === undefined) return undefined;
    const until = Math.min(this.#lastAt + BURST_QUIET_MS, this.#startedAt + BURST_CAP_MS);
    if (now < until) return until;
    this.#startedAt = undefined;
    this.#recent = [];
    return undefined;
  }

  #total(): number {
    return this.#recent.reduce((sum, one) => sum + one.count, 0);
  }
}
