/** Disks that go away and come back under running programs: each time a named halt, one next step, and no loss. */
import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { canMount, type MountSpace, makeMountSpace } from './mount-space.ts';
import { stop } from './mounted-pair.ts';
import {
  contentOf,
  difference,
  makePlace,
  type Place,
  type Program,
  trashOf,
  untilEqual,
} from './programs.ts';

if (!canMount) console.info('skipped: disks that go away, because a mount namespace cannot be made here');

const COUNT = 20;

describe.runIf(canMount)('a disk', () => {
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

  /** A folder that is a disk: mounted at `at`, in the namespace only. */
  const makeDisk = (name: string, at: string): string => {
    const disk = join(place.dir, name);
    mkdirSync(disk, { recursive: true });
    mkdirSync(at, { recursive: true });
    space.run('mount', '-t', 'tmpfs', 'tmpfs', disk);
    space.run('mount', '--bind', disk, at);
    return space.inside(disk);
  };
  const mount = (name: string, at: string): string => space.run('mount', '--bind', join(place.dir, name), at);
  const fill = (dir: string): void => {
    mkdirSync(join(dir, 'sub'));
    for (let at = 0; at < COUNT; at += 1) writeFileSync(join(dir, 'sub', `f${at}`), `content ${at}`);
  };
  const server = async (): Promise<{ program: Program; port: number }> => {
    const { dir, source } = place;
    const program = place.run(
      'server',
      [
        ...['--config', '/dev/null', '--monitor-dir', source, '--bind-ip', '127.0.0.1'],
        ...['--state-dir', join(dir, 'server-state'), '--port', '0'],
      ],
      { wrap: space.wrap },
    );
    const [, port] = await program.until(/Listening on 127\.0\.0\.1:(\d+)/);
    return { program, port: Number(port) };
  };
  const command = async (
    name: 'server' | 'client',
    args: readonly string[],
  ): Promise<{ code: number | null; output: string }> => {
    const program = place.run(name, args, { wrap: space.wrap });
    return { code: await program.ended(), output: program.output() };
  };
  const clientFlags = (port: number): string[] => [
    ...['--config', '/dev/null', '--server-ip', '127.0.0.1', '--server-port', String(port)],
    ...['--target-dir', place.target, '--state-dir', join(place.dir, 'client-state')],
    ...['--key-file', join(place.dir, 'server-state', 'key')],
  ];
  const client = (port: number): Program =>
    place.run('client', ['start', ...clientFlags(port)], { wrap: space.wrap });
  const status = async (port: number): Promise<string> =>
    (await command('client', ['status', ...clientFlags(port)])).output;
  const serverAsk = (...args: string[]): ReturnType<typeof command> =>
    command('server', [
      ...args,
      ...['--config', '/dev/null', '--monitor-dir', place.source],
      ...['--state-dir', join(place.dir, 'server-state')],
    ]);

  for (const how of [[], ['-l']]) {
    test(`of the source that is unmounted (umount ${how.join('')}) halts all, and mounted again all goes on`, async () => {
      const { source, target } = place;
      fill(makeDisk('disk', source));
      const { program, port } = await server();
      const mirror = client(port);
      await mirror.until(/^in sync$/m);
      // Nothing is held open on an idle source: it can be unmounted.
      space.run('umount', ...how, source);
      await program.until(
        /Nothing is deleted on any mirror: a disk was mounted over it or unmounted from it/,
      );
      await mirror.until(/The server waits: /);
      expect((await serverAsk('status')).output).toMatch(
        /State: {4}halted\n[\s\S]*Next: mount the right disk, and work goes on by itself/,
      );
      expect(await status(port)).toMatch(/the server waits: .*mount the right disk/);
      expect(readdirSync(join(target, 'sub'))).toHaveLength(COUNT);
      mount('disk', source);
      writeFileSync(join(space.inside(source), 'new'), 'content');
      await mirror.until(/The server goes on\./);
      await untilEqual(space.inside(source), target);
      expect(trashOf(target)).toEqual([]);
    });
  }

  test('another one that is mounted over the source is not believed until a person accepts it', async () => {
    const { source, target } = place;
    fill(makeDisk('disk', source));
    const other = makeDisk('other', join(place.dir, 'elsewhere'));
    writeFileSync(join(other, 'of another disk'), 'content');
    const { port } = await server();
    const mirror = client(port);
    await mirror.until(/^in sync$/m);
    mount('other', source);
    await mirror.until(/The server waits: /);
    const before = contentOf(join(target, 'sub'));
    const unasked = await serverAsk('accept');
    expect([unasked.code, unasked.output]).toEqual([
      3,
      expect.stringMatching(/^Another folder stands at .*\n {2}of another disk\n[\s\S]*accept --yes/),
    ]);
    expect(contentOf(join(target, 'sub'))).toEqual(before);
    const agreed = await serverAsk('accept', '--yes');
    expect([agreed.code, agreed.output]).toEqual([0, expect.stringContaining('Agreed: it is scanned now')]);
    // What was on the first disk is missing now, and that is another question.
    await mirror.until(/most of what was published before is not there now.*lanmirror-server accept/);
    expect(contentOf(join(target, 'sub'))).toEqual(before);
    const gone = await serverAsk('accept', '--yes');
    expect([gone.code, gone.output]).toEqual([0, expect.stringContaining('sub/ (whole folder, 21 entries)')]);
    await untilEqual(space.inside(source), target);
    expect(trashOf(target)).toHaveLength(COUNT);
  });

  test('inside the source, though a part of the same file system, is waited for when it is unmounted, also over a restart', async () => {
    const { dir, source, target } = place;
    const [shelf, films] = [join(dir, 'shelf'), join(source, 'films')];
    for (const folder of [shelf, films]) mkdirSync(folder, { recursive: true });
    fill(shelf);
    writeFileSync(join(source, 'beside'), 'content');
    mount('shelf', films);
    const first = await server();
    const mirror = client(first.port);
    await mirror.until(/^in sync$/m);
    space.run('umount', films);
    await first.program.until(/Not mirrored: films \(unmounted\)/);
    expect(difference(shelf, join(target, 'films'))).toEqual([]);
    for (const program of [mirror, first.program]) await stop(program);

    const second = await server();
    const sync = (): ReturnType<typeof command> => command('client', ['sync', ...clientFlags(second.port)]);
    const away = await sync();
    expect([away.code, away.output]).toEqual([1, expect.stringMatching(/could not read: films$/m)]);
    expect(difference(shelf, join(target, 'films'))).toEqual([]);
    rmSync(join(shelf, 'sub', 'f1'));
    mount('shelf', films);
    expect((await sync()).code).toBe(0);
    expect(difference(shelf, join(target, 'films'))).toEqual([]);
    expect(trashOf(target)).toEqual(['content 1']);
  });

  test('inside the source leaves its bare mount point, which is not taken for it whatever is called the same there', async () => {
    const { source, target } = place;
    const at = join(source, 'disk');
    mkdirSync(at, { recursive: true });
    mkdirSync(join(at, 'sub'));
    const disk = makeDisk('films', at);
    fill(disk);
    const { program, port } = await server();
    const mirror = client(port);
    await mirror.until(/^in sync$/m);
    space.run('umount', at);
    await program.until(/Not mirrored: disk \(unmounted\)/);
    expect(difference(disk, join(target, 'disk'))).toEqual([]);
    expect(trashOf(target)).toEqual([]);
  });

  test('of the target that is unmounted: nothing is written below it, and mounted again it goes on', async () => {
    const { source, target } = place;
    fill(source);
    makeDisk('disk', target);
    const { port } = await server();
    const mirror = client(port);
    await mirror.until(/^in sync$/m);
    space.run('umount', target);
    writeFileSync(join(source, 'meanwhile'), 'content');
    await mirror.until(/HALTED: /);
    expect(await status(port)).toMatch(/HALTED: .*not mounted.*[Mm]ount it/);
    expect(contentOf(target)).toEqual([]);
    mount('disk', target);
    await mirror.until(/The target is back/);
    await untilEqual(source, space.inside(target));
    expect(trashOf(space.inside(target))).toEqual([]);
  });

  test('of the target that was wiped, or is a new one: accept fills it again', async () => {
    const { source, target } = place;
    fill(source);
    makeDisk('disk', target);
    makeDisk('new disk', join(place.dir, 'elsewhere'));
    const { port } = await server();
    const mirror = client(port);
    await mirror.until(/^in sync$/m);
    space.run('umount', target);
    mount('new disk', target);
    await mirror.until(/HALTED: /);
    expect(await status(port)).toContain('lanmirror-client accept');
    const unasked = await command('client', ['accept', ...clientFlags(port)]);
    expect([unasked.code, unasked.output]).toEqual([3, expect.stringMatching(/is empty[\s\S]*accept --yes/)]);
    expect(contentOf(space.inside(target))).toEqual([]);
    const agreed = await command('client', ['accept', '--yes', ...clientFlags(port)]);
    expect([agreed.code, agreed.output]).toEqual([0, expect.stringContaining('Agreed')]);
    await untilEqual(source, space.inside(target));
    mirror.process.kill('SIGTERM');
    expect(await mirror.ended()).toBe(0);

    // The same with nobody running: wiped, and accepted before the next pass.
    for (const name of readdirSync(space.inside(target)))
      rmSync(join(space.inside(target), name), { recursive: true });
    cpSync(join(source, 'sub'), join(space.inside(target), 'sub'), {
      recursive: true,
      preserveTimestamps: true,
    });
    writeFileSync(join(space.inside(target), 'mine'), 'of a person');
    const held = await command('client', ['sync', ...clientFlags(port)]);
    expect([held.code, held.output]).toEqual([3, expect.stringContaining('lanmirror-client accept')]);
    const offline = await command('client', ['accept', '--yes', ...clientFlags(port)]);
    expect([offline.code, offline.output]).toEqual([0, expect.stringContaining('Agreed')]);
    const synced = await command('client', ['sync', ...clientFlags(port)]);
    expect([synced.code, synced.output]).toEqual([0, expect.stringMatching(/^in sync$/m)]);
    expect(difference(source, space.inside(target))).toEqual([]);
    expect(trashOf(space.inside(target))).toEqual(['of a person']);
  });

  test('of the target that comes back after its bare mount point was filled goes on, and what is equal on it is not said to be changed', async () => {
    const { source, target } = place;
    fill(source);
    makeDisk('disk', target);
    const { port } = await server();
    const ask = (...args: string[]): ReturnType<typeof command> =>
      command('client', [...args, ...clientFlags(port)]);
    expect((await ask('sync')).code).toBe(0);
    space.run('umount', target);
    expect((await ask('accept', '--yes')).code).toBe(0);
    expect((await ask('sync')).code).toBe(0);
    expect(difference(source, target)).toEqual([]);
    writeFileSync(join(source, 'sub', 'f1'), 'changed meanwhile');
    rmSync(join(source, 'sub', 'f2'));
    mount('disk', target);
    const back = await ask('sync');
    expect([back.code, back.output]).toEqual([0, expect.stringMatching(/^in sync$/m)]);
    expect(back.output).toContain(
      `Looked changed on the mirror, and the content is right: ${COUNT - 2} files`,
    );
    expect(back.output.match(/put right \(what was there is in the trash\): .*/g)?.sort()).toEqual([
      'put right (what was there is in the trash): sub/f1',
      'put right (what was there is in the trash): sub/f2',
    ]);
    expect(difference(source, space.inside(target))).toEqual([]);
    expect(trashOf(space.inside(target)).sort()).toEqual(['content 1', 'content 2']);
    expect((await ask('sync')).output).not.toContain('on the mirror');
  });

  test('in the place of the target, that is the mirror of another, is refused; and of many files nothing goes unasked', async () => {
    const { source, target } = place;
    fill(source);
    makeDisk('disk', target);
    const other = makeDisk('other disk', join(place.dir, 'elsewhere'));
    mkdirSync(join(other, 'photos'));
    for (let at = 0; at < 150; at += 1) writeFileSync(join(other, 'photos', `p${at}`), `${at}`);
    mkdirSync(join(other, '.lanmirror'));
    const marker = join(other, '.lanmirror', 'marker');
    writeFileSync(marker, `target ${'0'.repeat(32)}\n`);
    const { port } = await server();
    const mirror = client(port);
    await mirror.until(/^in sync$/m);
    space.run('umount', target);
    mount('other disk', target);
    await mirror.until(/HALTED: /);
    const refused = await command('client', ['accept', '--yes', ...clientFlags(port)]);
    expect([refused.code, refused.output]).toEqual([3, expect.stringContaining('is another target than')]);
    rmSync(marker);
    const agreed = await command('client', ['accept', '--yes', ...clientFlags(port)]);
    expect([agreed.code, agreed.output]).toEqual([0, expect.stringContaining('Agreed')]);
    // What is extra was shown by its name only: that much of it is a question of its own.
    await mirror.until(/HELD: 151 of \d+ entries/);
    expect(readdirSync(join(space.inside(target), 'photos'))).toHaveLength(150);
    expect(readdirSync(join(space.inside(target), 'sub'))).toHaveLength(COUNT);
  });
});
