import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseKey } from '@lanmirror/engine/host';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { KeyRing } from './key-ring.ts';
import { addKey, keysFolderIn, listKeys, readKeys, removeKey } from './named-key.ts';

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
  expect([...readKeys(home).keys()]).toEqual(['phone']);
  writeFileSync(join(keysFolderIn(home), 'tv.key'), 'a password');
  expect(() => readKeys(home)).toThrow(/tv.key does not hold a key/);
});

test('a running server knows its own key and those with names, and hears which are none any more', () => {
  const before = parseKey(addKey(home, 'phone'), 'it');
  const ring = new KeyRing(home, OWN);
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
