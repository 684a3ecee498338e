import { expect, test } from 'vitest';
import type { HeldList } from './held-list.ts';
import { goneText, heldHeading, heldLines, holdAdvice, holdText, targetHaltText } from './hold-text.ts';

const COUNTS = { missing: 120, existed: 200, young: 0, isSourceNew: false, hasExtras: false };
const LIST: HeldList = { tops: [], topCount: 0, entries: 0, sizeBytes: 0, hasExtras: false };

test('a hold says what is gone, and that all else goes on', () => {
  expect(holdText(COUNTS, 'server')).toMatch(
    /^HELD: 120 of 200 entries are gone at the source\. .*everything else goes on\.$/,
  );
  expect(goneText({ ...COUNTS, missing: 1 })).toBe('1 of 200 entries is gone at the source.');
});

test('what never was at the source is not said to be gone there', () => {
  const counts = { ...COUNTS, hasExtras: true };
  expect(goneText(counts)).toBe('120 of 200 entries are not at the source.');
  expect(heldHeading({ ...LIST, hasExtras: true })).toBe('Not at the source, and kept here');
  expect(heldHeading(LIST)).toBe('Gone at the source, and kept here');
});

test('what came within ten minutes is said to be left out of the count', () => {
  expect(goneText({ ...COUNTS, young: 6 })).toMatch(
    /source\. Not counted are 6 that came within ten minutes\.$/,
  );
  expect(goneText({ ...COUNTS, young: 1 })).toMatch(/Not counted is 1 that came/);
});

test('another index may be another server, or another folder; of this machine only the latter', () => {
  const counts = { ...COUNTS, isSourceNew: true };
  expect(holdText(counts, 'server')).toContain('it may be another server, or another folder.');
  expect(holdText(counts, 'source')).toContain('it may be another folder.');
});

test('the tops are named, a folder with what is in it, then how many more, then both ways out with the name of the job', () => {
  const tops = [
    { path: 'photos', inside: 26_000, sizeBytes: 3 * 1024 ** 3 },
    { path: 'one', inside: 1, sizeBytes: 5 },
    { path: 'empty', inside: 0, sizeBytes: 0 },
    { path: 'a\nb', inside: null, sizeBytes: 7 },
  ];
  const lines = holdAdvice({ ...LIST, tops, topCount: 6 }, 'My films');
  expect(lines).toEqual([
    ...['  photos (26000 entries, 3.0 GB in it)', '  one (1 entry, 5 B in it)', '  empty (nothing in it)'],
    ...['  a\\nb', '  ... and 2 more'],
    'If the source is wrong, put it right, and this ends by itself.',
    "If it is meant: lanmirror-client accept --job 'My films'. What is deleted goes to the trash.",
  ]);
  expect(heldLines({ ...LIST, tops: tops.slice(3), topCount: 1 })).toEqual(['  a\\nb']);
});

test('a halt of the target says the reason and the command for a new disk', () => {
  expect(targetHaltText('it is not mounted', '')).toMatch(
    /^HALTED: it is not mounted\. .*lanmirror-client accept\.$/,
  );
});
