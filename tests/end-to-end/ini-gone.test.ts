/** What runs is reached although its INI says nothing of it any more: somebody emptied, removed or replaced it. */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { doHere } from './do-here.ts';
import { makePlace, type Place, type Program, untilEqual } from './programs.ts';

let place: Place;
beforeEach(() => {
  place = makePlace();
  writeFileSync(join(place.source, 'file'), 'x');
});
afterEach(() => place.dispose());

/** What somebody does to an INI. */
const DAMAGES: Readonly<Record<string, (ini: string) => void>> = {
  emptied: (ini) => writeFileSync(ini, ''),
  removed: (ini) => rmSync(ini),
  'replaced by a folder': (ini) => {
    rmSync(ini);
    mkdirSync(ini);
  },
  'replaced by a link to itself': (ini) => {
    rmSync(ini);
    symlinkSync(ini, ini);
  },
};

/** Whether what is asked of a client is asked by a program: that there is no INI makes no difference to one. */
let isProgram = true;
afterEach(() => {
  isProgram = true;
});

async function run(
  name: 'client' | 'server',
  ...args: string[]
): Promise<{ code: number | null; output: string }> {
  const asking = isProgram || name === 'server' ? place.run(name, args) : doHere(place.dir, args);
  return { code: await asking.ended(), output: asking.output() };
}

async function startedClient(...lines: string[]): Promise<{ client: Program; ini: string }> {
  const { port } = await place.server();
  const ini = join(place.dir, 'client.ini');
  const shared = ['[Client]', 'ServerIP = 127.0.0.1', `ServerPort = ${port}`, 'KeyFile = server-state/key'];
  writeFileSync(ini, [...shared, ...lines, ''].join('\n'));
  const client = place.run('client', ['start']);
  await client.until(/in sync/);
  return { client, ini };
}

const NAMED = expect.stringContaining('CONFIGURATION ERROR: ');

describe.each(Object.keys(DAMAGES))('an INI that was %s', (damage) => {
  beforeEach(() => {
    isProgram = damage === 'emptied';
  });

  test('keeps nobody from asking, pausing and ending a client with jobs that runs with it', async () => {
    const { client, ini } = await startedClient('[Job a]', 'TargetDir = target', 'StateDir = odd-state');
    DAMAGES[damage]?.(ini);
    const status = await run('client', 'status');
    expect(status).toEqual({ code: 0, output: expect.stringMatching(/^\[a\] live$/m) });
    expect(status.output).toEqual(NAMED);
    const named = await run('client', 'status', '--config', ini);
    expect(named).toEqual({ code: 0, output: expect.stringMatching(/^\[a\] live$/m) });
    const reload = await run('client', 'reload');
    expect(reload).toEqual({ code: 2, output: expect.not.stringContaining('TargetDir is not set') });
    const unknown = await run('client', 'pause', 'b');
    expect(unknown).toEqual({ code: 2, output: expect.stringContaining('The jobs are "a"') });
    expect(await run('client', 'pause', 'a')).toEqual({ code: 0, output: NAMED });
    const paused = await run('client', 'status', 'a');
    expect(paused.output).toMatch(/^\[a\] (PAUSED since|ending)/m);
    expect(paused.output).toContain(place.target);
    expect(await run('client', 'resume', 'a')).toEqual({ code: 0, output: NAMED });
    appendFileSync(join(place.source, 'file'), 'y');
    await untilEqual(place.source, place.target);
    expect(await run('client', 'stop')).toEqual({ code: 0, output: expect.stringMatching(/^Stopping\.$/m) });
    expect(await client.ended()).toBe(0);
  });

  test('keeps nobody from asking and ending a client of one mirror, nor a server', async () => {
    const serverIni = join(place.dir, 'server.ini');
    const lines = [
      '[Server]',
      'BindIP = 127.0.0.1',
      'Port = 0',
      'StateDir = odd-server',
      'MonitorDir = source',
    ];
    writeFileSync(serverIni, [...lines, ''].join('\n'));
    const server = place.run('server', ['start']);
    await server.until(/Listening/);
    const { client, ini } = await startedClient('TargetDir = target', 'StateDir = odd-state');
    DAMAGES[damage]?.(ini);
    DAMAGES[damage]?.(serverIni);
    for (const name of ['client', 'server'] as const) {
      const status = await run(name, 'status');
      expect(status).toEqual({ code: 0, output: NAMED });
      expect(status.output).toContain(name === 'client' ? place.target : place.source);
      const named = ['--config', name === 'client' ? ini : serverIni];
      expect((await run(name, 'status', ...named)).code).toBe(0);
      expect((await run(name, 'reload', ...named)).code).toBe(2);
      expect(await run(name, 'stop')).toEqual({ code: 0, output: expect.stringMatching(/^Stopping\.$/m) });
    }
    expect(await client.ended()).toBe(0);
    expect(await server.ended()).toBe(0);
  });
});

test('with an emptied INI and nobody that runs with it a command says what is wrong with it', async () => {
  const ini = join(place.dir, 'client.ini');
  writeFileSync(ini, '');
  expect(await run('client', 'stop')).toEqual({
    code: 2,
    output: expect.stringContaining('TargetDir is not set'),
  });
  unlinkSync(ini);
  expect(await run('client', 'stop', '--config', ini)).toEqual({
    code: 2,
    output: expect.stringContaining('cannot be read (ENOENT)'),
  });
  expect(existsSync(ini)).toBe(false);
});

test('shares that an INI does not name any more are told of, and their server is ended', async () => {
  const ini = join(place.dir, 'server.ini');
  const lines = ['[Server]', 'BindIP = 127.0.0.1', 'Port = 0', '[Share a]', 'MonitorDir = source'];
  writeFileSync(ini, [...lines, ''].join('\n'));
  const server = place.run('server', ['start']);
  await server.until(/Listening/);
  writeFileSync(ini, '');
  expect(await run('server', 'clients')).toEqual({ code: 0, output: NAMED });
  expect(await run('server', 'status')).toEqual({ code: 0, output: expect.stringContaining(place.source) });
  expect((await run('server', 'stop')).code).toBe(0);
  expect(await server.ended()).toBe(0);
});
