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

/** Every node below `root` by its path, in the order of the paths. */
export function snapshotOf(root: MemoryNode | undefined): Map<string, SnapshotEntry> {
  const entries: [string, SnapshotEntry][] = [];
  for (const [path, node] of walk(root, '')) {
    const { kind, mode, mtimeNs, linkTarget } = node;
    entries.push([path, { kind, mode, mtimeNs, content: contentOf(node.bytes), linkTarget }]);
  }
  return new Map(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Every node below a folder, with its path: `at` is that of the folder. Of a folder that is not there none. */
export function* walk(folder: MemoryNode | undefined, at: string): Iterable<[string, MemoryNode]> {
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
