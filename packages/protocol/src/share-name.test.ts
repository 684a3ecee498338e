import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isKeyName, plainShareName } from './share-name.ts';

const seed = Number(process.env.SEED ?? Date.now());

test(`a name that is typed in two ways is one name of a share (SEED=${seed})`, () => {
  expect(plainShareName('cafe\u0301')).toBe('caf\u00e9');
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (name) => {
      expect(plainShareName(name.normalize('NFD'))).toBe(plainShareName(name));
      expect(plainShareName(plainShareName(name))).toBe(plainShareName(name));
    }),
    { seed },
  );
});

test.each(['default', 'phone', 'living-room.2', '0', 'x'.repeat(64)])('a key may be called %j', (name) =>
  expect(isKeyName(name)).toBe(true),
);

test.each(['', '..', '.hidden', 'a/b', 'Phone', 'a b', 'a\n', '电', 'x'.repeat(65)])(
  'a key may not be called %j',
  (name) => expect(isKeyName(name)).toBe(false),
);
