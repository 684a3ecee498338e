import { decodeServerMessage, encodeMessage } from '@lanmirror/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ReadableTree, Stat } from '../../tree/index.ts';
import { observe } from './observe.ts';

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 0x7fffffff));

const time = fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.bigInt({ min: 0n, max: 9n }));
const stat: fc.Arbitrary<Stat> = fc.record({
  kind: fc.constantFrom('directory' as const, 'file' as const, 'link' as const, 'other' as const),
  sizeBytes: fc.oneof(fc.nat(), fc.constantFrom(2 ** 53 - 1, 2 ** 53, 2 ** 63)),
  mtimeNs: time,
  ctimeNs: time,
  birthtimeNs: time,
  mode: fc.nat(0o777),
  dev: fc.constant(1n),
  ino: fc.constant(2n),
  links: fc.constant(1),
});
const linkTarget = fc.oneof(fc.string(), fc.constantFrom('', 'a\0b', 'x'.repeat(4096), 'x'.repeat(4097)));

test(`whatever the file system says of a node, what is published of it is no message that a client refuses (SEED=${SEED})`, () => {
  const path = fc.constantFrom('a', 'd/a', 'd/é/a');
  const property = fc.property(stat, linkTarget, path, (one, target, at) => {
    const tree = { readLink: () => target } as Partial<ReadableTree> as ReadableTree;
    const seen = observe(tree, at, one, 0);
    if (typeof seen === 'string') return;
    const { kind, sizeBytes, mtimeUs, mode } = seen;
    const place = { id: 9, parentId: at === 'a' ? 1 : 8, name: 'a', sequence: 3, version: 3 };
    const entries = [{ ...place, kind, sizeBytes, mtimeUs, mode, linkTarget: seen.linkTarget }];
    const message = { type: 'changes', after: 0, upTo: 3, head: true, entries, removed: [] } as const;
    expect(decodeServerMessage(encodeMessage(message))).toEqual(message);
  });
  fc.assert(property, { seed: SEED, numRuns: 1000 });
});

test('an ordinary node is no problem', () => {
  const times = { mtimeNs: 5000n, ctimeNs: 5000n, birthtimeNs: 5000n };
  const plain = { ...times, sizeBytes: 7, mode: 0o644, dev: 1n, ino: 2n, links: 1 };
  const tree = { readLink: () => 'target' } as Partial<ReadableTree> as ReadableTree;
  for (const kind of ['file', 'link', 'directory'] as const)
    expect(observe(tree, 'a', { ...plain, kind }, 0)).toMatchObject({ kind, mtimeUs: 5 });
});
