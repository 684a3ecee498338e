/**
 * The paths of the source that cannot be mirrored now, with the reason. Bounded: beyond the limit only
 * the number is kept.
 */
import { isWithin, parentOf, type SourceProblem } from '@lanmirror/protocol';

const MAX_KEPT = 10_000;

interface Kept {
  readonly code: string;
  readonly isUnknown: boolean;
}

export class ProblemList {
  readonly #problems = new Map<string, Kept>();
  #beyond = 0;

  /**
   * `isUnknown`: it could not be looked at, so anything may stand there; not so a node that was seen and
   * cannot be mirrored. Returns whether anything is new.
   */
  add(path: string, code: string, isUnknown: boolean): boolean {
    if (this.#problems.get(path)?.code === code) return false;
    if (this.#problems.size >= MAX_KEPT && !this.#problems.has(path)) {
      this.#beyond += 1;
      return true;
    }
    this.#problems.set(path, { code, isUnknown });
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

  /** Whether this folder could not be listed, or something in it not looked at. */
  isUnknown(folder: string): boolean {
    if (this.#beyond > 0) return true;
    for (const [path, { isUnknown }] of this.#problems)
      if (isUnknown && (path === folder || (path !== '' && parentOf(path) === folder))) return true;
    return false;
  }

  first(limit: number): SourceProblem[] {
    const list: SourceProblem[] = [];
    for (const [path, { code }] of this.#problems) {
      if (list.length >= limit) break;
      list.push({ path, code });
    }
    return list;
  }

  paths(): IterableIterator<string> {
    return this.#problems.keys();
  }
}
