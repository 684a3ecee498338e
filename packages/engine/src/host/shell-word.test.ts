import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { asWord } from './shell-word.ts';

test.each(['films', '电影', 'Dr. Who', "it's", '$HOME', 'a "b"', '`id`', '*'])(
  'a name in a line to copy is one word of a shell: %j',
  (name) => {
    expect(execFileSync('sh', ['-c', `printf %s ${asWord(name)}`], { encoding: 'utf8' })).toBe(name);
  },
);

test('a name that needs no quotes has none', () => {
  expect(asWord('电影.2024')).toBe('电影.2024');
});
