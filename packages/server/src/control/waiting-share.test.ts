import { expect, test } from 'vitest';
import { type MissingAnswer, waitingShare } from './waiting-share.ts';

const LIVE = { monitorDir: '/x', halt: '', asked: null, standing: null };
const MISSING = { token: 't', missing: 200, indexed: 300, topCount: 0, tops: [] };
const live: MissingAnswer = { ...LIVE, share: 'films' };
const away: MissingAnswer = { ...LIVE, share: 'away', halt: 'The folder is gone.' };
const asking: MissingAnswer = { ...LIVE, share: '照片', halt: 'Much is missing.', asked: MISSING };
const asking2: MissingAnswer = { ...asking, share: '' };

test('the only share for which something can be agreed to is meant, whatever else is wrong with others', () => {
  expect(waitingShare([live, away, asking], undefined)).toBe(asking);
});

test('without one a share that waits for something else is told of, and then any', () => {
  expect(waitingShare([live, away], undefined)).toBe(away);
  expect(waitingShare([live], undefined)).toBe(live);
});

test('of several it has to be said which one, and every name is possible, that of none too', () => {
  expect(() => waitingShare([asking, asking2, live], undefined)).toThrow(
    "More than one share waits: 照片, ''.",
  );
  expect(waitingShare([asking, asking2, live], '照片')).toBe(asking);
  expect(waitingShare([asking, asking2, live], '')).toBe(asking2);
  expect(waitingShare([asking, asking2, live], 'films')).toBe(live);
});

test('a name that no share has is never taken for another', () => {
  expect(() => waitingShare([live, asking], 'Films')).toThrow('There is no share "Films".');
});
