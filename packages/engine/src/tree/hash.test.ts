import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  createHasher,
  DIGEST_BYTES,
  type HashFunctions,
  hashBytes,
  hashText,
  loadHash,
  loadNativeHash,
  loadWasmHash,
} from './hash.ts';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

/** From the BLAKE3 authors' test vectors: the input is 0, 1, ..., 250 again and again. */
const VECTORS: readonly (readonly [length: number, digest: string])[] = [
  [0, 'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262'],
  [1, '2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213'],
  [1023, '10108970eeda3eb932baac1428c7a2163b0e924c9a9e25b35bba72b28f70bd11'],
  [1024, '42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7'],
  [1025, 'd00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444'],
];
const input = (length: number) => Uint8Array.from({ length }, (_, at) => at % 251);

test('nothing is hashed before an implementation is loaded', () => {
  expect(() => hashBytes(new Uint8Array())).toThrow('loadHash');
});

describe.each([
  ['native', loadNativeHash],
  ['wasm', loadWasmHash],
] as const)('the %s implementation', (name, load) => {
  let hash: HashFunctions;
  beforeAll(async () => {
    hash = await load();
  });

  test.each(VECTORS)('gives the digest of the test vector of %i bytes', (length, digest) => {
    expect(hash.name).toBe(name);
    expect(hex(hash.hashBytes(input(length)))).toBe(digest);
    expect(hash.hashBytes(input(length))).toHaveLength(DIGEST_BYTES);
  });

  test('gives the same digest in parts, also when several hashers take turns', () => {
    const bytes = input(300_000);
    const hashers = Array.from({ length: 4 }, () => hash.createHasher());
    for (let at = 0; at < bytes.length; at += 7001) {
      for (const hasher of hashers) hasher.update(bytes.subarray(at, at + 7001));
      hash.hashBytes(bytes.subarray(0, 100));
    }
    const whole = hex(hash.hashBytes(bytes));
    expect(hashers.map((hasher) => hex(hasher.digest()))).toEqual(Array(4).fill(whole));
    expect(hex(hash.createHasher().digest())).toBe(VECTORS[0]?.[1]);
  });
});

test(`both implementations agree on any content cut anywhere (SEED=${SEED})`, async () => {
  const [native, wasm] = [await loadNativeHash(), await loadWasmHash()];
  const property = fc.property(fc.array(fc.uint8Array({ maxLength: 5000 }), { maxLength: 6 }), (parts) => {
    const digests = [native, wasm].map(({ createHasher: create }) => {
      const hasher = create();
      for (const part of parts) hasher.update(part);
      return hex(hasher.digest());
    });
    expect(digests[0]).toBe(digests[1]);
    expect(hex(native.hashBytes(Buffer.concat(parts)))).toBe(digests[0]);
  });
  fc.assert(property, { seed: SEED });
});

test('what is loaded once is used by all', async () => {
  expect(await loadHash()).toBe('native');
  const hasher = createHasher();
  hasher.update(input(1));
  expect(hex(hasher.digest())).toBe(hex(hashBytes(input(1))));
});

test('a text has the digest of its bytes in UTF-8, with both implementations', async () => {
  await loadHash();
  for (const { hashText: one } of [await loadNativeHash(), await loadWasmHash(), { hashText }])
    for (const text of ['', 'a', 'ä\0\u{1F600}', 'ü'.repeat(20_000)])
      expect(one(text)).toBe(hex(hashBytes(Buffer.from(text))));
});
