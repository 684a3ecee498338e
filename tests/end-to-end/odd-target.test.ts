/** Targets on disks that are not like those of Linux: every name of the source has its place, and nothing is lost. */
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type MountedPair, makeMountedPair, stop } from './mounted-pair.ts';
import { type Knobs, type OddDisk, whyNoOddDisk } from './odd-disk.ts';
import { trashOf } from './programs.ts';

if (whyNoOddDisk !== '') console.info(`skipped: targets on odd disks, because ${whyNoOddDisk}`);

/** As a stick with FAT or exFAT is, and what is served from Windows. */
const WINDOWS: Knobs = {
  foldsCase: true,
  windowsNames: true,
  longest: 143,
  hasLinks: false,
  hasHardLinks: false,
  modes: 'ignored',
  mtimeStepNs: 2_000_000_000,
};
const LONG = `${'x'.repeat(200)}.txt`;
const COMPOSED = 'caf\u00e9';
const DECOMPOSED = 'cafe\u0301';

describe.runIf(whyNoOddDisk === '')('a target on a disk', () => {
  let pair: MountedPair;
  let disk: OddDisk;
  beforeEach(async () => {
    pair = await makeMountedPair();
  });
  afterEach(() => pair.dispose());

  const at = (path: string): string => join(pair.place.source, path);
  /** Each file holds the path at which it was made, so that a content tells where it belongs. */
  const write = (path: string, content = path): void => {
    mkdirSync(dirname(at(path)), { recursive: true });
    writeFileSync(at(path), content);
  };
  const contents = (dir: string): string[] =>
    filesIn(dir)
      .map((path) => readFileSync(join(dir, path), 'utf8'))
      .sort();
  /** Where on the disk each content stands. */
  const placeOf = (content: string): string | undefined =>
    filesIn(disk.behind).find((path) => readFileSync(join(disk.behind, path), 'utf8') === content);
  const expectEqual = (): void => expect(contents(disk.behind)).toEqual(contents(pair.place.source));
  const settled = async (code: number): Promise<void> => {
    const { code: ended, output } = await pair.ask('wait');
    expect([ended, output]).toEqual([code, expect.stringMatching(/^in sync/)]);
    expectEqual();
  };

  test('like those of Windows has every name, in its own way; nothing is overwritten, lost, or written again and again', async () => {
    disk = await pair.disk(pair.place.target, WINDOWS);
    for (const path of ['Readme', 'README', 'readme', 'a:b', 'CON', 'nul.txt', 'dot.', 'blank ', LONG])
      write(path);
    for (const path of ['Dir/one', 'dir/two', 'plain/file', `${COMPOSED}/a`, `${DECOMPOSED}/b`]) write(path);
    symlinkSync('plain/file', at('link'));
    chmodSync(at('plain'), 0o750);
    await pair.server();
    const mirror = pair.client('start');
    await mirror.until(/^in sync, but for 1 path that failed: link$/m);
    expectEqual();
    // A link that is left out explains it: nothing else may be taken for a difference.
    await mirror.until(/DIFFERS from the server.*\n {2}because 1 path failed/);
    const { output: first } = await pair.ask('status');
    expect(first).toContain(
      'does not tell capitals from small letters, has no names that Windows does not allow, has names of at most 143 bytes, cannot hold symbolic links, does not keep permission bits, keeps times to 2 s',
    );
    expect(first).not.toContain('Differ:');
    expect(first).toMatch(/link: this target cannot hold symbolic links/);
    expect(placeOf('a:b')).toBe('a\uf03ab');
    expect(first).toContain('a:b -> a\uf03ab');
    expect(Buffer.byteLength(placeOf(LONG) ?? '')).toBeLessThanOrEqual(143);

    // Who stands aside is changed and renamed there, whatever its case.
    write('README', 'README 2');
    write('a:b', 'a:b 2');
    renameSync(at('plain/file'), at('plain/FILE'));
    renameSync(at('plain'), at('Plain'));
    await settled(1);
    expect(readdirSync(disk.behind)).toContain('Plain');
    expect(readdirSync(join(disk.behind, 'Plain'))).toEqual(['FILE']);

    // The one that has the name goes: another takes it. Then one that stands aside goes.
    const names = ['Readme', 'README', 'readme'];
    const [winner = '', ...others] = names.sort(
      (a, b) => Number(!existsSync(join(disk.behind, a))) - Number(!existsSync(join(disk.behind, b))),
    );
    expect(existsSync(join(disk.behind, winner))).toBe(true);
    rmSync(at(winner));
    await settled(1);
    expect(others.filter((name) => readdirSync(disk.behind).includes(name))).toHaveLength(1);
    const [next = '', last = ''] = others.sort(
      (a, b) => Number(!existsSync(join(disk.behind, a))) - Number(!existsSync(join(disk.behind, b))),
    );
    rmSync(at(last));
    await settled(1);
    expect(readdirSync(disk.behind)).toContain(next);
    rmSync(at('link'));
    await settled(0);
    expect((await pair.ask('verify')).output).toMatch(/^Verified: \d+ same\.$/m);
    await mirror.until(/identical to the server/);
    expect(mirror.output()).not.toMatch(/put right|differed/);

    expect(await stop(mirror)).toBe(0);
    const again = await pair.ask('sync');
    expect([again.code, again.output]).toEqual([
      0,
      expect.stringMatching(/^0 files need synchronization$[\s\S]*identical to the server/m),
    ]);
    // What was replaced and removed is in the trash, and nothing else is.
    const removed = [winner, last].map((path) => (path === 'README' ? 'README 2' : path));
    expect(trashOf(disk.behind).sort()).toEqual(['README', 'a:b', ...removed].sort());
  });

  test('that takes both Unicode forms of a name for one, keeps both, and what is removed by hundreds is asked about', async () => {
    disk = await pair.disk(pair.place.target, {
      foldsCase: true,
      foldsForm: true,
      keepsLinkTimes: false,
    });
    symlinkSync('nowhere', at('link'));
    for (const path of [COMPOSED, DECOMPOSED, 'Stra\u00dfe', 'STRASSE']) write(path);
    for (let index = 0; index < 110; index += 1) write(`Many/F${index}`);
    write('many/other');
    // What was here before the mirror counts when it is removed; what came a moment ago does not.
    cpSync(at('Many'), join(disk.behind, 'Many'), { recursive: true, preserveTimestamps: true });
    await pair.server();
    const mirror = pair.client('start', '--adopt');
    await mirror.until(/^in sync$/m);
    expectEqual();
    renameSync(at(COMPOSED), at(`x${COMPOSED}`));
    await settled(0);
    renameSync(at(`x${COMPOSED}`), at(`x${DECOMPOSED}`));
    await settled(0);
    // Its files have other numbers and times of change under other names: nobody has edited them for that.
    expect((await pair.ask('sync')).code).toBe(0);
    expect(mirror.output()).not.toContain('put right');
    expect((await pair.ask('verify')).output).toMatch(/^Verified: \d+ same\.$/m);
    renameSync(at('Many'), join(pair.place.dir, 'away'));
    await mirror.until(/HELD: 111 of \d+ entries/);
    expect(readdirSync(join(disk.behind, 'Many'))).toHaveLength(110);
    expect((await pair.ask('accept', '--yes')).code).toBe(0);
    await settled(0);
    expect(trashOf(disk.behind)).toHaveLength(110);
    expect(readdirSync(disk.behind)).toContain('many');
    expect((await pair.ask('trash', 'list')).output).toContain('F109');
  });

  test('that refuses modes and to replace a file by a rename: contents and times come all the same', async () => {
    disk = await pair.disk(pair.place.target, { hasHardLinks: false, modes: 'refused', renamesOver: false });
    for (const path of ['d/one', 'd/two']) write(path);
    chmodSync(at('d'), 0o700);
    chmodSync(at('d/one'), 0o600);
    await pair.server();
    const mirror = pair.client('start');
    await mirror.until(/^in sync$/m);
    write('d/one', 'another one');
    await settled(0);
    renameSync(at('d/two'), at('d/one'));
    await settled(0);
    const timeOf = (path: string): number => Math.floor(statSync(path).mtimeMs);
    expect(timeOf(join(disk.behind, 'd/one'))).toBe(timeOf(at('d/one')));
    expect(trashOf(disk.behind).sort()).toEqual(['d/one']);
    expect((await pair.ask('status')).output).toMatch(
      /identical to the server[\s\S]*does not keep permission/,
    );
    expect(readdirSync(join(disk.behind, '.lanmirror/tmp'))).toEqual([]);
  });

  test.each([true, false])(
    'without hard links (renames replace: %s) is for one client at a time, and one that was killed blocks nobody',
    async (renamesOver) => {
      disk = await pair.disk(pair.place.target, { ...WINDOWS, renamesOver });
      write('a');
      await pair.server();
      const mirror = pair.client('start');
      await mirror.until(/^in sync$/m);
      const second = await pair.ask('start', '--state-dir', join(pair.place.dir, 'other-state'));
      expect([second.code, second.output]).toEqual([5, expect.stringContaining('is already running')]);
      mirror.process.kill('SIGKILL');
      await mirror.ended();
      const later = await pair.ask('sync');
      expect([later.code, later.output]).toEqual([0, expect.stringMatching(/^in sync$/m)]);
      expect(readdirSync(join(disk.behind, '.lanmirror'))).not.toContain('lock');
    },
  );
});

/** Paths of all files that a person has in a folder. */
function filesIn(dir: string): string[] {
  return (readdirSync(dir, { recursive: true }) as string[]).filter(
    (path) => !path.startsWith('.lanmirror') && lstatSync(join(dir, path)).isFile(),
  );
}
