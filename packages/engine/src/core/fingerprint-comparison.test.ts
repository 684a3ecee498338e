import { expect, test } from 'vitest';
import { compareFingerprints } from './fingerprint-comparison.ts';

const AT = { sequence: 7, code: 'a', unknown: 0 };

test.each([
  [undefined, 'unknown'],
  [{ ...AT, sequence: 8 }, 'unknown'],
  [{ ...AT, unknown: 1 }, 'provisional'],
  [{ ...AT, unknown: 1, code: 'b' }, 'provisional'],
  [AT, 'identical'],
  [{ ...AT, code: 'b' }, 'differs'],
])('compared with %j it is %s, from either side', (other, wanted) => {
  expect(compareFingerprints(AT, other)).toBe(wanted);
  expect(compareFingerprints(other, AT)).toBe(wanted);
});
