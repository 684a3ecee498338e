/** A mirror inside another one: neither takes what the other has. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { contentOf, makePlace, type Place, trashOf, untilEqual, write } from './programs.ts';

let place: Place;
let inner: string;
let port: number;
beforeEach(async () => {
  place = makePlace();
  inner = join(place.target, 'folder', 'sub');
  write(place.source, 'folder/file', 'outer');
  write(place.source, 'file', 'outer');
  ({ port } = await place.server());
});
afterEach(() => place.dispose());

const ofInner = ['--target-dir', 'target/folder/sub', '--state-dir', 'inner-state'];

test('a target in the target of another mirror is refused, whether it is there or not', async () => {
  const outer = place.client(port, 'start');
  await outer.until(/in sync/);
  for (const make of [() => undefined, () => mkdirSync(inner)]) {
    make();
    for (const verb of ['sync', 'start']) {
      const refused =
        verb === 'sync' ? place.once(port, verb, ...ofInner) : place.client(port, verb, ...ofInner);
      expect(await refused.ended()).toBe(2);
      expect(refused.output()).toContain(`lies in ${place.target}, which is the target of another mirror`);
    }
  }
  expect(existsSync(join(inner, '.lanmirror'))).toBe(false);
});

test('what another mirror has inside the target stays, and is named, whatever becomes of the folder around it', async () => {
  mkdirSync(inner, { recursive: true });
  expect(await place.once(port, 'sync', ...ofInner).ended()).toBe(0);
  write(inner, 'own', 'of the inner one');
  const before = contentOf(inner);
  const adopted = place.once(port, 'sync', '--adopt');
  expect(await adopted.ended()).toBe(1);
  expect(adopted.output()).toMatch(
    /folder\/sub: folder\/sub is the target of another mirror.*\(TARGET_WITHIN\)/,
  );
  expect(contentOf(inner)).toEqual(before);
  expect(readFileSync(join(place.target, 'folder/file'), 'utf8')).toBe('outer');

  // Another process knows of it by what the one before has noted.
  const outer = place.client(port, 'start');
  await outer.until(/in sync/);
  renameSync(join(place.source, 'folder'), join(place.source, 'folder2'));
  await outer.until(/folder2: folder\/sub is the target of another mirror.*\(TARGET_WITHIN\)/);
  expect(contentOf(inner)).toEqual(before);
  renameSync(join(place.source, 'folder2'), join(place.source, 'folder'));
  expect(await place.once(port, 'wait').ended()).toBe(1);
  rmSync(join(place.source, 'folder'), { recursive: true });
  await outer.until(/folder: folder\/sub is the target of another mirror.*\(TARGET_WITHIN\)/);
  expect(contentOf(inner)).toEqual(before);
  expect(trashOf(place.target)).toEqual([]);

  rmSync(join(inner, '.lanmirror', 'marker'));
  await untilEqual(place.source, place.target);
  expect(trashOf(place.target)).toContain('of the inner one');
});

test('a folder of the source that was a target is mirrored as every other, and goes when it goes there', async () => {
  write(place.source, 'former/.lanmirror/marker', `target ${'0'.repeat(32)}\n`);
  write(place.source, 'former/file', 'x');
  const outer = place.client(port, 'start');
  await untilEqual(place.source, place.target);
  await outer.until(/in sync/);
  expect(outer.output()).not.toContain('TARGET_WITHIN');
  rmSync(join(place.source, 'former'), { recursive: true });
  await untilEqual(place.source, place.target);
});
