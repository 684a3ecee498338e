/**
 * The memory file system: nodes, names, times, and what of it is durable. It outlives the processes
 * that use it; `MemoryTree` is what one process sees, `MemoryUser` the person who works in the tree.
 * Every change goes through the few primitives here, so nothing can forget hints or durability.
 */
import { nameOf, parentOf, RESERVED_NAME, windowsFaultMessage, windowsNameFault } from '@lanmirror/protocol';
import type { DiskSpace, Heard } from '../../core/index.ts';
import { TreeError } from '../error.ts';
import type { NodeKind } from '../port.ts';
import { Durability } from './durability.ts';
import { InodePool } from './inode-pool.ts';
import { MemoryNode } from './node.ts';
import { type MemoryTreeOptions, resolveOptions } from './option.ts';

/** A name in a folder, with what stands there. */
export interface Place {
  readonly path: string;
  readonly folder: MemoryNode;
  readonly name: string;
  readonly node: MemoryNode | undefined;
}

interface Handle {
  readonly node: MemoryNode;
  readonly owner: object;
}

/** What a tree that went away leaves: nothing, an empty folder of another device, or of the same one. */
export type Absence = 'absent' | 'empty' | 'replaced';

/** Told about each change of a name, of bytes or of metadata. */
export type ChangeListener = (folder: MemoryNode, name: string, heard: Heard) => void;

const FOLDER_MODE = 0o755;

export class MemoryDisk {
  readonly options: Required<MemoryTreeOptions>;
  readonly durability = new Durability();
  /** Our own three folders; they stand beside the visible tree and are not part of it. */
  readonly staging: MemoryNode;
  readonly parking: MemoryNode;
  /** Every parking place that was not given up yet, with the path that its node had. */
  readonly parkingPlaces = new Map<string, string>();
  readonly trash: MemoryNode;
  /** The rest of the same disk, where a person may put what is taken out of the tree. */
  readonly elsewhere: MemoryNode;
  /** While true nothing new finds room: NO_SPACE. */
  isFull = false;
  /** Told as its room; undefined: it cannot tell. What is written does not change it. */
  space: DiskSpace | undefined;
  readonly listeners = new Set<ChangeListener>();
  readonly #handles = new Set<Handle>();
  readonly #inodes: InodePool;
  readonly #root: MemoryNode;
  #mounted: MemoryNode | undefined;
  /** By path of the mount point: the disk, and the folder below it. */
  readonly #mounts = new Map<string, { readonly disk: MemoryNode; readonly below: MemoryNode }>();

