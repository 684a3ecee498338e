/** What a person gets wrong: an exit code, a message that names the cause, and nothing lost or left. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { decodeServerMessage, encodeMessage, type ServerMessage } from '@lanmirror/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { dial } from '../../packages/client/src/session/dial.ts';
import { type Listener, listen } from '../../packages/server/src/transport/listener.ts';
import { done } from './disturbed-run.ts';
import { doHere } from './do-here.ts';
import { contentOf, difference, makePlace, type Place, untilEqual } from './programs.ts';

let place: Place;
let others: Place[] = [];
beforeEach(() => {
  place = makePlace();
});
afterEach(async () => {
  for (const one of [place, ...others]) await one.dispose();
  others = [];
});

/** A second place that ends with the test, too. */
function another(): Place {
  const made = makePlace();
  others.push(made);
  return made;
}

const WRONG_KEY = Buffer.alloc(32, 1).toString('base64url');

describe('a first contact that fails leaves no trace in the target', () => {
  const targets: Record<string, () => void> = {
    'that does not exist': () => undefined,
    'that is empty': () => mkdirSync(place.target),
    'that holds files': () => {
      mkdirSync(place.target);
      writeFileSync(join(place.target, 'mine'), 'of a person');
    },
  };
  test.each(Object.keys(targets))('a target %s', async (name) => {
    const { dir, target } = place;
    const { port } = await place.server();
    targets[name]?.();
    const before = contentOf(target);
    writeFileSync(join(dir, 'wrong'), WRONG_KEY);
    const rows: [number, string, string[]][] = [
      [port, 'wrong key', ['--key-file', join(dir, 'wrong')]],
      [1, 'did not answer for 1 second', ['--timeout', '1']],
      [port, '"nope" is not a folder inside', ['--server-root', 'nope']],
    ];
    for (const [at, [where, cause, flags]] of rows.entries()) {
      const state = join(dir, `state-${at}`);
      const pass = place.once(where, 'sync', '--adopt', '--state-dir', state, ...flags);
      expect([await pass.ended(), pass.output()]).toEqual([4, expect.stringContaining(cause)]);
    }
    expect(contentOf(target)).toEqual(before);
  });
});

describe('a folder is never mirrored into itself', () => {
  const cases: Record<string, (dir: string) => { target: string; flags?: string[] }> = {
    'the folder itself': (dir) => ({ target: join(dir, 'source') }),
    'a folder in it': (dir) => ({ target: join(dir, 'source', 'in') }),
    'a folder in it that does not exist yet': (dir) => ({ target: join(dir, 'source', 'new') }),
    'a folder around it': (dir) => ({ target: dir }),
    'a folder in another part of it': (dir) => ({
      target: join(dir, 'source', 'new'),
      flags: ['--server-root', 'in'],
    }),
  };
  test.each(Object.keys(cases))('%s is refused with 2', async (name) => {
    const { dir, source } = place;
    mkdirSync(join(source, 'in'));
    writeFileSync(join(source, 'in', 'file'), 'content');
    const elsewhere = another();
    const { port } = await place.server();
    const { target, flags = [] } = cases[name]?.(dir) ?? { target: '' };
    const before = contentOf(source);
    const flagsOfAll = ['--adopt', '--state-dir', elsewhere.dir, '--target-dir', target];
    const pass = place.once(port, 'sync', ...flagsOfAll, ...flags);
    expect(await pass.ended()).toBe(2);
    expect(pass.output()).toMatch(/are the same or lie inside each other\.\nChoose a folder outside of it/);
    expect(contentOf(source)).toEqual(before);
    // It must not be advised to take its own source over, either.
    const unasked = place.once(port, 'sync', ...flagsOfAll.slice(1), ...flags);
    expect(await unasked.ended()).toBe(2);
    expect(unasked.output()).not.toContain('--adopt');
    expect(contentOf(source)).toEqual(before);
  });
});

const NOBODY = 65534;
const asNobody = ['setpriv', '--reuid', String(NOBODY), '--clear-groups'];
const isRoot = process.getuid?.() === 0;
if (!isRoot) console.info('skipped: what another user may not read, because only root can become one');

/** What `args` of a program that must refuse them say, in one line each. */
async function refused(
  name: 'server' | 'client',
  args: readonly string[],
  options: { env?: Record<string, string>; wrap?: readonly string[] } = {},
): Promise<{ code: number | null; output: string }> {
  const program = place.run(name, args, options);
  return { code: await program.ended(), output: program.output() };
}

