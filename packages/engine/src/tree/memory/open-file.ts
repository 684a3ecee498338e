/** Open files of the memory tree. */
import { isReservedAtTop } from '@lanmirror/protocol';
import { TreeError } from '../error.ts';
import type { Metadata, ReadHandle, StagedFile, Stat } from '../port.ts';
import { absent, type MemoryDisk } from './disk.ts';
import type { FaultPlan } from './fault.ts';
import type { MemoryNode } from './node.ts';

/** Where `failNext` finds a staged file. */
export function stagedPath(name: string): string {
  return `.lanmirror/tmp/${name}`;
}

export function toNanoseconds(mtimeUs: number): bigint {
  return BigInt(mtimeUs) * 1000n;
}

class OpenNode {
  protected readonly disk: MemoryDisk;
  protected readonly faults: FaultPlan;
  protected readonly node: MemoryNode;
  protected readonly path: string;
  readonly #release: () => void;
  #isOpen = true;

  constructor(disk: MemoryDisk, faults: FaultPlan, node: MemoryNode, path: string) {
    this.disk = disk;
    this.faults = faults;
    this.node = node;
    this.path = path;
    this.#release = disk.hold(node, faults);
  }

  async read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<number> {
    await this.disk.options.latency();
    return this.readSync(buffer, offset, length, position);
  }

  readSync(buffer: Uint8Array, offset: number, length: number, position: number): number {
    this.faults.look('read', this.path);
    this.assertOpen();
    const bytes = this.node.bytes.subarray(position, position + length);
    buffer.set(bytes, offset);
    return bytes.length;
  }

  protected assertOpen(): void {
    if (!this.#isOpen) throw new TreeError('IO', this.path, 'the file was used after it was closed');
  }

  protected release(): void {
    this.#isOpen = false;
    this.#release();
  }
}

export class MemoryReader extends OpenNode implements ReadHandle {
  readonly opened: Stat;

  constructor(disk: MemoryDisk, faults: FaultPlan, node: MemoryNode, path: string) {
    super(disk, faults, node, path);
    this.opened = node.stat();
  }

  stat(): Stat {
    this.faults.assertAlive();
    this.assertOpen();
    return this.node.stat();
  }

  close(): void {
    this.faults.assertAlive();
    this.release();
  }
}

export class MemoryStagedFile extends OpenNode implements StagedFile {
  readonly name: string;

  constructor(disk: MemoryDisk, faults: FaultPlan, node: MemoryNode, name: string) {
    super(disk, faults, node, stagedPath(name));
    this.name = name;
  }

  sizeBytes(): number {
    this.faults.assertAlive();
    this.assertOpen();
    return this.node.bytes.length;
  }

  stat(): Stat {
    this.faults.assertAlive();
    this.assertOpen();
    return this.node.stat();
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    await this.disk.options.latency();
    this.writeSync(bytes, position);
  }

  writeSync(bytes: Uint8Array, position: number): void {
    this.assertOpen();
    const firstHalf = bytes.subarray(0, bytes.length >>> 1);
    this.faults.change('write', this.path, () => this.disk.write(this.node, firstHalf, position));
    this.disk.requireSpace(this.path);
    this.disk.write(this.node, bytes, position);
  }

  truncate(sizeBytes: number): void {
    this.assertOpen();
    this.faults.change('truncate', this.path);
    const bytes = new Uint8Array(sizeBytes);
    bytes.set(this.node.bytes.subarray(0, sizeBytes));
    this.disk.setBytes(this.node, bytes);
  }

  setMetadata({ mode, mtimeUs }: Metadata): void {
    this.assertOpen();
    this.faults.change('setMetadata', this.path);
    this.disk.setAttributes(this.node, {
      ...(mode !== undefined && { mode }),
      ...(mtimeUs !== undefined && { mtimeNs: toNanoseconds(mtimeUs) }),
    });
  }

  async flush(): Promise<void> {
    this.assertOpen();
    await this.disk.options.latency();
    this.faults.change('flush', this.path);
    this.disk.durability.flushNode(this.node);
  }

  publish(path: string, { replace }: { readonly replace: boolean }): Stat {
    this.assertOpen();
    this.faults.change('publish', path);
    requireVisible(path);
    const to = this.disk.place(path);
    requireReplaceable(this.disk, to.node, path, replace);
    const from = this.disk.placeIn(this.disk.staging, this.name, this.path);
    if (from.node !== this.node) throw absent(this.path);
    this.disk.rename(from, to);
    this.release();
    return this.node.stat();
  }

  keep(): void {
    this.faults.assertAlive();
    this.release();
  }

  discard(): void {
    this.faults.change('discard', this.path);
    this.release();
    const from = this.disk.placeIn(this.disk.staging, this.name, this.path);
    if (from.node === this.node) this.disk.detach(from);
  }
}

/** @throws TreeError DENIED for the root and for our own folder, as a real tree does. */
export function requireVisible(path: string): void {
  const isOwn = isReservedAtTop(path.split('/', 1)[0] ?? '');
  if (path === '') throw new TreeError('DENIED', path, 'this is the root of the mirror');
  if (isOwn) throw new TreeError('DENIED', path, 'this belongs to lanmirror itself');
}

/** @throws TreeError unless a file or link may take the place of `node`. */
export function requireReplaceable(
  disk: MemoryDisk,
  node: MemoryNode | undefined,
  path: string,
  replace: boolean,
): void {
  if (node === undefined) return;
  if (!replace) throw new TreeError('EXISTS', path, 'something stands there already');
  if (node.kind !== 'file' && node.kind !== 'link') {
    throw new TreeError(
      'NOT_A_FILE',
      path,
      `only a file or link can be replaced; a ${node.kind} stands there`,
    );
  }
  disk.requireFree(path, node);
}
