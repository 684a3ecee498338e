import { expect, test } from 'vitest';
import type { BaselineEntry } from '../state/baseline-entry.ts';
import { failedOperation } from './failed-operation.ts';

const ENTRY = {
  ...{ id: 2, parentId: 1, name: 'a', sequence: 1, version: 1, sizeBytes: 5 },
  kind: 'file',
  ...{ mtimeUs: 0, mode: 0o644, linkTarget: '' },
} as const;
const THERE: BaselineEntry = {
  ...ENTRY,
  ...{ hash: null, bornMs: 0, checkpoint: 1, disk: { ino: 1n, mtimeNs: 0n, ctimeNs: 0n, sizeBytes: 5 } },
};

test.each([
  ['what the source has and the mirror has not', undefined, ENTRY, 'created'],
  ['what the mirror has and the source has not', THERE, undefined, 'deleted'],
  ['another name', THERE, { ...ENTRY, name: 'b' }, 'renamed'],
  ['another folder', THERE, { ...ENTRY, parentId: 3 }, 'renamed'],
  ['another content', THERE, { ...ENTRY, version: 2 }, 'modified'],
  ['another mode', THERE, { ...ENTRY, mode: 0o600 }, 'attributes'],
  [
    'another link target',
    { ...THERE, kind: 'link' },
    { ...ENTRY, kind: 'link', version: 2, linkTarget: 'x' },
    'modified',
  ],
] as const)('%s: what failed was to be done to it', (_what, before, after, operation) => {
  expect(failedOperation(before as never, after as never)).toBe(operation);
});
