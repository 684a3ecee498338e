import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EditTally } from './edit-tally.ts';

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 0x7fffffff));
const counts = fc.record({
  edited: fc.nat({ max: 60 }),
  added: fc.nat({ max: 60 }),
  looked: fc.nat({ max: 60 }),
});

/** So many of each, in a round. Returns the lines that named them, and those of its end. */
function round(
  tally: EditTally,
  { edited, added, looked }: { edited: number; added: number; looked: number },
) {
  const said = [
    ...Array.from({ length: edited }, (_, index) => tally.edited(`e${index}`)),
    ...Array.from({ length: added }, (_, index) => tally.added(`a${index}`)),
    ...Array.from({ length: looked }, (_, index) => tally.looked(`l${index}`, true)),
  ];
  return { named: said.filter((line) => line !== undefined), closing: tally.close() };
}

test(`every edit is named or counted, in each round (SEED=${SEED})`, () => {
  fc.assert(
    fc.property(fc.array(counts, { maxLength: 4 }), (rounds) => {
      const tally = new EditTally();
      for (const happened of rounds) {
        const { named, closing } = round(tally, happened);
        const told = closing.map(({ text }) => Number(/(\d+)/.exec(text)?.[1]));
        const counted = told.reduce((sum, count) => sum + count, 0);
        expect(named.length + counted).toBe(happened.edited + happened.added + happened.looked);
        expect(named.length).toBeLessThanOrEqual(40);
      }
    }),
    { seed: SEED },
  );
});

test('a round without edits has nothing to say at its end', () => {
  const tally = new EditTally();
  round(tally, { edited: 30, added: 30, looked: 2 });
  expect(tally.close()).toEqual([]);
});

test('what cost somebody his edit is a warning, what only looked so is none', () => {
  const tally = new EditTally();
  const { named, closing } = round(tally, { edited: 21, added: 22, looked: 1 });
  expect(new Set(named.map(({ level }) => level))).toEqual(new Set(['warn']));
  expect(closing).toEqual([
    { level: 'warn', text: '... and 1 more' },
    { level: 'warn', text: '... and 2 more that were added' },
    { level: 'info', text: 'Looked changed on the mirror, and the content is right: 1 file' },
  ]);
});

test('beside a pass a file that looked changed is named at once, because no end of a round may come', () => {
  const tally = new EditTally();
  expect(tally.looked('a\nb', false)).toEqual({
    level: 'info',
    text: 'Looked changed on the mirror, and the content is right: a\\nb',
  });
  expect(tally.close()).toEqual([]);
});
