/** How fast contents may flow, with the real programs. Times are lower bounds only: no machine is too slow for them. */
import { randomBytes } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { difference, makePlace, type Place, type Program, untilEqual } from './programs.ts';

const MIB = 1 << 20;

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.dispose());

async function outputOf(program: Program): Promise<string> {
  expect(await program.ended()).toBe(0);
  return program.output();
}

test.each([
  ['the server sends', ['--bw-limit', '1M'], []],
  ['a client receives', [], ['--bw-limit', '1M']],
])(
  'with a limit of 1 MiB a second for what %s, 3 MiB take two seconds at least',
  async (_what, server, client) => {
    writeFileSync(join(place.source, 'film'), randomBytes(3 * MIB));
    const { port } = await place.server(...server);
    const start = performance.now();
    await outputOf(place.client(port, 'sync', ...client));
    expect(performance.now() - start).toBeGreaterThan(2000);
    expect(difference(place.source, place.target)).toEqual([]);
  },
);

/** A program with an INI of its own, whose limit `set` changes while it runs. */
function iniOf(name: 'server' | 'client', lines: readonly string[]) {
  const path = join(place.dir, `${name}.ini`);
  const set = (limit: string): void =>
    writeFileSync(path, [`[${name}]`, ...lines, `BwLimit = ${limit}`, ''].join('\n'));
  return { path, set, ask: (verb: string) => outputOf(place.run(name, [verb, '--config', path])) };
}

test('a limit of the server lets small changes overtake, is shown, and is changed while it runs', async () => {
  const ini = iniOf('server', [
    `MonitorDir = ${place.source}`,
    `StateDir = ${join(place.dir, 'server-state')}`,
    'BindIP = 127.0.0.1',
    'Port = 0',
  ]);
  ini.set('64k');
  const server = place.run('server', ['--config', ini.path]);
  const [, port] = await server.until(/Listening on 127\.0\.0\.1:(\d+)/);
  const client = place.client(Number(port), 'start');
  await client.until(/^in sync$/m);
  writeFileSync(join(place.source, 'film'), randomBytes(32 * MIB));
  await client.until(/Copying film/);
  writeFileSync(join(place.source, 'note'), 'short');
  await client.until(/Created: note/);
  expect(existsSync(join(place.target, 'film'))).toBe(false);
  expect(await ini.ask('status')).toContain('BwLimit:  64 KiB a second now\n');
  ini.set('off');
  await server.until(/In effect: BwLimit = off \(was 64k\)/);
  await untilEqual(place.source, place.target);
  expect(await ini.ask('status')).not.toContain('BwLimit');
});

test('a limit of a client lets small changes overtake, is shown, and is changed while it runs', async () => {
  const { port } = await place.server();
  const ini = iniOf('client', [
    'ServerIP = 127.0.0.1',
    `ServerPort = ${port}`,
    `TargetDir = ${place.target}`,
    `StateDir = ${join(place.dir, 'client-state')}`,
    `KeyFile = ${join(place.dir, 'server-state', 'key')}`,
  ]);
  ini.set('64k');
  const client = place.run('client', ['start', '--config', ini.path]);
  await client.until(/^in sync$/m);
  writeFileSync(join(place.source, 'film'), randomBytes(32 * MIB));
  await client.until(/Copying film/);
  writeFileSync(join(place.source, 'note'), 'short');
  await client.until(/Created: note/);
  expect(existsSync(join(place.target, 'film'))).toBe(false);
  expect(await ini.ask('status')).toContain('BwLimit:  64 KiB a second now\n');
  ini.set('off');
  await client.until(/In effect: BwLimit = off \(was 64k\)/);
  await untilEqual(place.source, place.target);
});

test('a tree of many long names is told faster than a limit of the client, whose rest is no silence of the server', async () => {
  for (let at = 0; at < 2000; at += 1)
    writeFileSync(join(place.source, `${'n'.repeat(200)}${at}`), at === 0 ? randomBytes(1 << 15) : '');
  const { port } = await place.server();
  const sync = place.client(port, 'sync', '--bw-limit', '32k', '--timeout', '2');
  expect(await sync.ended(), sync.output()).toBe(0);
  expect(difference(place.source, place.target)).toEqual([]);
});

test('what is no bandwidth ends a program at its start, with the line', async () => {
  const ini = iniOf('client', [`TargetDir = ${place.target}`]);
  ini.set('08:00,fast');
  const client = place.run('client', ['start', '--config', ini.path]);
  expect(await client.ended()).toBe(2);
  expect(client.output()).toContain(`${ini.path} line 3, BwLimit: "fast" is no bandwidth.`);
});
