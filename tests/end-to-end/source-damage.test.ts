/**
 * A disk of the source that loses a content in silence: an ext4 image is edited underneath, so that size, times
 * and inode of the file stay. The bad bytes reach no mirror, and the path is named until it is put right.
 */
import { copyFileSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NEVER_SCRUBBED } from '@lanmirror/engine/core';
import { openLmdbStore } from '@lanmirror/engine/store';
import { describe, expect, test } from 'vitest';
import { ScrubMemory } from '../../packages/engine/src/source/publish/scrub-memory.ts';
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

/** A source on a disk of its own, and the programs around it. */
class RottingDisk {
  readonly place: Place;
  readonly space: MountSpace;
  readonly #image: string;

  constructor(place: Place, space: MountSpace) {
    this.place = place;
    this.space = space;
    this.#image = join(place.dir, 'disk.img');
  }

  #mount(): void {
    this.space.run('mount', '-o', 'loop', this.#image, this.place.source);
  }

  #unmount(): void {
    this.space.run('umount', this.place.source);
  }

  #serverFlags(): string[] {
    const { dir, source } = this.place;
    const state = join(dir, 'server-state');
    return ['--config', '/dev/null', '--monitor-dir', source, '--state-dir', state];
  }

  async server(): Promise<{ program: Program; port: number }> {
    const flags = [...this.#serverFlags(), '--bind-ip', '127.0.0.1', '--port', '0', '--scrub-days', '7'];
    const program = this.place.run('server', flags, { wrap: this.space.wrap });
    const [, port] = await program.until(/Listening on 127\.0\.0\.1:(\d+)/);
    return { program, port: Number(port) };
  }

  async statusOfServer(): Promise<string> {
    const asked = this.place.run('server', ['status', ...this.#serverFlags()], { wrap: this.space.wrap });
    await asked.ended();
    return asked.output();
  }

  /** A disk with two files that nobody has touched for long. */
  make(): void {
    const { space, place } = this;
    space.run('truncate', '-s', '8M', this.#image);
    space.run('mkfs.ext4', '-q', this.#image);
    this.#mount();
    for (const [name, content] of [
      ['rotten', GOOD],
      ['sound', 'content of the sound file'],
    ] as const)
      writeFileSync(join(space.inside(place.source), name), content);
    this.#unmount();
    for (const name of ['rotten', 'sound'])
      space.run('debugfs', '-w', '-R', `set_inode_field /${name} ctime 20240102030405`, this.#image);
    this.#mount();
  }

  /** Other bytes in the same block; the file system does not know of it. */
  rot(): void {
    this.#unmount();
    const bytes = readFileSync(this.#image);
    const at = bytes.indexOf(GOOD);
    expect(at).toBeGreaterThan(0);
    bytes.write(BAD, at);
    writeFileSync(this.#image, bytes);
    this.#mount();
    expect(readFileSync(join(this.space.inside(this.place.source), 'rotten'), 'utf8')).toBe(BAD);
  }

  async makeScrubDue(): Promise<void> {
    const store = openLmdbStore(join(this.place.dir, 'server-state', 'index'));
    new ScrubMemory(store).save({
      state: { ...NEVER_SCRUBBED, sinceMs: Date.now() - 8 * DAY_MS },
      doubted: [],
    });
    await store.close();
  }
}

/** Skips the test where no image can be edited. All ends also when the test fails. */
async function withDisk(skip: () => void, work: (disk: RottingDisk) => Promise<void>): Promise<void> {
  const place = makePlace();
  const space = await makeMountSpace();
  try {
    if (!canEditDisks(space)) return skip();
    await work(new RottingDisk(place, space));
  } finally {
    await place.dispose();
    await space.dispose();
  }
}

// They wait for the second reading of what is doubted most of the time: so they do it side by side.
describe.runIf(canMount).concurrent('a content that the disk of the source lost', () => {
  test(
    'is named, reaches no mirror, old or new, and is well again when it is copied back',
    (context) =>
      withDisk(context.skip, async (disk) => {
        const { place, space } = disk;
        const { target, source } = place;
        disk.make();
        const first = await disk.server();
        const mirror = place.client(first.port, 'start');
        await mirror.until(/^in sync$/m);
        expect(await stopGently(mirror)).toBe(0);
        expect(await stopGently(first.program)).toBe(0);
        disk.rot();
        await disk.makeScrubDue();

        const { program, port } = await disk.server();
        const again = place.client(port, 'start');
        await program.until(/^Damaged: rotten \(damaged\): the disk gives other content than before/m);
        await program.until(/^Scrub finished: 2 files read, 1 damaged\.$/m);
        await again.until(/^Damaged on the server: rotten \(damaged\)/m);
        expect(await disk.statusOfServer()).toMatch(
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
        expect(await disk.statusOfServer()).toMatch(/^Problems: none$/m);
        expect(trashOf(target)).toEqual([]);
      }),
    120_000,
  );

  test(
    'is published when it is right as it is, by a touch',
    (context) =>
      withDisk(context.skip, async (disk) => {
        const { place, space } = disk;
        const { target, source } = place;
        disk.make();
        const first = await disk.server();
        const mirror = place.client(first.port, 'start');
        await mirror.until(/^in sync$/m);
        expect(await stopGently(first.program)).toBe(0);
        expect(await stopGently(mirror)).toBe(0);
        disk.rot();
        await disk.makeScrubDue();
        const { program, port } = await disk.server();
        await program.until(/^Damaged: rotten /m);
        place.client(port, 'start');
        const now = Date.now() / 1000;
        utimesSync(join(space.inside(source), 'rotten'), now, now);
        await untilEqual(space.inside(source), target);
        expect(readFileSync(join(target, 'rotten'), 'utf8')).toBe(BAD);
        expect(trashOf(target)).toEqual([GOOD]);
      }),
    120_000,
  );
});
