/** The folders of the memory tree in which files are made and nodes are parked. */
import { nameOf } from '@lanmirror/protocol';
import { TreeError } from '../error.ts';
import type { StagedFile } from '../port.ts';
import type { MemoryDisk, Place } from './disk.ts';
import type { FaultPlan } from './fault.ts';
import type { MemoryNode } from './node.ts';
import { MemoryStagedFile, stagedPath } from './open-file.ts';
import { moveToTrash } from './trash.ts';

const STAGED_MODE = 0o600;

export class MemoryStaging {
  readonly #disk: MemoryDisk;
  readonly #faults: FaultPlan;

  constructor(disk: MemoryDisk, faults: FaultPlan) {
    this.#disk = disk;
    this.#faults = faults;
  }

  /** An empty staged file. Throws TreeError EXISTS when the name is taken. */
  create(name: string): StagedFile {
    this.#faults.change('createStaged', stagedPath(name));
    this.#disk.requireSpace(stagedPath(name));
    const place = this.#freePlace(this.#disk.staging, name);
    const node = this.#disk.makeNode('file', STAGED_MODE);
    this.#disk.attach(place, node);
    return new MemoryStagedFile(this.#disk, this.#faults, node, name);
  }

  /** A symbolic link that leads nowhere. Throws TreeError EXISTS when the name is taken. */
  link(name: string): void {
    const path = stagedPath(name);
    this.#faults.change('linkStaged', path);
    this.#disk.requireSpace(path);
    this.#disk.attach(this.#freePlace(this.#disk.staging, name), this.#disk.makeLink(path, name));
  }

  /** An interrupted staged file; undefined when there is none of that name. */
  open(name: string): StagedFile | undefined {
    const path = stagedPath(name);
    this.#faults.look('openStaged', path);
    const { node } = this.#disk.placeIn(this.#disk.staging, name, path);
    if (node !== undefined && node.kind !== 'file')
      throw new TreeError('NOT_A_FILE', path, `not a staged file but a ${node.kind}`);
    return node && new MemoryStagedFile(this.#disk, this.#faults, node, name);
  }

  /** Names of everything that is staged or parked. Places that a node has left are given up. */
  list(): string[] {
    this.#faults.look('listStaged', '');
    for (const name of this.#disk.parkingPlaces.keys())
      if (this.parked(name).node === undefined) this.#disk.parkingPlaces.delete(name);
    return [this.#disk.staging, this.#disk.parking].flatMap((folder) =>
      [...folder.slots.values()].map(({ name }) => name),
    );
  }

  /** Removes a staged file; a parked node goes to the trash. Returns where it is there, '' for nothing. */
  sweep(name: string): string {
    this.#faults.change('sweepStaged', stagedPath(name));
    const staged = this.#disk.placeIn(this.#disk.staging, name, stagedPath(name));
    if (staged.node !== undefined) this.#disk.detach(staged);
    const parked = this.parked(name);
    this.#disk.parkingPlaces.delete(name);
    return parked.node === undefined ? '' : moveToTrash(this.#disk, parked, name);
  }

  /** Where the node that is parked under a name is. */
  parked(name: string): Place {
    return this.#disk.placeIn(this.#disk.parking, name, stagedPath(name));
  }

  /** Where the node of `path` can be parked under a name. Throws TreeError EXISTS when the name is taken. */
  reserve(name: string, path: string): Place {
    const place = this.#freePlace(this.#disk.parking, name);
    this.#disk.parkingPlaces.set(name, path);
    return place;
  }

  /** A node has left its place: a process may die before it is given up. */
  vacate(name: string): void {
    this.#faults.change('vacate', stagedPath(name));
    this.#disk.parkingPlaces.delete(name);
  }

  /** A name is taken by what is staged and by what is parked under it. */
  #freePlace(folder: MemoryNode, name: string): Place {
    const path = stagedPath(name);
    if (nameOf(name) !== name) throw new TreeError('UNSUPPORTED', path, 'not a single name');
    for (const own of [this.#disk.staging, this.#disk.parking]) {
      if (this.#disk.placeIn(own, name, path).node !== undefined) {
        throw new TreeError('EXISTS', path, 'the name is taken');
      }
    }
    return this.#disk.placeIn(folder, name, path);
  }
}
