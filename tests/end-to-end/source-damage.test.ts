/**
 * A disk of the source that loses a content in silence: an ext4 image is edited underneath, so that size, times
 * and inode of the file stay. The bad bytes reach no mirror, and the path is named until it is put right.
 */
import { copyFileSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NEVER_SCRUBBED } from '@lanmirror/engine/core';
import { openLmdbStore } from '@lanmirror/engine/store';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ScrubMemory } from '../../packages/server/src/publish/scrub-memory.ts';
import { stopGently } from './disturbed-run.ts';
import { canMount, type MountSpace, makeMountSpace } from './mount-space.ts';
import { makePlace, type Place, type Program, trashOf, untilEqual } from './programs.ts';

const DAY_MS = 24 * 3_600_000;
const GOOD = 'content of the rotten file';
const BAD = 'CONTENT of the rotten file';

/** Whether an image can be mounted and its inodes edited here. */
function canEditDisks(space: MountSpace): boolean {
  try {
    space.run('sh', '-c', 'command -v mkfs.ext4 debugfs && losetup --find');
    return true;
  } catch {
    console.info('skipped: damage of a source, because no ext4 image can be mounted here');
    return false;
  }
}

if (!canMount) console.info('skipped: damage of a source, because a mount namespace cannot be made here');

describe.runIf(canMount)('a content that the disk of the source lost', () => {
  let place: Place;
  let space: MountSpace;
  let image: string;
  beforeEach(async () => {
    place = makePlace();
    space = await makeMountSpace();
    image = join(place.dir, 'disk.img');
  });
  afterEach(async () => {
    await place.dispose();
    await space.dispose();
  });

  const mount = (): string => space.run('mount', '-o', 'loop', image, place.source);
  const unmount = (): string => space.run('umount', place.source);
  const serverFlags = (): string[] => [
    ...[
      '--config',
      '/dev/null',
      '--monitor-dir',
      place.source,
      '--state-dir',
      join(place.dir, 'server-state'),
    ],
  ];
  const server = async (): Promise<{ program: Program; port: number }> => {
    const flags = [...serverFlags(), '--bind-ip', '127.0.0.1', '--port', '0', '--scrub-days', '7'];
    const program = place.run('server', flags, { wrap: space.wrap });
    const [, port] = await program.until(/Listening on 127\.0\.0\.1:(\d+)/);
    return { program, port: Number(port) };
  };
  const statusOfServer = async (): Promise<string> => {
    const asked = place.run('server', ['status', ...serverFlags()], { wrap: space.wrap });
    await asked.ended();
    return asked.output();
  };

  /** A disk with two files that nobody has touched for long. */
  const makeDisk = (): void => {
    space.run('truncate', '-s', '8M', image);
    space.run('mkfs.ext4', '-q', image);
    mount();
    for (const [name, content] of [
      ['rotten', GOOD],
      ['sound', 'content of the sound file'],
    ] as const)
      writeFileSync(join(space.inside(place.source), name), content);
    unmount();
    for (const name of ['rotten', 'sound'])
      space.run('debugfs', '-w', '-R', `set_inode_field /${name} ctime 20240102030405`, image);
    mount();
  };

  /** Other bytes in the same block; the file system does not know of it. */
  const rot = (): void => {
    unmount();
    const bytes = readFileSync(image);
    const at = bytes.indexOf(GOOD);
    expect(at).toBeGreaterThan(0);
    bytes.write(BAD, at);
    writeFileSync(image, bytes);
    mount();
    expect(readFileSync(join(space.inside(place.source), 'rotten'), 'utf8')).toBe(BAD);
  };

  const makeScrubDue = async (): Promise<void> => {
    const store = openLmdbStore(join(place.dir, 'server-state', 'index'));
    new ScrubMemory(store).save({
      state: { ...NEVER_SCRUBBED, sinceMs: Date.now() - 8 * DAY_MS },
      doubted: [],
    });
    await store.close();
  };

  test('is named, reaches no mirror, old or new, and is well again when it is copied back', async (context) => {
    if (!canEditDisks(space)) return context.skip();
    const { target, source } = place;
    makeDisk();
    const first = await server();
    const mirror = place.client(first.port, 'start');
    await mirror.until(/^in sync$/m);
    expect(await stopGently(mirror)).toBe(0);
    expect(await stopGently(first.program)).toBe(0);
    rot();
    await makeScrubDue();

    const { program, port } = await server();
    const again = place.client(port, 'start');
    await program.until(/^Damaged: rotten \(damaged\): the disk gives other content than before/m);
    await program.until(/^Scrub finished: 2 files read, 1 damaged\.$/m);
    await again.until(/^Damaged on the server: rotten \(damaged\)/m);
    expect(await statusOfServer()).toMatch(
      /^Scrub: {4}finished .*: 2 files read, 1 damaged\nProblems: 1 [\s\S]*touch it/m,
    );
    expect(readFileSync(join(target, 'rotten'), 'utf8')).toBe(GOOD);

    const other = join(place.dir, 'new mirror');
    const fresh = place.run('client', [
      ...['start', '--config', '/dev/null', '--server-ip', '127.0.0.1', '--server-port', String(port)],
      ...['--target-dir', other, '--state-dir', join(place.dir, 'new-state')],
      ...['--key-file', join(place.dir, 'server-state', 'key')],
    ]);
    await fresh.until(/rotten.*\(damaged\)/);
    expect(() => readFileSync(join(other, 'rotten'))).toThrow(/ENOENT/);

    copyFileSync(join(target, 'rotten'), join(space.inside(source), 'rotten'));
    await untilEqual(space.inside(source), other);
    await untilEqual(space.inside(source), target);
    expect(readFileSync(join(other, 'rotten'), 'utf8')).toBe(GOOD);
    expect(await statusOfServer()).toMatch(/^Problems: none$/m);
    expect(trashOf(target)).toEqual([]);
  }, 120_000);

  test('is published when it is right as it is, by a touch', async (context) => {
    if (!canEditDisks(space)) return context.skip();
    const { target, source } = place;
    makeDisk();
    const first = await server();
    const mirror = place.client(first.port, 'start');
    await mirror.until(/^in sync$/m);
    expect(await stopGently(first.program)).toBe(0);
    expect(await stopGently(mirror)).toBe(0);
    rot();
    await makeScrubDue();
    const { program, port } = await server();
    await program.until(/^Damaged: rotten /m);
    place.client(port, 'start');
    const now = Date.now() / 1000;
    utimesSync(join(space.inside(source), 'rotten'), now, now);
    await untilEqual(space.inside(source), target);
    expect(readFileSync(join(target, 'rotten'), 'utf8')).toBe(BAD);
    expect(trashOf(target)).toEqual([GOOD]);
  }, 120_000);
});
