import { expect, test } from 'vitest';
import type { CleanedRow } from '../clean/cleaned-record.ts';
import { countCleaned } from './count-cleaned.ts';

const row = (path: string, changes: Partial<CleanedRow> = {}): CleanedRow => ({
  ...{ path, sizeBytes: 3, mtimeUs: 7, hash: '0a0b', cleanedMs: 1 },
  ...changes,
});
const count = (rows: readonly CleanedRow[], ...standing: string[]): number =>
  countCleaned(rows, ({ path }) => standing.includes(path));

test('a copy that was moved counts once, and what stays only for an empty place not at all', () => {
  expect(count([row('d/a'), row('mine/a')], 'mine/a')).toBe(1);
  expect(count([row('d/a'), row('mine/a'), row('d/best', { hash: '', vacantPath: 'd/a' })], 'mine/a')).toBe(
    1,
  );
});

test('files that are equal count each, wherever they stand or whether they are gone', () => {
  expect(count([row('a'), row('b')], 'a', 'b')).toBe(2);
  expect(count([row('a'), row('b')])).toBe(2);
  expect(count([row('a', { hash: '' }), row('b', { hash: '' }), row('c', { cleanedMs: 2 }), row('d')])).toBe(
    4,
  );
});
