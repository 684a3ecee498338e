import { ROOT_ID } from '@lanmirror/protocol';
import { expect, test } from 'vitest';
import {
  createdMeta,
  emptyMeta,
  expiredMeta,
  type IndexMeta,
  issuedMeta,
  openedMeta,
  readableMeta,
  removedMeta,
} from './index-meta.ts';

const EMPTY = emptyMeta('index');

test('a generation is recorded with the sequence at which it began, and only the last thousand are kept', () => {
  let meta = issuedMeta(EMPTY);
  for (let at = 0; at < 1001; at += 1) meta = issuedMeta(openedMeta(meta, 2));
  expect(meta.generation).toBe(2002);
  expect(meta.opened).toHaveLength(1000);
  expect(meta.opened[0]).toEqual({ generation: 4, sequence: 2 });
  expect(meta.opened.at(-1)).toEqual({ generation: 2002, sequence: 1001 });
});

test('the root is no entry that is counted, and takes no id away', () => {
  expect(createdMeta(EMPTY, ROOT_ID)).toEqual(EMPTY);
  expect(createdMeta(EMPTY, ROOT_ID + 1)).toEqual({ ...EMPTY, lastId: ROOT_ID + 1, entries: 1 });
});

test('what is removed leaves the count, and its tombstones leave theirs when they expire', () => {
  const removed = removedMeta({ ...EMPTY, entries: 9 }, 5, 3);
  expect(removed).toEqual({ ...EMPTY, entries: 4, tombstones: 3 });
  expect(expiredMeta(removed, [4, 6])).toEqual({ ...removed, oldestTombstone: 6, tombstones: 1 });
  expect(expiredMeta(removed, [])).toEqual(removed);
});

test('the record of an index of another format, older or newer, is refused', () => {
  const { format, ...old } = EMPTY;
  expect(readableMeta(EMPTY)).toBe(EMPTY);
  for (const other of [old as IndexMeta, { ...EMPTY, format: format + 1 }])
    expect(() => readableMeta(other)).toThrow('another version');
});
