/** The commands that ask a running program, with the real programs. */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { stopGently, untilNew } from './disturbed-run.ts';
import { askServerHere, type Doing } from './do-here.ts';
import { difference, makePlace, type Place, type Program } from './programs.ts';
import { type Pair, sharedPair } from './shared-pair.ts';

/** Runs a command to its end. */
async function done(program: Program | Doing): Promise<{ code: number | null; output: string }> {
  return { code: await program.ended(), output: program.output() };
}

const askServerOf = (place: Place, ...words: string[]) =>
  done(
    askServerHere(place.dir, [
      ...words,
      ...['--config', '/dev/null', '--monitor-dir', place.source],
      ...['--state-dir', join(place.dir, 'server-state')],
    ]),
  );

const askClientOf = ({ place, port }: Pair, verb: string, ...flags: string[]) =>
  done(place.once(port, verb, ...flags));

/** The files that are there before a pair starts. */
function fillWithFiles(source: string): void {
  for (let at = 0; at < 20; at += 1) writeFileSync(join(source, `f${at}`), `${at}`);
}

describe('a running client', () => {
  const pair = sharedPair({ fill: fillWithFiles });

  test('says how it is, and waits until what has happened is here', async () => {
    const { place } = pair();
    const ask = (verb: string, ...flags: string[]) => askClientOf(pair(), verb, ...flags);
    const status = await ask('status');
    expect(status.code).toBe(0);
    expect(status.output).toMatch(/State: {4}in sync at \d+\n/);
    writeFileSync(join(place.source, 'new'), 'content');
    expect(await ask('wait')).toEqual({ code: 0, output: 'in sync\n' });
    expect(difference(place.source, place.target)).toEqual([]);
    const { output } = await ask('status', '--json');
    const entries = readdirSync(place.source).length;
    expect(JSON.parse(output)).toMatchObject({ condition: 'in-sync', entries, pending: 0, problems: [] });
  });

  test('does the pass of a sync beside it, which finds what was edited on the mirror', async () => {
    const { place } = pair();
    unlinkSync(join(place.target, 'f3'));
    const { code, output } = await askClientOf(pair(), 'sync');
    expect({ code, output }).toEqual({ code: 0, output: 'Done by the client that runs here.\nin sync\n' });
    expect(difference(place.source, place.target)).toEqual([]);
    const dry = await askClientOf(pair(), 'sync', '--dry-run');
    expect(dry.code).toBe(5);
    expect(dry.output).toContain('is already running');
  });

  test('that wrote no state folder into its lock, or does not answer, is named to who asks', async () => {
    const { place, client } = pair();
    const lock = join(place.target, '.lanmirror', 'lock');
    const written = readFileSync(lock, 'utf8');
    const { stateDir, ...old } = JSON.parse(written);
    expect(stateDir).toBe(join(place.dir, 'client-state'));
    const elsewhere = ['--state-dir', join(place.dir, 'other-state'), '--timeout', '1'];
    for (const holder of [old, { ...old, stateDir: join(place.dir, 'nothing') }]) {
      writeFileSync(lock, `${JSON.stringify(holder)}\n`);
      for (const verb of ['status', 'wait', 'accept', 'reload', 'stop', 'sync']) {
        const { code, output } = await askClientOf(pair(), verb, ...elsewhere);
        expect({ verb, code }).toEqual({ verb, code: 5 });
        expect(output).toContain(`is held by another lanmirror-client (process ${client.process.pid} on `);
        expect(output).toMatch(/uses (another|the) state folder/);
      }
    }
    writeFileSync(lock, written);
  });

  test('refuses a sync beside it with other settings than its own, and names them', async () => {
    for (const [flag, value, key] of [
      ['--server-port', String(pair().port + 1), 'ServerPort'],
      ['--server-ip', 'localhost', 'ServerIP'],
      ['--server-root', 'sub', 'ServerRoot'],
      ['--links', 'skip', 'Links'],
      ['--hold-min', '7', 'HoldMin'],
    ] as const) {
      const { code, output } = await askClientOf(pair(), 'sync', flag, value);
      expect({ key, code }).toEqual({ key, code: 5 });
      expect(output).toContain(`${key} = ${value} (the running client has `);
    }
    expect((await askClientOf(pair(), 'sync', '--name', 'other', '--timeout', '9')).code).toBe(0);
  });

  test('and its server have equal fingerprints when everything was sent, which stand beside each other', async () => {
    const { place, client } = pair();
    const isSaid = untilNew(client, /, identical to the server$/m);
    writeFileSync(join(place.source, 'last'), 'content');
    await isSaid;
    const status = await askClientOf(pair(), 'status', '--json');
    const { fingerprint, serverFingerprint, comparison } = JSON.parse(status.output);
    expect(comparison).toBe('identical');
    expect(fingerprint.code).toMatch(/^\w{4}-\w{4}-\w{4}-\w{4}$/);
    expect(serverFingerprint.code).toBe(fingerprint.code);
    const { output } = await askServerOf(place, 'clients');
    expect(output).toContain(`  Fingerprint: ${fingerprint.code}, identical\n`);
    expect((await askServerOf(place, 'status')).output).toContain(`\nFingerprint: ${fingerprint.code}\n`);
  });

  test('is found by its target alone when a command was given another state folder', async () => {
    const { place, client } = pair();
    const ask = (verb: string) => askClientOf(pair(), verb, '--state-dir', join(place.dir, 'other-state'));
    const status = await ask('status');
    expect(status.code).toBe(0);
    expect(status.output).toMatch(/State: {4}in sync at \d+\n/);
    expect((await ask('wait')).code).toBe(0);
    expect((await ask('sync')).output).toContain('Done by the client');
    expect(await ask('accept')).toMatchObject({ code: 0, output: 'Nothing waits.\n' });
    expect((await ask('stop')).output).toBe('Stopping.\n');
    expect(await client.ended()).toBe(0);
    expect((await ask('status')).code).toBe(4);
  });

  test('that has no connection is waited for: as long as --timeout allows, or until it has one', async () => {
    const { place, port, server, client } = pair();
    const serverEnded = server.ended();
    server.process.kill('SIGKILL');
    await serverEnded;
    await client.until(/The connection was lost/);
    const verbs = ['wait', 'sync'];
    const begin = performance.now();
    const asked = await Promise.all(verbs.map((verb) => done(place.client(port, verb, '--timeout', '2'))));
    expect(performance.now() - begin).toBeGreaterThan(2000);
    for (const [at, { code, output }] of asked.entries()) {
      expect([verbs[at], code]).toEqual([verbs[at], 4]);
      expect(output).toContain(`no connection to 127.0.0.1:${port} for 2 seconds`);
    }
    unlinkSync(join(place.target, 'f3'));
    const wait = place.client(port, 'wait', '--timeout', '60');
    const sync = place.client(port, 'sync', '--timeout', '60');
    writeFileSync(join(place.source, 'meanwhile'), 'content');
    await place.server('--port', String(port));
    expect([await wait.ended(), wait.output()]).toEqual([0, 'in sync\n']);
    expect(await sync.ended()).toBe(0);
    expect(difference(place.source, place.target)).toEqual([]);
  });

  test('stops when it is asked to, and then nobody answers', async () => {
    const { client } = pair();
    expect(await askClientOf(pair(), 'stop')).toEqual({ code: 0, output: 'Stopping.\n' });
    expect(await client.ended()).toBe(0);
    const { code, output } = await askClientOf(pair(), 'status');
    expect(code).toBe(4);
    expect(output).toContain('No lanmirror-client runs for');
    expect((await askClientOf(pair(), 'stop')).code).toBe(0);
  });
});

