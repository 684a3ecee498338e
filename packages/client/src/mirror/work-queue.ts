/** Runs pieces of work one after the other; one that fails does not stop the next. */
export class WorkQueue {
  readonly #failed: (error: unknown) => void;
  readonly #alone: (work: () => Promise<void>) => Promise<void>;
  #last: Promise<void> = Promise.resolve();
  #length = 0;

  /** `alone` runs a piece while nothing is done beside it that may not be. */
  constructor(failed: (error: unknown) => void, alone: (work: () => Promise<void>) => Promise<void>) {
    this.#failed = failed;
    this.#alone = alone;
  }

  /** Pieces that wait or run. */
  get length(): number {
    return this.#length;
  }

  add(work: () => Promise<void>): void {
    this.addBeside(() => this.#alone(work));
  }

  /** Like `add`, for work that nothing disturbs. */
  addBeside(work: () => Promise<void>): void {
    this.#length += 1;
    this.#last = this.#last
      .then(work)
      .catch(this.#failed)
      .finally(() => {
        this.#length -= 1;
      });
  }

  /** Like `add`, for who waits for the result. A failure is told to both. */
  run<T>(work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.add(async () => {
        const result = work();
        result.then(resolve, reject);
        await result;
      });
    });
  }

  /** Resolves when everything added so far is over. */
  done(): Promise<void> {
    return this.#last;
  }
}
