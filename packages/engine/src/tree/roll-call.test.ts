import { beforeAll, expect, test } from 'vitest';
import { createHasher, hashBytes, loadHash } from './hash.ts';
import { type Look, RollCall } from './roll-call.ts';

beforeAll(async () => {
  await loadHash();
});

const look = (at: number): Look => ({
  ...{ kind: 'file', sizeBytes: at, mtimeNs: BigInt(at), ctimeNs: 2n, ino: 3n, mode: 0o644 },
});

/** As states have it in their tables: 256 nodes at a time, their names, then five values of each. */
function expected(count: number): Uint8Array {
  const hasher = createHasher();
  for (let from = 0; from < Math.max(1, count); from += 256) {
    const nodes = Array.from({ length: Math.min(256, count - from) }, (_, at) => from + at);
    hasher.update(Buffer.from(nodes.map((at) => `é${at}/`).join('')));
    for (const at of nodes) {
      hasher.update(new Uint8Array(new BigInt64Array([BigInt(at), 2n, 3n]).buffer));
      hasher.update(new Uint8Array(new Float64Array([at, 0o644]).buffer));
    }
  }
  return hasher.digest();
}

test('the digest of a folder is the one that states remember, however many nodes are in it', () => {
  const call = new RollCall();
  for (const count of [0, 1, 25, 255, 256, 257, 512, 600, 25]) {
    call.begin();
    for (let at = 0; at < count; at += 1) call.note(`é${at}`, look(at));
    expect(call.digest(), `${count} nodes`).toEqual(expected(count));
  }
  expect(call.digest()).toEqual(hashBytes(new Uint8Array()));
});
