import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EXIT } from '../exit-code.ts';
import { UserError } from '../user-error.ts';
import { askProgram } from './control-client.ts';
import { addressFileIn } from './control-endpoint.ts';
import { parseReply, parseRequest } from './control-message.ts';
import { type ControlServer, type ControlVerb, serveControl } from './control-server.ts';
import { LineSplitter } from './line-splitter.ts';

let dir: string;
let stateDir: string;
let server: ControlServer | undefined;
let faults: unknown[];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'control-'));
  stateDir = mkdtempSync(join(dir, 'state-'));
  faults = [];
});

afterEach(async () => {
  await server?.close();
  server = undefined;
  rmSync(dir, { recursive: true });
});

async function serve(verbs: Readonly<Record<string, ControlVerb>>): Promise<ControlServer> {
  server = await serveControl(stateDir, verbs, { XDG_RUNTIME_DIR: dir }, (error) => faults.push(error));
  return server;
}

async function ask(verb: string, flags = {}) {
  const lines: string[] = [];
  const records: unknown[] = [];
  const answer = await askProgram(stateDir, verb, flags, {
    line: (level, text) => lines.push(`${level} ${text}`),
    record: (value) => records.push(value),
  });
  return { answer, lines, records };
}

async function errorOf(verb: string): Promise<UserError> {
  const error: unknown = await ask(verb).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UserError);
  return error as UserError;
}

describe('a command and the running program', () => {
  test('the answer of a verb comes with its lines, its records and its exit code, in order', async () => {
    await serve({
      list: async ({ flags, say, give }) => {
        say('info', `looking for ${String(flags.pattern)}`);
        for (let at = 0; at < 3; at += 1) await give({ at });
        return { exit: EXIT.held, result: { count: 3 } };
      },
    });
    expect(await ask('list', { pattern: 'a\n"b' })).toEqual({
      answer: { exit: EXIT.held, result: { count: 3 } },
      lines: ['info looking for a\n"b'],
      records: [{ at: 0 }, { at: 1 }, { at: 2 }],
    });
  });

  test('a program that waits for a disk does not answer, and that is said; what may take long is waited for', async () => {
    let answer: () => void = () => undefined;
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const verb: ControlVerb = async () => {
      await answered;
      return { exit: EXIT.done, result: 'late' };
    };
    await serve({ status: verb, wait: verb });
    const listener = { line: () => undefined, record: () => undefined };
    const long = askProgram(stateDir, 'wait', {}, listener, 10);
    await expect(askProgram(stateDir, 'status', {}, listener, 10)).rejects.toMatchObject({
      code: 'NO_ANSWER',
      exitCode: EXIT.someFailed,
    });
    answer();
    expect(await long).toEqual({ exit: EXIT.done, result: 'late' });
  });

  test('a long answer waits for a slow reader instead of filling the memory', async () => {
    const big = 'x'.repeat(100_000);
    await serve({
      list: async ({ give }) => {
        for (let at = 0; at < 200; at += 1) await give(big);
        return { exit: EXIT.done };
      },
    });
    const { records } = await ask('list');
    expect(records).toHaveLength(200);
  });

  test('an error for a person reaches the person with its code, its next step and its exit code', async () => {
    await serve({
      accept: () => Promise.reject(new UserError('NOTHING_HELD', 'Nothing waits.', 'Go on.', EXIT.held)),
    });
    const error = await errorOf('accept');
    expect([error.code, error.message, error.nextStep, error.exitCode]).toEqual([
      'NOTHING_HELD',
      'Nothing waits.',
      'Go on.',
      EXIT.held,
    ]);
    expect(faults).toEqual([]);
  });

  test('a fault of the program is told to both, and the program goes on', async () => {
    await serve({
      status: () => Promise.reject(new TypeError('oops')),
      stop: async () => ({ exit: EXIT.done }),
    });
    expect((await errorOf('status')).code).toBe('INTERNAL');
    expect(faults).toHaveLength(1);
    expect((await ask('stop')).answer?.exit).toBe(EXIT.done);
  });

  test('a verb that the program does not know is refused, also one that every object has', async () => {
    await serve({});
    for (const verb of ['nope', 'constructor', '__proto__'])
      expect((await errorOf(verb)).code).toBe('BAD_REQUEST');
  });

  test('the work of a command that went away is told to stop', async () => {
    const aborted = new Promise<void>((resolve) => {
      void serve({
        wait: ({ signal }) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => {
              resolve();
              reject(new Error('nobody waits'));
            });
          }),
      }).then(({ address }) => {
        const socket = createConnection(address, () => {
          socket.write('{"verb":"wait","flags":{}}\n', () => socket.destroy());
        });
      });
    });
    await aborted;
    expect(faults).toEqual([]);
  });

  test('a program that stops while a command waits is named', async () => {
    const running = await serve({ wait: () => new Promise(() => undefined) });
    const waiting = errorOf('wait');
    // Connections are accepted in order: when this one is there, the command's is, too.
    const socket = createConnection(running.address);
    socket.on('error', () => undefined);
    await new Promise((resolve) => socket.once('connect', resolve));
    await running.close();
    expect((await waiting).code).toBe('CONTROL_LOST');
  });
});

