/**
 * Files that were taken over from a copy because size and time are those of the source. That is what rsync
 * trusts, and is no proof: their contents are compared by hash when there is nothing else to do.
 */
import { type BaselineEntry, UNKNOWN_VERSION } from '../state/baseline-entry.ts';
import type { MirrorState } from '../state/mirror-state.ts';

/** Whether the content of this entry is believed without a proof. */
export function isDoubtful(entry: Pick<BaselineEntry, 'kind' | 'hash' | 'sizeBytes' | 'version'>): boolean {
  const { kind, hash, sizeBytes, version } = entry;
  return kind === 'file' && hash === null && sizeBytes > 0 && version !== UNKNOWN_VERSION;
}

/** Remembers that there is something to compare. Inside a transaction. */
export function noteDoubt(state: MirrorState, entry: Parameters<typeof isDoubtful>[0]): void {
  if (!state.meta.isDoubtful && isDoubtful(entry)) state.setMeta({ isDoubtful: true });
}

/** Ids of all files that are to be compared and are not to be fetched anyway. */
export function doubtfulIds({ baseline, view, meta }: MirrorState): number[] {
  if (!meta.isDoubtful) return [];
  const ids: number[] = [];
  for (const entry of baseline.all())
    if (isDoubtful(entry) && view.get(entry.id)?.version === entry.version) ids.push(entry.id);
  return ids;
}
