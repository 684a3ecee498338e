import { expect, test } from 'vitest';
import { readPriority } from './priority-rules.ts';

const read = (text: string) =>
  readPriority({ text, source: 'client.ini line 4, Priority', isDefault: false });

test('patterns are those between commas, with where they stand', () => {
  const origin = 'client.ini line 4, Priority';
  expect(read('*.nfo, /new/,a\\,b')).toEqual([
    { line: '*.nfo', origin },
    { line: '/new/', origin },
    { line: 'a\\,b', origin },
  ]);
  expect(read('')).toEqual([]);
});

test.each([
  ['#tag, a', 'COMMENT_AS_RULE'],
  [new Array(101).fill('a').join(','), 'TOO_MANY_RULES'],
])('what nobody could obey is refused, with the place', (text, code) => {
  expect(() => read(text)).toThrow(expect.objectContaining({ code }));
  expect(() => read(text)).toThrow(/^client\.ini line 4, Priority: /);
});
