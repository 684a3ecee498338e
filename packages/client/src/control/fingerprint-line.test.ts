import { COMPARE_ALL } from '@lanmirror/engine/core';
import { expect, test } from 'vitest';
import { type FingerprintFacts, fingerprintLines } from './fingerprint-line.ts';

const OWN = { code: 'aaaa-bbbb-cccc-dddd', unknown: 0 };
const OTHER = { code: 'eeee-ffff-gggg-hhhh', unknown: 0 };
const FACTS: FingerprintFacts = {
  passed: { count: 0, rule: COMPARE_ALL },
  kept: { count: 0, rule: { text: 'Delete = never' } },
  ...{ own: OWN, server: OTHER, comparison: 'differs', skippedLinks: 0, problems: 0, hasOwnRules: false },
};

test.each([
  [{ own: undefined }, []],
  [{ server: undefined, comparison: 'unknown' }, [OWN.code]],
  [{ comparison: 'unknown' }, [OWN.code]],
  [{ comparison: 'unknown', hasOwnRules: true }, [`${OWN.code} (with own rules)`]],
  [{ server: OWN, comparison: 'identical', hasOwnRules: true }, [`${OWN.code}, identical to the server`]],
  [{ server: OWN, comparison: 'identical' }, [`${OWN.code}, identical to the server`]],
] as const)('what is not proved is not said: %j', (facts, [text]) => {
  expect(fingerprintLines({ ...FACTS, ...facts })).toEqual(
    text === undefined ? [] : [`Fingerprint: ${text}`],
  );
});

test('what is kept besides is no difference, and a mirror with it is not called identical', () => {
  const facts = { server: OWN, comparison: 'identical', kept: { count: 2, rule: { text: '' } } } as const;
  expect(fingerprintLines({ ...FACTS, ...facts })).toEqual([
    `Fingerprint: ${OWN.code}, identical to the server, but for 2 entries kept here that are gone at the source`,
  ]);
});

test('what is provisional is told of both sides', () => {
  const facts = {
    own: { ...OWN, unknown: 2 },
    server: { ...OTHER, unknown: 1 },
    comparison: 'provisional',
  } as const;
  expect(fingerprintLines({ ...FACTS, ...facts })).toEqual([
    `Fingerprint: ${OWN.code} (provisional: 2 files not compared by content yet)`,
    `  the server: ${OTHER.code} (provisional: 1 file not read yet)`,
  ]);
});

test.each([
  [{ skippedLinks: 1 }, /because 1 symbolic link is left out \(Links = skip\)/],
  [{ skippedLinks: 3, problems: 2 }, /because 3 symbolic links are left out .* and 2 paths failed/],
  [{}, /should not be.*put right/],
])('a difference is told with both codes and its reason or the next step: %j', (facts, reason) => {
  const [first, second] = fingerprintLines({ ...FACTS, ...facts });
  expect(first).toBe(`Fingerprint: ${OWN.code} DIFFERS from the server: ${OTHER.code}`);
  expect(second).toMatch(reason);
});
