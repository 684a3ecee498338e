import fc from 'fast-check';
import { expect, test } from 'vitest';
import { displayName } from './display-name.ts';

const seed = process.env.SEED === undefined ? Date.now() & 0x7fffffff : Number(process.env.SEED);
// Code units of every kind, with many hostile ones: controls, direction marks, halves of surrogate pairs.
const unit = fc.oneof(
  fc.integer({ min: 0, max: 0xffff }),
  fc.integer({ min: 0, max: 0xa0 }),
  fc.integer({ min: 0x2000, max: 0x206f }),
  fc.integer({ min: 0xd800, max: 0xdfff }),
);
const hostile = fc.array(unit, { maxLength: 20 }).map((units) => String.fromCharCode(...units));

test(`whatever a name holds, it moves no cursor, breaks no line and turns no text around, SEED=${seed}`, () => {
  fc.assert(
    fc.property(hostile, (name) => {
      const shown = displayName(name);
      expect(shown).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Cs}\uFEFF]/u);
      expect(displayName(shown)).toBe(shown);
    }),
    { seed, numRuns: 2000 },
  );
});

test.each(['films/a b.mkv', '媒体/电影', '👨‍👩‍👧.jpg', 'naïve é', 'a\\nb', 'עברית', 'C# ;"\'$`'])(
  '%s stays as it is',
  (name) => {
    expect(displayName(name)).toBe(name);
  },
);

test.each([
  ['a\nDeleted: b', 'a\\nDeleted: b'],
  ['\r\t', '\\r\\t'],
  ['\u001b[2J', '\\x1b[2J'],
  ['\u009b1A', '\\x9b1A'],
  ['a\u202egpj.exe', 'a\\u202egpj.exe'],
  ['\ud800a', '\\ud800a'],
  ['a\udc00', 'a\\udc00'],
])('%j is shown as %s', (name, shown) => {
  expect(displayName(name)).toBe(shown);
});
