/**
 * Comes from the looks at everything in a folder to one digest: equal digests mean that a comparison with the same
 * baseline would come to the same result. So all that such a comparison asks for goes in, and nothing that changes
 * by itself: not the size of a folder, nor when something in it came or went.
 */
import { createHasher, type Hasher, hashBytes } from './hash.ts';
import type { NodeKind, Stat } from './port.ts';

const KINDS: readonly NodeKind[] = ['file', 'directory', 'link', 'other'];
/** Values for each node. */
const FACTS = 5;
/** Nodes between two calls of the hash. */
const CHUNK = 256;

/** What goes in of a node. */
export type Look = Pick<Stat, 'kind' | 'sizeBytes' | 'mtimeNs' | 'ctimeNs' | 'ino' | 'mode'>;

export function isSameDigest(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

/** Used for one folder after the other. */
export class RollCall {
  readonly #integers = new BigInt64Array(FACTS * CHUNK);
  /** The same memory. */
  readonly #numbers = new Float64Array(this.#integers.buffer);
  readonly #bytes = new Uint8Array(this.#integers.buffer);
  #hasher: Hasher | undefined;
  #names = '';
  #count = 0;

  /** Another folder: nothing in it was looked at yet. */
  begin(): void {
    this.#hasher = undefined;
    this.#names = '';
    this.#count = 0;
  }

  /** A look at the node with this name; all names of a folder in the order of its listing. */
  note(name: string, stat: Look): void {
    if (this.#count === CHUNK) this.#flush();
    const isFolder = stat.kind === 'directory';
    const at = this.#count * FACTS;
    this.#integers[at] = stat.mtimeNs;
    this.#integers[at + 1] = isFolder ? 0n : stat.ctimeNs;
    this.#integers[at + 2] = isFolder ? 0n : stat.ino;
    this.#numbers[at + 3] = isFolder ? 0 : stat.sizeBytes;
    this.#numbers[at + 4] = KINDS.indexOf(stat.kind) * 0o1000 + stat.mode;
    // No name has a slash in it.
    this.#names += `${name}/`;
    this.#count += 1;
  }

  /** The digest of all that was noted since `begin`. */
  digest(): Uint8Array {
    const digest = this.#hasher === undefined ? this.#hashOnce() : this.#flush().digest();
    this.begin();
    return digest;
  }

  /** A hasher for each small folder would be the longest-lived garbage of a walk. */
  #hashOnce(): Uint8Array {
    return hashBytes(Buffer.concat([Buffer.from(this.#names), this.#facts()]));
  }

  #facts(): Uint8Array {
    return this.#bytes.subarray(0, this.#count * FACTS * 8);
  }

  /** Whether the digest of all that was noted since `begin` is this one. */
  isEqual(digest: Uint8Array): boolean {
    return isSameDigest(this.digest(), digest);
  }

  #flush(): Hasher {
    this.#hasher ??= createHasher();
    this.#hasher.update(Buffer.from(this.#names));
    this.#hasher.update(this.#facts());
    this.#names = '';
    this.#count = 0;
    return this.#hasher;
  }
}
