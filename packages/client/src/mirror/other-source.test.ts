import { describe, expect, test } from 'vitest';
import { isOtherSource, otherSource } from './other-source.ts';

const share = (name: string) => ({ share: name, sourceDir: '' });
const folder = (dir: string) => ({ share: '', sourceDir: dir });

test.each([
  ['the same share', share('films'), 'a', share('films'), 'a', false],
  ['a share that got another name', share('films'), 'a', share('movies'), 'a', false],
  ['a share that has a name now', share(''), 'a', share('films'), 'a', false],
  ['a share that lost its index', share('films'), 'a', share('films'), 'b', false],
  ['a target that was never filled', share(''), '', share('films'), 'b', false],
  ['another share of the server', share('films'), 'a', share('photos'), 'b', true],
  ['the share without a name', share('films'), 'a', share(''), 'b', true],
  ['a share with a name, when it was the one without', share(''), 'a', share('films'), 'b', true],
  ['the same folder', folder('/a'), 'a', folder('/a'), 'a', false],
  ['a folder that lost its index', folder('/a'), 'a', folder('/a'), 'b', false],
  ['another folder', folder('/a'), 'a', folder('/b'), 'b', true],
  ['a folder in the stead of a server', share(''), 'a', folder('/a'), 'b', true],
  ['a server in the stead of a folder', folder('/a'), 'a', share(''), 'b', true],
  ['a folder, where nothing was filled yet', share(''), '', folder('/a'), 'b', false],
])('%s', (_what, known, knownId, wanted, indexId, isOther) => {
  expect(isOtherSource({ ...known, indexId: knownId }, wanted, { indexId })).toBe(isOther);
});

describe('the person is told both by what the settings call them', () => {
  test.each([
    [share('a'), share(''), 'OTHER_SHARE', 'the share "a", and Share names the share without a name now.'],
    [folder('/a'), folder('/b'), 'OTHER_SOURCE', 'the folder /a, and the settings name the folder /b now.'],
    [share('a'), folder('/b'), 'OTHER_SOURCE', 'the share "a", and the settings name the folder /b now.'],
  ])('%o and %o', (known, wanted, code, text) => {
    const error = otherSource('', '/t', known, wanted);
    expect([error.code, error.exitCode]).toEqual([code, 3]);
    expect(error.message).toBe(`/t is a mirror of ${text}`);
  });
});
