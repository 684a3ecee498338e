/** Several shares behind one port, with keys of their own, as the real programs do it. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  decodeServerMessage,
  encodeMessage,
  PROTOCOL_VERSION,
  type ServerMessage,
} from '@lanmirror/protocol';
import { expect, test } from 'vitest';
import { dial } from '../../packages/client/src/session/dial.ts';
import { done, stopGently, withPlace } from './disturbed-run.ts';
import { askServerHere, type Doing, doHere } from './do-here.ts';
import { filesIn, listTree, type Place, type Program, trashOf, untilEqual } from './programs.ts';

/** The longest start a dozen programs, one after the other, beside the other tests. */
const LONG_MS = 180_000;

const HEAD = '[Server]\nPort = 0\nBindIP = 127.0.0.1\nBaseDir = sources\nExclude = *.tmp\n';
const FILMS = '[Share Dr. Who]\nMonitorDir = films\n';
const PHOTOS = '[Share 照片 2024]\nMonitorDir = photos\nExclude =\nKeys = default, phone\n';

/** Two folders with something in them, an INI, and what can be done with both. */
async function makeShares(place: Place, ini = HEAD + FILMS + PHOTOS) {
  const { dir } = place;
  const root = (name: string): string => join(dir, 'sources', name);
  for (const name of ['films', 'photos']) {
    mkdirSync(root(name), { recursive: true });
    for (const file of ['a', 'b.tmp']) writeFileSync(join(root(name), file), `${name} ${file}`);
  }
  const configure = (text: string): void => writeFileSync(join(dir, 'server.ini'), text);
  configure(ini);
  const said = async (asked: Program | Doing): Promise<string> => {
    const { code, output } = await done(asked);
    expect({ code, output }).toEqual({ code: 0, output });
    return output.trim();
  };
  const command = (...args: string[]): Promise<string> => said(askServerHere(dir, args));
  const byProgram = (...args: string[]): Promise<string> => said(place.run('server', args));
  const start = async (): Promise<{ program: Program; port: string }> => {
    const program = place.run('server', []);
    const [, port = ''] = await program.until(/Listening on 127\.0\.0\.1:(\d+)/);
    return { program, port };
  };
  const argsOf = (verb: string, port: string, target: string, share: string): string[] => [
    ...[verb, '--config', '/dev/null', '--server-ip', '127.0.0.1', '--server-port', port],
    ...['--target-dir', join(dir, target), '--share', share],
  ];
  const mirror = (
    port: string,
    target: string,
    share: string,
    key: string,
    verb: string,
    ...flags: string[]
  ) => place.run('client', [...argsOf(verb, port, target, share), ...flags], { env: { LANMIRROR_KEY: key } });
  const pass = (port: string, target: string, share: string, key: string, ...flags: string[]): Doing => {
    const keyFile = join(dir, `${target}.key`);
    writeFileSync(keyFile, key, { mode: 0o600 });
    return doHere(dir, [...argsOf('sync', port, target, share), '--key-file', keyFile, ...flags]);
  };
  return {
    root,
    configure,
    command,
    byProgram,
    start,
    mirror,
    pass,
    target: (name: string) => join(dir, name),
  };
}

interface Status {
  readonly shares: readonly {
    share: string;
    state: string;
    halt: string;
    clients: number;
    entries: number;
  }[];
}

test.concurrent(
  'each share has its own rules, keys, halt and index behind one port, also after a restart',
  () =>
    withPlace(async (place) => {
      const { root, command, start, mirror, pass, target } = await makeShares(place);
      const [key, phone] = [await command('key'), await command('key', 'add', 'phone')];
      const first = await start();
      const films = mirror(first.port, 'm1', 'Dr. Who', key, 'start');
      // An accent, or a Chinese sign, may be typed in more ways than one.
      const byPhone = ['--key-name', 'phone'];
      const photos = mirror(first.port, 'm2', '照片 2024'.normalize('NFD'), phone, 'start', ...byPhone);
      await Promise.all([films.until(/^in sync$/m), photos.until(/^in sync$/m)]);
      expect(filesIn(target('m1'))).toEqual(['a']);
      expect(filesIn(target('m2'))).toEqual(['a', 'b.tmp']);
      const clients = JSON.parse(await command('clients', '--json')) as { share: string; key: string }[];
      expect(clients.map(({ share, key: name }) => `${share} by ${name}`).sort()).toEqual([
        'Dr. Who by default',
        '照片 2024 by phone',
      ]);
      // The disk of one is away: nothing happens to its mirror, and the other goes on.
      renameSync(root('films'), root('away'));
      await films.until(/The server waits/);
      writeFileSync(join(root('photos'), 'c'), 'while the other is away');
      await photos.until(/Created: c/);
      const { shares } = JSON.parse(await command('status', '--json')) as Status;
      expect(shares.map(({ share, state }) => `${share}: ${state}`)).toEqual([
        'Dr. Who: halted',
        '照片 2024: live',
      ]);
      expect(filesIn(target('m1'))).toEqual(['a']);
      renameSync(root('away'), root('films'));
      await films.until(/The server goes on/);
      writeFileSync(join(root('films'), 'd'), 'back');
      await films.until(/Created: d/);
      await Promise.all([stopGently(films), stopGently(photos), command('stop')]);
      expect(await first.program.ended()).toBe(0);

      const second = await start();
      writeFileSync(join(root('films'), 'e'), 'after the restart');
      expect(await pass(second.port, 'm1', 'Dr. Who', key).ended()).toBe(0);
      expect(await pass(second.port, 'm2', '照片 2024', phone, ...byPhone).ended()).toBe(0);
      expect(filesIn(target('m1'))).toEqual(['a', 'd', 'e']);
      expect(second.program.output()).not.toMatch(/comparing everything/);
    }),
  LONG_MS,
);

