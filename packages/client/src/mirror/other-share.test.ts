import { expect, test } from 'vitest';
import { isOtherShare } from './other-share.ts';

const filled = { share: 'films', indexId: 'a' };

test.each([
  ['the same share', filled, 'films', 'a', false],
  ['a share that got another name', filled, 'movies', 'a', false],
  ['a share that has a name now', { share: '', indexId: 'a' }, 'films', 'a', false],
  ['a share that lost its index', filled, 'films', 'b', false],
  ['a target that was never filled', { share: '', indexId: '' }, 'films', 'b', false],
  ['another share of the server', filled, 'photos', 'b', true],
  ['the share without a name', filled, '', 'b', true],
  ['a share with a name, when it was the one without', { share: '', indexId: 'a' }, 'films', 'b', true],
])('%s', (_what, known, share, indexId, isOther) => {
  expect(isOtherShare(known, share, { indexId })).toBe(isOther);
});
