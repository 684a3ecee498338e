/** How the server notices changes where the system does not tell of all of them, with the real programs. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { askServerHere } from './do-here.ts';
import { difference, makePlace, type Place, type Program, untilEqual } from './programs.ts';
import { settle } from './settle.ts';

const LIMIT = 20;
const FOLDERS = 40;
const LIMITED = [
  'unshare',
  '-Ur',
  'sh',
  '-c',
  `echo ${LIMIT} > /proc/sys/user/max_inotify_watches && exec "$0" "$@"`,
];
const [probe = '', ...probeArgs] = [...LIMITED, 'true'];
const canLimit = process.platform === 'linux' && spawnSync(probe, probeArgs).status === 0;
if (!canLimit) console.info('skipped: the limit of watches, because no user namespace can be made here');

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.dispose());

/** A server that reads the folder with these flags; `wrap` is a command in front of it. */
async function serve(flags: readonly string[], wrap: readonly string[] = []): Promise<[Program, number]> {
  const { dir, source } = place;
  const server = place.run(
    'server',
    [
      ...['--config', '/dev/null', '--monitor-dir', source, '--bind-ip', '127.0.0.1', '--port', '0'],
      ...['--state-dir', join(dir, 'server-state'), ...flags],
    ],
    { wrap },
  );
  const [, port] = await server.until(/Listening on 127\.0\.0\.1:(\d+)/);
  return [server, Number(port)];
}

async function status(): Promise<string> {
  const { dir, source } = place;
  const flags = ['--config', '/dev/null', '--monitor-dir', source, '--state-dir', join(dir, 'server-state')];
  const asked = askServerHere(dir, ['status', ...flags]);
  await asked.ended();
  return asked.output();
}

test.runIf(canLimit)(
  'above the limit of watches: what happens in the other folders arrives within seconds, and live when it is raised',
  async () => {
    const { source, target } = place;
    const folders = Array.from({ length: FOLDERS }, (_, at) => join(source, `d${at}`));
    for (const folder of folders) mkdirSync(folder);
    const [server, port] = await serve([], LIMITED);
    const client = place.client(port, 'start');
    await client.until(/^in sync$/m);
    await server.until(/\d+ folders are not watched \(.*sysctl fs\.inotify\.max_user_watches=524288\)/);
    for (const folder of folders) writeFileSync(join(folder, 'new'), folder);
    await untilEqual(source, target);
    expect(await status()).toMatch(/Watching: \d+ folders are not watched \(.*looked through every 2 s/);

    const raise = `echo 1000 > /proc/sys/user/max_inotify_watches`;
    const inside = ['-t', String(server.process.pid), '-U', '--preserve-credentials'];
    execFileSync('nsenter', [...inside, 'sh', '-c', raise]);
    await server.until(/All folders are watched again\./);
    expect(await status()).not.toContain('Watching:');
    for (const folder of folders) writeFileSync(join(folder, 'new'), 'again');
    await untilEqual(source, target);
    expect(server.output().match(/not watched/g)).toHaveLength(1);
  },
);

test('where changes are only looked for, they are found by the interval, and at once for somebody who waits', async () => {
  const { source, target } = place;
  mkdirSync(join(source, 'd'));
  const [server, port] = await serve(['--watch', 'poll', '--poll-seconds', '3600']);
  const client = place.client(port, 'start');
  await client.until(/^in sync$/m);
  writeFileSync(join(source, 'd', 'file'), 'content');
  await settle(place);
  await untilEqual(source, target);
  expect(await status()).toContain('Watching: Watch = poll: all folders are looked through every 3600 s.');
  server.process.kill('SIGTERM');
  await server.ended();

  await serve(['--watch', 'poll', '--poll-seconds', '1', '--port', String(port)]);
  await client.until(/Connected again/);
  writeFileSync(join(source, 'd', 'file'), 'other content');
  mkdirSync(join(source, 'e'));
  await untilEqual(source, target);
});

/** What somebody does with the name of a folder that he has just renamed away; `spare` is another folder beside it. */
const TAKEN_AGAIN: Record<string, (dir: string, spare: string) => void> = {
  'a new folder has it': (dir) => {
    mkdirSync(dir);
    writeFileSync(join(dir, 'new'), 'new');
  },
  'another folder gets it, and a file in that is written': (dir, spare) => {
    renameSync(spare, dir);
    writeFileSync(join(dir, 'one'), 'written a moment later');
  },
  'a file has it': (dir) => writeFileSync(dir, 'a file now'),
};
const ROUNDS = 12;

describe.each(['native', 'chokidar'])('Watch = %s: the name of a folder that was renamed away', (watch) => {
  test.each(Object.keys(TAKEN_AGAIN))(
    '%s, at once or milliseconds later: the mirror has all of it',
    async (how) => {
      const { source, target } = place;
      const folders = Array.from({ length: ROUNDS }, (_, at) => [
        join(source, `d${at}`),
        join(source, `s${at}`),
      ]);
      for (const dir of folders.flat()) {
        mkdirSync(dir);
        writeFileSync(join(dir, 'one'), dir);
      }
      const [, port] = await serve(['--watch', watch]);
      const client = place.client(port, 'start');
      await client.until(/^in sync$/m);
      for (const [at, [dir = '', spare = '']] of folders.entries()) {
        renameSync(dir, `${dir}.old`);
        await pass((at % 4) / 2);
        TAKEN_AGAIN[how]?.(dir, spare);
        await pass(50);
      }
      const waited = place.client(port, 'wait');
      expect([await waited.ended(), waited.output()]).toEqual([0, 'in sync\n']);
      expect(difference(source, target)).toEqual([]);
    },
  );
});