test.concurrent('a share that a key may not have is refused in the words of one that there is not', () =>
  withPlace(async (place) => {
    const { command, start, pass } = await makeShares(place);
    const [key, phone] = [await command('key'), await command('key', 'add', 'tv')];
    const { port } = await start();
    const refusals = await Promise.all([
      done(pass(port, 'm1', '照片 2024', phone, '--key-name', 'tv')),
      done(pass(port, 'm2', 'nothing', phone, '--key-name', 'tv')),
      done(pass(port, 'm3', 'dr. who', key)),
      done(pass(port, 'm4', '', key)),
    ]);
    expect(refusals.map(({ code }) => code)).toEqual([4, 4, 4, 4]);
    const texts = refusals.map(({ output }) => /refused: (.*)/.exec(output)?.[1]);
    expect(texts).toEqual([
      'there is no share "照片 2024" for the key "tv", but "Dr. Who".',
      'there is no share "nothing" for the key "tv", but "Dr. Who".',
      'there is no share "dr. who" for the key "default", but "Dr. Who", "照片 2024".',
      'there is no share without a name for the key "default", but "Dr. Who", "照片 2024".',
    ]);
    // A name that no key has fails like a key that is wrong.
    const strangers = await Promise.all([
      done(pass(port, 'm5', 'Dr. Who', key, '--key-name', 'tv')),
      done(pass(port, 'm6', 'Dr. Who', key, '--key-name', 'nobody')),
    ]);
    const [wrong, unknown] = strangers.map(
      ({ code, output }) => `${code} ${/refused: .*/.exec(output)?.[0]}`,
    );
    expect(wrong).toBe(unknown);
    expect(wrong).toBe('4 refused: wrong key, it is not the one of this server.');
    for (const name of ['m1', 'm5', 'm6']) expect(existsSync(join(place.dir, name))).toBe(false);
  }));

test.concurrent('a key counts as soon as it is made, and cuts its mirrors off when it is removed', () =>
  withPlace(async (place) => {
    const { command, byProgram, start, mirror } = await makeShares(place);
    const { port } = await start();
    const phone = await byProgram('key', 'add', 'phone');
    const client = mirror(port, 'm1', '照片 2024', phone, 'start', '--key-name', 'phone');
    await client.until(/^in sync$/m);
    const other = mirror(port, 'm2', '照片 2024', await command('key'), 'start');
    await other.until(/^in sync$/m);
    expect(await byProgram('key', 'list')).toMatch(/^phone, since /);
    await byProgram('key', 'remove', 'phone');
    await client.until(/The server ended the session/);
    await client.until(/wrong key/);
    const left = JSON.parse(await command('clients', '--json')) as { key: string }[];
    expect(left.map(({ key }) => key)).toEqual(['default']);
    expect(other.output()).not.toMatch(/lost/);
  }));

test.concurrent('who proved a key that is removed before he says what he wants gets nothing', () =>
  withPlace(async (place) => {
    const { command, start } = await makeShares(place);
    const { port } = await start();
    const key = Buffer.from(await command('key', 'add', 'phone'), 'base64url');
    const connection = await dial({ host: '127.0.0.1', port: Number(port), key, keyName: 'phone' });
    const answer = new Promise<ServerMessage>((resolve) => {
      connection.listen({ message: (bytes) => resolve(decodeServerMessage(bytes)), closed: () => undefined });
    });
    await command('key', 'remove', 'phone');
    const hello = {
      type: 'hello',
      program: 'p',
      name: 'n',
      share: 'Dr. Who',
      root: '',
      cursor: null,
    } as const;
    connection.send(encodeMessage({ ...hello, protocol: PROTOCOL_VERSION }));
    expect((await answer).type).toBe('refuse');
    connection.close(1000, '');
  }));

