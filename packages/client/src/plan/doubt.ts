/**
 * Files that were taken over from a copy because size and time are those of the source. That is what rsync
 * trusts, and is no proof: their contents are compared by hash when there is nothing else to do. One of which the hash is
 * known from another index is not read for that: the server compares the hash with its own.
 */
import { type BaselineEntry, provedHash, UNKNOWN_VERSION } from '../state/baseline-entry.ts';
import type { MirrorState } from '../state/mirror-state.ts';

/** Whether the content of this entry is believed without a proof. */
export function isDoubtful(
  entry: Pick<BaselineEntry, 'kind' | 'hash' | 'sizeBytes' | 'version' | 'isUnproved'>,
): boolean {
  const { kind, sizeBytes, version } = entry;
  return kind === 'file' && provedHash(entry) === null && sizeBytes > 0 && version !== UNKNOWN_VERSION;
}

/** Remembers that there is something to compare. Inside a transaction. */
export function noteDoubt(state: MirrorState, entry: Parameters<typeof isDoubtful>[0]): void {
  if (!state.meta.isDoubtful && isDoubtful(entry)) state.setMeta({ isDoubtful: true });
}

/** Whether there may be contents to compare: where they do not count, they are compared when they do. */
export function isComparisonDue({ meta }: MirrorState): boolean {
  return meta.isDoubtful && meta.compare.includes('hash');
}

/** Ids of all files that are to be compared and are not to be fetched anyway. */
export function doubtfulIds(state: MirrorState): number[] {
  const { baseline, view } = state;
  if (!isComparisonDue(state)) return [];
  const ids: number[] = [];
  for (const entry of baseline.all())
    if (isDoubtful(entry) && view.get(entry.id)?.version === entry.version) ids.push(entry.id);
  return ids;
}
