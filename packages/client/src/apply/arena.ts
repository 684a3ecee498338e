/**
 * Memory for the contents of small files on their way in: one piece for each unit, used again and again. Buffers of
 * their own would be thousands, and would lie about until the garbage of a whole heap is collected.
 *
 * The memory is shared, so that a tree may place files from it in another thread without a copy.
 */
export class Arena {
  readonly #memory: SharedArrayBuffer;
  #used = 0;

  constructor(lengthBytes: number) {
    this.#memory = new SharedArrayBuffer(lengthBytes);
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

export class ArenaPool {
  readonly #lengthBytes: number;
  readonly #spare: Arena[] = [];

  /** `lengthBytes`: of each arena. */
  constructor(lengthBytes: number) {
    this.#lengthBytes = lengthBytes;
  }

  take(): Arena {
    return this.#spare.pop() ?? new Arena(this.#lengthBytes);
  }

  /** Nobody uses what was taken from it any more. */
  giveBack(arena: Arena): void {
    arena.clear();
    this.#spare.push(arena);
  }

  /** Nothing is done for a while. */
  release(): void {
    this.#spare.length = 0;
  }
}
