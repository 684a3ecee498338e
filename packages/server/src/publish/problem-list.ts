/**
 * The paths of the source that cannot be mirrored now, with the reason. Bounded: beyond the limit only
 * the number is kept.
 */
import { isWithin, type SourceProblem } from '@lanmirror/protocol';

const MAX_KEPT = 10_000;

export class ProblemList {
  readonly #problems = new Map<string, string>();
  #beyond = 0;

  /** Returns whether anything is new. */
  add(path: string, code: string): boolean {
    if (this.#problems.get(path) === code) return false;
    if (this.#problems.size >= MAX_KEPT && !this.#problems.has(path)) {
      this.#beyond += 1;
      return true;
    }
    this.#problems.set(path, code);
    return true;
  }

  clear(path: string): boolean {
    return this.#problems.delete(path);
  }

  /** Forgets a path and everything below it. */
  clearBelow(path: string): boolean {
    let isChanged = false;
    for (const known of this.#problems.keys()) {
      if (isWithin(known, path)) isChanged = this.#problems.delete(known) || isChanged;
    }
    return isChanged;
  }

  get count(): number {
    return this.#problems.size + this.#beyond;
  }

  /** Whether the state of this path is not known, so that nothing below it may count as absent. */
  has(path: string): boolean {
    return this.#problems.has(path);
  }

  first(limit: number): SourceProblem[] {
    const list: SourceProblem[] = [];
    for (const [path, code] of this.#problems) {
      if (list.length >= limit) break;
      list.push({ path, code });
    }
    return list;
  }

  paths(): IterableIterator<string> {
    return this.#problems.keys();
  }
}
