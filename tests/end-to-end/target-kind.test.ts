/** A target that is, or is taken for, a drive behind a network. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type MountedPair, makeMountedPair, stop } from './mounted-pair.ts';
import { whyNoOddDisk } from './odd-disk.ts';
import { difference, makePlace, type Place, trashOf, untilEqual } from './programs.ts';

const FILES = 600;

function fill(source: string): void {
  for (const folder of ['one', 'two']) mkdirSync(join(source, folder));
  for (let n = 0; n < FILES; n++)
    writeFileSync(join(source, n % 2 === 0 ? 'one' : 'two', `f${n}`), `content ${n}`);
  writeFileSync(join(source, 'large'), Buffer.alloc(3 << 20, 'large '));
}

describe('TargetKind = network on a folder of this machine', () => {
  let place: Place;
  beforeEach(() => {
    place = makePlace();
  });
  afterEach(() => place.dispose());

  test('has two workers whatever MaxWorkers says, and is kept identical all the same', async () => {
    fill(place.source);
    const { port } = await place.server();
    const live = place.client(port, 'start', '--target-kind', 'network', '--max-workers', '12');
    await live.until(/taken for a network drive \(TargetKind = network\): at most 2 workers/);
    await untilEqual(place.source, place.target);
    writeFileSync(join(place.source, 'one', 'f0'), 'changed');
    renameSync(join(place.source, 'two'), join(place.source, 'three'));
    rmSync(join(place.source, 'one', 'f2'));
    await untilEqual(place.source, place.target);
    const status = place.client(port, 'status');
    expect(await status.ended()).toBe(0);
    expect(status.output()).toContain('Drive:    network (TargetKind = network), at most 2 workers');
    const json = place.once(port, 'status', '--json');
    expect(await json.ended()).toBe(0);
    const facts = JSON.parse(json.output());
    expect(facts.workers).toEqual({ setting: '12', most: 2, large: 2 });
    expect(facts.pace).toEqual({ setting: 'network', kind: 'network', fileSystem: '', speed: 'full' });
    expect(trashOf(place.target).length).toBeGreaterThan(0);
  });

  test('is made by auto of no folder on a disk of this machine', async () => {
    fill(place.source);
    const { port } = await place.server();
    const pass = place.client(port, 'sync', '--target-kind', 'auto');
    expect(await pass.ended()).toBe(0);
    expect(pass.output()).not.toContain('network drive');
    expect(difference(place.source, place.target)).toEqual([]);
  });
});

if (whyNoOddDisk !== '') console.info(`skipped: a drive through FUSE, because ${whyNoOddDisk}`);

describe.runIf(whyNoOddDisk === '')('TargetKind = auto on a drive that a program shows through FUSE', () => {
  let pair: MountedPair;
  beforeEach(async () => {
    pair = await makeMountedPair();
  });
  afterEach(() => pair.dispose());

  test('finds a network drive; when it fails the work slows down, and all comes when it is well again', async () => {
    const { place } = pair;
    const disk = await pair.disk(place.target, { inodes: 'new' });
    // Only what fails: whatever succeeds meanwhile makes it fast again.
    for (let n = 0; n < 12; n++)
      writeFileSync(join(place.source, `part${n}`), Buffer.alloc(200_000, `${n} `));
    await pair.server();
    disk.set({ inodes: 'new', at: 'part-', writeFailsFrom: 100_000 });
    const live = pair.client('start', '--target-kind', 'auto');
    await live.until(/taken for a network drive \(odd \(FUSE\)\): at most 2 workers/);
    await live.until(/The target fails often \(.*\): one worker goes on/);
    const slow = await pair.ask('status');
    expect(slow.output).toMatch(
      /Drive: {4}network, odd \(FUSE\) \(TargetKind = auto\), (one worker|resting)/,
    );
    disk.set({ inodes: 'new' });
    await untilEqual(place.source, disk.behind);
    expect(await stop(live)).toBe(0);
    expect(trashOf(disk.behind)).toEqual([]);
  });

  test('a pass over a drive that goes on failing outlasts its pauses, and names what failed', async () => {
    const { place } = pair;
    const disk = await pair.disk(place.target);
    const names = Array.from({ length: 12 }, (_, n) => `part${n}`);
    for (const name of names) writeFileSync(join(place.source, name), Buffer.alloc(200_000, `${name} `));
    writeFileSync(join(place.source, 'small'), 'small');
    await pair.server();
    disk.set({ at: 'part-', writeFailsFrom: 100_000 });
    // Pauses are of a second and more, and longer each time: together longer than that.
    const { code, output } = await pair.ask('sync', '--target-kind', 'auto', '--timeout', '2');
    expect(output).toMatch(/nothing is fetched for it for \d+ seconds?/);
    for (const name of names) expect(output).toMatch(new RegExp(`Failed: ${name}: .*\\(IO\\)`));
    expect([code, readFileSync(join(disk.behind, 'small'), 'utf8')]).toEqual([1, 'small']);
  });
});