const serverFlags = (monitorDir: string, stateDir: string): string[] => [
  ...['--config', '/dev/null', '--monitor-dir', monitorDir, '--bind-ip', '127.0.0.1', '--port', '0'],
  ...['--state-dir', stateDir],
];
const clientFlags = (targetDir: string, stateDir: string): string[] => [
  ...['sync', '--config', '/dev/null', '--server-port', '1', '--timeout', '1'],
  ...['--target-dir', targetDir, '--state-dir', stateDir],
];

describe('folders', () => {
  test('a MonitorDir that does not exist, or is a file, is 2', async () => {
    const { dir } = place;
    writeFileSync(join(dir, 'file'), '');
    const gone = await refused('server', serverFlags(join(dir, 'nope'), join(dir, 'state-1')));
    expect(gone).toEqual({
      code: 2,
      output: `lanmirror-server: MonitorDir ${dir}/nope does not exist.\nCheck the path, its permissions, and that its disk is mounted.\n`,
    });
    const file = await refused('server', serverFlags(join(dir, 'file'), join(dir, 'state-2')));
    expect([file.code, file.output]).toEqual([2, expect.stringContaining('file is not a folder.')]);
    expect(existsSync(join(dir, 'nope'))).toBe(false);
  });

  test.runIf(isRoot)('a MonitorDir that this user may not read is 2', async () => {
    const { dir, source } = place;
    writeFileSync(join(source, 'secret'), 'content');
    chmodSync(dir, 0o711);
    chmodSync(source, 0o700);
    mkdirSync(join(dir, 'state'));
    chownSync(join(dir, 'state'), NOBODY, NOBODY);
    const { code, output } = await refused('server', serverFlags(source, join(dir, 'state')), {
      wrap: asNobody,
    });
    expect([code, output]).toEqual([
      2,
      expect.stringMatching(/MonitorDir .* cannot be read: .*\.\nCheck the path/),
    ]);
  });

  test.runIf(isRoot)('a TargetDir that this user may not write, or may not make, is 2', async () => {
    const { dir, target } = place;
    mkdirSync(target);
    chmodSync(dir, 0o755);
    mkdirSync(join(dir, 'state'));
    chownSync(join(dir, 'state'), NOBODY, NOBODY);
    for (const path of [target, join(target, 'new')]) {
      const state = join(dir, 'state', String(path.length));
      const { code, output } = await refused('client', clientFlags(path, state), {
        wrap: asNobody,
        env: { LANMIRROR_KEY: WRONG_KEY },
      });
      expect([code, output]).toEqual([
        2,
        expect.stringContaining(`${target} is not writable for this user (EACCES)`),
      ]);
    }
    expect(contentOf(target)).toEqual([]);
  });

  test('a TargetDir whose folder does not exist, or that is a file or a link, is 2', async () => {
    const { dir, source } = place;
    writeFileSync(join(source, 'file'), 'content');
    const env = { LANMIRROR_KEY: WRONG_KEY };
    const rows: [string, string][] = [
      [join(dir, 'no', 'such'), 'does not exist, and neither does its parent folder'],
      [join(source, 'file'), 'is not a folder'],
      ['/', 'is a whole disk, a home directory or part of the system'],
    ];
    for (const [path, cause] of rows) {
      const { code, output } = await refused(
        'client',
        clientFlags(path, join(dir, `state-${cause.length}`)),
        { env },
      );
      expect([code, output]).toEqual([2, expect.stringContaining(cause)]);
    }
    expect(existsSync(join(dir, 'no'))).toBe(false);
    expect(readFileSync(join(source, 'file'), 'utf8')).toBe('content');
  });
});

