/** The trash of the memory tree: one folder, whose names tell where things were. */
import type { NodeKind } from '../port.ts';
import type { MemoryDisk, Place } from './disk.ts';
import type { MemoryNode } from './node.ts';
import { walk } from './snapshot.ts';

export interface Trashed {
  /** The path it had in the tree. */
  readonly path: string;
  readonly kind: NodeKind;
  /** Of a link: its target. */
  readonly bytes: Uint8Array;
}

/** Moves what stands at `from`, and had this path, into the trash. Returns where it went. */
export function moveToTrash(disk: MemoryDisk, from: Place, path: string): string {
  const name = trashName(disk.trash, path);
  disk.rename(from, disk.placeIn(disk.trash, name, path));
  return `.lanmirror/trash/${name}`;
}

/** Puts a second name of this node, which has this path, into the trash. Returns where that is. */
export function linkToTrash(disk: MemoryDisk, node: MemoryNode, path: string): string {
  const name = trashName(disk.trash, path);
  disk.attach(disk.placeIn(disk.trash, name, path), node);
  return `.lanmirror/trash/${name}`;
}

/** Every file and link in the trash, in the order in which they were put away. */
export function trashedIn(trash: MemoryNode): Trashed[] {
  const found: Trashed[] = [];
  for (const { name, node } of trash.slots.values()) {
    const path = originalPath(name);
    const parts: Iterable<[string, MemoryNode]> =
      node.kind === 'directory' ? walk(node, path) : [[path, node]];
    for (const [partPath, part] of parts) {
      if (part.kind === 'directory') continue;
      const bytes = part.kind === 'link' ? Buffer.from(part.linkTarget) : part.bytes;
      found.push({ path: partPath, kind: part.kind, bytes: new Uint8Array(bytes) });
    }
  }
  return found;
}

/** A name in the trash that nothing has yet and that tells the original path. */
function trashName(trash: MemoryNode, path: string): string {
  let serial = trash.slots.size + 1;
  const taken = new Set([...trash.slots.values()].map(({ name }) => name.split('~', 1)[0]));
  while (taken.has(String(serial))) serial += 1;
  return `${serial}~${path.replaceAll('%', '%25').replaceAll('/', '%2F')}`;
}

function originalPath(name: string): string {
  return name
    .slice(name.indexOf('~') + 1)
    .replaceAll('%2F', '/')
    .replaceAll('%25', '%');
}
