/** Sources on disks that tell of nothing, whole or in part: what changes there is found, what goes with a disk is kept. */
import { mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type MountedPair, makeMountedPair, stop } from './mounted-pair.ts';
import { whyNoOddDisk } from './odd-disk.ts';
import { difference, trashOf, untilEqual } from './programs.ts';

if (whyNoOddDisk !== '') console.info(`skipped: sources on odd disks, because ${whyNoOddDisk}`);

describe.runIf(whyNoOddDisk === '')('a source on a disk', () => {
  let pair: MountedPair;
  beforeEach(async () => {
    pair = await makeMountedPair();
  });
  afterEach(() => pair.dispose());

  test('that no number tells its files apart after a mount: all are looked through, and none is taken for another', async () => {
    const { source, target } = pair.place;
    const disk = await pair.disk(source);
    mkdirSync(join(disk.behind, 'd'));
    const path = (name: string): string => join(disk.behind, 'd', name);
    // Equal in all but their content.
    for (let index = 0; index < 12; index += 1) write(path(`f${index}`), `content ${100 + index}`);
    const server = await pair.server('--poll-seconds', '1');
    await server.until(/on odd \(FUSE\), which does not tell .*: all folders are looked through every 1 s/);
    const mirror = pair.client('start');
    await mirror.until(/^in sync$/m);
    write(path('new'), 'behind the mount');
    renameSync(path('f2'), path('g2'));
    await untilEqual(disk.behind, target);
    await disk.unmount();
    await mirror.until(/The server waits: .*unmounted/);
    await disk.mount();
    await mirror.until(/The server goes on/);
    expect(await pair.ask('wait')).toEqual(IN_SYNC);
    expect(difference(disk.behind, target)).toEqual([]);

    await stop(server);
    await disk.unmount();
    rmSync(path('f0'));
    await disk.mount();
    const again = await pair.server('--poll-seconds', '1');
    await again.until(/Scanned/);
    expect((await pair.ask('sync')).code).toBe(0);
    expect(difference(disk.behind, target)).toEqual([]);
    expect(mirror.output()).not.toContain('Renamed');
    expect(trashOf(target).sort()).toEqual(['content 100', 'content 102']);
    expect((await pair.ask('verify')).output).toMatch(/^Verified: \d+ same\.$/m);
  });

  test('that is mounted inside it is looked through, waited for when it goes, and believed when the names in it are known', async () => {
    const { source, target } = pair.place;
    const cloud = join(source, 'cloud');
    mkdirSync(cloud);
    writeFileSync(join(source, 'local'), 'content');
    const server = await pair.server('--poll-seconds', '1');
    const mirror = pair.client('start');
    await mirror.until(/^in sync$/m);
    // It comes while the server runs, and makes no event.
    const disk = await pair.disk(cloud);
    for (const name of ['a', 'b', 'd/c']) {
      mkdirSync(dirname(join(disk.behind, name)), { recursive: true });
      writeFileSync(join(disk.behind, name), name);
    }
    await server.until(/cloud \(odd \(FUSE\)\): mounted inside the source, .*looked through every 1 s/);
    await untilEqual(disk.behind, join(target, 'cloud'));
    writeFileSync(join(disk.behind, 'd/new'), 'behind the mount');
    await untilEqual(disk.behind, join(target, 'cloud'));
    expect((await pair.askServer('status')).output).toMatch(/Watching: cloud \(odd \(FUSE\)\)/);

    await disk.unmount();
    await server.until(/Not mirrored: cloud \(unmounted\)/);
    writeFileSync(join(source, 'local'), 'goes on');
    await mirror.until(/Modified: local/);
    expect((await pair.ask('wait')).code).toBe(1);
    expect(difference(disk.behind, join(target, 'cloud'))).toEqual([]);
    // Another disk in its place is called as it was, and knows nothing of what was there.
    renameSync(disk.behind, `${disk.behind}-away`);
    mkdirSync(disk.behind);
    await disk.mount();
    expect((await pair.ask('wait')).code).toBe(1);
    expect(difference(`${disk.behind}-away`, join(target, 'cloud'))).toEqual([]);
    await stop(server);
    await disk.unmount();

    // A restart forgets nothing of it.
    await pair.server('--poll-seconds', '1');
    expect((await pair.ask('wait')).output).toMatch(/could not read: cloud/);
    rmSync(disk.behind, { recursive: true });
    renameSync(`${disk.behind}-away`, disk.behind);
    rmSync(join(disk.behind, 'b'));
    writeFileSync(join(disk.behind, 'a'), 'changed while it was away');
    await disk.mount();
    await untilEqual(disk.behind, join(target, 'cloud'));
    expect(await pair.ask('wait')).toEqual(IN_SYNC);
    expect(trashOf(target).sort()).toEqual(['a', 'b', 'content']);
  });
});

const IN_SYNC = { code: 0, output: 'in sync\n' };
const TIME = new Date(1_700_000_000_000);

function write(path: string, content: string): void {
  writeFileSync(path, content);
  utimesSync(path, TIME, TIME);
}
