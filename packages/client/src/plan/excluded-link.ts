/**
 * Remembers which links of the source the rule or the target leaves out, so that each is named or counted. Kept in memory:
 * the first look of a run goes through the whole view, later ones through what changed.
 */
import type { SourceEntry } from '@lanmirror/protocol';
import type { Problem } from '../apply/problem-list.ts';
import type { MirrorState } from '../state/mirror-state.ts';
import { linkVerdict, type MirroredVerdict, mayLeaveLinksOut } from '../state/mirrored-view.ts';

export class ExcludedLinks {
  readonly #state: MirrorState;
  readonly #verdicts = new Map<number, MirroredVerdict>();
  #isComplete = false;

  constructor(state: MirrorState) {
    this.#state = state;
  }

  /** Judges the entries with these ids again. Returns the links that were not known to be a problem. */
  look(ids: Iterable<number>): Problem[] {
    const { view } = this.#state;
    if (!mayLeaveLinksOut(this.#state)) {
      this.#verdicts.clear();
      this.#isComplete = false;
      return [];
    }
    const fresh: Problem[] = [];
    if (this.#isComplete) for (const id of ids) this.#judge(id, view.get(id), fresh);
    else for (const entry of view.all()) this.#judge(entry.id, entry, fresh);
    this.#isComplete = true;
    return fresh;
  }

  /** The links that lead outside, and all where the target cannot hold any. */
  get problems(): readonly Problem[] {
    const kinds = ['leads-outside', 'impossible'] as const;
    return kinds.flatMap((kind) => this.#standing(kind).map((link) => problemOf(link, kind)));
  }

  /** How many links are left out because the rule takes none. */
  get skipped(): number {
    return this.#standing('skipped').length;
  }

  #judge(id: number, entry: SourceEntry | undefined, fresh: Problem[]): void {
    const path = entry?.kind === 'link' ? this.#state.view.pathOf(id) : undefined;
    const verdict = entry === undefined || path === undefined ? 'mirrored' : linkVerdict(this.#state, entry);
    const before = this.#verdicts.get(id);
    if (verdict === 'mirrored') this.#verdicts.delete(id);
    else this.#verdicts.set(id, verdict);
    const isProblem = verdict === 'leads-outside' || verdict === 'impossible';
    if (isProblem && before !== verdict && entry !== undefined && path !== undefined)
      fresh.push(problemOf({ entry, path }, verdict));
  }

  /** A link that went with its folder is forgotten here: nobody names it. */
  #standing(wanted: MirroredVerdict): { entry: SourceEntry; path: string }[] {
    const found: { entry: SourceEntry; path: string }[] = [];
    for (const [id, verdict] of this.#verdicts) {
      const entry = this.#state.view.get(id);
      const path = this.#state.view.pathOf(id);
      if (entry?.kind !== 'link' || path === undefined) this.#verdicts.delete(id);
      else if (verdict === wanted) found.push({ entry, path });
    }
    return found;
  }
}

function problemOf(
  { entry, path }: { entry: SourceEntry; path: string },
  verdict: 'leads-outside' | 'impossible',
): Problem {
  const isImpossible = verdict === 'impossible';
  return {
    id: entry.id,
    path,
    code: isImpossible ? 'NO_LINKS' : 'LINK_OUTSIDE',
    message: isImpossible
      ? 'this target cannot hold symbolic links; Links = skip leaves them out without a word'
      : `the link leads out of the mirrored folder, to ${entry.linkTarget}, and Links = safe leaves it out`,
    attempts: 1,
    // It is left out as long as it is what it is.
    sinceMs: entry.mtimeUs / 1000,
    nextTryMs: undefined,
    isTold: true,
  };
}
