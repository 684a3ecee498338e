/**
 * Is this the same node as before? Pure rules for pairing a name that vanished with one that appeared,
 * and for telling a changed file from an unchanged one.
 */
export interface NodeIdentity {
  readonly dev: bigint;
  readonly ino: bigint;
  /** 0n where the file system does not record it. */
  readonly birthtimeNs: bigint;
}

export interface NodeFacts extends NodeIdentity {
  readonly kind: 'directory' | 'file' | 'link' | 'other';
  readonly sizeBytes: number;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly mode: number;
  readonly links: number;
}

/** The number of a node on a disk that does not keep numbers: it says nothing of which node it is. */
export const NO_NODE_NUMBER = 0n;

/** Index key of an identity. The birth time is compared separately: not every file system has it. */
export function identityKey(node: { readonly dev: bigint; readonly ino: bigint }): string {
  return `${node.dev.toString(36)}.${node.ino.toString(36)}`;
}

/**
 * Whether `now` is the node that `before` was, under another name.
 *
 * File systems give a freed inode number to the next file at once, so the number alone proves
 * nothing: the birth time must agree. Where there is none, or where it equals the change time (a file
 * just born), size and modification time must agree too. A file with several links is never paired:
 * its names come and go independently. Where numbers are not kept nothing is.
 */
export function isSameNode(before: NodeFacts, now: NodeFacts): boolean {
  if (before.dev !== now.dev || before.ino !== now.ino || before.kind !== now.kind) return false;
  if (now.kind === 'other' || now.ino === NO_NODE_NUMBER) return false;
  if (now.kind !== 'directory' && (now.links !== 1 || before.links !== 1)) return false;
  if (before.birthtimeNs !== now.birthtimeNs) return false;
  const birthProves = now.birthtimeNs !== 0n && now.birthtimeNs !== now.ctimeNs;
  if (birthProves || now.kind === 'directory') return true;
  return before.sizeBytes === now.sizeBytes && before.mtimeNs === now.mtimeNs;
}

/** What an entry and the node at its path have in common. */
export type Comparison =
  /** Another kind of node stands there: the old entry is gone, a new one came. */
  | 'replaced'
  /** The content may differ: it must be read again to know. */
  | 'content'
  /** Only mode or modification time differ. */
  | 'metadata'
  /** Nothing that is mirrored differs, but what identifies the node does. */
  | 'identity'
  | 'same';

/**
 * Compares an indexed entry with the node now at its path.
 *
 * A file's change time moves with every write, also with one that restores the modification time.
 * Where a changed mode or link count explains the new change time, the content is believed if the
 * modification time can prove it.
 */
export function compareNode(before: NodeFacts, now: NodeFacts): Comparison {
  if (before.kind !== now.kind) return 'replaced';
  if (now.kind === 'file') {
    if (before.sizeBytes !== now.sizeBytes || before.mtimeNs !== now.mtimeNs) return 'content';
    if (before.ino !== now.ino) return 'content';
    if (before.mode !== now.mode) return isTimeProof(before) ? 'metadata' : 'content';
    if (before.ctimeNs !== now.ctimeNs)
      return before.links === now.links || !isTimeProof(before) ? 'content' : 'identity';
  } else {
    if (now.kind === 'link' && (before.ino !== now.ino || before.ctimeNs !== now.ctimeNs)) return 'content';
    if (before.mtimeNs !== now.mtimeNs) return 'metadata';
    if (now.kind === 'directory' && before.mode !== now.mode) return 'metadata';
  }
  return isIdentical(before, now) ? 'same' : 'identity';
}

/** The coarsest modification times in use: FAT. */
const COARSE_STEP_NS = 2_000_000_000n;
const SECOND_NS = 1_000_000_000n;

/**
 * Whether an equal modification time proves that a file, last seen like this, was not written since,
 * although its change time moved. Where a file system keeps whole seconds only, a write within the same
 * step leaves the same time: there the file must have been seen when that step was over, as a change time
 * later than it shows.
 */
export function isTimeProof({ mtimeNs, ctimeNs }: Pick<NodeFacts, 'mtimeNs' | 'ctimeNs'>): boolean {
  return mtimeNs % SECOND_NS !== 0n || ctimeNs - mtimeNs > COARSE_STEP_NS;
}

function isIdentical(before: NodeFacts, now: NodeFacts): boolean {
  return (
    before.dev === now.dev &&
    before.ino === now.ino &&
    before.birthtimeNs === now.birthtimeNs &&
    before.ctimeNs === now.ctimeNs &&
    before.links === now.links
  );
}

/** Whole microseconds, floored, also before 1970: what is mirrored of a modification time. */
export function microseconds(ns: bigint): number {
  const us = ns / 1000n;
  return Number(ns < 0n && us * 1000n !== ns ? us - 1n : us);
}
