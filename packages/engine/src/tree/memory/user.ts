/**
 * The person, or the other programs, working in the tree: makes files appear, change and vanish behind
 * our back. Nothing here is stopped by the knobs that make our own operations fail.
 */
import { nameOf, parentOf } from '@lanmirror/protocol';
import { TreeError } from '../error.ts';
import { type Absence, absent, type MemoryDisk, type Place } from './disk.ts';
import type { MemoryNode } from './node.ts';

export class MemoryUser {
  readonly #disk: MemoryDisk;

  constructor(disk: MemoryDisk) {
    this.#disk = disk;
  }

  /** Writes a whole file in place; makes it, and the folders on the way, when absent. Its mode stays. */
  write(path: string, content: string | Uint8Array, mode = 0o644): void {
    const node = this.#file(path, mode);
    this.#disk.setBytes(node, toBytes(content));
    this.notify(path);
  }

  append(path: string, content: string | Uint8Array): void {
    const node = this.#file(path, 0o644);
    this.#disk.write(node, toBytes(content), node.bytes.length);
    this.notify(path);
  }

  /** Like `mkdir -p`. */
  mkdir(path: string, mode = 0o755): void {
    if (path === '' || this.#disk.find(path)?.kind === 'directory') return;
    this.mkdir(parentOf(path));
    this.#add(path, this.#disk.makeNode('directory', mode, this.#disk.folder(parentOf(path)).dev));
  }

  symlink(path: string, linkTarget: string): void {
    this.mkdir(parentOf(path));
    const link = this.#disk.makeNode('link', 0o777);
    link.linkTarget = linkTarget;
    this.#add(path, link);
  }

  /** A FIFO, socket or device. */
  makeOther(path: string): void {
    this.mkdir(parentOf(path));
    this.#add(path, this.#disk.makeNode('other', 0o644));
  }

  /** A hard link. */
  link(from: string, to: string): void {
    this.#add(to, this.#require(from).node);
  }

  /** A file whose name is not UTF-8; `shown` is how `list` shows it (`caf\xe9.txt`). */
  writeUndecodable(folder: string, shown: string): void {
    this.#disk.folder(folder).undecodable.add(shown);
    if (folder !== '') this.notify(folder);
  }

  /** With everything below, from the leaves up. */
  remove(path: string): void {
    const place = this.#require(path);
    for (const { name } of [...place.node.slots.values()]) this.remove(`${path}/${name}`);
    this.#disk.detach(place);
  }

  /** Everything in the tree, as `rm -rf root/*`. */
  removeAll(): void {
    for (const { name } of [...this.#disk.folder('').slots.values()]) this.remove(name);
  }

  /** Replaces a file or link at `to`. */
  rename(from: string, to: string): void {
    const source = this.#require(from);
    const target = this.#disk.place(to);
    if (target.node?.kind === 'directory' && target.node !== source.node) {
      throw new TreeError('EXISTS', to, 'a folder stands there');
    }
    this.#disk.rename(source, target);
  }

  /** Moves it out of the tree, to elsewhere on the same disk, where it waits for {@link bringBack}. */
  takeAway(path: string): void {
    const { elsewhere } = this.#disk;
    const name = encodeURIComponent(path);
    const place = this.#disk.placeIn(elsewhere, name, path);
    if (place.node !== undefined) throw new TreeError('EXISTS', path, 'it was taken away before');
    this.#disk.rename(this.#require(path), place);
  }

  /** Everything that was taken away returns to where it was, unless something stands there or its folder is gone. */
  bringBack(): void {
    const { elsewhere } = this.#disk;
    for (const { name } of [...elsewhere.slots.values()]) {
      const path = decodeURIComponent(name);
      if (this.#disk.find(path) !== undefined || this.#disk.find(parentOf(path))?.kind !== 'directory')
        continue;
      this.#disk.rename(this.#disk.placeIn(elsewhere, name, path), this.#disk.place(path));
    }
  }

  chmod(path: string, mode: number): void {
    this.#disk.setAttributes(this.#node(path), { mode });
    this.notify(path);
  }

  /** Sets the modification time; without one, the present. */
  touch(path: string, mtimeNs = this.#disk.options.clock()): void {
    this.#disk.setAttributes(this.#node(path), { mtimeNs });
    this.notify(path);
  }

  /** Another program keeps the file open until the returned function is called. */
  holdOpen(path: string): () => void {
    return this.#disk.hold(this.#require(path).node, this);
  }

  /** The root goes away: the disk is pulled, or somebody puts another folder in its place. */
  unmount(left: Absence): void {
    this.#disk.unmount(left);
  }

  mount(): void {
    this.#disk.mount();
  }

  /** A disk is mounted over a folder of the tree; the same one again if there was one. No hint tells of it. */
  mountAt(path: string, dev = this.#disk.options.dev + 7n): void {
    this.#disk.mountAt(path, dev);
  }

  unmountAt(path: string): void {
    this.#disk.unmountAt(path);
  }

  /** Everything is on stable storage, as after `sync`. */
  sync(): void {
    this.#disk.durability.checkpoint()();
  }

  /** Gives a hint about `path`. */
  notify(path: string): void {
    if (path !== '') this.#disk.notify(this.#disk.folder(parentOf(path)), nameOf(path));
  }

  #file(path: string, mode: number): MemoryNode {
    this.mkdir(parentOf(path));
    const { node, folder } = this.#disk.place(path);
    if (node === undefined) return this.#add(path, this.#disk.makeNode('file', mode, folder.dev));
    if (node.kind === 'file') return node;
    throw new TreeError('NOT_A_FILE', path, `a ${node.kind} stands there`);
  }

  #add(path: string, node: MemoryNode): MemoryNode {
    const place = this.#disk.place(path);
    if (place.node !== undefined) throw new TreeError('EXISTS', path, 'something stands there already');
    this.#disk.attach(place, node);
    return node;
  }

  #node(path: string): MemoryNode {
    const node = this.#disk.find(path);
    if (node === undefined) throw absent(path);
    return node;
  }

  #require(path: string): Place & { readonly node: MemoryNode } {
    const place = this.#disk.place(path);
    if (place.node === undefined) throw absent(path);
    return { ...place, node: place.node };
  }
}

function toBytes(content: string | Uint8Array): Uint8Array {
  return new Uint8Array(typeof content === 'string' ? Buffer.from(content) : content);
}
