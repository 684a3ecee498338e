/** Which files somebody wants first, by their paths, and in which order the others come. */
import { type FileOrder, type FilterRule, fileKey, PathFilter } from '@lanmirror/engine/core';
import { ignoresLetterCase } from '@lanmirror/engine/host';
import type { MirrorState } from '../state/mirror-state.ts';
import type { KeyOf } from './bulk-queue.ts';

/** What a person asks for. */
export interface FetchOrder {
  /** What they match goes first. */
  readonly priority: readonly FilterRule[];
  readonly order: FileOrder;
}

export const AS_THEY_COME: FetchOrder = { priority: [], order: 'none' };

/** Undefined when nothing is asked for: files go as they come. */
export function fileKeys({ view }: MirrorState, { priority, order }: FetchOrder): KeyOf {
  const wanted = new PathFilter(priority, { ignoresCase: ignoresLetterCase() });
  if (wanted.isEmpty && order === 'none') return undefined;
  const isPathNeeded = !wanted.isEmpty || order === 'name';
  return (id) => {
    const { sizeBytes = 0, mtimeUs = 0 } = view.get(id) ?? {};
    const path = (isPathNeeded ? view.pathOf(id) : undefined) ?? '';
    return fileKey(order, wanted.isExcluded(path, 'file'), { path, sizeBytes, mtimeUs });
  };
}

/** Whether two of them say the same, wherever they are written. */
export function isSameOrder(a: FetchOrder, b: FetchOrder): boolean {
  const linesOf = ({ priority }: FetchOrder): string => priority.map(({ line }) => line).join('\n');
  return a.order === b.order && linesOf(a) === linesOf(b);
}
