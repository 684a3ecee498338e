/** Which files somebody wants first, by their paths, and in which order the others come. */
import { type FileOrder, fileKey, type PathFilter } from '@lanmirror/engine/core';
import type { MirrorState } from '../state/mirror-state.ts';
import type { KeyOf } from './bulk-queue.ts';

/** `wanted`: its patterns match what goes first. Undefined when nothing is asked for: files go as they come. */
export function fileKeys({ view }: MirrorState, wanted: PathFilter, order: FileOrder): KeyOf {
  if (wanted.isEmpty && order === 'none') return undefined;
  const isPathNeeded = !wanted.isEmpty || order === 'name';
  return (id) => {
    const { sizeBytes = 0, mtimeUs = 0 } = view.get(id) ?? {};
    const path = (isPathNeeded ? view.pathOf(id) : undefined) ?? '';
    return fileKey(order, wanted.isExcluded(path, 'file'), { path, sizeBytes, mtimeUs });
  };
}
