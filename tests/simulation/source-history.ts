/** What the source has been: which contents ever existed, and which paths were always there. */
import type { MemoryDisk } from '../../packages/engine/src/tree/memory/disk.ts';
import { contentKey } from './content.ts';
import { type MemoryNode, walk } from './node-walk.ts';

export class SourceHistory {
  /** Keys of all contents that the source ever had. */
  readonly contents = new Set<string>();
  readonly #disk: MemoryDisk;
  #nodes = new Map<string, MemoryNode>();
  readonly #unsteady = new Set<string>();

  constructor(disk: MemoryDisk) {
    this.#disk = disk;
  }

  /** To be called after every edit. While the source is not mounted it does not change. */
  record(isMounted: boolean): void {
    if (!isMounted) return;
    const now = new Map(walk(this.#disk.root));
    for (const node of now.values()) if (node.kind === 'file') this.contents.add(contentKey(node.bytes));
    for (const [path, node] of this.#nodes) if (now.get(path) !== node) this.#unsteady.add(path);
    this.#nodes = now;
  }

  /** Whether a file with this content stands at `path`, the same since something first stood there. */
  isSteady(path: string, key: string): boolean {
    const node = this.#nodes.get(path);
    return node?.kind === 'file' && contentKey(node.bytes) === key && !this.#unsteady.has(path);
  }
}
