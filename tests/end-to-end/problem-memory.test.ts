/** Problems are known at once after a restart, and end without one, with the real programs. */
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makePlace, type Place, type Program, untilEqual } from './programs.ts';

const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;
/** Root may read everything, so both programs run as somebody else then. */
const wrap = isRoot ? ['setpriv', '--reuid', String(NOBODY), '--clear-groups'] : [];

if (!isRoot)
  console.info(
    'skipped: problems of the target, because only root makes what a client cannot open by itself',
  );

let place: Place;
beforeEach(() => {
  place = makePlace();
  if (isRoot) for (const path of [place.dir, place.source]) chownSync(path, NOBODY, NOBODY);
});
afterEach(() => place.dispose());

const give = (...paths: string[]): void => {
  if (isRoot) for (const path of paths) chownSync(path, NOBODY, NOBODY);
};

function server(...words: string[]): Program {
  const { dir, source } = place;
  const flags = ['--config', '/dev/null', '--monitor-dir', source, '--state-dir', join(dir, 'server-state')];
  return place.run('server', [...words, ...flags], { wrap });
}

async function serve(port = '0'): Promise<[Program, string]> {
  const program = server('start', '--bind-ip', '127.0.0.1', '--port', port);
  const [, listening = ''] = await program.until(/Listening on 127\.0\.0\.1:(\d+)/);
  return [program, listening];
}

function client(port: string, verb: string, ...rest: string[]): Program {
  const { dir, target } = place;
  return place.run(
    'client',
    [
      ...[verb, '--config', '/dev/null', '--server-port', port, '--target-dir', target],
      ...['--state-dir', join(dir, 'client-state'), '--key-file', join(dir, 'server-state', 'key')],
      ...rest,
    ],
    { wrap },
  );
}

async function said(program: Program): Promise<string> {
  await program.ended();
  return program.output();
}

async function stop(program: Program): Promise<void> {
  program.process.kill('SIGTERM');
  await program.ended();
}

test('of the source: said at once by the next run, with the time it was met first, and over when it is readable', async () => {
  const { source, target } = place;
  writeFileSync(join(source, 'fine'), 'x');
  mkdirSync(join(source, 'locked'));
  writeFileSync(join(source, 'locked', 'inner'), 'x');
  chmodSync(join(source, 'locked'), 0o000);
  give(join(source, 'locked'));
  const [first, port] = await serve();
  await first.until(/Not mirrored: locked \(DENIED\): permission denied\. Give the user/);
  const [, since] =
    /locked: permission denied \(DENIED\); since (.+?),/.exec(await said(server('status'))) ?? [];
  await stop(first);

  const [second] = await serve(port);
  const text = await said(server('status'));
  expect(text).toContain(`locked: permission denied (DENIED); since ${since}, tried `);
  expect(text).toMatch(/^ {2}DENIED: Give the user/m);
  const live = client(port, 'start');
  await live.until(/^in sync, but for/m);
  chmodSync(join(source, 'locked'), 0o755);
  await untilEqual(source, target);
  expect(await said(server('status'))).toContain('Problems: none');
  await stop(second);
});

test.runIf(isRoot)(
  'of the target: said at once by the next run, though no server is there, and over when it is mended',
  async () => {
    const { source, target } = place;
    mkdirSync(join(source, 'd'));
    writeFileSync(join(source, 'd', 'old'), 'x');
    const [program, port] = await serve();
    const live = client(port, 'start');
    await live.until(/^in sync$/m);
    // A folder of its own the client would open.
    chownSync(join(target, 'd'), 0, 0);
    chmodSync(join(target, 'd'), 0o700);
    writeFileSync(join(source, 'd', 'new'), 'x');
    await live.until(
      /Failed: d\/new: permission denied \(DENIED\); it is tried again by itself\. Give the user/,
    );
    const line = /d\/new: permission denied \(DENIED\); since (.+?),/;
    const [, since] = line.exec(await said(client(port, 'status'))) ?? [];
    live.process.kill('SIGKILL');
    await live.ended();
    copyFileSync(join(place.dir, 'server-state', 'key'), join(place.dir, 'key'));
    await stop(program);

    const again = client(port, 'start');
    await again.until(/No connection to the server/);
    const text = await said(client(port, 'status'));
    expect(text).toContain(`d/new: permission denied (DENIED); since ${since}, `);
    expect(text).toMatch(/^ {2}DENIED: Give the user/m);
    chmodSync(join(target, 'd'), 0o755);
    give(join(target, 'd'));
    await serve(port);
    await untilEqual(source, target);
    await again.until(/^in sync$/m);
    expect(await said(client(port, 'status'))).toContain('Problems: none');
  },
);

/** Memory on Linux: a disk of its own. */
const OTHER_DISK = '/dev/shm';
const hasOtherDisk = existsSync(OTHER_DISK) && statSync(OTHER_DISK).dev !== statSync(tmpdir()).dev;
if (!hasOtherDisk) console.info(`skipped: a trash on another disk, because ${OTHER_DISK} is none here`);

test.runIf(hasOtherDisk && isRoot)(
  'of a file that cannot be read, and so not be put into a trash on another disk: named, the rest goes on, and over when it can be',
  async () => {
    const { source, target } = place;
    const elsewhere = mkdtempSync(join(OTHER_DISK, 'lanmirror-trash-'));
    try {
      give(elsewhere);
      for (const name of ['replaced', 'removed', 'fine']) writeFileSync(join(source, name), name);
      const [, port] = await serve();
      const mirror = client(port, 'start', '--trash-dir', join(elsewhere, 'trash'));
      await mirror.until(/^in sync$/m);
      // A file of its own the client would open.
      for (const name of ['replaced', 'removed']) {
        chownSync(join(target, name), 0, 0);
        chmodSync(join(target, name), 0o600);
      }
      writeFileSync(join(source, 'replaced'), 'another content');
      rmSync(join(source, 'removed'));
      writeFileSync(join(source, 'fine'), 'another content, too');
      await mirror.until(/Modified: fine/);
      await mirror.until(/Failed: replaced: .*\(DENIED\)/);
      await mirror.until(/Failed: removed: .*\(DENIED\)/);
      const waited = client(port, 'wait');
      expect([await waited.ended(), waited.output()]).toEqual([
        1,
        expect.stringMatching(/^in sync, but for 2 paths that failed: /),
      ]);
      expect(await said(client(port, 'status'))).toMatch(
        /Problems: 2\n[\s\S]*\(DENIED\); since .*, tried \d+ times?, again at[\s\S]*DENIED: Give the user/,
      );
      for (const name of ['replaced', 'removed']) {
        chmodSync(join(target, name), 0o644);
        give(join(target, name));
      }
      await untilEqual(source, target);
      const well = client(port, 'wait');
      expect([await well.ended(), well.output()]).toEqual([0, 'in sync\n']);
      await stop(mirror);
    } finally {
      rmSync(elsewhere, { recursive: true });
    }
  },
);
