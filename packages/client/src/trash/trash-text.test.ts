import { expect, test } from 'vitest';
import { youngText } from './trash-text.ts';

const YOUNG = {
  files: 3,
  sizeBytes: 15 * 1024 * 1024,
  age: '30 days (TrashDays)',
  pattern: '',
  since: '',
  job: '',
};

test('what is too young to be pruned is counted, and the command that deletes it is named', () => {
  expect(youngText(YOUNG)).toBe(
    '3 files, 15.0 MB, are in the trash, none older than 30 days (TrashDays): "lanmirror-client trash prune --older-than 0s" deletes them all.',
  );
  expect(youngText({ ...YOUNG, files: 1, sizeBytes: 5 })).toBe(
    '1 file, 5 B, is in the trash, and is not older than 30 days (TrashDays): "lanmirror-client trash prune --older-than 0s" deletes it.',
  );
});

test('the command deletes no more than was counted: the same pattern, since the same time, of the same job', () => {
  expect(youngText({ ...YOUNG, pattern: 'my films/**', since: '2h', job: 'films' })).toContain(
    `"lanmirror-client trash prune 'my films/**' --since 2h --older-than 0s --job films" deletes`,
  );
});
