/** How fast contents may flow, with the real programs. Times are lower bounds only: no machine is too slow for them. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { askServerHere, type Doing, doHere } from './do-here.ts';
import { difference, makePlace, type Place, type Program, untilEqual } from './programs.ts';

const MIB = 1 << 20;

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.dispose());

async function outputOf(program: Program | Doing): Promise<string> {
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
    await outputOf(place.once(port, 'sync', ...client));
    expect(performance.now() - start).toBeGreaterThan(2000);
    expect(difference(place.source, place.target)).toEqual([]);
  },
);

/** A program with an INI of its own, whose limit `set` changes while it runs. */
function iniOf(name: 'server' | 'client', lines: readonly string[]) {
  const path = join(place.dir, `${name}.ini`);
  const set = (limit: string): void =>
    writeFileSync(path, [`[${name}]`, ...lines, `BwLimit = ${limit}`, ''].join('\n'));
  const ask = (verb: string): Promise<string> => {
    const args = [verb, '--config', path];
    return outputOf(name === 'client' ? doHere(place.dir, args) : askServerHere(place.dir, args));
  };
  return { path, set, ask };
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

test('who waits for a turn at a server of many mirrors and little bandwidth does not take it for silent', async () => {
  for (const name of ['a', 'b', 'c', 'd']) writeFileSync(join(place.source, name), randomBytes(120 * 1024));
  const { port } = await place.server('--bw-limit', '32K');
  // A file has the line for four seconds: the last one waits for eleven.
  const mirrors = ['a', 'b', 'c', 'd'].map((only) => {
    const folders = [
      '--target-dir',
      join(place.dir, `m-${only}`),
      '--state-dir',
      join(place.dir, `s-${only}`),
    ];
    return place.client(port, 'sync', '--timeout', '7', '--only', only, ...folders);
  });
  for (const mirror of mirrors)
    expect([await mirror.ended(), mirror.output()]).toEqual([0, expect.any(String)]);
});

test('what is no bandwidth ends a program at its start, with the line', async () => {
  const ini = iniOf('client', [`TargetDir = ${place.target}`]);
  ini.set('08:00,fast');
  const client = place.run('client', ['start', '--config', ini.path]);
  expect(await client.ended()).toBe(2);
  expect(client.output()).toContain(`${ini.path} line 3, BwLimit: "fast" is no bandwidth.`);
});

test('a share has a limit of its own, which holds up no other share, is shown, and is changed while it runs', async () => {
  const [slow, quick] = ['slow', 'quick'].map((name) => join(place.source, name)) as [string, string];
  for (const dir of [slow, quick]) mkdirSync(dir);
  const path = join(place.dir, 'server.ini');
  const keys = ['BindIP = 127.0.0.1', 'Port = 0', `StateDir = ${join(place.dir, 'server-state')}`];
  const set = (limit: string): void =>
    writeFileSync(
      path,
      [
        ...['[Server]', ...keys, 'BwLimit = 64M', '[Share quick]', `MonitorDir = ${quick}`],
        ...['[Share slow]', `MonitorDir = ${slow}`, `BwLimit = ${limit}`, ''],
      ].join('\n'),
    );
  set('64k');
  const server = place.run('server', ['--config', path]);
  const [, port] = await server.until(/Listening on 127\.0\.0\.1:(\d+)/);
  const mirrorOf = (name: string): Program => {
    const [target, state] = [join(place.dir, `target-${name}`), join(place.dir, `state-${name}`)];
    const flags = ['--target-dir', target, '--state-dir', state, '--share', name, '--server-ip', '127.0.0.1'];
    const key = ['--key-file', join(place.dir, 'server-state', 'key')];
    return place.run('client', [
      'start',
      '--config',
      '/dev/null',
      ...flags,
      ...key,
      '--server-port',
      `${port}`,
    ]);
  };
  const clients = [mirrorOf('slow'), mirrorOf('quick')] as const;
  for (const client of clients) await client.until(/^in sync$/m);
  writeFileSync(join(slow, 'film'), randomBytes(32 * MIB));
  await clients[0].until(/Copying film/);
  writeFileSync(join(quick, 'film'), randomBytes(8 * MIB));
  await untilEqual(quick, join(place.dir, 'target-quick'));
  expect(existsSync(join(place.dir, 'target-slow', 'film'))).toBe(false);
  const status = await outputOf(askServerHere(place.dir, ['status', '--config', path]));
  expect(status).toMatch(/^BwLimit: {2}64 MiB a second now$/m);
  expect(status).toMatch(/^ {2}BwLimit: {2}64 KiB a second now$/m);
  set('off');
  await server.until(/In effect: \[slow\] BwLimit = off \(was 64k\)/);
  await untilEqual(slow, join(place.dir, 'target-slow'));
});

test('the limit of a client is that of all its jobs together, and a job may have a lower one beside it', async () => {
  const { port } = await place.server();
  for (const name of ['films', 'music', 'small']) mkdirSync(join(place.source, name));
  for (const name of ['films', 'music']) writeFileSync(join(place.source, name, name), randomBytes(32 * MIB));
  const path = join(place.dir, 'client.ini');
  const set = (all: string, films: string): void =>
    writeFileSync(
      path,
      [
        ...['[Client]', 'ServerIP = 127.0.0.1', `ServerPort = ${port}`, 'KeyFile = server-state/key'],
        ...[`BwLimit = ${all}`, '[Job films]', 'ServerRoot = films', 'TargetDir = films'],
        ...[`BwLimit = ${films}`, '[Job music]', 'ServerRoot = music', 'TargetDir = music', ''],
      ].join('\n'),
    );
  set('96k', '64k');
  const client = place.run('client', ['start', '--config', path]);
  for (const name of ['films', 'music']) await client.until(new RegExp(`^\\[${name}\\] Copying`, 'm'));
  const statusOf = (name: string): Promise<string> =>
    outputOf(doHere(place.dir, ['status', name, '--config', path]));
  expect(await statusOf('films')).toContain('BwLimit:  64 KiB a second now');
  expect(await statusOf('music')).toContain('BwLimit:  96 KiB a second now');
  set('off', '64k');
  await client.until(/In effect: BwLimit = off \(was 96k\)/);
  await untilEqual(join(place.source, 'music'), join(place.dir, 'music'));
  expect(existsSync(join(place.dir, 'films', 'films'))).toBe(false);
  set('off', 'off');
  await client.until(/In effect: \[films\] BwLimit = off \(was 64k\)/);
  await untilEqual(join(place.source, 'films'), join(place.dir, 'films'));
});
