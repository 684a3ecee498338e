/** Gives out inode numbers: rising, or as ext4 does the lowest free one. */
export class InodePool {
  readonly #reuses: boolean;
  #next = 2n;
  #free: bigint[] = [];

  constructor(reuses: boolean) {
    this.#reuses = reuses;
  }

  take(): bigint {
    const lowest = this.#free.shift();
    if (lowest !== undefined) return lowest;
    return this.#next++;
  }

  giveBack(ino: bigint): void {
    if (!this.#reuses) return;
    const at = this.#free.findIndex((free) => free > ino);
    this.#free.splice(at < 0 ? this.#free.length : at, 0, ino);
  }

  /** After nodes came back that were gone: no number below the highest ever used is free any more. */
  forgetFree(): void {
    this.#free = [];
  }
}
