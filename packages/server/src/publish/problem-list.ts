/**
 * The paths of the source that cannot be mirrored now, with the reason. Bounded: beyond the limit only
 * the number is kept.
 */
import { isWithin, joinPath, parentOf, type SourceProblem } from '@lanmirror/protocol';

const MAX_KEPT = 10_000;
/** Such a name cannot be asked for by the form in which it is shown: only its folder's listing tells of it. */
const UNDECODABLE = 'name-not-utf8';

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

  /** A look at the path found nothing amiss. Returns whether that is new. */
  clear(path: string): boolean {
    return this.#problems.get(path) !== UNDECODABLE && this.#problems.delete(path);
  }

  /** A listing of `folder` showed exactly these names that are not UTF-8. */
  setUndecodable(folder: string, names: readonly string[]): void {
    const now = new Set(names.map((name) => joinPath(folder, name)));
    for (const [path, code] of this.#problems) {
      const isGone = code === UNDECODABLE && parentOf(path) === folder && !now.has(path);
      if (isGone) this.#problems.delete(path);
    }
    for (const path of now) this.add(path, UNDECODABLE);
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

  /** Paths at which to look again: they may be well by now. A name that is not UTF-8 waits for a scan. */
  paths(): IterableIterator<string> {
    const paths = [...this.#problems].filter(([, code]) => code !== UNDECODABLE);
    return paths.map(([path]) => path).values();
  }
}