describe('settings', () => {
  const ini = (text: string): string[] => {
    writeFileSync(join(place.dir, 'bad.ini'), text);
    return ['--config', join(place.dir, 'bad.ini')];
  };

  test.each([
    [
      'an unknown key is named with its line and the nearest one',
      '[Client]\nTargetDir = x\nMaxWorker = 3\n',
      /bad\.ini line 3: unknown key MaxWorker, did you mean MaxWorkers\?/,
    ],
    [
      'a number out of its range',
      '[Client]\nTargetDir = x\nMaxWorkers = 21\n',
      /bad\.ini line 3, MaxWorkers: "21" is not a whole number from 1 to 20, or auto\./,
    ],
    [
      'a number that is none',
      '[Client]\nTargetDir = x\nServerPort = eight\n',
      /line 3, ServerPort: "eight" is not a whole number from 1 to 65535\./,
    ],
    [
      'a choice that is none',
      '[Client]\nTargetDir = x\nLinks = follow\n',
      /line 3, Links: "follow" is not one of keep, safe, skip\./,
    ],
    ['no TargetDir', '[Client]\nServerIP = 10.0.0.1\n', /TargetDir/],
  ])('%s: 2', async (_what, text, message) => {
    const { code, output } = await done(doHere(place.dir, ['sync', ...ini(text)]));
    expect([code, output]).toEqual([2, expect.stringMatching(message)]);
  });

  test.runIf(process.platform !== 'win32')('a Windows path on another system: 2', async () => {
    const { code, output } = await refused('server', ini('[Server]\nMonitorDir = D:/source\n'));
    expect([code, output]).toEqual([
      2,
      expect.stringMatching(/line 2, MonitorDir: "D:\/source" is a Windows path, and this is not Windows\./),
    ]);
    expect(existsSync(join(place.dir, 'D:'))).toBe(false);
  });

  test('a key that is none: 2, and it is not repeated', async () => {
    const { dir, target } = place;
    const flags = clientFlags(target, join(dir, 'state'));
    const { code, output } = await refused('client', flags, { env: { LANMIRROR_KEY: 'my secret password' } });
    expect([code, output]).toEqual([
      2,
      expect.stringContaining('LANMIRROR_KEY does not hold a key: a key is 43'),
    ]);
    expect(output).not.toContain('password\n');
    expect(existsSync(target)).toBe(false);
  });

  test('no key at all: 2, with where to get one', async () => {
    const { dir, target } = place;
    const { code, output } = await refused('client', clientFlags(target, join(dir, 'state')));
    expect([code, output]).toEqual([
      2,
      expect.stringMatching(/There is no key yet\.\nPrint it on the server with/),
    ]);
    expect(existsSync(target)).toBe(false);
  });

  test('an INI as editors of every system write it is read as it was meant', async () => {
    const { dir } = place;
    mkdirSync(join(dir, 'C# projects; 中文'));
    writeFileSync(join(dir, 'C# projects; 中文', '影片.txt'), '内容');
    const state = (name: string): string => `StateDir: "${dir}/state # ${name}"`;
    const lines = [
      '\uFEFF[Server]',
      'monitordir = C# projects; 中文   # the source',
      'PORT = 0 ; any',
      'BindIP: 127.0.0.1',
    ];
    writeFileSync(join(dir, 'server.ini'), [...lines, state('server'), ''].join('\r\n'));
    const server = place.run('server', []);
    const [, port = ''] = await server.until(/Listening on 127\.0\.0\.1:(\d+)/);
    const client = [
      '\uFEFF; a comment',
      '[client]',
      `ServerPort=${port}`,
      "TargetDir = 'target # 镜像' ; here",
    ];
    const key = `KeyFile = "state # server/key"`;
    writeFileSync(join(dir, 'client.ini'), [...client, key, state('client')].join('\r\n'));
    const synced = doHere(dir, ['sync']);
    expect([await synced.ended(), synced.output()]).toEqual([0, expect.stringContaining('in sync')]);
    expect(difference(join(dir, 'C# projects; 中文'), join(dir, 'target # 镜像'))).toEqual([]);
  });
});

