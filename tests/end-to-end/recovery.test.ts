/** A cause that goes away is all that a problem of the target needs, with the real programs. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'vitest';
import { canMount } from './mount-space.ts';
import { makePlace, type Place, type Program, untilEqual } from './programs.ts';

if (!canMount)
  console.info('skipped: disks that fill up, because a private mount namespace cannot be made here');

let place: Place;
let live: Program;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.dispose());

/** A live client whose target is on a disk of its own, of 4 MiB. */
async function startOnSmallDisk(): Promise<void> {
  const { dir, target } = place;
  const { port } = await place.server();
  mkdirSync(target);
  const script = 'mount -t tmpfs -o size=4m tmpfs "$0" && exec "$@"';
  live = place.run(
    'client',
    [
      ...['start', '--config', '/dev/null', '--server-port', String(port), '--target-dir', target],
      ...['--state-dir', join(dir, 'client-state'), '--key-file', join(dir, 'server-state', 'key')],
    ],
    { wrap: ['unshare', '-m', 'sh', '-c', script, target] },
  );
  await live.until(/^in sync$/m);
}

/** Mounts the target's disk anew, with other options. */
function remount(options: string): void {
  const inside = ['-t', String(live.process.pid), '-m'];
  execFileSync('nsenter', [...inside, 'mount', '-o', `remount,${options}`, place.target]);
}

/** The target as the client sees it. */
const target = (): string => `/proc/${live.process.pid}/root${place.target}`;

test.runIf(canMount)('a file that did not fit arrives when the disk has room', async () => {
  const { source } = place;
  await startOnSmallDisk();
  writeFileSync(join(source, 'large'), Buffer.alloc(6_000_000, 1));
  writeFileSync(join(source, 'small'), 'x');
  await live.until(/Failed: large: .*it needs .* \(NO_SPACE\); it is tried again by itself\. Make room/);
  remount('size=32m');
  await untilEqual(source, target());
  await live.until(/\(NO_SPACE\)[\s\S]*\nin sync\n/);
});

test.runIf(canMount)(
  'a change that a read-only disk refused arrives when it can be written again',
  async () => {
    const { source } = place;
    await startOnSmallDisk();
    writeFileSync(join(source, 'before'), 'x');
    await live.until(/Created: before/);
    remount('ro');
    writeFileSync(join(source, 'new'), 'x');
    await live.until(/Failed: new: the file system is mounted read-only \(READ_ONLY\)/);
    remount('rw');
    await untilEqual(source, target());
    await live.until(/\(READ_ONLY\)[\s\S]*\nin sync\n/);
  },
);
