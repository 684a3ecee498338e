/** Walks over the nodes of a memory disk. */
import { joinPath } from '@lanmirror/protocol';
import type { MemoryNode } from '../../packages/engine/src/tree/memory/node.ts';

export type { MemoryNode };

/** Everything below `folder`, with paths relative to it. */
export function* walk(folder: MemoryNode | undefined, at = ''): Generator<readonly [string, MemoryNode]> {
  for (const { name, node } of folder?.slots.values() ?? []) {
    const path = joinPath(at, name);
    yield [path, node];
    if (node.kind === 'directory') yield* walk(node, path);
  }
}

/** Whether a power cut now would take nothing of `folder` and what is below it. */
export function isOnDisk(folder: MemoryNode | undefined): boolean {
  if (folder === undefined) return true;
  const { slots, durableSlots, durable } = folder;
  if (durable.mode !== folder.mode || durable.mtimeNs !== folder.mtimeNs || slots.size !== durableSlots.size)
    return false;
  for (const [key, { node }] of slots)
    if (durableSlots.get(key)?.node !== node || !isOnDisk(node)) return false;
  return true;
}
