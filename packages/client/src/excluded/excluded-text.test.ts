import { expect, test } from 'vitest';
import { summaryLines } from './excluded-text.ts';

test('how old the rules are is told in words that fit what is mirrored', () => {
  const shown = { hasRules: true, rulesHeardMs: 0, holder: '', unreadable: [], token: 1 };
  const lastOf = (side: 'server' | 'source') => summaryLines([], shown, '', '', side).at(-1);
  expect(lastOf('server')).toBe(
    'There is no connection: what the source leaves out is as of an earlier session.',
  );
  expect(lastOf('source')).toBe(
    'Nobody is looking at the source now: what the source leaves out is as of an earlier run.',
  );
});