describe('finding the program', () => {
  test('no program runs on a state folder that has no address, one of a dead program, or one that is no socket', async () => {
    expect((await ask('status')).answer).toBeUndefined();
    writeFileSync(addressFileIn(stateDir), `${join(dir, 'gone.sock')}\n`);
    expect((await ask('status')).answer).toBeUndefined();
    const { address } = await serve({});
    await server?.close();
    writeFileSync(addressFileIn(stateDir), `${address}\n`);
    expect((await ask('status')).answer).toBeUndefined();
  });

  test('a socket that a dead program left behind is replaced', async () => {
    const { address } = await serve({});
    await server?.close();
    writeFileSync(address, 'left behind');
    await serve({ stop: async () => ({ exit: EXIT.done }) });
    expect((await ask('stop')).answer?.exit).toBe(EXIT.done);
  });

  test.skipIf(process.platform === 'win32')('the socket is for this user alone', async () => {
    const { address } = await serve({});
    expect(statSync(address).mode & 0o777).toBe(0o600);
  });

  test('a state folder deeper than a socket path may be long still has a short address', async () => {
    stateDir = mkdtempSync(join(dir, `${'long'.repeat(40)}-`));
    const { address } = await serve({ stop: async () => ({ exit: EXIT.done }) });
    expect(address.length).toBeLessThan(100);
    expect((await ask('stop')).answer?.exit).toBe(EXIT.done);
  });

  test('the address is gone when the program has stopped', async () => {
    await serve({});
    await server?.close();
    expect(existsSync(addressFileIn(stateDir))).toBe(false);
  });
});

describe('what comes over the socket', () => {
  test('something that is no request is answered and closed', async () => {
    const { address } = await serve({});
    for (const text of ['GET / HTTP/1.0\n', '{"verb":1,"flags":{}}\n', '[]\n', `${'x'.repeat(70_000)}\n`]) {
      const answer = await new Promise<string>((resolve) => {
        let said = '';
        const socket = createConnection(address, () => socket.write(text));
        socket.on('data', (chunk) => {
          said += chunk.toString();
        });
        socket.on('error', () => undefined);
        socket.on('close', () => resolve(said));
      });
      expect(answer).toContain('BAD_REQUEST');
    }
  });

  test('only requests and replies of the right shape are taken', () => {
    expect(parseRequest('{"verb":"a","flags":{"b":[1]}}')).toBeUndefined();
    expect(parseRequest('{"verb":"a"}')).toBeUndefined();
    expect(parseReply('{"kind":"end","exit":77}')).toBeUndefined();
    expect(parseReply('{"kind":"line","level":"loud","text":""}')).toBeUndefined();
    expect(parseReply('{"kind":"error","code":"A","message":"b","exit":2}')).toBeUndefined();
    expect(parseReply('{"kind":"record"}')).toEqual({ kind: 'record', value: undefined });
  });

  test('lines are the same however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' })), fc.array(fc.nat(20)), (texts, cuts) => {
        const wanted = texts.map((text) => text.replaceAll('\n', ' '));
        const bytes = Buffer.from(wanted.map((text) => `${text}\n`).join(''));
        const splitter = new LineSplitter(1 << 20);
        const got: string[] = [];
        let at = 0;
        for (const cut of [...cuts, bytes.length]) {
          got.push(...splitter.push(bytes.subarray(at, at + cut)));
          at += cut;
        }
        got.push(...splitter.push(bytes.subarray(at)));
        expect(got).toEqual(wanted);
      }),
    );
  });
});
