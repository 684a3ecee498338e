import type { Stat } from '@lanmirror/engine/tree';
import { expect, test } from 'vitest';
import { type BaselineEntry, diskFacts, isAsLeft } from './baseline-entry.ts';

const STAT: Stat = {
  ...{ kind: 'file', sizeBytes: 5, mtimeNs: 10n, ctimeNs: 20n, birthtimeNs: 10n },
  ...{ mode: 0o644, dev: 1n, ino: 7n, links: 1 },
};

const ENTRY: BaselineEntry = {
  ...{ id: 2, parentId: 1, name: 'a', kind: 'file', version: 3, mtimeUs: 0, mode: 0o644, linkTarget: '' },
  ...{ sizeBytes: 5, hash: null, disk: diskFacts(STAT), bornMs: 0, checkpoint: 1 },
};

test.each([
  ['nothing', true, {}],
  ['a mode or a link: the change time', true, { ctimeNs: 21n, mode: 0o600, links: 2 }],
  ['a mount that numbers files anew', true, { ino: 8n }],
  ['a write', false, { mtimeNs: 11n }],
  ['a write that put the time back', false, { sizeBytes: 6 }],
  ['another file of the same size and time that took the name', false, { ino: 8n, ctimeNs: 21n }],
  ['a folder that took the name', false, { kind: 'directory' as const }],
])('after %s a file is as it was left: %s', (_what, wanted, change) => {
  expect(isAsLeft(ENTRY, { ...STAT, ...change })).toBe(wanted);
});

test('a folder is whatever folder has its name', () => {
  const stat: Stat = { ...STAT, kind: 'directory', ino: 9n, mtimeNs: 99n, ctimeNs: 99n };
  expect(isAsLeft({ ...ENTRY, kind: 'directory' }, stat)).toBe(true);
});