test.concurrent(
  'a folder that becomes a section keeps its index and its key, and back again',
  () =>
    withPlace(async (place) => {
      const short = '[Server]\nPort = 0\nBindIP = 127.0.0.1\nMonitorDir = sources/films\n';
      const { configure, command, start, pass, target, root } = await makeShares(place, short);
      const key = await command('key');
      const run = async (share: string): Promise<string> => {
        const { program, port } = await start();
        expect(await command('key')).toBe(key);
        expect(await pass(port, 'm1', share, key).ended()).toBe(0);
        await command('stop');
        expect(await program.ended()).toBe(0);
        return program.output();
      };
      await run('');
      configure(`${HEAD.replace('*.tmp', '')}${PHOTOS}${FILMS}Exclude =\n`);
      expect(await run('Dr. Who')).not.toMatch(/comparing everything/);
      // The share with which the key came may go, and the INI may move.
      configure(HEAD + PHOTOS);
      expect(await command('key')).toBe(key);
      renameSync(join(place.dir, 'server.ini'), join(place.dir, 'moved.ini'));
      expect(await command('key', '--config', 'moved.ini')).toBe(key);
      configure(short);
      expect(await run('')).not.toMatch(/comparing everything/);
      await untilEqual(root('films'), target('m1'));
      expect(trashOf(target('m1'))).toEqual([]);
    }),
  LONG_MS,
);

test.concurrent('a target is not turned over to another share unless a person says so', () =>
  withPlace(async (place) => {
    const { command, start, mirror, pass, target, root } = await makeShares(place);
    const key = await command('key');
    const { port } = await start();
    expect(await pass(port, 'm1', 'Dr. Who', key).ended()).toBe(0);
    const before = listTree(target('m1'));
    for (const verb of ['sync', 'start'] as const) {
      const { code, output } = await done(mirror(port, 'm1', '照片 2024', key, verb));
      expect(code).toBe(3);
      expect(output).toMatch(/is a mirror of the share "Dr. Who", and Share names the share "照片 2024" now/);
    }
    expect(listTree(target('m1'))).toEqual(before);
    expect(await pass(port, 'm1', '照片 2024', key, '--adopt').ended()).toBe(0);
    await untilEqual(root('photos'), target('m1'));
    expect(trashOf(target('m1'))).toEqual(['films a']);
  }));

test.concurrent('a share that cannot be had is named, and the others are served; with none the server ends with 2', () =>
  withPlace(async (place) => {
    const gone = '[Share gone]\nMonitorDir = nowhere\n';
    const { command, start, pass, configure } = await makeShares(place, HEAD + gone + FILMS);
    const { program, port } = await start();
    expect(program.output()).toMatch(/\[gone\] is not served: MonitorDir .*nowhere does not exist/);
    const key = await command('key');
    expect(await pass(port, 'm1', 'Dr. Who', key).ended()).toBe(0);
    expect(await command('status')).toMatch(/NOT SERVED: MonitorDir .*nowhere does not exist/);
    const { code, output } = await done(pass(port, 'm2', 'gone', key, '--timeout', '1'));
    expect(code).toBe(4);
    expect(output).toMatch(/the share cannot be served now: MonitorDir .*nowhere does not exist/);
    expect(await stopGently(program)).toBe(0);
    configure(HEAD + gone);
    const alone = await done(place.run('server', []));
    expect(alone.code).toBe(2);
    expect(alone.output).toMatch(/nowhere does not exist/);
  }));

test.concurrent('a share whose rules or state cannot be had waits alone, and a check of the INI names the rules', () =>
  withPlace(async (place) => {
    const ini = `${HEAD}StateDir = state\n${FILMS}[Share photos]\nMonitorDir = photos\nExcludeFrom = away/rules\n`;
    const { command, start, pass, configure } = await makeShares(place, ini);
    const { program, port } = await start();
    expect(program.output()).toMatch(
      /\[photos\] is not served: .*ExcludeFrom: .*rules cannot be read \(ENOENT\)/,
    );
    expect(await pass(port, 'm1', 'Dr. Who', await command('key')).ended()).toBe(0);
    const checked = await done(place.run('server', ['config', 'check']));
    expect(checked.output).toMatch(/rules cannot be read/);
    expect(checked.code).toBe(2);
    await command('stop');
    expect(await program.ended()).toBe(0);
    const [folder = ''] = readdirSync(join(place.dir, 'state', 'shares')).filter((name) =>
      name.startsWith('photos'),
    );
    const state = join(place.dir, 'state', 'shares', folder);
    renameSync(state, `${state}.away`);
    writeFileSync(state, 'in the way');
    configure(ini.replace(/ExcludeFrom.*/, ''));
    const again = await start();
    expect(again.program.output()).toMatch(/\[photos\] is not served: The state folder .* is not a folder/);
    expect(await pass(again.port, 'm1', 'Dr. Who', await command('key')).ended()).toBe(0);
    await command('stop');
  }));

