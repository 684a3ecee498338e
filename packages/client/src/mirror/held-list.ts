/** What a hold keeps, as a person has to see it before a yes: how much it is, and the largest folders first. */
import { isExtra } from '../apply/trash-reason.ts';
import type { MirrorState } from '../state/mirror-state.ts';
import { sourcePathOf } from '../state/placement.ts';

/** A top of what would be deleted. */
export interface HeldTop {
  /** At the source. */
  readonly path: string;
  /** Entries below it that would go with it; null for what is no folder. */
  readonly inside: number | null;
  /** Of all files that would go. */
  readonly sizeBytes: number;
}

export interface HeldList {
  /** The first of them: folders before files, of the folders those with most in them. */
  readonly tops: readonly HeldTop[];
  /** How many tops there are in all. */
  readonly topCount: number;
  /** Entries that would go: the tops with everything below them. */
  readonly entries: number;
  /** Bytes of the files among them. */
  readonly sizeBytes: number;
  /** Some of them never were at the source: they were found here. */
  readonly hasExtras: boolean;
}

interface Sum {
  readonly entries: number;
  readonly sizeBytes: number;
  readonly hasExtras: boolean;
}

/** What these tops of the baseline hold; at most `most` of them are named. It reads every entry below them. */
export function heldList(state: MirrorState, ids: Iterable<number>, most: number): HeldList {
  const tops = [...ids].map((id) => ({ id, ...sumOf(state, id), isFolder: isFolder(state, id) }));
  const first = tops
    .toSorted((one, other) => Number(other.isFolder) - Number(one.isFolder) || other.entries - one.entries)
    .slice(0, most)
    .map(({ id, entries, sizeBytes, isFolder: isParent }) => ({
      ...{ path: sourcePathOf(state, id) ?? String(id), sizeBytes },
      inside: isParent ? entries - 1 : null,
    }));
  return { tops: first, topCount: tops.length, ...total(tops) };
}

function isFolder({ baseline }: MirrorState, id: number): boolean {
  return baseline.get(id)?.kind === 'directory';
}

function sumOf(state: MirrorState, id: number): Sum {
  const entry = state.baseline.get(id);
  if (entry === undefined) return { entries: 0, sizeBytes: 0, hasExtras: false };
  const { kind, sizeBytes } = entry;
  const own = { entries: 1, sizeBytes: kind === 'file' ? sizeBytes : 0, hasExtras: isExtra(entry) };
  if (kind !== 'directory') return own;
  return total([own, ...[...state.baseline.children(id)].map((child) => sumOf(state, child.id))]);
}

function total(sums: readonly Sum[]): Sum {
  const sum = { entries: 0, sizeBytes: 0, hasExtras: false };
  for (const { entries, sizeBytes, hasExtras } of sums) {
    sum.entries += entries;
    sum.sizeBytes += sizeBytes;
    sum.hasExtras ||= hasExtras;
  }
  return sum;
}
