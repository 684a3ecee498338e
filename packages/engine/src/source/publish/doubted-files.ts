/** Files that gave another content once, and when each is to be read again. Bounded: more are met by the next pass. */

const MAX_DOUBTED = 1000;

export class DoubtedFiles {
  /** Ids, and the moment (monotonic ms) from which each may be read. */
  readonly #dueMs = new Map<number, number>();
  /** Grows whenever the list becomes another one. */
  revision = 0;

  /** What is doubted already keeps its moment. Returns whether it is new. */
  add(id: number, dueMs: number): boolean {
    if (this.#dueMs.has(id) || this.#dueMs.size >= MAX_DOUBTED) return false;
    this.#dueMs.set(id, dueMs);
    this.revision += 1;
    return true;
  }

  remove(id: number): void {
    if (this.#dueMs.delete(id)) this.revision += 1;
  }

  has(id: number): boolean {
    return this.#dueMs.has(id);
  }

  get isEmpty(): boolean {
    return this.#dueMs.size === 0;
  }

  get ids(): readonly number[] {
    return [...this.#dueMs.keys()];
  }

  /** The first that may be read now. */
  dueAt(nowMs: number): number | undefined {
    for (const [id, dueMs] of this.#dueMs) if (dueMs <= nowMs) return id;
    return undefined;
  }

  /** When the next one may be read; Infinity when there is none. */
  get nextMs(): number {
    return Math.min(...this.#dueMs.values());
  }
}
