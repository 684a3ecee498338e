/** The memory tree as plain data, for comparing. */
import { joinPath } from '@lanmirror/protocol';
import type { NodeKind } from '../port.ts';
import type { MemoryNode } from './node.ts';

/** What is mirrored of a node; equal snapshots are equal trees. */
export interface SnapshotEntry {
  readonly kind: NodeKind;
  readonly mode: number;
  readonly mtimeNs: bigint;
  /** Of a file, as text where it is UTF-8 and as bytes otherwise; '' for everything else. */
  readonly content: string | Uint8Array;
  readonly linkTarget: string;
}

export interface Trashed {
  /** The path it had in the tree. */
  readonly path: string;
  readonly kind: NodeKind;
  /** Of a link: its target. */
  readonly bytes: Uint8Array;
}

export function snapshotOf(root: MemoryNode | undefined): Map<string, SnapshotEntry> {
  const entries: [string, SnapshotEntry][] = [];
  for (const [path, node] of walk(root, '')) {
    const { kind, mode, mtimeNs, linkTarget } = node;
    entries.push([path, { kind, mode, mtimeNs, content: contentOf(node.bytes), linkTarget }]);
  }
  return new Map(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

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
export function trashName(trash: MemoryNode, path: string): string {
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

function* walk(folder: MemoryNode | undefined, at: string): Iterable<[string, MemoryNode]> {
  for (const { name, node } of folder?.slots.values() ?? []) {
    const path = joinPath(at, name);
    yield [path, node];
    yield* walk(node, path);
  }
}

function contentOf(bytes: Uint8Array): string | Uint8Array {
  const text = Buffer.from(bytes).toString('utf8');
  return Buffer.from(text).equals(bytes) ? text : new Uint8Array(bytes);
}
