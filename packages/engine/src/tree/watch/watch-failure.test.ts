import { expect, test } from 'vitest';
import { explainFailure, FailureLog } from './watch-failure.ts';

const full = Object.assign(new Error('ENOSPC: no space'), { code: 'ENOSPC' });

test('a failure names its remedy', () => {
  expect(explainFailure(full)).toContain('fs.inotify.max_user_watches');
  expect(explainFailure(Object.assign(new Error(), { code: 'EMFILE' }))).toContain('max_user_instances');
  expect(explainFailure(new Error('something else'))).toBe('something else');
});

test('a failure is told without the names that the system has for our handles', () => {
  const denied = Object.assign(new Error("EACCES: permission denied, watch '/proc/self/fd/20/.'"), {
    code: 'EACCES',
  });
  expect(explainFailure(denied)).toBe('permission denied');
  expect(explainFailure(Object.assign(new Error('/proc/self/fd/20'), { code: 'EIO' }))).toBe(
    'the system reports EIO',
  );
});

test('a flood of failures is explained once a minute, with the number left out', () => {
  const log = new FailureLog();
  expect(log.explain(full, 1000)).toContain('max_user_watches');
  for (let at = 0; at < 500; at += 1) expect(log.explain(full, 2000)).toBe('');
  expect(log.explain(full, 61_000)).toContain('(and 500 more since the last report)');
  expect(log.explain(full, 61_001)).toBe('');
});
