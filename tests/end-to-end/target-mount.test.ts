/** Disks that are mounted inside a target: what is on them is never put away, moved or deleted with a folder. */
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { canMount, type MountSpace, makeMountSpace } from './mount-space.ts';
import { makePlace, type Place, trashOf, write } from './programs.ts';

if (!canMount)
  console.info('skipped: disks inside a target, because a mount namespace cannot be made here (root)');

const NAMED = /Failed: d: something is mounted at d\/usb, .* \(MOUNTED\); it is tried again by itself\./;

describe.runIf(canMount)('what is mounted inside a target', () => {
  let place: Place;
  let space: MountSpace;
  beforeEach(async () => {
    place = makePlace();
    space = await makeMountSpace();
    mkdirSync(place.target);
    for (const path of ['d/a', 'd/sub/b', 'keep/c']) write(place.source, path);
  });
  afterEach(async () => {
    await space.dispose();
    await place.dispose();
  });

  /** A disk of its own at a path of the target, with one file; returns where that is seen from here. */
  const mount = (path: string, file = 'precious'): string => {
    const at = join(place.target, path);
    mkdirSync(at, { recursive: true });
    space.run('mount', '-t', 'tmpfs', 'tmpfs', at);
    writeFileSync(join(space.inside(at), file), 'of another disk');
    return join(space.inside(at), file);
  };
  const unmount = (path: string): string => space.run('umount', join(place.target, path));
  const client = async (
    verb: string,
    ...words: string[]
  ): Promise<{ code: number | null; output: string }> => {
    const { dir, source, target } = place;
    const flags = ['--config', '/dev/null', '--source', source, '--target-dir', target];
    const program = place.run('client', [verb, ...words, ...flags, '--state-dir', join(dir, 'state')], {
      wrap: space.wrap,
    });
    return { code: await program.ended(), output: program.output() };
  };

  for (const trash of ['yes', 'no'])
    test(`keeps the folder above it whole when the source deletes that (Trash = ${trash}), until it is unmounted`, async () => {
      const flags = ['--exclude', '/d/usb/', '--trash', trash];
      expect((await client('sync', ...flags)).code).toBe(0);
      const precious = mount('d/usb');
      rmSync(join(place.source, 'd'), { recursive: true });
      const refused = await client('sync', ...flags);
      expect([refused.code, refused.output]).toEqual([1, expect.stringMatching(NAMED)]);
      expect((await client('trash', 'prune', '--older-than', '0s', '--yes')).code).toBe(0);
      const standing = ['d/a', 'd/sub/b'].map((path) => existsSync(join(place.target, path)));
      expect([...standing, existsSync(precious)]).toEqual([true, true, true]);
      unmount('d/usb');
      expect((await client('sync', ...flags)).code).toBe(0);
      expect(existsSync(join(place.target, 'd'))).toBe(false);
    });

  test('goes along when the folder above it is renamed, but is never copied to another disk and deleted', async () => {
    write(place.source, 'disk/e');
    const flags = ['--exclude', 'usb/'];
    expect((await client('sync', ...flags)).code).toBe(0);
    const precious = mount('d/usb');
    renameSync(join(place.source, 'd'), join(place.source, 'other'));
    expect((await client('sync', ...flags)).code).toBe(0);
    const moved = precious.replace('/d/usb/', '/other/usb/');
    expect([existsSync(precious), existsSync(moved)]).toEqual([false, true]);
    mount('disk', 'e');
    expect((await client('sync', ...flags)).code).toBe(0);
    renameSync(join(place.source, 'other'), join(place.source, 'disk', 'other'));
    const refused = await client('sync', ...flags);
    expect(refused.output).toMatch(/Failed: disk\/other: something is mounted at other\/usb, .*\(MOUNTED\)/);
    expect([existsSync(moved), existsSync(join(place.target, 'other', 'a'))]).toEqual([true, true]);
  });

  test('stays although "excluded remove" means the folder, and it is of the same file system (a bind mount)', async () => {
    const flags = ['--exclude', '/left/'];
    write(place.dir, 'elsewhere/precious');
    mkdirSync(join(place.target, 'left', 'bound'), { recursive: true });
    expect((await client('sync', '--adopt', ...flags)).code).toBe(0);
    space.run('mount', '--bind', join(place.dir, 'elsewhere'), join(place.target, 'left', 'bound'));
    const { output } = await client('excluded', 'remove', '--yes', ...flags);
    expect(output).toMatch(/left\/ .*stays: another disk is mounted at left\/bound/);
    expect([trashOf(place.target), existsSync(join(place.target, 'left'))]).toEqual([[], true]);
  });

  test('in the trash is passed over and named, when the trash is emptied by age and by "trash prune"; the rest goes', async () => {
    expect((await client('sync')).code).toBe(0);
    const trash = '.lanmirror/trash';
    write(place.target, `${trash}/2020-01-01/d/a`);
    write(place.target, `${trash}/2020-01-02/b`);
    const precious = mount(`${trash}/2020-01-01/d/usb`);
    const { output } = await client('sync');
    expect(output).toMatch(/^The trash of 2020-01-02 was deleted for good\.$/m);
    expect(output).toMatch(
      /Something is mounted at 2020-01-01\/d\/usb in the trash: nothing on it is deleted/,
    );
    expect(trashOf(place.target)).toEqual([expect.stringMatching('2020-01-01/d/a')]);
    const pruned = await client('trash', 'prune', '--older-than', '0s', '--yes');
    expect(pruned.output).toMatch(/Not looked at: 2020-01-01\/d\/usb \(something is mounted there/);
    expect(pruned.output).toMatch(/^Deleted for good: 1 file, /m);
    expect([pruned.code, existsSync(precious), trashOf(place.target)]).toEqual([1, true, []]);
  });

  test('at a folder that the source never had is left alone and named, even where a rule takes such folders apart', async () => {
    const flags = ['--delete-never', '*.key'];
    expect((await client('sync', ...flags)).code).toBe(0);
    const precious = mount('d/usb');
    writeFileSync(precious.replace('precious', 'a.key'), '');
    for (const trash of ['yes', 'no']) {
      const { code, output } = await client('sync', ...flags, '--trash', trash);
      expect(output).toMatch(/Failed: d\/usb: something is mounted at d\/usb, .*\(MOUNTED\)/);
      expect([code, existsSync(precious), trashOf(place.target)]).toEqual([1, true, []]);
    }
  });

  test('over a mirrored folder, with other things on it, is left alone and named; the mirror is whole again without it', async () => {
    expect((await client('sync')).code).toBe(0);
    const precious = mount('d/sub');
    const { code, output } = await client('sync');
    expect(output).toMatch(/Failed: d\/sub: another disk was mounted here, .*\(MOUNTED\)/);
    expect([code, existsSync(precious), trashOf(place.target)]).toEqual([1, true, []]);
    expect(existsSync(precious.replace('precious', 'b'))).toBe(false);
    unmount('d/sub');
    const after = await client('sync');
    expect([after.code, after.output]).toEqual([0, expect.not.stringMatching(/fetched again/)]);
  });

  for (const isSeen of [true, false])
    test(`at a folder that the source makes later is no part of that (${isSeen ? 'named' : 'not met'} before)`, async () => {
      expect((await client('sync')).code).toBe(0);
      const precious = mount('d/usb');
      if (isSeen) expect((await client('sync')).code).toBe(1);
      write(place.source, 'd/usb/x');
      for (const _again of [1, 2]) {
        const { code, output } = await client('sync');
        expect(output).toMatch(/Failed: d\/usb: another disk was mounted here, .*\(MOUNTED\)/);
        expect([code, existsSync(precious), trashOf(place.target)]).toEqual([1, true, []]);
      }
      unmount('d/usb');
      expect((await client('sync')).code).toBe(0);
      expect(existsSync(join(place.target, 'd/usb/x'))).toBe(true);
    });

  test('and belonged to it when it was joined is a part of the mirror: what was added there goes to the trash', async () => {
    mount('d/sub', 'b');
    expect((await client('sync', '--adopt')).code).toBe(0);
    writeFileSync(join(space.inside(join(place.target, 'd/sub')), 'added'), 'by somebody');
    expect((await client('sync')).output).toMatch(/put away .*: d\/sub\/added$/m);
    expect(trashOf(place.target)).toContain('by somebody');
  });
});
