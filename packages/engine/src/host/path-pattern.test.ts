import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readPattern } from './path-pattern.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`path-pattern.test SEED=${seed}`);

const nothing = (): boolean => false;

test.each([
  ['films', 'films/a.mkv', true],
  ['films/', 'films/a.mkv', true],
  ['/films', 'films', true],
  ['./films', 'films', true],
  ['films', 'films2/a', false],
  ['films/*.mkv', 'films/a.mkv', true],
  ['films/*.mkv', 'films/b/a.mkv', false],
  ['films/**', 'films/b/a.mkv', true],
  ['films/**', 'film', false],
  ['**/*.mkv', 'films/b/a.mkv', true],
  ['**/*.mkv', 'a.mkv', true],
  ['*.mkv', 'films/a.mkv', false],
  ['*', '.hidden', true],
  ['f*', 'films/b/a.mkv', true],
  ['{a,b}/c', 'b/c', true],
  ['{a,b/d}/c', 'b/d/c/e', true],
  ['{a,b}/c', 'd/c', false],
  ['!films', 'music/a', true],
  ['!films', 'films/a', false],
  ['!films/**/*.tmp', 'films/a/b.tmp', false],
  ['!films/**/*.tmp', 'films/a/b.mkv', true],
  ['films/!(old)', 'films/new/a', true],
  ['films/!(old)', 'films/old', false],
  ['a\\[1\\]', 'a[1]/b', true],
  ['', 'anything/at all', true],
])('%j and %j: %s', async (pattern, path, isMatch) => {
  expect((await readPattern(pattern))(nothing).isMatch(path)).toBe(isMatch);
});

test.each([
  ['Movie [2020]/a.mkv', 'Movie [2020]/a.mkv', 'Movie 2/a.mkv'],
  ['Movie [2020]', 'Movie [2020]/a.mkv', 'Movie 2/a.mkv'],
  ['{a,b}', '{a,b}', 'a'],
  ['!a', '!a', 'b'],
  ['what?', 'what?', 'whats'],
])('a path that exists is meant as it is written: %j is %j, and not %j', async (text, itself, other) => {
  const typed = await readPattern(text);
  const literal = typed((path) => path === text);
  expect([literal.isMatch(itself), literal.isMatch(other)]).toEqual([true, false]);
  expect(typed(nothing).isMatch(other)).toBe(true);
});

test('what is excluded is meant as it is written, too, when it exists', async () => {
  const typed = await readPattern('!Movie [2020]');
  const { isMatch } = typed((path) => path === 'Movie [2020]');
  expect([isMatch('Movie [2020]/a'), isMatch('Movie 2')]).toEqual([false, true]);
});

const name = fc.constantFrom('a', 'b', 'films', '[1]', 'x.mkv', '.dot');
const part = fc.constantFrom(
  'a',
  'b',
  'films',
  '*',
  '**',
  '?',
  '[ab]',
  '{a,b}',
  '{a,b/films}',
  '!(a)',
  '*.mkv',
);

test('a folder above a match may hold one, so that nothing is left out by a walk that asks', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(part, { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      fc.array(name, { minLength: 1, maxLength: 5 }),
      async (parts, isNegated, names) => {
        const pattern = (await readPattern(`${isNegated ? '!' : ''}${parts.join('/')}`))(nothing);
        const path = names.join('/');
        fc.pre(pattern.isMatch(path));
        for (let depth = 1; depth < names.length; depth += 1) {
          const folder = names.slice(0, depth).join('/');
          expect(pattern.mayHold(folder) || pattern.isMatch(folder)).toBe(true);
        }
      },
    ),
    { seed },
  );
});

test.each([
  ['films/*.mkv', 'films', true],
  ['films/*.mkv', 'music', false],
  ['films/*.mkv', 'films/new', false],
  ['films/new/a', 'films/new', true],
  ['films/new/a', 'films/old', false],
  ['**/*.mkv', 'anything/at all', true],
  ['films/**', 'music', false],
  ['!films', 'films', false],
])('a walk by %j enters %j: %s', async (pattern, folder, isEntered) => {
  expect((await readPattern(pattern))(nothing).mayHold(folder)).toBe(isEntered);
});
