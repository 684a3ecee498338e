/**
 * What the target can offer of a small file that is to be fetched: the file at its place, if that may be its beginning,
 * and its hash. A wrong offer costs the server a read and does no harm.
 */
import { createHasher, hashBytes, type Stat, TreeError, type WritableTree } from '@lanmirror/engine/tree';
import { SMALL_FILE_BYTES, type SourceEntry } from '@lanmirror/protocol';
import { isAsLeft } from '../state/baseline-entry.ts';
import type { TargetFolder } from './target-folder.ts';

const BLOCK_BYTES = 1 << 20;

/** The first bytes of a file. */
export interface Offer {
  readonly sizeBytes: number;
  readonly hash: Uint8Array;
  /** Where they are. */
  readonly path: string;
  /** What stood there when they were read, or found to be as they were left. */
  readonly seen: Stat;
}

export interface OfferHost {
  readonly target: TargetFolder;
  /** A part of a file of the target was read: that takes its time, too. */
  worked(): void;
}

/** The best offer for a small file, which belongs at `path`; what cannot be read is not offered. */
export async function offerFor(
  host: OfferHost,
  entry: SourceEntry,
  path: string,
): Promise<Offer | undefined> {
  const there = host.target.tree.stat(path);
  const hereBytes = there?.kind === 'file' && there.sizeBytes <= entry.sizeBytes ? there.sizeBytes : 0;
  if (there === undefined || hereBytes === 0) return undefined;
  const before = host.target.state.baseline.get(entry.id);
  const isKnown = before !== undefined && isAsLeft(before, there) && before.sizeBytes === hereBytes;
  if (isKnown && before.hash !== null) return { sizeBytes: hereBytes, hash: before.hash, path, seen: there };
  const hash = await ifReadable(() => hashHere(host, path, hereBytes));
  return hash && { sizeBytes: hereBytes, hash, path, seen: there };
}

/** BLAKE3 of the first bytes of a file of the target; undefined when it is shorter. Throws TreeError. */
export async function hashHere(
  host: OfferHost,
  path: string,
  sizeBytes: number,
): Promise<Uint8Array | undefined> {
  const { tree } = host.target;
  if (sizeBytes <= SMALL_FILE_BYTES) return hashSmall(tree, path, sizeBytes);
  const handle = tree.open(path);
  try {
    return await hashPrefix(handle, sizeBytes, () => host.worked());
  } finally {
    handle.close();
  }
}

/** The first bytes of a small file of the tree. Throws TreeError when they are not there any more. */
export function readWhole(tree: WritableTree, path: string, sizeBytes: number): Uint8Array {
  const handle = tree.open(path);
  try {
    const bytes = new Uint8Array(sizeBytes);
    for (let at = 0; at < sizeBytes; ) {
      const got = handle.readSync(bytes, at, sizeBytes - at, at);
      if (got === 0) throw new TreeError('IO', path, 'the file became shorter while it was read');
      at += got;
    }
    return bytes;
  } finally {
    handle.close();
  }
}

/** BLAKE3 of the first bytes of something readable, in blocks, each told to `worked`. Undefined when it is shorter. */
export async function hashPrefix(
  source: { read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<number> },
  sizeBytes: number,
  worked: () => void = () => undefined,
): Promise<Uint8Array | undefined> {
  const hasher = createHasher();
  const buffer = new Uint8Array(Math.min(BLOCK_BYTES, Math.max(1, sizeBytes)));
  for (let at = 0; at < sizeBytes; ) {
    const got = await source.read(buffer, 0, Math.min(buffer.length, sizeBytes - at), at);
    if (got === 0) return undefined;
    hasher.update(buffer.subarray(0, got));
    at += got;
    worked();
  }
  return hasher.digest();
}

/** Whether two hashes are the same. */
export function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

function hashSmall(tree: WritableTree, path: string, sizeBytes: number): Uint8Array {
  return hashBytes(readWhole(tree, path, sizeBytes));
}

/** Of what a disk cannot read nothing is offered: the whole is fetched, and what is here gives way to it. */
async function ifReadable(hash: () => Promise<Uint8Array | undefined>): Promise<Uint8Array | undefined> {
  try {
    return await hash();
  } catch (error) {
    if (error instanceof TreeError) return undefined;
    throw error;
  }
}
