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
  ...{ quietInMs: fc.constantFrom(0, 1, 60_000), isOpen: fc.boolean() },
});
const check = (rule: (one: LeftNode) => void): void => fc.assert(fc.property(node, rule), { seed: SEED });
const fine: LeftNode = {
  ...{ kind: 'directory', isOwn: false, isOnItsDisk: true, isReadable: true },
  ...{ isNamed: false, isSized: false, isSettled: true, children: 1, quietInMs: 0, isOpen: false },
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
    ...[{ quietInMs: 1 }, { isOpen: true }],
  ];
  check((one) => {
    const stay = folderStay(one);
    if (stay === undefined) return;
    for (const changed of worse.map((change) => ({ ...one, ...change }))) {
      // A mirrored folder changes when a file of it is cleaned, and what is new in it is looked at by itself.
      const isMirroredFolder = changed.kind === 'directory' && !changed.isNamed;
      if (isMirroredFolder && ['CHANGING', 'OPEN'].includes(stay)) continue;
      expect(folderStay(changed)).toBeDefined();
    }
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
  ['a folder in which a file was cleaned just now', { quietInMs: 60_000 }, undefined],
  ['a left out folder that has just changed', { isNamed: true, quietInMs: 1 }, 'CHANGING'],
  ['a left out file that has just changed', { kind: 'file', isNamed: true, quietInMs: 1 }, 'CHANGING'],
  ['a large file that has just changed', { kind: 'file', isSized: true, quietInMs: 1 }, 'CHANGING'],
  ['a left out file that is open', { kind: 'file', isNamed: true, isOpen: true }, 'OPEN'],
  ['a file that no rule means, changing', { kind: 'file', quietInMs: 1, isOpen: true }, 'MIRRORED'],
] as const)('%s', (_what, change, stay) => {
  expect(folderStay({ ...fine, ...change })).toBe(stay);
});
