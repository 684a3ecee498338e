import { expect, test } from 'vitest';
import { syncText } from './sync-text.ts';

const NONE = { count: 0, paths: [] };
const STATUS = 'all: status';

test('in sync stands alone only when it is true of every path', () => {
  expect(syncText('in sync', { failed: NONE, unread: NONE }, STATUS)).toBe('in sync');
});

test('what failed here and what the server could not read are both counted and named', () => {
  const failed = { count: 1, paths: ['a\nb'] };
  const unread = { count: 2, paths: ['', 'd'] };
  expect(syncText('in sync', { failed, unread: NONE }, STATUS)).toBe(
    'in sync, but for 1 path that failed: a\\nb',
  );
  expect(syncText('in sync', { failed: NONE, unread, reader: 'source' }, STATUS)).toMatch(
    /^in sync, but for 2 paths that could not be read at the source: /,
  );
  expect(syncText('in sync', { failed, unread }, STATUS)).toBe(
    'in sync, but for 1 path that failed: a\\nb; and 2 paths that the server could not read: ., d',
  );
});

test('of many the first are named, with where all of them are', () => {
  const paths = ['a', 'b', 'c', 'd'];
  expect(syncText('in sync', { failed: NONE, unread: { count: 120, paths } }, STATUS)).toBe(
    'in sync, but for 120 paths that the server could not read: a, b, c, ... and 117 more (all: status)',
  );
});
