/**
 * Memory for the contents of small files on their way in: one piece for each unit, used again and again. Buffers of
 * their own would be thousands, and would lie about until the garbage of a whole heap is collected. A unit of a few bytes,
 * as a live change is one, has just so many: a large piece for it would take longer than the rest of its way here.
 *
 * The memory is shared, so that a tree may place files from it in another thread without a copy.
 */
export class Arena {
  readonly #memory: SharedArrayBuffer;
  #used = 0;

  constructor(lengthBytes: number) {
    this.#memory = new SharedArrayBuffer(lengthBytes);
  }

  get lengthBytes(): number {
    return this.#memory.byteLength;
  }

  /** Room for a file; good until the arena is given back. A file for which none is left has memory of its own. */
  take(lengthBytes: number): Uint8Array {
    if (this.#used + lengthBytes > this.#memory.byteLength) return new Uint8Array(lengthBytes);
    const room = new Uint8Array(this.#memory, this.#used, lengthBytes);
    this.#used += lengthBytes;
    return room;
  }

  clear(): void {
    this.#used = 0;
  }
}

/** A unit of fewer bytes has memory of its own. */
const WORTH_KEEPING_BYTES = 1 << 16;

export class ArenaPool {
  readonly #lengthBytes: number;
  readonly #spare: Arena[] = [];

  /** `lengthBytes`: of an arena for the largest unit. */
  constructor(lengthBytes: number) {
    this.#lengthBytes = lengthBytes;
  }

  /** One for a unit of so many bytes. */
  take(unitBytes: number): Arena {
    const spare = this.#spare.pop();
    if (spare !== undefined) return spare;
    return new Arena(unitBytes < WORTH_KEEPING_BYTES ? unitBytes : this.#lengthBytes);
  }

  /** Nobody uses what was taken from it any more. */
  giveBack(arena: Arena): void {
    arena.clear();
    if (arena.lengthBytes === this.#lengthBytes) this.#spare.push(arena);
  }

  /** Nothing is done for a while. */
  release(): void {
    this.#spare.length = 0;
  }
}
