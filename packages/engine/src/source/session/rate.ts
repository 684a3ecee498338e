/** A rate over the last seconds of something that is only counted. Pure: time is an argument. */

/** Samples are this far apart at least. */
const STEP_MS = 500;
/** How far a rate looks back. */
const WINDOW_MS = 5000;

export class Rate {
  #samples: { readonly atMs: number; readonly total: number }[] = [];

  /** Notes the total at a time (monotonic milliseconds); call whenever it grew. */
  note(total: number, nowMs: number): void {
    const last = this.#samples.at(-1);
    if (last !== undefined && nowMs - last.atMs < STEP_MS) return;
    this.#samples = [
      ...this.#samples.filter(({ atMs }) => nowMs - atMs <= WINDOW_MS),
      { atMs: nowMs, total },
    ];
  }

  /** Units a second over the window, rounded; 0 when nothing was counted in it. */
  perSecond(total: number, nowMs: number): number {
    const first = this.#samples.find(({ atMs }) => nowMs - atMs <= WINDOW_MS);
    if (first === undefined || nowMs <= first.atMs) return 0;
    return Math.round(((total - first.total) * 1000) / (nowMs - first.atMs));
  }
}
