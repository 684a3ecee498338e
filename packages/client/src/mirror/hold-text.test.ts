import { expect, test } from 'vitest';
import { holdAdvice, holdText, targetHaltText } from './hold-text.ts';

test('a hold says what is gone, and that all else goes on', () => {
  expect(holdText({ missing: 120, existed: 200, isSourceNew: false }, 'server')).toMatch(
    /^HELD: 120 of 200 entries are gone at the source\. .*everything else goes on\.$/,
  );
});

test('another index may be another server, or another folder; of this machine only the latter', () => {
  const counts = { missing: 1, existed: 2, isSourceNew: true };
  expect(holdText(counts, 'server')).toContain('it may be another server, or another folder.');
  expect(holdText(counts, 'source')).toContain('it may be another folder.');
});

test('ten tops are named, then how many more, then both ways out with the name of the job', () => {
  const paths = Array.from({ length: 12 }, (_, index) => `p${index}`);
  const lines = holdAdvice(paths, 'My films');
  expect(lines.slice(0, 11)).toEqual([...paths.slice(0, 10).map((path) => `  ${path}`), '  ... and 2 more']);
  expect(lines.slice(11)).toEqual([
    'If the source is wrong, put it right, and this ends by itself.',
    "If it is meant: lanmirror-client accept --job 'My films'. What is deleted goes to the trash.",
  ]);
  expect(holdAdvice(['a'], '')[0]).toBe('  a');
});

test('a halt of the target says the reason and the command for a new disk', () => {
  expect(targetHaltText('it is not mounted', '')).toMatch(
    /^HALTED: it is not mounted\. .*lanmirror-client accept\.$/,
  );
});
