/**
 * Whether the number of a node says which node it is. On most disks that a program serves (FUSE) it does not: the
 * program gives numbers out as nodes are met, and others after each mount, so that two files may seem to have
 * changed places. There a node has {@link NO_NODE_NUMBER}: it is what stands at its path, and a rename is a removal
 * and a new node.
 */
import { performance } from 'node:perf_hooks';
import { isNumberedAnew, NO_NODE_NUMBER, parseMountTable } from '../../core/index.ts';
import { deviceText, readMountTable } from '../mount-table.ts';
import type { Stat } from '../port.ts';

/** A device may be called as another one was; not so soon that nobody has looked in between. */
const MAX_AGE_MS = 1000;

export class NodeNumbers {
  readonly #read: () => string;
  readonly #nowMs: () => number;
  readonly #isKept = new Map<bigint, boolean>();
  #lastOwn: bigint | undefined;
  #readMs = Number.NEGATIVE_INFINITY;

  /** `read` gives the text of the table of mounts. */
  constructor(read = readMountTable, nowMs = (): number => performance.now()) {
    this.#read = read;
    this.#nowMs = nowMs;
  }

  /** The stat with a number only if that means something. */
  proven(stat: Stat): Stat {
    return this.areKept(stat.dev) ? stat : { ...stat, ino: NO_NODE_NUMBER };
  }

  /** Whether the disk with this device number keeps the numbers of its nodes. */
  areKept(dev: bigint): boolean {
    // Asked for every node of a tree, and nearly all are on one disk.
    if (dev === this.#lastOwn) return true;
    // A disk of its own keeps its numbers on it, whoever serves it.
    if (!isNumberedAnew(dev)) {
      this.#lastOwn = dev;
      return true;
    }
    const now = this.#nowMs();
    if (now - this.#readMs > MAX_AGE_MS) this.#isKept.clear();
    const known = this.#isKept.get(dev);
    if (known !== undefined) return known;
    const device = deviceText(dev);
    const mount = parseMountTable(this.#read()).find((one) => one.device === device);
    const isKept = !(mount?.type === 'fuse' || mount?.type.startsWith('fuse.') === true);
    this.#isKept.set(dev, isKept);
    this.#readMs = now;
    return isKept;
  }
}
