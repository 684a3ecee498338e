/**
 * What is said between a target and the thread that places files for it. Contents in shared memory are not copied. Both
 * ways all files are in a few buffers and one text: a clone of hundreds of objects costs as much as the work itself.
 */
import type { NewFile, Stat } from '../port.ts';

export interface PlacingRequest {
  /** What the root is. */
  readonly root: Pick<Stat, 'dev' | 'ino'>;
  readonly files: PackedFiles;
}

export interface PackedFiles {
  /** The name of the staged file and the path of each, with a NUL between all of them, which no name holds. */
  readonly names: string;
  /** FILE_FACTS of each, in the same order. */
  readonly facts: Float64Array<ArrayBuffer>;
  /** In which the contents are. */
  readonly memories: readonly ArrayBufferLike[];
}

/** FACTS of each file, in the order of the request; all zero for one that was not placed. */
export type PlacingAnswer = BigInt64Array<ArrayBuffer>;

/** Mode, -1 for none; time in microseconds; the memory of the content, where it begins there, and its length. */
const FILE_FACTS = 5;
const FACTS = 8;

export function packFiles(files: readonly NewFile[]): PackedFiles {
  const memories = new Map<ArrayBufferLike, number>();
  const facts = new Float64Array(files.length * FILE_FACTS);
  const names: string[] = [];
  for (const [index, { stagedName, path, bytes, mode = -1, mtimeUs }] of files.entries()) {
    const memory = memories.get(bytes.buffer) ?? memories.size;
    memories.set(bytes.buffer, memory);
    names.push(stagedName, path);
    const at = index * FILE_FACTS;
    facts[at] = mode;
    facts[at + 1] = mtimeUs;
    facts[at + 2] = memory;
    facts[at + 3] = bytes.byteOffset;
    facts[at + 4] = bytes.length;
  }
  return { names: names.join('\0'), facts, memories: [...memories.keys()] };
}

export function unpackFiles({ names, facts, memories }: PackedFiles): NewFile[] {
  const texts = names.split('\0');
  return Array.from({ length: facts.length / FILE_FACTS }, (_, index) => {
    const at = index * FILE_FACTS;
    const [mode = -1, mtimeUs = 0] = [facts[at], facts[at + 1]];
    const memory = memories[facts[at + 2] ?? -1] ?? new ArrayBuffer(0);
    return {
      stagedName: texts[2 * index] ?? '',
      path: texts[2 * index + 1] ?? '',
      bytes: new Uint8Array(memory, facts[at + 3], facts[at + 4]),
      mode: mode < 0 ? undefined : mode,
      mtimeUs,
    };
  });
}

/** Every file is a regular one: its kind needs no words. */
export function packStats(stats: readonly (Stat | undefined)[]): PlacingAnswer {
  const facts = new BigInt64Array(stats.length * FACTS);
  for (const [index, stat] of stats.entries()) {
    if (stat === undefined) continue;
    const at = index * FACTS;
    facts[at] = BigInt(stat.sizeBytes);
    facts[at + 1] = stat.mtimeNs;
    facts[at + 2] = stat.ctimeNs;
    facts[at + 3] = stat.birthtimeNs;
    facts[at + 4] = BigInt(stat.mode);
    facts[at + 5] = stat.dev;
    facts[at + 6] = stat.ino;
    facts[at + 7] = BigInt(stat.links);
  }
  return facts;
}

export function unpackStats(facts: PlacingAnswer): (Stat | undefined)[] {
  // By index: taking an array apart by pattern costs several times as much.
  return Array.from({ length: facts.length / FACTS }, (_, index) => {
    const at = index * FACTS;
    const links = Number(facts[at + 7]);
    if (links === 0) return undefined;
    return {
      kind: 'file',
      sizeBytes: Number(facts[at]),
      mtimeNs: facts[at + 1] ?? 0n,
      ctimeNs: facts[at + 2] ?? 0n,
      birthtimeNs: facts[at + 3] ?? 0n,
      mode: Number(facts[at + 4]),
      // Numbers of nodes and devices use all 64 bits.
      dev: BigInt.asUintN(64, facts[at + 5] ?? 0n),
      ino: BigInt.asUintN(64, facts[at + 6] ?? 0n),
      links,
    };
  });
}
