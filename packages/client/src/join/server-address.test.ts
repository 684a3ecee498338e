import { UserError } from '@lanmirror/engine/host';
import { expect, test } from 'vitest';
import { parseServerAddress } from './server-address.ts';

test.each([
  ['nas', 'nas', 8080],
  ['nas.local:8090', 'nas.local', 8090],
  ['192.168.1.5:1', '192.168.1.5', 1],
  ['::1', '::1', 8080],
  ['fe80::1%eth0', 'fe80::1%eth0', 8080],
  ['[fe80::1]', 'fe80::1', 8080],
  ['[fe80::1]:9', 'fe80::1', 9],
])('%s is host %s and port %i', (text, host, port) => {
  expect(parseServerAddress(text)).toEqual({ host, port });
});

test.each([
  '',
  ':8080',
  'nas:',
  'nas:0',
  'nas:65536',
  'nas:x',
  'http://nas',
  'nas/films',
  'a b',
  '[::1',
  'user@nas',
])('%j is refused with what to write instead', (text) => {
  expect(() => parseServerAddress(text)).toThrow(UserError);
});
