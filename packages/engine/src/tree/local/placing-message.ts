/**
 * What is said between a target and the thread that places files for it. Contents in shared memory are not copied. The
 * answer is one buffer of numbers: a clone of hundreds of objects costs as much as the work itself.
 */
import type { NewFile, Stat } from '../port.ts';

/** What the thread has to know of the target. */
export interface PlacingSetting {
  /** The root, with its own links resolved. */
  readonly root: string;
  readonly walk: 'held' | 'checked';
}

export interface PlacingRequest {
  /** What the root is. */
  readonly root: Pick<Stat, 'dev' | 'ino'>;
  readonly files: readonly NewFile[];
}

/** FACTS of each file, in the order of the request; all zero for one that was not placed. */
export type PlacingAnswer = BigInt64Array<ArrayBuffer>;

const FACTS = 8;

/** Every file is a regular one: its kind needs no words. */
export function packStats(stats: readonly (Stat | undefined)[]): PlacingAnswer {
  const facts = new BigInt64Array(stats.length * FACTS);
  for (const [index, stat] of stats.entries()) {
    if (stat === undefined) continue;
    const { sizeBytes, mtimeNs, ctimeNs, birthtimeNs, mode, dev, ino, links } = stat;
    const row = [BigInt(sizeBytes), mtimeNs, ctimeNs, birthtimeNs, BigInt(mode), dev, ino, BigInt(links)];
    facts.set(row, index * FACTS);
  }
  return facts;
}

export function unpackStats(facts: PlacingAnswer): (Stat | undefined)[] {
  return Array.from({ length: facts.length / FACTS }, (_, index) => {
    const [
      size = 0n,
      mtimeNs = 0n,
      ctimeNs = 0n,
      birthtimeNs = 0n,
      mode = 0n,
      dev = 0n,
      ino = 0n,
      links = 0n,
    ] = facts.subarray(index * FACTS, (index + 1) * FACTS);
    if (links === 0n) return undefined;
    // Numbers of nodes and devices use all 64 bits.
    const names = { dev: BigInt.asUintN(64, dev), ino: BigInt.asUintN(64, ino) };
    const numbers = { sizeBytes: Number(size), mode: Number(mode), links: Number(links) };
    return { kind: 'file', ...numbers, mtimeNs, ctimeNs, birthtimeNs, ...names };
  });
}