  constructor(options: MemoryTreeOptions = {}) {
    this.options = resolveOptions(options);
    this.#inodes = new InodePool(this.options.reusesInodes);
    this.#root = this.makeNode('directory', FOLDER_MODE);
    this.staging = this.makeNode('directory', FOLDER_MODE);
    this.parking = this.makeNode('directory', FOLDER_MODE);
    this.trash = this.makeNode('directory', FOLDER_MODE);
    this.elsewhere = this.makeNode('directory', FOLDER_MODE);
    this.#mounted = this.#root;
    for (const node of this.#roots()) node.links = 1;
  }

  /** What stands at the root now; `undefined` when even the folder is gone. */
  get root(): MemoryNode | undefined {
    return this.#mounted;
  }

  /** The tree goes away, see {@link Absence}. */
  unmount(left: Absence): void {
    const dev = left === 'empty' ? this.options.dev + 1n : this.options.dev;
    this.#mounted = left === 'absent' ? undefined : this.makeNode('directory', FOLDER_MODE, dev);
  }

  mount(): void {
    this.#mounted = this.#root;
  }

  /** A disk of the device `dev` covers the folder at `path`; the one that was there before, if any. Nobody is told. */
  mountAt(path: string, dev: bigint): void {
    const { node } = this.place(path);
    if (node?.kind !== 'directory') throw absent(path);
    const disk = this.#mounts.get(path)?.disk ?? this.makeNode('directory', FOLDER_MODE, dev);
    this.#mounts.set(path, { disk, below: node });
    this.#swap(path, disk);
  }

  /** The folder below the disk shows again. */
  unmountAt(path: string): void {
    const mount = this.#mounts.get(path);
    if (mount === undefined) throw absent(path);
    this.#swap(path, mount.below);
  }

  makeNode(kind: NodeKind, mode: number, dev = this.options.dev): MemoryNode {
    const nowNs = this.options.clock();
    return new MemoryNode({
      kind,
      mode: this.options.keepsModes || kind === 'link' ? mode : fixedMode(kind),
      dev,
      ino: this.#inodes.take(),
      mtimeNs: this.#mtime(nowNs),
      ctimeNs: nowNs,
      birthtimeNs: this.options.hasBirthtimes ? nowNs : 0n,
    });
  }

  /** @throws TreeError UNSUPPORTED on a disk without links. */
  makeLink(path: string, linkTarget: string): MemoryNode {
    if (!this.options.hasLinks) throw new TreeError('UNSUPPORTED', path, 'this disk has no links');
    const link = this.makeNode('link', 0o777);
    link.linkTarget = linkTarget;
    return link;
  }

  /** @throws TreeError ABSENT when it, or a folder on the way, is absent or not a folder. Links are not followed. */
  folder(path: string): MemoryNode {
    let names = path === '' ? [] : path.split('/');
    let node = this.#mounted;
    if (names[0] === RESERVED_NAME) [node, names] = [this.#own(names[1]), names.slice(2)];
    for (const name of names) {
      node = node?.slots.get(this.#key(name))?.node;
      if (node?.kind !== 'directory') break;
    }
    if (node?.kind === 'directory') return node;
    throw new TreeError('ABSENT', path, 'there is no such folder');
  }

  /** @throws TreeError ABSENT when the folder that should hold `path` is absent. */
  place(path: string): Place {
    if (path === '') throw new TreeError('UNSUPPORTED', path, 'the root itself cannot be changed this way');
    return this.placeIn(this.folder(parentOf(path)), nameOf(path), path);
  }

  placeIn(folder: MemoryNode, name: string, path: string): Place {
    return { path, folder, name, node: folder.slots.get(this.#key(name))?.node };
  }

  /** What stands at a path; `undefined` when it or a folder on the way is absent. */
  find(path: string): MemoryNode | undefined {
    if (path === '') return this.#mounted;
    try {
      return this.place(path).node;
    } catch (error) {
      if (error instanceof TreeError && error.code === 'ABSENT') return undefined;
      throw error;
    }
  }

  /** Puts a node under a name, in place of what stood there. */
  attach(to: Place, node: MemoryNode): void {
    this.#change([{ place: to, node }]);
  }

  detach(from: Place): void {
    this.#change([{ place: from, node: undefined }]);
  }

  /** In one step. */
  rename(from: Place, to: Place): void {
    if (from.node === undefined) throw absent(from.path);
    this.#change([
      { place: from, node: undefined },
      { place: to, node: from.node },
    ]);
  }

  write(node: MemoryNode, bytes: Uint8Array, position: number): void {
    const sizeBytes = Math.max(node.bytes.length, position + bytes.length);
    const grown = new Uint8Array(sizeBytes);
    grown.set(node.bytes);
    grown.set(bytes, position);
    this.setBytes(node, grown);
  }

  setBytes(node: MemoryNode, bytes: Uint8Array): void {
    node.bytes = bytes;
    node.ctimeNs = this.options.clock();
    node.mtimeNs = this.#mtime(node.ctimeNs);
    this.durability.wrote(node);
    this.durability.changed([], [node]);
  }

  setAttributes(node: MemoryNode, attributes: { mode?: number; mtimeNs?: bigint }): void {
    if (attributes.mode !== undefined && node.kind !== 'link' && this.options.keepsModes)
      node.mode = attributes.mode & 0o777;
    if (attributes.mtimeNs !== undefined) node.mtimeNs = this.#mtime(attributes.mtimeNs);
    node.ctimeNs = this.options.clock();
    this.durability.changed([], [node]);
  }

  /** @throws TreeError NO_SPACE while the disk is full. */
  requireSpace(path: string): void {
    if (this.isFull) throw new TreeError('NO_SPACE', path, 'no space left on the disk');
  }

  /** Says that something about a name in a folder changed: `moved`, that it came or went, or what it holds. */
  notify(folder: MemoryNode, name: string, heard: Heard = 'written'): void {
    for (const listener of this.listeners) listener(folder, name, heard);
  }

  /** @throws TreeError BUSY when a handle forbids that the node is moved or replaced here. */
  requireFree(path: string, node: MemoryNode): void {
    if (!this.options.locksOpenFiles) return;
    for (const part of node.all()) {
      if (part.handles > 0) throw new TreeError('BUSY', path, 'another program has it open');
    }
  }

  /** Power returns after a cut that let the first `keep` pending changes through. */
  cutPower(keep: number): void {
    this.#handles.clear();
    this.durability.cut(keep, this.#roots());
    const nodes = this.#roots().flatMap((root) => [...root.all()]);
    for (const node of nodes) node.links = 0;
    for (const root of this.#roots()) root.links = 1;
    for (const node of nodes) for (const slot of node.slots.values()) slot.node.links += 1;
    this.#inodes.forgetFree();
  }

  /** `owner` opens a node. @returns what closes it; calling that again, or after a power cut, does nothing. */
  hold(node: MemoryNode, owner: object): () => void {
    const handle = { node, owner };
    this.#handles.add(handle);
    node.handles += 1;
    return () => this.#close(handle);
  }

  /** A process died: what it had open is closed. */
  closeAll(owner: object): void {
    for (const handle of this.#handles) if (handle.owner === owner) this.#close(handle);
  }

  /** Whether both are one name in one folder, perhaps in another case. */
  isSameName(a: Place, b: Place): boolean {
    return a.folder === b.folder && this.#key(a.name) === this.#key(b.name);
  }

  #close(handle: Handle): void {
    if (!this.#handles.delete(handle)) return;
    handle.node.handles -= 1;
    this.#releaseIfGone(handle.node);
  }

  #change(edits: readonly { readonly place: Place; readonly node: MemoryNode | undefined }[]): void {
    const nowNs = this.options.clock();
    const journal = edits.map(({ place, node }) => {
      if (node !== undefined) this.#requireName(place);
      const name = this.options.decomposes ? place.name.normalize('NFD') : place.name;
      return { folder: place.folder, key: this.#key(name), slot: node && { name, node } };
    });
    const touched = new Set<MemoryNode>();
    const replaced: MemoryNode[] = [];
    for (const { folder, key, slot } of journal) {
      const before = folder.slots.get(key)?.node;
      folder.slots.delete(key);
      if (slot !== undefined) folder.slots.set(key, slot);
      if (before !== undefined) {
        before.links -= 1;
        replaced.push(before);
      }
      if (slot !== undefined) slot.node.links += 1;
      folder.mtimeNs = this.#mtime(nowNs);
      for (const node of [folder, before, slot?.node]) if (node !== undefined) touched.add(node);
    }
    for (const node of touched) node.ctimeNs = nowNs;
    this.durability.changed(journal, [...touched]);
    for (const node of replaced) this.#releaseIfGone(node);
    for (const { place } of edits) this.notify(place.folder, place.name, 'moved');
  }

  #swap(path: string, node: MemoryNode): void {
    const { folder, name } = this.place(path);
    folder.slots.set(this.#key(name), { name, node });
  }

  #releaseIfGone(node: MemoryNode): void {
    if (node.links > 0 || node.handles > 0) return;
    this.#inodes.giveBack(node.ino);
    for (const slot of node.slots.values()) {
      slot.node.links -= 1;
      this.#releaseIfGone(slot.node);
    }
  }

  /** Our own folders can be read under the paths that are told of them; the tree does not list them. */
  #own(name: string | undefined): MemoryNode | undefined {
    return { tmp: this.staging, parked: this.parking, trash: this.trash }[name ?? ''];
  }

  #requireName({ name, path, folder }: Place): void {
    // Names in the trash tell a whole path, and nobody sees them.
    if (folder === this.trash) return;
    const fault = this.options.hasWindowsNames ? windowsNameFault(name) : undefined;
    if (fault !== undefined) throw new TreeError('UNSUPPORTED', path, windowsFaultMessage(fault));
    if (Buffer.byteLength(name) > 255) throw new TreeError('NAME_TOO_LONG', path, 'the name is too long');
  }

  #key(name: string): string {
    const formed = this.options.foldsForm ? name.normalize('NFC') : name;
    return this.options.foldsCase ? formed.toLowerCase() : formed;
  }

  #mtime(timeNs: bigint): bigint {
    const step = this.options.mtimeGranularityNs;
    const rest = timeNs % step;
    return timeNs - (rest < 0n ? rest + step : rest);
  }

  #roots(): MemoryNode[] {
    return [this.#root, this.staging, this.parking, this.trash, this.elsewhere];
  }
}

/** What a disk without permission bits shows. */
function fixedMode(kind: NodeKind): number {
  return kind === 'directory' ? 0o777 : 0o666;
}

export function absent(path: string): TreeError {
  return new TreeError('ABSENT', path, 'it does not exist');
}