describe('the port', () => {
  test('one that is in use: 2, and what uses it goes on', async () => {
    const { dir, source } = place;
    const { port, program } = await place.server();
    const flags = [...serverFlags(source, join(dir, 'second')), '--port', String(port)];
    const { code, output } = await refused('server', flags);
    expect([code, output]).toEqual([
      2,
      expect.stringContaining(
        `Port ${port} is in use (perhaps by another lanmirror-server).\nChoose another one`,
      ),
    ]);
    expect(program.process.exitCode).toBeNull();
  });

  test('strangers on it (HTTP, garbage, silence, one byte at a time) are cut, and a mirror goes on meanwhile', async () => {
    const { source, target } = place;
    const { port, program } = await place.server();
    const client = place.client(port, 'start');
    await client.until(/^in sync$/m);
    const heard = (socket: Socket): Promise<string> => {
      let text = '';
      socket.on('data', (bytes) => {
        text += bytes.toString('latin1');
      });
      socket.on('error', () => undefined);
      return once(socket, 'close').then(() => text);
    };
    const knock = (first?: string | Buffer): Promise<string> => {
      const socket = connect(port, '127.0.0.1');
      if (first !== undefined) socket.write(first);
      return heard(socket);
    };
    const trickling = connect(port, '127.0.0.1');
    const drip = setInterval(() => trickling.write(Buffer.from([0x16])), 100);
    const strangers = [
      knock('GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
      knock(randomBytes(5000).fill(7, 0, 1)),
      knock(Buffer.concat([Buffer.from([0x16, 3, 1]), randomBytes(5000)])),
      knock(),
      heard(trickling),
    ];
    for (let at = 0; at < 20; at += 1) {
      writeFileSync(join(source, `f${at}`), `${at}`);
      await client.until(new RegExp(`Created: f${at}\n`));
    }
    const [page, garbage] = await Promise.all(strangers);
    clearInterval(drip);
    expect(page).toMatch(/^HTTP\/1\.1 426 .*This is a lanmirror server\./s);
    expect(garbage).toMatch(/^HTTP\/1\.1 426 /);
    expect(program.process.exitCode).toBeNull();
    expect(client.output()).not.toContain('The connection was lost');
    await untilEqual(source, target);
  });
});

describe('a peer of another version', () => {
  const key = Buffer.alloc(32, 5);
  let listener: Listener | undefined;
  afterEach(async () => {
    await listener?.close();
    listener = undefined;
  });

  /** A server that answers the first message of every connection with this, or with nothing. */
  async function fake(answer?: Uint8Array): Promise<number> {
    listener = await listen({
      host: '127.0.0.1',
      port: 0,
      keyOf: () => key,
      connected: (connection) =>
        connection.listen({
          message: () => answer !== undefined && connection.send(answer),
          closed: () => undefined,
        }),
      refused: () => undefined,
    });
    return listener.port;
  }

  const syncWith = (port: number): Promise<{ code: number | null; output: string }> => {
    const { dir, target } = place;
    const flags = [...clientFlags(target, join(dir, 'state')), '--server-port', String(port)];
    writeFileSync(join(dir, 'key'), key.toString('base64url'), { mode: 0o600 });
    return done(doHere(dir, [...flags, '--key-file', 'key']));
  };

  test('a newer server refuses with both versions: 4, and nothing is left', async () => {
    const message = 'this server speaks protocol 99, the client 1: update the older one';
    const port = await fake(encodeMessage({ type: 'refuse', code: 'version', message }));
    const { code, output } = await syncWith(port);
    expect([code, output]).toEqual([4, expect.stringContaining(`The server refused: ${message}.`)]);
    expect(existsSync(place.target)).toBe(false);
  });

  test('a server that has the key and talks nonsense: 4, with what was wrong, and nothing is left', async () => {
    const port = await fake(Buffer.from([0x81, 0xa1, 0x61, 0x01]));
    const { code, output } = await syncWith(port);
    expect([code, output]).toEqual([
      4,
      expect.stringMatching(/did not answer for 1 second \(.*message\.type.*\)/),
    ]);
    expect(existsSync(place.target)).toBe(false);
  });

  test('a server that has the key and says nothing: 4 after the timeout, and no later', async () => {
    const port = await fake();
    const begin = performance.now();
    const { code, output } = await syncWith(port);
    expect([code, output]).toEqual([4, expect.stringContaining('did not answer for 1 second')]);
    expect(performance.now() - begin).toBeLessThan(10_000);
    expect(existsSync(place.target)).toBe(false);
  });

  test('a port that is connected to and says nothing at all: 4 after the timeout, and no later', async () => {
    const mute = createServer().listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const begin = performance.now();
    const { code, output } = await syncWith((mute.address() as AddressInfo).port);
    const tookMs = performance.now() - begin;
    mute.close();
    expect([code, output]).toEqual([4, expect.stringContaining('did not answer for 1 second')]);
    expect(tookMs).toBeLessThan(4000);
  });

  test('our server refuses a client of another version, names both, and goes on', async () => {
    const { dir, source, target } = place;
    writeFileSync(join(source, 'f'), 'content');
    const { port } = await place.server();
    const own = Buffer.from(readFileSync(join(dir, 'server-state', 'key'), 'utf8').trim(), 'base64url');
    const connection = await dial({ host: '127.0.0.1', port, key: own, keyName: 'default' });
    const answer = new Promise<ServerMessage>((resolve) => {
      connection.listen({ message: (bytes) => resolve(decodeServerMessage(bytes)), closed: () => undefined });
    });
    const hello = { type: 'hello', program: 'p', name: 'n', share: '', root: '', cursor: null } as const;
    connection.send(encodeMessage({ ...hello, protocol: 99 }));
    expect(await answer).toMatchObject({
      type: 'refuse',
      code: 'version',
      message: expect.stringMatching(/ 1, .* 99/),
    });
    connection.close(1000, '');
    expect(await place.once(port, 'sync').ended()).toBe(0);
    expect(difference(source, target)).toEqual([]);
  });

  test('a port where somebody else answers in clear text: 4, and says so', async () => {
    const other = createServer((socket) => socket.end('220 mail ready\r\n')).listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const { code, output } = await syncWith(port);
    other.close();
    expect([code, output]).toEqual([
      4,
      expect.stringContaining('something that does not speak TLS listens there'),
    ]);
    expect(existsSync(place.target)).toBe(false);
  });
});
