/**
 * Paths ordered by the time at which something is due for them. A path has one time; moving it
 * costs O(log n) at most and nothing when it moves later, because that happens at every event.
 */

interface Node {
  readonly at: number;
  /** Breaks ties: what was scheduled first comes first. */
  readonly order: number;
  readonly path: string;
}

interface Scheduled {
  /** When the path is due. */
  at: number;
  /** The only node of the heap that stands for the path; its time is `at` or earlier. */
  node: Node;
}

export class DueQueue {
  readonly #scheduled = new Map<string, Scheduled>();
  /** A binary heap, earliest first. Nodes that no path points to any more are skipped. */
  #heap: Node[] = [];
  #order = 0;

  /** Paths that have a time. */
  get size(): number {
    return this.#scheduled.size;
  }

  /** Sets the time of `path`, replacing the one it had. */
  schedule(path: string, at: number): void {
    const known = this.#scheduled.get(path);
    if (known !== undefined && at >= known.node.at) known.at = at;
    else this.#place(path, at);
  }

  cancel(path: string): void {
    this.#scheduled.delete(path);
    this.#compact();
  }

  /** The earliest time, or `undefined` when no path has one. */
  next(): number | undefined {
    return this.#top()?.at;
  }

  /** Removes and returns the paths due at or before `now`, by time, then in the order of scheduling. */
  take(now: number): string[] {
    const due: string[] = [];
    for (let top = this.#top(); top !== undefined && top.at <= now; top = this.#top()) {
      this.#pop();
      this.#scheduled.delete(top.path);
      due.push(top.path);
    }
    return due;
  }

  #place(path: string, at: number): void {
    const node: Node = { at, order: this.#order++, path };
    this.#scheduled.set(path, { at, node });
    this.#push(node);
    this.#compact();
  }

  /** The earliest node whose time is the true time of its path. */
  #top(): Node | undefined {
    for (let top = this.#heap[0]; top !== undefined; top = this.#heap[0]) {
      const known = this.#scheduled.get(top.path);
      if (known?.node === top && known.at === top.at) return top;
      this.#pop();
      if (known?.node === top) this.#place(top.path, known.at);
    }
    return undefined;
  }

  #push(node: Node): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(node);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || !isBefore(node, parent)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = node;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      const left = heap[2 * at + 1];
      const right = heap[2 * at + 2];
      const child = right !== undefined && left !== undefined && isBefore(right, left) ? right : left;
      if (child === undefined || !isBefore(child, last)) break;
      heap[at] = child;
      at = child === right ? 2 * at + 2 : 2 * at + 1;
    }
    heap[at] = last;
  }

  /** Keeps the heap in proportion to the paths: nodes left behind are dropped before they outnumber them. */
  #compact(): void {
    if (this.#heap.length <= 64 + 2 * this.#scheduled.size) return;
    // A sorted list is a heap.
    this.#heap = Array.from(this.#scheduled.values(), (one) => one.node).sort((a, b) =>
      isBefore(a, b) ? -1 : 1,
    );
  }
}

function isBefore(a: Node, b: Node): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
