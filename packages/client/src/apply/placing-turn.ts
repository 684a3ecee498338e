/**
 * Files that are placed beside other work, and work on the target as a whole, take turns: a plan renames and removes
 * folders, a look compares what stands there with what is recorded, and neither may meet files that are in place and
 * not recorded yet.
 */

/** More would only keep the work that waits for them waiting; each is done in some milliseconds. */
const MAX_RUNNING = 4;

export class PlacingTurn {
  #running = 0;
  #isHeld = false;
  readonly #waiters: (() => void)[] = [];

  /** Whether files may be placed beside other work now. */
  get isOpen(): boolean {
    return !this.#isHeld && this.#running < MAX_RUNNING;
  }

  /** Runs `placing` from its begin until what it placed is recorded. Only while it is open. */
  async run(placing: () => Promise<void>): Promise<void> {
    this.#running += 1;
    try {
      await placing();
    } finally {
      this.#running -= 1;
      if (this.#running === 0) for (const wake of this.#waiters.splice(0)) wake();
    }
  }

  /** Runs `work` while nothing is placed: it begins when all that was begun is recorded. One at a time. */
  async alone(work: () => Promise<void>): Promise<void> {
    this.#isHeld = true;
    try {
      if (this.#running > 0) await new Promise<void>((resolve) => this.#waiters.push(resolve));
      await work();
    } finally {
      this.#isHeld = false;
    }
  }
}
