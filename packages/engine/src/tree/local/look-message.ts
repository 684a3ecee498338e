/** What is said between a tree and the thread that looks at folders for it. All digests are in one buffer. */
import { DIGEST_BYTES } from '../hash.ts';
import type { FolderLook } from '../port.ts';

/** Paths, with a NUL between them, which no name holds. */
export type LookRequest = string;

export interface LookAnswer {
  /** Of each folder the names, with slashes between them; undefined for one that could not be looked at. */
  readonly names: readonly (string | undefined)[];
  readonly digests: Uint8Array<ArrayBuffer>;
}

export function packLooks(looks: readonly (FolderLook | undefined)[]): LookAnswer {
  const digests = new Uint8Array(looks.length * DIGEST_BYTES);
  for (const [at, look] of looks.entries())
    if (look !== undefined) digests.set(look.digest, at * DIGEST_BYTES);
  return { names: looks.map((look) => look?.names.join('/')), digests };
}

export function unpackLooks({ names, digests }: LookAnswer): (FolderLook | undefined)[] {
  return names.map((text, at) => {
    if (text === undefined) return undefined;
    const digest = digests.subarray(at * DIGEST_BYTES, (at + 1) * DIGEST_BYTES);
    return { names: text === '' ? [] : text.split('/'), digest };
  });
}
