/** Folders that are the same, or lie in each other, by a mount: what would go is the only copy, or comes again. Linux, root. */
import { mkdirSync, writeFileSync } from 'node:fs';
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

  /** What a run of the program said; it has to end with 2. */
  async function refused(...args: string[]): Promise<string> {
    const program = place.run('client', args, { wrap: space.wrap, env: LATER_CLOCK });
    expect([await program.ended(), program.output()]).toEqual([2, expect.any(String)]);
    return program.output();
  }

  test('a source that lies in the target of a mirror, by a mount: what went would come again', async () => {
    write(place.source, 'photos/a');
    await sync();
    const alias = join(place.dir, 'alias');
    mkdirSync(alias);
    space.run('mount', '--bind', join(place.target, 'photos'), alias);
    const folders = ['--source', alias, '--target-dir', join(place.dir, 'second')];
    const given = ['--config', '/dev/null', ...folders, '--clean-source', '0'];
    const why = `lies in ${place.target}, which is the target of a mirror`;
    expect(await refused('sync', ...given, '--state-dir', join(place.dir, 'second-state'))).toContain(why);
    expect(await refused('config', 'check', ...given)).toContain(why);
    expect(filesIn(place.target)).toEqual(['photos/a']);
  });

  test.each(['source', 'source/photos'])(
    'a job that cleans what another one mirrors by a mount of %s is refused, with both lines',
    async (folder) => {
      write(place.source, 'photos/a');
      const [alias, ini] = ['alias', 'client.ini'].map((name) => join(place.dir, name)) as [string, string];
      mkdirSync(alias);
      space.run('mount', '--bind', join(place.dir, folder), alias);
      const job = (name: string, from: string): string =>
        `[Job ${name}]\nSource = ${from}\nTargetDir = ${join(place.dir, name)}\n`;
      writeFileSync(ini, `${job('one', place.source)}CleanSource = 0\n${job('two', alias)}`);
      expect(await refused('config', 'check', '--config', ini)).toMatch(
        /line 1, \[Job one\] and .* line 5, \[Job two\]: what \[Job one\] cleans .* has .*\/alias\./,
      );
    },
  );
});
