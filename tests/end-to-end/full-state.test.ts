/** The disk of a state fills up while the programs run: nothing gets lost or ahead of it, and room is all that is needed. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { canMount } from './mount-space.ts';
import { difference, makePlace, type Place, type Program, untilEqual } from './programs.ts';

if (!canMount) console.info('skipped: a full disk, because a private mount namespace cannot be made here');

/** On a disk of its own, in a namespace that ends with the program. */
const ON_SMALL_DISK = ['unshare', '-m', 'sh', '-c', 'mount -t tmpfs -o size=24m tmpfs "$0" && exec "$@"'];

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.dispose());

function run(name: 'server' | 'client', state: string, words: readonly string[]): Program {
  mkdirSync(state, { recursive: true });
  return place.run(name, [...words, '--config', '/dev/null', '--state-dir', state], {
    wrap: [...ON_SMALL_DISK, state],
  });
}

/** The state folder as the program sees it. */
const seen = ({ process }: Program, state: string): string => `/proc/${process.pid}/root${state}`;

/** Leaves `freeKiB` on the disk of the program's state. */
function fillDisk(program: Program, state: string, freeKiB: number): void {
  const ballast = join(seen(program, state), 'ballast');
  spawnSync('dd', ['if=/dev/zero', `of=${ballast}`, 'bs=64k']);
  execFileSync('truncate', ['-s', `-${freeKiB}K`, ballast]);
}

function addFiles(from: number, count: number): void {
  const folder = join(place.source, `d${from}`);
  mkdirSync(folder);
  for (let at = from; at < from + count; at += 1) writeFileSync(join(folder, `file ${at}`), `content ${at}`);
}

test.runIf(canMount)(
  'of a client: it waits, does nothing that it could not remember, and goes on when there is room',
  async () => {
    const { dir, source, target } = place;
    const state = join(dir, 'small-state');
    addFiles(0, 50);
    const { port } = await place.server();
    const key = join(dir, 'server-state', 'key');
    const client = run('client', state, [
      ...['start', '--server-port', String(port), '--target-dir', target, '--key-file', key],
    ]);
    await client.until(/^in sync$/m);
    fillDisk(client, state, 16);
    addFiles(1000, 3000);
    await client.until(
      /The disk of the state folder .* is full .*free 8 MiB or more, and it goes on by itself/,
    );
    const before = existsSync(join(target, 'd1000')) ? readdirSync(join(target, 'd1000')).length : 0;
    expect(before).toBeLessThan(3000);
    rmSync(join(seen(client, state), 'ballast'));
    await client.until(/There is room again; going on\./);
    await untilEqual(source, target);
    expect(client.output()).not.toContain('INTERNAL');
    client.process.kill('SIGTERM');
    expect(await client.ended()).toBe(0);
  },
);

test.runIf(canMount)('of a client, while it waits for room it can be ended', async () => {
  const { dir, target } = place;
  const state = join(dir, 'small-state');
  const { port } = await place.server();
  const key = join(dir, 'server-state', 'key');
  const client = run('client', state, [
    ...['start', '--server-port', String(port), '--target-dir', target, '--key-file', key],
  ]);
  await client.until(/^in sync$/m);
  fillDisk(client, state, 0);
  addFiles(0, 500);
  await client.until(/is full .*free 8 MiB or more/);
  client.process.kill('SIGTERM');
  expect(await client.ended()).toBe(0);
});

test.runIf(canMount)(
  'of the server: it publishes nothing that it could not remember, and goes on when there is room',
  async () => {
    const { dir, source, target } = place;
    const state = join(dir, 'small-state');
    const key = join(dir, 'key');
    addFiles(0, 50);
    const server = run('server', state, [
      'start',
      '--monitor-dir',
      source,
      '--bind-ip',
      '127.0.0.1',
      '--port',
      '0',
    ]);
    const [, port = ''] = await server.until(/Listening on 127\.0\.0\.1:(\d+)/);
    writeFileSync(key, execFileSync('cat', [join(seen(server, state), 'key')]));
    const client = place.run('client', [
      ...['start', '--config', '/dev/null', '--server-port', port, '--target-dir', target],
      ...['--state-dir', join(dir, 'client-state'), '--key-file', key],
    ]);
    await client.until(/^in sync$/m);
    fillDisk(server, state, 16);
    addFiles(1000, 3000);
    await server.until(/The state could not be saved: there is no space left on its disk/);
    await client.until(/The server waits: /);
    rmSync(join(seen(server, state), 'ballast'));
    await client.until(/The server goes on\./);
    await untilEqual(source, target);
    expect(difference(source, target)).toEqual([]);
    expect(server.output()).not.toContain('INTERNAL');
  },
);
