/** A target that is too small: it is not filled, what does not fit is named, and it comes as soon as there is room. */
import { existsSync, mkdirSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { canMount, type MountSpace, makeMountSpace } from './mount-space.ts';
import { makePlace, type Place, type Program, untilEqual } from './programs.ts';

if (!canMount)
  console.info('skipped: targets that are too small, because a mount namespace cannot be made here');

const MIB = 1 << 20;

describe.runIf(canMount)('a target of 64 MiB', () => {
  let place: Place;
  let space: MountSpace;
  let inside: string;
  beforeEach(async () => {
    place = makePlace();
    space = await makeMountSpace();
    mkdirSync(place.target);
    space.run('mount', '-t', 'tmpfs', '-o', 'size=64M', 'tmpfs', place.target);
    inside = space.inside(place.target);
  });
  afterEach(async () => {
    await place.dispose();
    await space.dispose();
  });

  const client = (port: number, verb: string, ...flags: string[]): Program =>
    place.run(
      'client',
      [
        ...[verb, '--config', '/dev/null', '--server-ip', '127.0.0.1', '--server-port', String(port)],
        ...['--target-dir', place.target, '--state-dir', join(place.dir, 'client-state')],
        ...['--key-file', join(place.dir, 'server-state', 'key'), ...flags],
      ],
      { wrap: space.wrap },
    );
  const freeBytes = (): number => {
    const { bfree, bsize } = statfsSync(inside);
    return bfree * bsize;
  };
  /** Files of random bytes: of zeros nothing would be written. */
  const fill = (...files: [name: string, mebibytes: number][]): void => {
    for (const [name, mebibytes] of files) {
      const bytes = Buffer.alloc(mebibytes * MIB, `${name} is written here `);
      writeFileSync(join(place.source, name), bytes);
    }
  };

  test('a file that does not fit is not begun, everything else comes, and room brings it by itself', async () => {
    fill(['a-large', 60], ['b-medium', 20]);
    writeFileSync(join(place.source, 'small'), 'small');
    const { port } = await place.server();
    const live = client(port, 'start', '--min-free-space', '16M');
    await live.until(
      /Up to 80\.0 MB of 3 files are to be fetched, and 64\.0 MB are free, of which 16\.0 MB stay/,
    );
    await live.until(/Failed: a-large: it needs 60\.0 MB, and [0-9.]+ MB are free, .*\(NO_SPACE\)/);
    await live.until(/in sync, but for 1 path that failed: a-large/);
    expect([existsSync(join(inside, 'b-medium')), existsSync(join(inside, 'small'))]).toEqual([true, true]);
    expect(freeBytes()).toBeGreaterThan(43 * MIB);
    expect(existsSync(join(inside, 'a-large'))).toBe(false);
    const verify = client(port, 'verify');
    expect(await verify.ended()).toBe(1);
    expect(verify.output()).toMatch(/missing +a-large \(NO_SPACE: it needs 60\.0 MB, /);

    space.run('mount', '-o', 'remount,size=128M', place.target);
    await untilEqual(place.source, inside);
    await live.until(/identical to the server/);
  });

  test('files on their way count together: what is kept free stays free', async () => {
    fill(['a', 20], ['b', 20], ['c', 20]);
    const { port } = await place.server();
    const pass = client(port, 'sync', '--min-free-space', '16M');
    expect(await pass.ended()).toBe(1);
    expect(['a', 'b', 'c'].filter((name) => existsSync(join(inside, name)))).toHaveLength(2);
    expect(freeBytes()).toBeGreaterThanOrEqual(16 * MIB);
    expect(pass.output()).toContain('in sync, but for 1 path that failed');
  });

  test('without a limit the disk is asked, and says no by itself', async () => {
    fill(['a-large', 70]);
    const { port } = await place.server();
    const pass = client(port, 'sync', '--min-free-space', '0');
    expect(await pass.ended()).toBe(1);
    expect(pass.output()).toMatch(/Failed: a-large: .*no space .*\(NO_SPACE\)/);
  });
});
