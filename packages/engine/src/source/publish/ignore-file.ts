/** An ignore file of the source as it is on the disk. It is looked at and read; nothing is concluded here. */
import { parentOf } from '@lanmirror/protocol';
import type { FilterRule } from '../../core/index.ts';
import { type NumberedRule, numberedRules } from '../../host/index.ts';
import { type ReadableTree, type ReadHandle, type Stat, TreeError } from '../../tree/index.ts';

/** Far above what the rules of a share may be together. */
const MAX_BYTES = 1 << 20;
/** Kernels stamp in ticks: a file that is younger than this may be written again and look the same. */
const TICK_NS = 20_000_000n;

/** What cannot be looked at: nobody knows whether it is another file. */
export const UNSEEN = '?';
/** No ignore file stands there; a folder of that name is none. */
export const NONE = '';

/** A look: equal `mark`s are of one file, in which nobody has written meanwhile unless it `isFresh`. */
export interface IgnoreSight {
  readonly mark: string;
  readonly isFresh: boolean;
}

/** Looks at a path at which an ignore file may stand. `wallMs`: the present time. */
export function lookAtIgnoreFile(tree: ReadableTree, path: string, wallMs: number): IgnoreSight {
  try {
    const stat = tree.stat(path);
    if (stat === undefined || stat.kind === 'directory') return { mark: NONE, isFresh: false };
    const { kind, ino, sizeBytes, mtimeNs, ctimeNs } = stat;
    const ageNs = BigInt(Math.floor(wallMs)) * 1_000_000n - ctimeNs;
    return { mark: `${kind} ${ino} ${sizeBytes} ${mtimeNs} ${ctimeNs}`, isFresh: ageNs < TICK_NS };
  } catch (error) {
    if (error instanceof TreeError) return { mark: UNSEEN, isFresh: false };
    throw error;
  }
}

/** `ignore-kept`: what it said last holds. The others: nobody knows what it hides, or mirrors cannot be told all of it. */
export const IGNORE_FAULTS = ['ignore-kept', 'ignore-unknown', 'ignore-limit'] as const;
export type IgnoreFault = (typeof IGNORE_FAULTS)[number];

/**
 * The rules in an ignore file. `ignore-unknown`: it cannot be read now, is no regular file, was written to meanwhile, or is
 * not text in UTF-8. `ignore-limit`: it is too large. A link is not followed: what it leads to is not of this folder.
 */
export function readIgnoreFile(
  tree: ReadableTree,
  path: string,
): readonly NumberedRule[] | 'ignore-unknown' | 'ignore-limit' {
  let handle: ReadHandle | undefined;
  try {
    handle = tree.open(path);
    const { opened } = handle;
    if (opened.sizeBytes > MAX_BYTES) return 'ignore-limit';
    const bytes = readAll(handle, opened.sizeBytes);
    if (bytes === undefined || !isSame(opened, handle.stat())) return 'ignore-unknown';
    return numberedRules(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (error) {
    if (error instanceof TreeError || error instanceof TypeError) return 'ignore-unknown';
    throw error;
  } finally {
    handle?.close();
  }
}

/** The rules of an ignore file as the filter takes them; they begin at the folder of its `path`. */
export function filterRules(rules: readonly NumberedRule[], path: string): FilterRule[] {
  const folder = parentOf(path);
  return rules.map(({ line, number }) => ({ line, folder, origin: `${path} line ${number}` }));
}

/** Whether both say the same, wherever in their files. */
export function isSameRules(one: readonly NumberedRule[], other: readonly NumberedRule[]): boolean {
  return one.length === other.length && one.every(({ line }, at) => line === other[at]?.line);
}

function readAll(handle: ReadHandle, sizeBytes: number): Uint8Array | undefined {
  const bytes = new Uint8Array(sizeBytes);
  for (let at = 0; at < sizeBytes; ) {
    const read = handle.readSync(bytes, at, sizeBytes - at, at);
    if (read === 0) return undefined;
    at += read;
  }
  return bytes;
}

function isSame(before: Stat, now: Stat): boolean {
  return (
    before.sizeBytes === now.sizeBytes && before.mtimeNs === now.mtimeNs && before.ctimeNs === now.ctimeNs
  );
}
