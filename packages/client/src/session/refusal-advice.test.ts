import { PROTOCOL_VERSION } from '@lanmirror/protocol';
import { expect, test } from 'vitest';
import { RefusedError } from './link.ts';
import { adviceAfter } from './refusal-advice.ts';

const refused = (code: string, message: string): Error => new RefusedError({ type: 'refuse', code, message });

test.each([
  [PROTOCOL_VERSION + 1, 'Update lanmirror on this machine.'],
  [PROTOCOL_VERSION - 1, 'Update lanmirror on the server.'],
  ['?', 'Update the older one of the two.'],
])('a server that speaks protocol %s: both versions are named, and which one to update', (theirs, step) => {
  const error = refused(
    'version',
    `this server speaks protocol ${theirs}, the client 1: update the older one`,
  );
  expect(adviceAfter(error, 'lanmirror-client 1.2.3')).toBe(
    `This is lanmirror-client 1.2.3 with protocol ${PROTOCOL_VERSION}. ${step}`,
  );
});

test('a share that is not there is looked for in Share', () => {
  expect(adviceAfter(refused('no-such-share', 'x'), 'p')).toContain('Share');
});

test('ServerRoot is spoken of only when it is the cause, and the key when it may be', () => {
  expect(adviceAfter(refused('no-such-root', 'x'), 'p')).toContain('ServerRoot');
  expect(adviceAfter(refused('version', 'x'), 'p')).not.toContain('ServerRoot');
  expect(adviceAfter(new Error('wrong key'), 'p')).toContain('lanmirror-server key');
});
