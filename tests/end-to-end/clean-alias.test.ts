/** A target in which a folder is the source's own by a mount: what would go from the source is the only copy. Linux, root. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { canMount, type MountSpace, makeMountSpace } from './mount-space.ts';
import { filesIn, LATER_CLOCK, makePlace, type Place, write } from './programs.ts';

if (!canMount) console.info('skipped: aliases of the source, because a mount namespace cannot be made here');

describe.runIf(canMount)('a folder of the target that is one of the source', () => {
  let place: Place;
  let space: MountSpace;
  beforeEach(async () => {
    place = makePlace();
    space = await makeMountSpace();
  });
  afterEach(async () => {
    await place.dispose();
    await space.dispose();
  });

  async function sync(...flags: string[]): Promise<string> {
    const { source, target, dir } = place;
    const args = ['sync', '--config', '/dev/null', '--source', source, '--target-dir', target];
    const state = ['--state-dir', join(dir, 'client-state')];
    const program = place.run('client', [...args, ...state, ...flags], {
      wrap: space.wrap,
      env: LATER_CLOCK,
    });
    expect([await program.ended(), program.output()]).toEqual([0, expect.any(String)]);
    return program.output();
  }

  /** The same folder, and nothing of it is told by the numbers of device and inode. */
  function mountOverlay(from: string, to: string): void {
    const top = join(place.dir, 'overlay');
    space.run('mkdir', top);
    space.run('mount', '-t', 'tmpfs', 'tmpfs', top);
    space.run('mkdir', `${top}/upper`, `${top}/work`);
    const options = `lowerdir=${from},upperdir=${top}/upper,workdir=${top}/work`;
    space.run('mount', '-t', 'overlay', 'overlay', '-o', options, to);
  }

  const aliases: readonly (readonly [string, (from: string, to: string) => void, RegExp])[] = [
    [
      'a bind mount',
      (from, to) => space.run('mount', '--bind', from, to),
      /Not cleaned from the source: photos\/a \(the file on the target is this same file/,
    ],
    [
      'an overlay',
      mountOverlay,
      /until the next start: when photos\/\w was taken from it, .* so it is put back/,
    ],
  ];
  test.each(aliases)('%s: nothing of it goes, and the reason is named', async (_name, mount, reason) => {
    const paths = ['photos/a', 'photos/b'];
    for (const path of paths) write(place.source, path);
    mkdirSync(join(place.dir, 'target'));
    await sync('--adopt');
    mount(join(place.source, 'photos'), join(place.target, 'photos'));
    expect(await sync('--clean-source', '0')).toMatch(reason);
    expect(filesIn(place.source)).toEqual(paths);
  });
});
