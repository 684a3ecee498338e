/** What was to be done with an entry that failed, told by what stands here and what the source has. Pure. */
import type { SourceEntry } from '@lanmirror/protocol';
import type { BaselineEntry } from '../state/baseline-entry.ts';
import type { Operation } from './history-row.ts';

/** `before` stands on the target, `after` is at the source; undefined where there is none. */
export function failedOperation(
  before: BaselineEntry | undefined,
  after: SourceEntry | undefined,
): Operation {
  if (after === undefined) return 'deleted';
  if (before === undefined) return 'created';
  if (before.parentId !== after.parentId || before.name !== after.name) return 'renamed';
  const isContent = after.kind === 'link' ? before.linkTarget !== after.linkTarget : after.kind === 'file';
  return isContent && before.version !== after.version ? 'modified' : 'attributes';
}
