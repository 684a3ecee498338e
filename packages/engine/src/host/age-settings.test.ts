import { expect, test } from 'vitest';
import { readAgeLimits } from './age-settings.ts';

const read = (min: string, max: string) =>
  readAgeLimits((key) => ({
    ...{ text: key === 'MinAge' ? min : max, isDefault: false },
    source: `client.ini line ${key === 'MinAge' ? 3 : 4}, ${key}`,
  }));

test('ages are read in every unit, and 0s is no limit', () => {
  expect(read('0s', '0s')).toEqual({ minAgeMs: 0, maxAgeMs: 0 });
  expect(read('90s', '0s')).toEqual({ minAgeMs: 90_000, maxAgeMs: 0 });
  expect(read('12h', '30d')).toEqual({ minAgeMs: 43_200_000, maxAgeMs: 2_592_000_000 });
});

test('limits that leave no file are refused with both places', () => {
  for (const [min, max] of [
    ['2d', '1d'],
    ['24h', '1d'],
  ] as const)
    expect(() => read(min, max)).toThrow(
      `client.ini line 3, MinAge: MinAge ${min} is not less than MaxAge ${max} (client.ini line 4, MaxAge), so no file`,
    );
  expect(() => read('old', '1d')).toThrow('client.ini line 3, MinAge: "old" is no length of time.');
});
