import { expect, test } from 'vitest';
import type { CleanedFile } from './cleaned-desk.ts';
import { fileLine, releasedLines, stayLine, summaryLines } from './cleaned-text.ts';

const FILE: CleanedFile = {
  ...{ path: 'films/a.mkv', standing: 'same', why: '', kind: 'file', sizeBytes: 3072, hash: '0a' },
  ...{ cleanedMs: new Date(2026, 10, 21, 14, 3, 16).getTime(), vacantPath: '', isAtSource: false },
  hasNoPlace: false,
};

test.each<[string, Partial<CleanedFile>]>([
  ['   3.0 KB  2026-11-21 14:03:16  as it was  films/a.mkv', {}],
  ['   3.0 KB  -                    gone       films/a.mkv', { standing: 'gone', cleanedMs: null }],
  ['   3.0 KB  2026-11-21 14:03:16  changed    films/a.mkv', { standing: 'changed' }],
  [
    '      0 B  2026-11-21 14:03:16  changed    films/a.mkv  (a folder is there; the source has something there, too)',
    { standing: 'changed', kind: 'directory', sizeBytes: 0, isAtSource: true },
  ],
  [
    '   3.0 KB  -                    unproved   films/a.mkv  (it may be films/b\\n.mkv, edited and renamed)',
    { standing: 'unproved', cleanedMs: null, vacantPath: 'films/b\n.mkv' },
  ],
  [
    '   3.0 KB  2026-11-21 14:03:16  unproved   films/a.mkv  (nobody compared its content)',
    { standing: 'unproved' },
  ],
  [
    '   3.0 KB  2026-11-21 14:03:16  moved?     films/a.mkv  (mine/a may be it)',
    { standing: 'moved', why: 'mine/a' },
  ],
  [
    '   3.0 KB  2026-11-21 14:03:16  unknown    films/a.mkv  (DENIED)',
    { standing: 'unknown', why: 'DENIED' },
  ],
  [
    '   3.0 KB  2026-11-21 14:03:16  gone       films/a.mkv  (another file has its name by now)',
    { standing: 'gone', hasNoPlace: true },
  ],
])('a file is one line: %s', (line, change) => {
  expect(fileLine({ ...FILE, ...change })).toBe(line);
});

test('the last lines count what became of them, sum up what is here, and name the command for what is gone', () => {
  const gone: CleanedFile = { ...FILE, standing: 'gone' };
  expect(summaryLines([], 'forget')).toEqual(['Nothing is noted here as cleaned from the source.']);
  expect(summaryLines([FILE], 'forget')).toEqual(['1 file: 1 as it was. 3.0 KB here.']);
  expect(summaryLines([FILE, gone, { ...FILE, standing: 'changed' }, gone], 'forget')).toEqual([
    '4 files: 1 as it was, 1 changed, 2 gone. 6.0 KB here.',
    '"forget" forgets those that are gone.',
  ]);
  // Nobody knows whether that is here.
  expect(summaryLines([FILE, { ...FILE, standing: 'unknown' }], 'forget')).toEqual([
    '2 files: 1 as it was, 1 unknown. 3.0 KB here.',
  ]);
});

test('what is not forgotten is named with its reason, and what stays for it by its path', () => {
  const line = (outcome: CleanedFile['standing'], why = ''): string => stayLine({ path: 'a', outcome, why });
  expect(line('same')).toBe('Not forgotten: a (it stands here)');
  expect(line('changed')).toBe('Not forgotten: a (something else stands there now)');
  expect(line('moved', 'b')).toBe(
    'Not forgotten: a (b may be it, by size and time: the rules leave that out, or nothing tells it from another; move it back, or remove it if nobody needs it)',
  );
  expect(line('unknown', 'DENIED')).toBe('Not forgotten: a (what is there is not known: DENIED)');
  expect([releasedLines([]), releasedLines(['d/best']).at(-1)]).toEqual([[], '  d/best']);
});
