import fc from 'fast-check';
import { expect, test } from 'vitest';
import { folderStay, type LeftNode } from './clean-folder.ts';

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`clean-folder.test SEED=${SEED}`);

const KINDS = ['directory', 'file', 'link', 'other'] as const;
const node = fc.record<LeftNode>({
  kind: fc.constantFrom(...KINDS),
  ...{ isOwn: fc.boolean(), isOnItsDisk: fc.boolean(), isReadable: fc.boolean() },
  ...{ isNamed: fc.boolean(), isSized: fc.boolean(), isSettled: fc.boolean(), children: fc.nat(2) },
});
const check = (rule: (one: LeftNode) => void): void => fc.assert(fc.property(node, rule), { seed: SEED });
const fine: LeftNode = {
  ...{ kind: 'directory', isOwn: false, isOnItsDisk: true, isReadable: true },
  ...{ isNamed: false, isSized: false, isSettled: true, children: 1 },
};

test('our own folder, another disk, and what cannot be read make a folder stay, whatever a rule says', () => {
  check((one) => {
    if (one.isOwn || !one.isOnItsDisk || !one.isReadable) expect(folderStay(one)).toBeDefined();
  });
});

test('no node goes but one that a rule means, or a settled folder with something in it', () => {
  check((one) => {
    if (folderStay(one) !== undefined) return;
    const isFolder = one.kind === 'directory' && one.isSettled && one.children > 0;
    expect(one.isNamed || (one.kind === 'file' && one.isSized) || isFolder).toBe(true);
  });
});

test('nothing that speaks against it makes a node go that stayed without it', () => {
  const worse: readonly Partial<LeftNode>[] = [
    ...[{ isOwn: true }, { isOnItsDisk: false }, { isReadable: false }],
    ...[{ isNamed: false }, { isSized: false }, { isSettled: false }, { children: 0 }],
  ];
  check((one) => {
    if (folderStay(one) === undefined) return;
    for (const change of worse) expect(folderStay({ ...one, ...change })).toBeDefined();
  });
});

test.each([
  ['a folder of only such', {}, undefined],
  ['a file that a pattern leaves out', { kind: 'file', isNamed: true, children: 0 }, undefined],
  ['a file that is left out for its size', { kind: 'file', isSized: true, children: 0 }, undefined],
  ['a link that a pattern leaves out', { kind: 'link', isNamed: true, children: 0 }, undefined],
  ['an empty folder that a pattern leaves out', { isNamed: true, children: 0 }, undefined],
  ['a file that no rule means', { kind: 'file', children: 0 }, 'MIRRORED'],
  ['a link that no pattern means', { kind: 'link', isSized: true, children: 0 }, 'MIRRORED'],
  ['a pipe that no pattern means', { kind: 'other', children: 0 }, 'MIRRORED'],
  ['a folder that the mirror is not through with', { isSettled: false }, 'MIRRORED'],
  ['an empty folder', { children: 0 }, 'EMPTY'],
] as const)('%s', (_what, change, stay) => {
  expect(folderStay({ ...fine, ...change })).toBe(stay);
});
