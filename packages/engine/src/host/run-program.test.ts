import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

let folder: string;
const PROGRAM = `
import { acquireLock } from './lock.ts';
import { runProgram } from './run-program.ts';
import { untilSignal } from './shutdown.ts';
import { UserError } from './user-error.ts';
const acts = {
  done: async () => 0,
  failed: async () => 1,
  refused: async () => {
    for (let at = 0; at < 20000; at += 1) process.stdout.write('line ' + at + '\\n');
    throw new UserError('X', 'the cause\\nforged', 'What to do.', 4);
  },
  short: async () => { throw new UserError('X', 'the cause'); },
  fault: async () => { throw new TypeError('a mistake'); },
  thing: async () => { throw 'a thing'; },
  rejected: (circumstances) => lose(circumstances, () => void Promise.reject(new TypeError('nobody waits'))),
  thrown: (circumstances) => lose(circumstances, () => { throw new TypeError('nobody catches'); }),
  flood: async () => {
    for (let at = 0; at < 2000; at += 1) {
      process.stdout.write('x'.repeat(1000) + '\\n');
      await new Promise(setImmediate);
    }
    process.stderr.write('went on\\n');
    return 0;
  },
  signal: async () => {
    const life = setInterval(() => {}, 1000);
    const until = untilSignal();
    process.stdout.write('ready\\n');
    process.stdin.on('data', () => process.stdout.write('here\\n'));
    if (process.argv[3] !== 'stuck') process.stdin.unref();
    const signal = await until;
    process.stdout.write(signal + '\\n');
    if (process.argv[3] !== 'stuck') clearInterval(life);
    return 0;
  },
};
async function lose(circumstances, fault) {
  circumstances.stateDir = '/the/state';
  acquireLock(process.argv[3], 'A program');
  setTimeout(fault, 1);
  setInterval(() => {}, 1000);
  return new Promise(() => {});
}
await runProgram('program', acts[process.argv[2]]);`;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'run-program-'));
  const stdin = { contents: PROGRAM, resolveDir: import.meta.dirname, loader: 'js' } as const;
  buildSync({
    stdin,
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: join(folder, 'program.mjs'),
    logLevel: 'error',
  });
});

afterAll(() => rmSync(folder, { recursive: true }));

function run(act: string, ...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(folder, 'program.mjs'), act, ...args],
    {
      encoding: 'utf8',
    },
  );
  return { status, stdout, stderr };
}

describe('how a program ends', () => {
  test('with the exit code of its main', () => {
    expect(run('done')).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(run('failed').status).toBe(1);
  });

  test('an error for a person is one line, and one for the next step, with its exit code', () => {
    const { status, stderr } = run('refused');
    expect([status, stderr]).toEqual([4, 'program: the cause\\nforged\nWhat to do.\n']);
    expect(run('short')).toEqual({ status: 2, stdout: '', stderr: 'program: the cause\n' });
  });

  test('error lines come after everything that was said before', () => {
    const command = `"$0" "$1" refused 2>&1 | cat`;
    const { stdout } = spawnSync('sh', ['-c', command, process.execPath, join(folder, 'program.mjs')], {
      encoding: 'utf8',
    });
    expect(stdout.trimEnd().split('\n').slice(-3)).toEqual([
      'line 19999',
      'program: the cause\\nforged',
      'What to do.',
    ]);
  });

  test('a fault of the program says so, with where it was', () => {
    const { status, stderr } = run('fault');
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^program: INTERNAL: this should not have happened. It is a fault of lanmirror, not of yours:\nTypeError: a mistake\n +at /,
    );
    expect(run('thing').stderr).toMatch(/:\na thing\n$/);
  });

  test.each(['rejected', 'thrown'])(
    'an error that nobody waits for (%s) ends it, and gives its lock back',
    (act) => {
      const lock = join(folder, act);
      const { status, stderr } = run(act, lock);
      expect(status).toBe(1);
      expect(stderr).toMatch(/^program: INTERNAL: .*\nTypeError: nobody (waits|catches)\n/);
      expect(stderr).toMatch(/\nNothing that was synced is lost.* in \/the\/state: keep that folder.*\n$/);
      expect(existsSync(lock)).toBe(false);
    },
  );

  test('it goes on when nobody reads its lines any more', () => {
    const command = '("$0" "$1" flood; echo "ended with $?" >&2) | head -n 1 >/dev/null';
    const { stderr } = spawnSync('sh', ['-c', command, process.execPath, join(folder, 'program.mjs')], {
      encoding: 'utf8',
    });
    expect(stderr).toBe('went on\nended with 0\n');
  });

  test.runIf(process.platform === 'linux')('it says that its lines cannot be written, and goes on', () => {
    const command = '"$0" "$1" flood >/dev/full';
    const { status, stderr } = spawnSync(
      'sh',
      ['-c', command, process.execPath, join(folder, 'program.mjs')],
      { encoding: 'utf8' },
    );
    expect(stderr).toMatch(/^Standard output cannot be written \(ENOSPC\)\.\n/);
    expect(stderr).toMatch(/went on\n$/);
    expect(status).toBe(0);
  });
});

describe('signals', () => {
  async function start(...args: string[]): Promise<{ child: ChildProcess; lines: AsyncIterator<string> }> {
    const child = spawn(process.execPath, [join(folder, 'program.mjs'), 'signal', ...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    if (child.stdout === null) throw new Error('no output');
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    expect((await lines.next()).value).toBe('ready');
    return { child, lines };
  }

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('%s is a clean stop', async (signal) => {
    const { child, lines } = await start();
    const ended = once(child, 'exit');
    child.kill(signal);
    expect((await lines.next()).value).toBe(signal);
    expect(await ended).toEqual([0, null]);
  });

  test.each([
    ['SIGTERM', 'SIGINT', 130],
    ['SIGINT', 'SIGTERM', 143],
  ] as const)('after %s a program that does not end is aborted by %s', async (first, second, code) => {
    const { child, lines } = await start('stuck');
    const ended = once(child, 'exit');
    child.kill(first);
    expect((await lines.next()).value).toBe(first);
    child.kill(second);
    expect(await ended).toEqual([code, null]);
  });

  test('SIGHUP and one other signal, in any order, are still a clean stop', async () => {
    for (const [first, second] of [
      ['SIGHUP', 'SIGTERM'],
      ['SIGTERM', 'SIGHUP'],
    ] as const) {
      const { child, lines } = await start('stuck');
      const ended = once(child, 'exit');
      child.kill(first);
      expect((await lines.next()).value).toBe(first);
      child.kill(second);
      // Answered only by a process that took the second signal and lives on.
      child.stdin?.write('are you there\n');
      expect((await lines.next()).value).toBe('here');
      child.kill('SIGKILL');
      expect(await ended).toEqual([null, 'SIGKILL']);
    }
  });
});
