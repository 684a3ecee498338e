/** docs/PERFORMANCE.md follows the bench. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { AIMS } from './aim.ts';
import { HELP } from './option.ts';
import { TOOLS } from './tool/tools.ts';
import { WORKS } from './work/works.ts';

const page = readFileSync(new URL('../docs/PERFORMANCE.md', import.meta.url), 'utf8');
/** First cells of the rows of all tables. */
const cells = [...page.matchAll(/^\| (`[^|]+?) +\|/gm)].map(([, cell = '']) => cell);

test.each(WORKS.map(({ name }) => name))('the page says what %s is', (name) => {
  expect(cells).toContain(`\`${name}\``);
});

test.each(TOOLS.map(({ name }) => name))('the page says how %s is set up', (name) => {
  expect(cells).toContain(`\`${name}\``);
});

test('every piece of work with an aim is in the table of the aims', () => {
  const aims = page.slice(page.indexOf('## The aims'));
  const works = new Set(Object.keys(AIMS).map((key) => key.split(':')[0] ?? ''));
  expect([...works].filter((name) => !aims.includes(`\`${name}\``))).toEqual([]);
});

test('every flag that the page shows exists', () => {
  const flags = [...page.matchAll(/npm run bench -- .*/g)].flatMap(
    ([line]) => line.match(/ (--[a-z]+)/g) ?? [],
  );
  expect(flags.length).toBeGreaterThan(5);
  expect(flags.filter((flag) => !HELP.includes(flag))).toEqual([]);
});
