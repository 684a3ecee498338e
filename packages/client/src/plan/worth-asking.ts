/** Which contents are worth asking for before anything is planned: those that are almost certainly wanted, and small. */
import { type Changes, SMALL_FILE_BYTES, type SourceEntry } from '@lanmirror/protocol';
import type { MirrorState } from '../state/mirror-state.ts';

/** More in one part are no live change. */
const MOST_TOLD = 4;

/** The small files of a part of the feed that are new here and have a place that nobody is known to have. */
export function worthAsking(
  state: Pick<MirrorState, 'view' | 'excluded' | 'baseline'>,
  { head, entries }: Pick<Changes, 'head' | 'entries'>,
): readonly SourceEntry[] {
  if (!head || entries.length > MOST_TOLD) return [];
  return entries.filter((entry) => isSmallFile(entry) && isNew(state, entry));
}

function isSmallFile({ kind, isExcluded, sizeBytes }: SourceEntry): boolean {
  return kind === 'file' && isExcluded !== true && sizeBytes <= SMALL_FILE_BYTES;
}

/** What is known, or has the place of something that is, may be here already, in parts or whole: that is offered first. */
function isNew(
  { view, excluded, baseline }: Pick<MirrorState, 'view' | 'excluded' | 'baseline'>,
  { id, parentId, name }: SourceEntry,
): boolean {
  if (view.get(id) !== undefined || excluded.get(id) !== undefined) return false;
  return baseline.get(id) === undefined && baseline.occupantId(parentId, name) === undefined;
}
