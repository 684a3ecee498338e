/**
 * The fingerprint of a tree: one short code that two trees share exactly when they are identical.
 *
 * A file or link has a digest over what the mirror carries of it. A folder has a digest over its own
 * facts and the sum of its children's digests, modulo 2^256: a sum does not depend on the order, and a
 * changed child is one subtraction and one addition, whatever the folder holds. The code of a tree is
 * cut from the digest of its root, in which the root's name does not count.
 *
 * A file counts only when the hash of its content is known. As long as one is unknown the code says nothing
 * of that file, and is provisional.
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

/** Digest of an entry, or the sum of such digests. */
export interface Digests {
  /** Below 2^256. Without files whose content hash is unknown. */
  readonly sum: bigint;
  /** Files whose content hash is unknown. */
  readonly unknown: number;
}

/** BLAKE3 of a text in UTF-8, in hexadecimal. */
export type HashText = (text: string) => string;

export const NO_DIGESTS: Digests = { sum: 0n, unknown: 0 };
const UNKNOWN: Digests = { sum: 0n, unknown: 1 };

const MASK = (1n << 256n) - 1n;
const CODE_GROUPS = 4;
const GROUP_CHARACTERS = 4;
/** No letter that can be taken for a digit when it is read aloud. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** The digest of an entry. `children`: the sums of a folder's entries. */
export function digestsOf(facts: FingerprintFacts, children: Digests, hash: HashText): Digests {
  const { kind, sizeBytes } = facts;
  if (kind === 'file' && sizeBytes > 0 && facts.hash === null) return UNKNOWN;
  const own = textOf(facts, facts.name);
  if (kind === 'directory')
    return { sum: numberOf(hash(own + hex(children.sum))), unknown: children.unknown };
  const content = kind === 'file' && sizeBytes > 0 && facts.hash !== null ? hexBytes(facts.hash) : '';
  return { sum: numberOf(hash(own + content)), unknown: 0 };
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
  return { sum: (a.sum + b.sum) & MASK, unknown: a.unknown + b.unknown };
}

export function subtractDigests(a: Digests, b: Digests): Digests {
  return { sum: (a.sum - b.sum) & MASK, unknown: a.unknown - b.unknown };
}

export function isSameDigests(a: Digests, b: Digests): boolean {
  return a.sum === b.sum && a.unknown === b.unknown;
}

/** The sum as a digest on the wire: 32 bytes, the first one highest. */
export function sumBytes({ sum }: Digests): Uint8Array {
  const text = hex(sum);
  return Uint8Array.from({ length: 32 }, (_, at) => Number.parseInt(text.slice(2 * at, 2 * at + 2), 16));
}

/** Whether a folder holds exactly this: its sums are these, and no content is unknown on either side. */
export function isProvedSame(
  own: Digests,
  told: { readonly digest: Uint8Array | null; readonly unknown: number },
): boolean {
  if (own.unknown > 0 || told.unknown > 0 || told.digest === null) return false;
  return hexBytes(told.digest) === hex(own.sum);
}

/** The code of a whole tree, as both ends print and send it. */
export interface Fingerprint {
  /** Four groups of four characters. Says nothing of the files whose content hash is unknown. */
  readonly code: string;
  /** Files whose content hash is not known yet; the code is provisional unless this is 0. */
  readonly unknown: number;
}

/** The code of the tree whose root has these facts and whose top level has these sums. */
export function fingerprintOf(root: FingerprintFacts, children: Digests, hash: HashText): Fingerprint {
  const { sum, unknown } = digestsOf({ ...root, name: '' }, children, hash);
  return { code: codeOf(sum), unknown };
}

/** `7k2f-9qmz-x41d-w8th`, or `7k2f-9qmz-x41d-w8th (provisional: 12 files not compared by content yet)`. */
export function fingerprintText({ code, unknown }: Fingerprint, what = 'compared by content'): string {
  if (unknown === 0) return code;
  return `${code} (provisional: ${unknown} file${unknown === 1 ? '' : 's'} not ${what} yet)`;
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

const HEX_BYTES = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function hexBytes(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 1) text += HEX_BYTES[bytes[at] ?? 0];
  return text;
}
