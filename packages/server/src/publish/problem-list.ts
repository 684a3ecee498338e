/**
 * The paths of the source that cannot be mirrored now, with the reason. Bounded: beyond the limit only
 * the number is kept, until a whole scan has counted anew.
 */
import { isWithin, parentOf, type SourceProblem, utf8Length } from '@lanmirror/protocol';

const MAX_KEPT = 10_000;

interface Kept {
  readonly code: string;
  readonly isUnknown: boolean;
}

export class ProblemList {
  readonly #problems = new Map<string, Kept>();
  #beyond = 0;
  #beyondInScan = 0;

  /**
   * `isUnknown`: it could not be looked at, so anything may stand there; not so a node that was seen and
   * cannot be mirrored. Returns whether anything is new.
   */
  add(path: string, code: string, isUnknown: boolean): boolean {
    if (this.#problems.get(path)?.code === code) return false;
    if (this.#problems.size >= MAX_KEPT && !this.#problems.has(path)) {
      this.#beyond += 1;
      this.#beyondInScan += 1;
      return true;
    }
    this.#problems.set(path, { code, isUnknown });
    return true;
  }

  /** A whole scan begins: it finds again what was beyond the limit. */
  beginScan(): void {
    this.#beyondInScan = 0;
  }

  /** The whole scan ended: what it did not find again is no problem any more. */
  endScan(): void {
    this.#beyond = this.#beyondInScan;
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

  /** The first problems: at most so many, with at most so many bytes of paths. */
  first(limit: number, maxBytes = Number.POSITIVE_INFINITY): SourceProblem[] {
    const list: SourceProblem[] = [];
    let bytes = 0;
    for (const [path, { code }] of this.#problems) {
      bytes += utf8Length(path);
      if (list.length >= limit || bytes > maxBytes) break;
      list.push({ path, code });
    }
    return list;
  }

  paths(): IterableIterator<string> {
    return this.#problems.keys();
  }
}
