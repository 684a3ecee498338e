import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chooseShare, type OfferedShare } from './share-choice.ts';

const seed = Number(process.env.SEED ?? Date.now());

const shareName = fc.constantFrom('', 'films', 'Films', 'films 2', '电影', 'a.b');
const keyName = fc.constantFrom('default', 'phone', 'tv');
const shares: fc.Arbitrary<OfferedShare[]> = fc.uniqueArray(
  fc.record({ name: shareName, keys: fc.option(fc.array(keyName), { nil: undefined }) }),
  { selector: ({ name }) => name },
);

function isFor({ keys }: OfferedShare, key: string): boolean {
  return keys === undefined || keys.some((one) => one === key);
}

describe(`a client gets the share that it names (SEED=${seed})`, () => {
  test('exactly when there is one of that very name, and its key may have it', () => {
    fc.assert(
      fc.property(shares, shareName, keyName, (all, name, key) => {
        const wanted = all.find((one) => one.name === name && isFor(one, key));
        const choice = chooseShare(all, name, key);
        expect('share' in choice ? choice.share : undefined).toBe(wanted);
      }),
      { seed },
    );
  });

  test('one that its key may not have is refused as if there were none', () => {
    fc.assert(
      fc.property(shares, shareName, keyName, (all, name, key) => {
        const known = all.filter((share) => isFor(share, key));
        expect(chooseShare(all, name, key)).toEqual(chooseShare(known, name, key));
      }),
      { seed },
    );
  });
});

test('a refusal names the shares that this key may have', () => {
  const all = [
    { name: '', keys: ['default'] },
    { name: 'films', keys: undefined },
    { name: '电影', keys: ['default', 'phone'] },
  ];
  const refusalFor = (name: string, key: string) => chooseShare(all, name, key);
  expect(refusalFor('music', 'default')).toEqual({
    refusal: 'there is no share "music" for the key "default", but one without a name, "films", "电影"',
  });
  expect(refusalFor('', 'phone')).toEqual({
    refusal: 'there is no share without a name for the key "phone", but "films", "电影"',
  });
  expect(chooseShare([{ name: 'a', keys: [] }], 'a', 'phone')).toEqual({
    refusal: 'there is no share "a" for the key "phone"',
  });
});

test('a refusal fits into a message, however many shares there are and whatever they are called', () => {
  const all = Array.from({ length: 300 }, (_, at) => ({ name: `${at}${'电'.repeat(900)}`, keys: undefined }));
  const choice = chooseShare(all, '影'.repeat(1024), 'x'.repeat(64));
  const refusal = 'refusal' in choice ? choice.refusal : '';
  expect(refusal).toContain('and 288 more');
  expect(refusal.length).toBeLessThanOrEqual(1000);
});
