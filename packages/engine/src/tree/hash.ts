/**
 * BLAKE3, the hash of all content. A native implementation does 3.5 GiB/s on one core; where there is no
 * build of it, WebAssembly gives the same digests at a tenth of the speed.
 */

import { createRequire } from 'node:module';

/** An `import()` would set up the loader of modules, which a bundled program has no other use for. */
const load = createRequire(import.meta.url);

/** Bytes of a digest. */
export const DIGEST_BYTES = 32;

export interface Hasher {
  update(bytes: Uint8Array): void;
  /** The digest of everything so far, 32 bytes. Call once. */
  digest(): Uint8Array;
}

export interface HashFunctions {
  /** For the log. */
  readonly name: 'native' | 'wasm';
  createHasher(): Hasher;
  hashBytes(bytes: Uint8Array): Uint8Array;
  /** The digest in hexadecimal. */
  hashText(text: string): string;
}

let loaded: HashFunctions | undefined;

/**
 * Loads an implementation once; needed before the first hash of a process or worker thread.
 * @returns which one it is
 */
export async function loadHash(): Promise<HashFunctions['name']> {
  loaded ??= await loadNativeHash().catch(loadWasmHash);
  return loaded.name;
}

/** Starts a digest of content that comes in parts. */
export function createHasher(): Hasher {
  return functions().createHasher();
}

/** @returns the digest of `bytes`, 32 bytes */
export function hashBytes(bytes: Uint8Array): Uint8Array {
  return functions().hashBytes(bytes);
}

/** @returns the digest of a text in UTF-8, in hexadecimal */
export function hashText(text: string): string {
  return functions().hashText(text);
}

function functions(): HashFunctions {
  if (loaded === undefined) throw new Error('loadHash() must have resolved before anything is hashed');
  return loaded;
}

/** The native implementation; rejects where there is no build for this system. */
export async function loadNativeHash(): Promise<HashFunctions> {
  const { Blake3Hasher, blake3UrlSafeBase64 } = load(
    '@napi-rs/blake-hash',
  ) as typeof import('@napi-rs/blake-hash');
  const forText = new Blake3Hasher();
  return {
    name: 'native',
    // Taken as text: bytes from the module have memory of their own outside the heap, which is slow to make and to give
    // back. Copied, because what is decoded is a part of a larger piece, which would be kept with it.
    hashBytes: (bytes) => new Uint8Array(Buffer.from(blake3UrlSafeBase64(bytes), 'base64url')),
    hashText: (text) => {
      forText.reset();
      return forText.update(text).digest('hex');
    },
    createHasher: () => {
      const native = new Blake3Hasher();
      return {
        update: (bytes) => {
          native.update(bytes);
        },
        digest: () => new Uint8Array(native.digestBuffer()),
      };
    },
  };
}

/**
 * The WebAssembly implementation. It is one instance with one state, so hashers that take turns each
 * save theirs when another one takes over.
 */
export async function loadWasmHash(): Promise<HashFunctions> {
  const { createBLAKE3 } = await import('hash-wasm');
  const shared = await createBLAKE3();
  let current: { state: Uint8Array | undefined } | undefined;
  const takeOver = (next: { state: Uint8Array | undefined }) => {
    if (current === next) return;
    if (current !== undefined) current.state = shared.save();
    if (next.state === undefined) shared.init();
    else shared.load(next.state);
    current = next;
  };
  const createOne = (): Hasher => {
    const own: { state: Uint8Array | undefined } = { state: undefined };
    return {
      update: (bytes) => {
        takeOver(own);
        shared.update(bytes);
      },
      digest: () => {
        takeOver(own);
        current = undefined;
        return shared.digest('binary');
      },
    };
  };
  return {
    name: 'wasm',
    createHasher: createOne,
    hashBytes: (bytes) => {
      const one = createOne();
      one.update(bytes);
      return one.digest();
    },
    hashText: (text) => {
      const one = createOne();
      one.update(Buffer.from(text));
      return Buffer.from(one.digest()).toString('hex');
    },
  };
}
