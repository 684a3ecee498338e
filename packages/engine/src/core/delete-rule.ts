/**
 * What a deletion at the source means for a mirror: the entry goes, stays, or stays for some days. Pure.
 */
import type { EntryKind } from '@lanmirror/protocol';
import { PathFilter } from './filter/path-filter.ts';

/** `mirror`: it goes. `never`: it stays. Else it stays for so long after it was heard to be gone. */
export type DeleteChoice = 'mirror' | 'never' | { readonly afterMs: number };

export interface DeleteRule {
  readonly choice: DeleteChoice;
  /** What these patterns leave out is never deleted, whatever the choice is. */
  readonly never: PathFilter;
  /** For people: how it is written down, like `Delete = never`. */
  readonly text: string;
}

export const MIRROR_DELETES: DeleteRule = {
  choice: 'mirror',
  never: new PathFilter([]),
  text: 'Delete = mirror',
};

/** Whether everything that is gone at the source goes here, too. */
export function isAllMirrored({ choice, never }: DeleteRule): boolean {
  return choice === 'mirror' && never.isEmpty;
}

/**
 * Whether an entry that the source does not have stays.
 * @param path at the source, from the mirrored folder
 * @param goneForMs how long it is known to be gone, by the clock of {@link advanceKeptClock}
 */
export function staysHere(
  { choice, never }: DeleteRule,
  { path, kind }: { readonly path: string; readonly kind: EntryKind },
  goneForMs: number,
): boolean {
  if (never.isExcluded(path, kind) || choice === 'never') return true;
  return choice !== 'mirror' && goneForMs < choice.afterMs;
}

/** How long things have been kept, in time that is known to have passed. */
export interface KeptClock {
  readonly ageMs: number;
  /** The clock on the wall at the last look, milliseconds since 1970. */
  readonly wallMs: number;
}

export const NEW_KEPT_CLOCK: KeptClock = { ageMs: 0, wallMs: 0 };

const MOST_MS = 24 * 3_600_000;

/**
 * The clock after another look. A clock on the wall may be set: what it jumps back does not count, and of what it jumps
 * ahead, or of a time in which nobody looked, at most a day. So nothing is ever taken for older than it is by more
 * than a day for each look, and looked at every hour it is as old as it is.
 */
export function advanceKeptClock({ ageMs, wallMs }: KeptClock, nowMs: number): KeptClock {
  return { ageMs: ageMs + Math.min(MOST_MS, Math.max(0, nowMs - wallMs)), wallMs: nowMs };
}

/** A tree of what is gone, as far as it has to be known to take it apart. */
export interface GoneTree<E> {
  childrenOf(entry: E): Iterable<E>;
  /** Whether the rule keeps it, whatever is in it. */
  stays(entry: E): boolean;
  /** Whether it is not gone, and is about to leave its folder for its new place. */
  isLeaving(entry: E): boolean;
  /** Whether something stands in it that was kept before. */
  holdsKept(entry: E): boolean;
}

/**
 * `goes`: with all that is in it. `stays`: with all that is in it. `waits`: it stays because of something in it, when
 * what else is in it has gone.
 */
export interface SplitRemoval<E> {
  readonly outcome: 'goes' | 'stays' | 'waits';
  /** The tops of what goes. */
  readonly removals: readonly E[];
}

/** Takes apart what is gone at the source: a folder goes only when all that is in it goes. */
export function splitRemoval<E>(entry: E, tree: GoneTree<E>): SplitRemoval<E> {
  const removals: E[] = [];
  let isKept = tree.stays(entry) || tree.holdsKept(entry);
  let isWaiting = false;
  for (const child of tree.childrenOf(entry)) {
    const { outcome, removals: below } = tree.isLeaving(child)
      ? { outcome: 'goes' as const, removals: [] }
      : splitRemoval(child, tree);
    isKept ||= outcome !== 'goes';
    isWaiting ||= outcome !== 'stays';
    for (const one of below) removals.push(one);
  }
  if (!isKept) return { outcome: 'goes', removals: [entry] };
  return { outcome: isWaiting ? 'waits' : 'stays', removals };
}
