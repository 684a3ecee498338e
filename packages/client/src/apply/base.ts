/**
 * What the target has of a large file that is to be fetched, however old: the file at its place, what an interrupted
 * transfer left of it, or both. Its block list is offered, and the new content is made of it where the server says so.
 */
import { type ByteSource, ReadAhead, type StagedFile, type Stat, TreeError } from '@lanmirror/engine/tree';
import type { SourceEntry } from '@lanmirror/protocol';
import { isAsLeft } from '../state/baseline-entry.ts';
import type { MirrorState } from '../state/mirror-state.ts';
import { BlockLister } from './block-lister.ts';
import type { Offer, OfferHost } from './offer.ts';

export interface BaseHost extends OfferHost {
  /** All work ends: what is being read is not needed any more. */
  isStopped(): boolean;
}

export interface Base {
  /** The file at its place; undefined when only the staged file is here. */
  readonly path: string | undefined;
  readonly sizeBytes: number;
  /** The digests of its blocks. */
  readonly digests: Uint8Array;
  /** The file at its place, if that is the whole base and its hash is known. */
  readonly offer: Offer | undefined;
}

/**
 * Finds and reads what is here of `entry`, which belongs at `path`; undefined when nothing is, or it cannot be read.
 * `partial`: what an interrupted transfer left; its bytes go before those of the file at the same position.
 */
export async function findBase(
  host: BaseHost,
  entry: SourceEntry,
  path: string,
  partial: StagedFile | undefined,
): Promise<Base | undefined> {
  const there = host.target.tree.stat(path);
  const hereBytes = there?.kind === 'file' ? there.sizeBytes : 0;
  const partialBytes = partial?.sizeBytes() ?? 0;
  const known = there && partialBytes === 0 ? knownContent(host.target.state, entry.id, there) : undefined;
  const offer = there && known && { path, sizeBytes: hereBytes, hash: known.hash, seen: there };
  if (known?.digests !== undefined) return { path, sizeBytes: hereBytes, digests: known.digests, offer };
  const sizeBytes = Math.min(entry.sizeBytes, Math.max(hereBytes, partialBytes));
  if (sizeBytes === 0) return undefined;
  const herePath = hereBytes > partialBytes ? path : undefined;
  const digests = await readDigests(host, herePath, partial, sizeBytes);
  return (
    digests && { path: herePath, sizeBytes, digests, offer: hereBytes === sizeBytes ? offer : undefined }
  );
}

/** What was received of a file that is as it was left. */
function knownContent(
  state: MirrorState,
  id: number,
  there: Stat,
): { readonly hash: Uint8Array; readonly digests: Uint8Array | undefined } | undefined {
  const before = state.baseline.get(id);
  if (before === undefined || before.hash === null || !isAsLeft(before, there)) return undefined;
  return { hash: before.hash, digests: state.blocks.get(id, before.hash) };
}

/** The bytes of a base: those of the staged file, and behind them those of the file at its place. */
export function baseSource(staged: StagedFile | undefined, here: ByteSource | undefined): ByteSource {
  const stagedBytes = staged?.sizeBytes() ?? 0;
  return {
    read: async (buffer, offset, length, position) => {
      if (staged !== undefined && position < stagedBytes)
        return staged.read(buffer, offset, Math.min(length, stagedBytes - position), position);
      return here === undefined ? 0 : here.read(buffer, offset, length, position);
    },
  };
}

/** Of what a disk cannot read nothing is offered: the whole is fetched, and what is here gives way to it. */
async function readDigests(
  host: BaseHost,
  path: string | undefined,
  partial: StagedFile | undefined,
  sizeBytes: number,
): Promise<Uint8Array | undefined> {
  try {
    const here = path === undefined ? undefined : host.target.tree.open(path);
    try {
      const mayGoOn = (): boolean => {
        host.worked();
        return !host.isStopped();
      };
      return await listBlocks(baseSource(partial, here), sizeBytes, mayGoOn);
    } finally {
      here?.close();
    }
  } catch (error) {
    if (error instanceof TreeError) return undefined;
    throw error;
  }
}

/** The block list of the first bytes of something; undefined when it is shorter, or `mayGoOn` says no. Throws TreeError. */
export async function listBlocks(
  source: ByteSource,
  sizeBytes: number,
  mayGoOn: () => boolean,
): Promise<Uint8Array | undefined> {
  const lister = new BlockLister(sizeBytes);
  const reader = new ReadAhead(source, 0, sizeBytes);
  for (let chunk = await reader.next(); chunk !== undefined; chunk = await reader.next()) {
    lister.update(chunk.bytes);
    if (!mayGoOn()) return undefined;
  }
  return lister.digests();
}
