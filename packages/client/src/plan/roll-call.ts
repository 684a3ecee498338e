/**
 * Comes from the looks at everything in a folder to one digest: equal digests mean that a comparison with the same
 * baseline would come to the same result. So all that such a comparison asks for goes in, and nothing that changes
 * by itself: not the size of a folder, nor when something in it came or went.
 */
import { createHasher, type Hasher, type NodeKind, type Stat } from '@lanmirror/engine/tree';

const KINDS: readonly NodeKind[] = ['file', 'directory', 'link', 'other'];
/** Values for each node. */
const FACTS = 5;
/** Nodes between two calls of the hash. */
const CHUNK = 256;

/** What goes in of a node. */
export type Look = Pick<Stat, 'kind' | 'sizeBytes' | 'mtimeNs' | 'ctimeNs' | 'ino' | 'mode'>;

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
    const hasher = this.#flush();
    this.begin();
    return hasher.digest();
  }

  /** Whether the digest of all that was noted since `begin` is this one. */
  isEqual(digest: Uint8Array): boolean {
    const now = this.digest();
    return now.length === digest.length && now.every((byte, at) => byte === digest[at]);
  }

  #flush(): Hasher {
    this.#hasher ??= createHasher();
    this.#hasher.update(Buffer.from(this.#names));
    this.#hasher.update(this.#bytes.subarray(0, this.#count * FACTS * 8));
    this.#names = '';
    this.#count = 0;
    return this.#hasher;
  }
}
