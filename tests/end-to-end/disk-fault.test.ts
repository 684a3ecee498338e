/** Disks that fail while they are used: it is said, nobody ever sees a wrong content, and it goes on when it is over. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type MountedPair, makeMountedPair, stop } from './mounted-pair.ts';
import { type Knobs, whyNoOddDisk } from './odd-disk.ts';
import { difference, trashOf, untilEqual } from './programs.ts';

if (whyNoOddDisk !== '') console.info(`skipped: disks that fail, because ${whyNoOddDisk}`);

const KIB = 1024;
/** Different in every block, so that a mixture shows. */
const large = (seed: number): Buffer => Buffer.alloc(400 * KIB, `${seed} `.repeat(7));

describe.runIf(whyNoOddDisk === '')('a disk that fails', () => {
  let pair: MountedPair;
  beforeEach(async () => {
    pair = await makeMountedPair();
  });
  afterEach(() => pair.dispose());

  test('to read a part of a file of the source: it is named, the rest comes, and it follows when it can be read', async () => {
    const { source, target } = pair.place;
    const disk = await pair.disk(source, { readFailsFrom: 128 * KIB, at: 'bad' });
    for (const [name, content] of Object.entries({ bad: large(1), good: large(2), small: 'content' }))
      writeFileSync(join(disk.behind, name), content);
    await pair.server('--poll-seconds', '1');
    const mirror = pair.client('start');
    await mirror.until(/Failed: bad: .*\(IO\)/);
    await mirror.until(/^in sync, but for 1 path/m);
    expect(readdirSync(target).sort()).toEqual(['.lanmirror', 'good', 'small']);
    disk.set({});
    await untilEqual(disk.behind, target);
    expect((await pair.ask('wait')).code).toBe(0);
    expect(trashOf(target)).toEqual([]);
  });

  test('to write, to flush or to close on the target: the old content stays until the new one is whole', async () => {
    const { source, target } = pair.place;
    const disk = await pair.disk(target);
    const staged = '.lanmirror/tmp/part';
    const faults: Record<string, [Knobs, code: string]> = {
      write: [{ writeFailsFrom: 128 * KIB, at: staged }, 'IO'],
      room: [{ roomBytes: 128 * KIB, at: staged }, 'NO_SPACE'],
      flush: [{ flushFails: true, at: staged }, 'FLUSH_FAILED'],
      close: [{ closeFails: true, at: 'close' }, 'IO'],
    };
    for (const name of Object.keys(faults)) writeFileSync(join(source, name), large(1));
    await pair.server();
    const mirror = pair.client('start');
    await mirror.until(/^in sync$/m);
    for (const [name, [fault, code]] of Object.entries(faults)) {
      disk.set(fault);
      writeFileSync(join(source, name), large(2));
      await mirror.until(new RegExp(`Failed: ${name}: .*\\(${code}\\)`));
      const shown = readFileSync(join(disk.behind, name));
      expect(shown.equals(large(1)) || shown.equals(large(2))).toBe(true);
      expect((await pair.ask('status')).output).toMatch(new RegExp(`^ {2}${name}: `, 'm'));
      disk.set({});
      await untilEqual(source, disk.behind);
    }
    expect((await pair.ask('wait')).code).toBe(0);
    const whole = [large(1), large(2)].map(String);
    expect(trashOf(disk.behind).filter((text) => !whole.includes(text))).toEqual([]);
    expect(readdirSync(join(disk.behind, '.lanmirror/tmp'))).toEqual([]);
  });

  test('by being slow, source and target: all comes, and both programs end when they are asked to', async () => {
    const { source, target } = pair.place;
    const from = await pair.disk(source, { slowMs: 3 });
    const to = await pair.disk(target, { slowMs: 3 });
    for (let index = 0; index < 10; index += 1)
      writeFileSync(join(from.behind, `f${index}`), `content ${index}`);
    const server = await pair.server('--poll-seconds', '1');
    const mirror = pair.client('start');
    await mirror.until(/^in sync$/m);
    expect(difference(from.behind, to.behind)).toEqual([]);
    expect([await stop(mirror), await stop(server)]).toEqual([0, 0]);
  });

  test('because its program is gone: nothing is believed, and mounted again it goes on by itself', async () => {
    const { source, target } = pair.place;
    const disk = await pair.disk(source);
    writeFileSync(join(disk.behind, 'a'), 'content');
    const server = await pair.server('--poll-seconds', '1');
    const mirror = pair.client('start');
    await mirror.until(/^in sync$/m);
    await disk.dispose();
    await server.until(/Nothing is deleted on any mirror: the folder cannot be read/);
    await mirror.until(/The server waits/);
    expect(existsSync(join(target, 'a'))).toBe(true);
    await disk.unmount();
    await disk.mount();
    writeFileSync(join(disk.behind, 'b'), 'content');
    await mirror.until(/The server goes on/);
    await untilEqual(disk.behind, target);
    expect(trashOf(target)).toEqual([]);
  });
});
