import { cpSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseKey } from '@lanmirror/engine/host';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { namedKeyVerbs } from '../control/named-key.ts';
import { recordOrigin } from './key-lineage.ts';
import { KeyRing } from './key-ring.ts';
import { addKey, keysFolderIn, listKeys, readKeys, removeKey } from './named-key.ts';

const SILENT = {
  say: () => undefined,
  give: () => Promise.resolve(),
  signal: new AbortController().signal,
};
const OWN = new Uint8Array(32).fill(7);

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'lanmirror-keys-'));
});
afterEach(() => rmSync(home, { recursive: true }));

test('a key is made once, is its own, and only its user can read it', () => {
  const text = addKey(home, 'phone');
  expect(parseKey(text, 'it')).toHaveLength(32);
  expect(addKey(home, 'tv')).not.toBe(text);
  expect(() => addKey(home, 'phone')).toThrow(/There is a key "phone" already/);
  expect(listKeys(home).map(({ name }) => name)).toEqual(['phone', 'tv']);
  const file = join(keysFolderIn(home), 'phone.key');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(keysFolderIn(home)).mode & 0o777).toBe(0o700);
});

test.each(['../x', 'a/b', 'A', '', 'default', '.x'])('%j cannot be added or removed', (name) => {
  expect(() => addKey(home, name)).toThrow(expect.objectContaining({ code: 'BAD_KEY_NAME' }));
  expect(() => removeKey(home, name)).toThrow(expect.objectContaining({ code: 'BAD_KEY_NAME' }));
});

test('what is not there cannot be removed, and what is removed is no key', () => {
  expect(() => removeKey(home, 'phone')).toThrow(expect.objectContaining({ code: 'NO_SUCH_KEY' }));
  addKey(home, 'phone');
  removeKey(home, 'phone');
  expect(listKeys(home)).toEqual([]);
});

test('a file that is only being made, or of another kind, is no key; one that holds none is named', () => {
  addKey(home, 'phone');
  writeFileSync(join(keysFolderIn(home), 'phone.key.0123456789ab.new'), 'x');
  writeFileSync(join(keysFolderIn(home), 'README'), 'x');
  writeFileSync(join(keysFolderIn(home), 'tv.key'), 'a password');
  symlinkSync('phone.key', join(keysFolderIn(home), 'pad.key'));
  const { keys, faults } = readKeys(home);
  expect([...keys.keys()]).toEqual(['phone']);
  expect(faults.map(({ message }) => message.replaceAll(home, 'HOME'))).toEqual([
    'The key file HOME/keys/pad.key cannot be read (ELOOP).',
    expect.stringMatching(/^HOME.keys.tv.key does not hold a key/),
  ]);
  expect(listKeys(home).map(({ name, fault }) => [name, fault !== undefined])).toEqual([
    ['pad', true],
    ['phone', false],
    ['tv', true],
  ]);
});

test('a running server knows its own key and those with names, and hears which are none any more', () => {
  const before = parseKey(addKey(home, 'phone'), 'it');
  const ring = new KeyRing(home, OWN, () => undefined);
  expect(ring.keyOf('default')).toBe(OWN);
  expect(ring.keyOf('phone')).toEqual(before);
  expect(ring.keyOf('tv')).toBeUndefined();
  addKey(home, 'tv');
  expect(ring.renew()).toEqual([]);
  expect(ring.keyOf('tv')).toHaveLength(32);
  removeKey(home, 'phone');
  expect(ring.renew()).toEqual(['phone']);
  expect(ring.keyOf('phone')).toBeUndefined();
  removeKey(home, 'tv');
  addKey(home, 'tv');
  expect(ring.renew()).toEqual(['tv']);
});

test('what another server removes is found by a look, and named once; without a change nothing is read', () => {
  const first = join(home, 'first');
  addKey(first, 'phone');
  addKey(first, 'tv');
  const second = join(home, 'second');
  mkdirSync(keysFolderIn(second), { recursive: true });
  cpSync(keysFolderIn(first), keysFolderIn(second), { recursive: true });
  recordOrigin(second, { folder: first, digest: '' });
  const warnings: string[] = [];
  const ring = new KeyRing(second, OWN, (text) => void warnings.push(text));
  expect(ring.look()).toEqual([]);
  removeKey(first, 'phone');
  expect(ring.look()).toEqual(['phone']);
  expect([ring.keyOf('phone'), ring.keyOf('tv')?.length]).toEqual([undefined, 32]);
  expect(ring.look()).toEqual([]);
  // A key that comes opens as well.
  addKey(second, 'pad');
  expect([ring.look(), ring.keyOf('pad')?.length]).toEqual([[], 32]);
  expect(warnings).toEqual([]);
});

test('a removal counts at once, and a server starts, while the file of another key is broken; it is said once', async () => {
  addKey(home, 'phone');
  addKey(home, 'pad');
  writeFileSync(join(keysFolderIn(home), 'tv.key'), 'a password');
  const warnings: string[] = [];
  const ring = new KeyRing(home, OWN, (text) => warnings.push(text));
  const ended: string[] = [];
  const remove = namedKeyVerbs(home, ring, (name) => ended.push(name))['key-remove'];
  const ask = (name: string) => remove?.({ ...SILENT, flags: { name } });
  await ask('phone');
  expect(ended).toEqual(['phone']);
  expect(ring.keyOf('phone')).toBeUndefined();
  expect(ring.keyOf('pad')).toHaveLength(32);
  await ask('tv');
  expect(listKeys(home).map(({ name }) => name)).toEqual(['pad']);
  expect(warnings).toEqual([expect.stringMatching(/tv.key does not hold a key.*the other keys count/)]);
});
