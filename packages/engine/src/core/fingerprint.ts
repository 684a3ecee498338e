/**
 * The fingerprint of a tree: one short code that two trees share exactly when they are identical.
 *
 * A file or link has a digest over what the mirror carries of it. A folder has a digest over its own
 * facts and the sum of its children's digests, modulo 2^256: a sum does not depend on the order, and a
 * changed child is one subtraction and one addition, whatever the folder holds. The code of a tree is
 * cut from the digest of its root, in which the root's name does not count.
 *
 * There are two sums of everything: `meta` without contents, known at once, and `full` with them. While
 * the content hash of some file is unknown, `full` says nothing and the code is provisional.
 */
import type { EntryKind } from '@lanmirror/protocol';

/** What a fingerprint covers of an entry. */
export interface FingerprintFacts {
  readonly name: string;
  readonly kind: EntryKind;
  /** Of a file; does not count for the others. */
  readonly sizeBytes: number;
  /** As the server says it. */
  readonly mtimeUs: number;
  /** Permission bits; those of a link do not count. */
  readonly mode: number;
  readonly linkTarget: string;
  /** BLAKE3 of a file's content; null when it is not known yet. An empty file has no other content. */
  readonly hash: Uint8Array | null;
}

/** Digests of an entry, or sums of such digests. Numbers below 2^256. */
export interface Digests {
  readonly meta: bigint;
  /** Without those of files whose content hash is unknown. */
  readonly full: bigint;
  /** Files whose content hash is unknown. */
  readonly unknown: number;
}

/** BLAKE3 of a text in UTF-8, in hexadecimal. */
export type HashText = (text: string) => string;

export const NO_DIGESTS: Digests = { meta: 0n, full: 0n, unknown: 0 };

const MASK = (1n << 256n) - 1n;
const CODE_GROUPS = 4;
const GROUP_CHARACTERS = 4;
/** No letter that can be taken for a digit when it is read aloud. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** Both digests of an entry. `children`: the sums of a folder's entries. */
export function digestsOf(facts: FingerprintFacts, children: Digests, hash: HashText): Digests {
  const own = textOf(facts, facts.name);
  if (facts.kind === 'directory') {
    return {
      meta: numberOf(hash(`${own}${hex(children.meta)}`)),
      full: numberOf(hash(`${own}${hex(children.full)}`)),
      unknown: children.unknown,
    };
  }
  const meta = numberOf(hash(own));
  if (facts.kind === 'link' || facts.sizeBytes === 0) return { meta, full: meta, unknown: 0 };
  if (facts.hash === null) return { meta, full: 0n, unknown: 1 };
  return { meta, full: fullOf(own, facts.hash, hash), unknown: 0 };
}

/** What it adds to the digests of a file that its content hash, unknown until now, is known. */
export function learnedDigests(facts: FingerprintFacts & { hash: Uint8Array }, hash: HashText): Digests {
  if (facts.sizeBytes === 0) return NO_DIGESTS;
  return { meta: 0n, full: fullOf(textOf(facts, facts.name), facts.hash, hash), unknown: -1 };
}

/** Whether two entries have the same digests, their content hashes apart. */
export function isSameButContent(a: FingerprintFacts, b: FingerprintFacts): boolean {
  return (
    a.kind === b.kind &&
    a.name === b.name &&
    a.mtimeUs === b.mtimeUs &&
    (a.mode === b.mode || a.kind === 'link') &&
    (a.sizeBytes === b.sizeBytes || a.kind !== 'file') &&
    (a.linkTarget === b.linkTarget || a.kind !== 'link')
  );
}

export function addDigests(a: Digests, b: Digests): Digests {
  return { meta: (a.meta + b.meta) & MASK, full: (a.full + b.full) & MASK, unknown: a.unknown + b.unknown };
}

export function subtractDigests(a: Digests, b: Digests): Digests {
  return { meta: (a.meta - b.meta) & MASK, full: (a.full - b.full) & MASK, unknown: a.unknown - b.unknown };
}

export function isSameDigests(a: Digests, b: Digests): boolean {
  return a.meta === b.meta && a.full === b.full && a.unknown === b.unknown;
}

/** The code of a whole tree, as both ends print and send it. */
export interface Fingerprint {
  /** Four groups of four characters. Covers contents only when nothing is unknown. */
  readonly code: string;
  /** Files whose content hash is not known yet; the code is provisional unless this is 0. */
  readonly unknown: number;
}

/** The code of the tree whose root has these facts and whose top level has these sums. */
export function fingerprintOf(root: FingerprintFacts, children: Digests, hash: HashText): Fingerprint {
  const { meta, full, unknown } = digestsOf({ ...root, name: '' }, children, hash);
  return { code: codeOf(unknown === 0 ? full : meta), unknown };
}

/** `7k2f-9qmz-x41d-w8th`, or `7k2f-9qmz-x41d-w8th (provisional: 12 files not compared by content yet)`. */
export function fingerprintText({ code, unknown }: Fingerprint, what = 'compared by content'): string {
  if (unknown === 0) return code;
  return `${code} (provisional: ${unknown} file${unknown === 1 ? '' : 's'} not ${what} yet)`;
}

function fullOf(own: string, content: Uint8Array, hash: HashText): bigint {
  return numberOf(hash(`${own}${hexBytes(content)}`));
}

/** What is hashed of an entry: its facts, each ended by a NUL, which no name and no link holds. */
function textOf({ kind, mode, sizeBytes, mtimeUs, linkTarget }: FingerprintFacts, name: string): string {
  const bits = kind === 'link' ? '' : mode.toString(8);
  const size = kind === 'file' ? String(sizeBytes) : '';
  return `${kind}\0${name}\0${bits}\0${size}\0${mtimeUs}\0${kind === 'link' ? linkTarget : ''}\0`;
}

function codeOf(digest: bigint): string {
  const characters = CODE_GROUPS * GROUP_CHARACTERS;
  let rest = digest >> BigInt(256 - characters * 5);
  let text = '';
  for (let at = 0; at < characters; at += 1) {
    text = (ALPHABET[Number(rest & 31n)] ?? '') + text;
    rest >>= 5n;
    if (at % GROUP_CHARACTERS === GROUP_CHARACTERS - 1 && at < characters - 1) text = `-${text}`;
  }
  return text;
}

function numberOf(hexadecimal: string): bigint {
  return BigInt(`0x${hexadecimal}`);
}

function hex(digest: bigint): string {
  return digest.toString(16).padStart(64, '0');
}

function hexBytes(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}