describe('a running server', () => {
  const pair = sharedPair({ fill: fillWithFiles });

  test('says how it is, who mirrors from it, and stops when it is asked to', async () => {
    const { place, server } = pair();
    const askServer = (...words: string[]) => askServerOf(place, ...words);
    const status = await askServer('status');
    expect(status.code).toBe(0);
    expect(status.output).toMatch(
      /State: {4}live\nEntries: {2}20, sequence \d+\nFingerprint: .*\nClients: {2}1 /,
    );
    const clients = await askServer('clients');
    expect(clients.output).toMatch(
      / at 127\.0\.0\.1:\d+, lanmirror-client \S+, since .*\n {2}in sync at \d+\n/,
    );
    const { output } = await askServer('clients', '--json');
    expect(JSON.parse(output)).toMatchObject([{ behind: 0, problems: 0, root: '' }]);
    expect((await askServer('reload')).output).toBe('Nothing changed.\n');
    expect(await askServer('stop')).toEqual({ code: 0, output: 'Stopping.\n' });
    expect(await server.ended()).toBe(0);
    expect((await askServer('status')).code).toBe(4);
  });
});

describe('a program of its own', () => {
  let place: Place;
  beforeEach(() => {
    place = makePlace();
  });
  afterEach(() => place.dispose());
  const askServer = (...words: string[]) => askServerOf(place, ...words);

  test('is waited for by who asks right after its start, before it has a lock or can answer', async () => {
    fillWithFiles(place.source);
    const { port } = await place.server();
    const client = place.client(port, 'start');
    expect(await done(place.client(port, 'wait'))).toEqual({ code: 0, output: 'in sync\n' });
    expect(difference(place.source, place.target)).toEqual([]);
    expect(await stopGently(client)).toBe(0);
    const again = place.client(port, 'start');
    expect(await done(place.client(port, 'wait'))).toEqual({ code: 0, output: 'in sync\n' });
    expect(await done(place.client(port, 'stop'))).toEqual({ code: 0, output: 'Stopping.\n' });
    expect(await again.ended()).toBe(0);
  });

  test('keeps what a mass deletion would take until somebody accepts exactly that', async () => {
    const { source, target } = place;
    fillWithFiles(source);
    // What was there before the client never counts as new.
    cpSync(source, target, { recursive: true, preserveTimestamps: true });
    const { port } = await place.server();
    const held = place.client(port, 'start', '--adopt', '--hold-min', '5');
    await held.until(/^in sync$/m);
    for (let at = 0; at < 20; at += 1) rmSync(join(source, `f${at}`));
    await held.until(/HELD: /);
    const ask = (verb: string, ...flags: string[]) => done(place.client(port, verb, ...flags));
    expect((await ask('wait')).code).toBe(3);
    const status = await ask('status');
    expect(status.output).toMatch(/HELD: \d+ deletions wait for you/);
    expect(status.output).toContain('lanmirror-client accept');
    const unasked = await ask('accept');
    expect(unasked.code).toBe(3);
    expect(unasked.output).toContain('nobody agreed');
    expect((await ask('accept', '--yes')).code).toBe(0);
    expect((await ask('wait')).code).toBe(0);
    expect(difference(source, target)).toEqual([]);
  });

  test('takes a changed INI over, and keeps its settings when the INI is wrong', async () => {
    const { port } = await place.server();
    const ini = join(place.dir, 'client.ini');
    const write = (line: string): void =>
      writeFileSync(
        ini,
        `[Client]\nServerPort = ${port}\nTargetDir = target\nStateDir = client-state\nKeyFile = server-state/key\n${line}\n`,
      );
    write('MaxWorkers = 3');
    const run = (verb: string) => place.run('client', [verb, '--config', ini]);
    const running = run('start');
    await running.until(/^in sync$/m);
    write('MaxWorkers = 7');
    await running.until(/In effect: MaxWorkers = 7 \(was 3\)/);
    write('MaxWorker = 8');
    await running.until(/unknown key MaxWorker.*The settings stay as they are/);
    expect(await done(run('reload'))).toMatchObject({ code: 2 });
    write('MaxWorkers = 7\nName = other');
    await running.until(/At the next start: Name = other/);
    expect(await done(run('reload'))).toEqual({ code: 0, output: 'Nothing changed.\n' });
  });

  test('that serves is found by what it publishes when it has a state folder of its own, and by nothing that is wrong', async () => {
    const { program: server } = await place.server();
    const ask = (...words: string[]) =>
      done(place.run('server', [...words, '--config', '/dev/null', '--monitor-dir', place.source]));
    const key = `${readFileSync(join(place.dir, 'server-state', 'key'), 'utf8')}`;
    expect(await ask('key')).toEqual({ code: 0, output: key });
    expect((await ask('status')).output).toContain(`(process ${server.process.pid},`);
    const other = ['--state-dir', join(place.dir, 'other-state')];
    for (const verb of ['key', 'status', 'stop']) {
      const { code, output } = await ask(verb, ...other);
      expect([verb, code]).toEqual([verb, 4]);
      expect(output).toContain(`another state folder: ${join(place.dir, 'server-state')} (process `);
    }
    expect((await ask('stop')).code).toBe(0);
    expect(await server.ended()).toBe(0);
    expect(await ask('stop')).toMatchObject({
      code: 0,
      output: expect.stringMatching(/^Nothing to stop: no lanmirror-server runs for /),
    });
    for (const verb of ['status', 'clients', 'accept', 'reload'])
      expect(await ask(verb)).toMatchObject({
        code: 4,
        output: expect.stringContaining('No lanmirror-server runs'),
      });
    expect(readdirSync(place.dir).sort()).toEqual(['server-state', 'source', 'xdg-state']);
    expect(readdirSync(join(place.dir, 'xdg-state', 'lanmirror'))).toEqual(['running']);
  });

  test('that serves says where its key came from; a key is made only for a folder that is there', async () => {
    const key = 'k'.repeat(42).concat('A');
    const running = place.run(
      'server',
      [
        'start',
        '--config',
        '/dev/null',
        '--monitor-dir',
        place.source,
        '--port',
        '0',
        '--bind-ip',
        '127.0.0.1',
      ],
      { env: { LANMIRROR_KEY: key } },
    );
    await running.until(/^The key is in LANMIRROR_KEY /m);
    await running.until(/^Scanned /m);
    const asked = place.run('server', ['key', '--config', '/dev/null', '--monitor-dir', place.source]);
    expect(await done(asked)).toEqual({ code: 0, output: `${key}\n` });
    const missing = join(place.dir, 'nothing');
    const refused = place.run('server', ['key', '--config', '/dev/null', '--monitor-dir', missing]);
    expect(await done(refused)).toMatchObject({ code: 2, output: expect.stringContaining('does not exist') });
    expect(readdirSync(join(place.dir, 'xdg-state', 'lanmirror'))).toHaveLength(2);
  });

  describe('a server that misses most of its index after it was off', () => {
    /** A server that knew 120 files in a folder and 20 beside it, and was off while `lose` ran. */
    async function restarted(lose: () => void): Promise<Program> {
      mkdirSync(join(place.source, 'films'));
      for (let at = 0; at < 120; at += 1) writeFileSync(join(place.source, 'films', `f${at}`), `${at}`);
      for (let at = 0; at < 20; at += 1) writeFileSync(join(place.source, `g${at}`), `${at}`);
      const { program } = await place.server();
      await program.until(/^Scanned /m);
      expect(await askServer('accept')).toEqual({ code: 0, output: 'Nothing waits.\n' });
      expect(await stopGently(program)).toBe(0);
      lose();
      return (await place.server()).program;
    }

    test('shows what is missing, asks, and takes exactly that', async () => {
      const server = await restarted(() => rmSync(join(place.source, 'films'), { recursive: true }));
      await server.until(/121 of 141 indexed entries are missing/);
      const list = '121 of 141 entries are missing:\n  films/ (whole folder, 121 entries)\n';
      const unasked = await askServer('accept');
      expect(unasked.code).toBe(3);
      expect(unasked.output).toMatch(
        new RegExp(`^${list.replaceAll(/[()]/g, '\\$&')}.*nobody agreed.*\n.*accept --yes`),
      );
      const { output } = await askServer('status');
      expect(output).toMatch(/State: {4}halted\nEntries: {2}141,/);
      expect(await askServer('accept', '--yes')).toEqual({
        code: 0,
        output: `${list}Agreed: 121 entries removed; each mirror moves them to its trash, or asks.\n`,
      });
      expect((await askServer('status')).output).toMatch(/State: {4}live\nEntries: {2}20,/);
    });

    test('agrees to a folder that was emptied', async () => {
      const server = await restarted(() => {
        for (const name of readdirSync(place.source)) rmSync(join(place.source, name), { recursive: true });
      });
      await server.until(/the folder is empty, but it held files before\. Next: .*lanmirror-server accept/);
      const accepted = await askServer('accept', '--yes');
      expect(accepted.code).toBe(0);
      expect(accepted.output).toMatch(
        /^141 of 141 entries.*\n {2}films\/ .*\n( {2}g\d+\n){19} {2}\.\.\. and 1 more\nAgreed: 141 /,
      );
      await server.until(/^Scanned .*: 0 entries/m);
    });
  });

  test('config check and config show of a server touch nothing, and name the place of what is wrong', async () => {
    const ini = join(place.dir, 'server.ini');
    const config = (what: string) => done(place.run('server', ['config', what]));
    writeFileSync(ini, '[Server]\nMonitorDir = source\nPort = none\nWach = poll\n');
    const { code, output } = await config('check');
    expect(code).toBe(2);
    expect(output).toBe(
      `${ini} line 4: unknown key Wach, did you mean Watch?\n${ini} line 3, Port: "none" is not a whole number from 0 to 65535.\n`,
    );
    writeFileSync(ini, '[Server]\nMonitorDir = source\n');
    expect(await config('check')).toEqual({ code: 0, output: 'ok\n' });
    expect((await config('show')).output).toContain(
      `MonitorDir = ${place.source}  # ${ini} line 2, MonitorDir\n`,
    );
    expect(readdirSync(place.dir).sort()).toEqual(['server.ini', 'source']);
  });
});