test.concurrent('what makes no sense together is refused with its line, at a start and at a reload', () =>
  withPlace(async (place) => {
    const { configure, command, start } = await makeShares(place);
    const wrong: [string, string[], RegExp][] = [
      [HEAD + FILMS + PHOTOS, ['--monitor-dir', 'x'], /--monitor-dir names one folder, and .* has sections/],
      [`${HEAD}[Share a]\nWatch = poll\n`, [], /line 6, \[Share a\]: MonitorDir is not set/],
      [`${HEAD}[Share a]\nMonitorDir = films\nPort = 1\n`, [], /line 8: Port is for the whole program/],
      [
        `${HEAD + FILMS}[Share b]\nMonitorDir = films/\n`,
        [],
        /line 9, MonitorDir: \[b\] and \[Dr. Who\] are the same/,
      ],
      [`${HEAD + FILMS}Keys = a, B\n`, [], /line 8, Keys: "B" is no name of a key/],
      [`${HEAD + FILMS}Include = x\nExclude =\n`, [], /line 8, Include: there is nothing that Include could/],
    ];
    for (const [ini, flags, text] of wrong) {
      configure(ini);
      const { code, output } = await done(place.run('server', flags));
      expect(output).toMatch(text);
      expect(code).toBe(2);
    }
    configure(HEAD + FILMS + PHOTOS);
    const { program } = await start();
    configure(`${HEAD + FILMS}Keys = B\n${PHOTOS}`);
    await program.until(/"B" is no name of a key.*The settings stay as they are/);
    configure(`${HEAD + FILMS}ScrubDays = 7\nKeys = tv\n[Share new]\nMonitorDir = photos\n`);
    await program.until(/In effect: \[Dr. Who\] ScrubDays = 7/);
    await program.until(/At the next start: \[Dr. Who\] Keys = tv/);
    await program.until(/At the next start: \[Share new\] is new/);
    await program.until(/At the next start: \[Share 照片 2024\] is gone/);
    await command('stop');
  }));

test.concurrent('the server prints a line for each share, and join takes it', () =>
  withPlace(async (place) => {
    const { dir } = place;
    const { command, start } = await makeShares(place);
    const key = await command('key');
    const { program, port } = await start();
    await program.until(
      new RegExp(`lanmirror-client join 127.0.0.1:${port} /path/of/mirror --share '照片 2024'`),
    );
    const args = ['join', `127.0.0.1:${port}`, 'm1', '--share', '照片 2024'];
    const client = place.run('client', args, { env: { LANMIRROR_KEY: key } });
    await client.until(/^in sync$/m);
    expect(await stopGently(client)).toBe(0);
    expect(readFileSync(join(dir, 'client.ini'), 'utf8')).toContain('Share = 照片 2024\n');
    const later = await done(doHere(dir, ['sync']));
    expect(later.output).toContain(`from 127.0.0.1:${port} [照片 2024] to`);
    expect(later.code).toBe(0);
  }));

test.concurrent('one client mirrors several shares of a server, a job for each, each with its key', () =>
  withPlace(async (place) => {
    const { dir } = place;
    const { command, start, root, target } = await makeShares(place);
    for (const [file, key] of [
      ['own.key', await command('key')],
      ['phone.key', await command('key', 'add', 'phone')],
    ] as const)
      writeFileSync(join(dir, file), `${key}\n`);
    const { port } = await start();
    const ini = [
      ...['[Client]', 'ServerIP = 127.0.0.1', `ServerPort = ${port}`, 'KeyFile = own.key', 'Share = Dr. Who'],
      ...['[Job films]', 'TargetDir = m1'],
      ...['[Job 照片]', 'TargetDir = m2', 'Share = 照片 2024', 'KeyFile = phone.key', 'KeyName = phone'],
    ];
    writeFileSync(join(dir, 'client.ini'), ini.join('\n'));
    const { code, output } = await done(place.run('client', ['sync']));
    expect({ code, output }).toEqual({ code: 0, output });
    expect(filesIn(target('m1'))).toEqual(['a']);
    await untilEqual(root('photos'), target('m2'));
  }));
