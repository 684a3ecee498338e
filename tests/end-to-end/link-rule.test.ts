import { lstatSync, mkdirSync, readlinkSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { contentOf, difference, makePlace, type Place } from './programs.ts';

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(async () => {
  await place.dispose();
});

const isThere = (path: string): boolean =>
  lstatSync(join(place.target, path), { throwIfNoEntry: false }) !== undefined;

test('Links = safe names what it leaves out, skip counts it, and keep brings all of it back', async () => {
  const { source, target } = place;
  mkdirSync(join(source, 'folder'));
  writeFileSync(join(source, 'folder', 'file'), 'content');
  symlinkSync('/etc/hostname', join(source, 'outside'));
  symlinkSync('../folder/file', join(source, 'folder', 'inside'));
  const { port } = await place.server();
  const sync = async (rule: string): Promise<[number | null, string]> => {
    const client = place.once(port, 'sync', '--links', rule);
    return [await client.ended(), client.output()];
  };
  const [kept] = await sync('keep');
  expect([kept, difference(source, target)]).toEqual([0, []]);

  const dry = place.once(port, 'sync', '--links', 'skip', '--dry-run');
  expect(await dry.ended()).toBe(0);
  expect(dry.output()).toContain('Would move to trash: outside\n');
  expect(isThere('outside')).toBe(true);

  const [safe, said] = await sync('safe');
  expect(safe).toBe(1);
  expect(said).toContain('Failed: outside: the link leads out of the mirrored folder, to /etc/hostname');
  expect(said).toContain('in sync, but for 1 path that failed');
  expect([isThere('outside'), isThere('folder/inside')]).toEqual([false, true]);
  const [again] = await sync('safe');
  expect(again).toBe(1);

  const [skip, told] = await sync('skip');
  expect(skip).toBe(0);
  expect(told).toContain('2 symbolic links are left out (Links = skip)\n');
  expect([isThere('outside'), isThere('folder/inside')]).toEqual([false, false]);
  expect(
    contentOf(join(target, '.lanmirror/trash')).filter(
      (line) => !line.startsWith('journal') && /(outside|inside)/.test(line),
    ),
  ).toHaveLength(2);

  expect((await sync('keep'))[0]).toBe(0);
  expect(difference(source, target)).toEqual([]);
});

test('a link that comes to lead outside because its folder moves up leaves the mirror, and comes back', async () => {
  const { source, target } = place;
  mkdirSync(join(source, 'a/b'), { recursive: true });
  symlinkSync('../../top', join(source, 'a/b/link'));
  const { port } = await place.server();
  const client = place.client(port, 'start', '--links', 'safe');
  await client.until(/^in sync$/m);
  expect(readlinkSync(join(target, 'a/b/link'))).toBe('../../top');
  renameSync(join(source, 'a/b'), join(source, 'b'));
  await client.until(/Deleted: b\/link/);
  renameSync(join(source, 'b'), join(source, 'a/c'));
  await client.until(/Created: a\/c\/link/);
  expect(readlinkSync(join(target, 'a/c/link'))).toBe('../../top');
});
