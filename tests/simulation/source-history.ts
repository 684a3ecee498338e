/** What the source has been: which contents ever existed, and which paths were always there. */
import { checkPath, isReservedAtTop } from '@lanmirror/protocol';
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

  /** Paths that can never be mirrored and that a person has to be told of. */
  unmirrorable(): string[] {
    const paths: string[] = [];
    const add = (folder: string, node: MemoryNode | undefined): void => {
      for (const name of node?.undecodable ?? []) paths.push(folder === '' ? name : `${folder}/${name}`);
    };
    add('', this.#disk.root);
    for (const [path, node] of walk(this.#disk.root)) {
      if (isReservedAtTop(path.split('/', 1)[0] ?? '')) continue;
      if (paths.some((known) => path.startsWith(`${known}/`))) continue;
      if (node.kind === 'other' || checkPath(path) !== undefined) paths.push(path);
      else add(path, node);
    }
    return paths;
  }
}
