import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { buildSync } from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { acquireLock, lockHolder } from './lock.ts';
import { readLock } from './lock-text.ts';
import { ownIdentity } from './process-identity.ts';
import { UserError } from './user-error.ts';

const TAKERS = 20;
const IS_LINUX = process.platform === 'linux';

let built: string;
let folder: string;
let file: string;
const children: ChildProcess[] = [];

/** Takes the lock, says how it went, keeps it until its input ends; `release` gives it back. */
const TAKER = `
import { acquireLock } from ${JSON.stringify(join(import.meta.dirname, 'lock.ts'))};
const [file, startAt] = process.argv.slice(2);
while (Date.now() < Number(startAt ?? 0));
try {
  const lock = acquireLock(file, 'A taker');
  console.log('taken');
  process.stdin.on('data', () => { lock.release(); console.log('released'); });
  process.stdin.on('end', () => process.exit(0));
} catch (error) {
  console.log(error.exitCode + ' ' + error.message);
  process.exit(error.exitCode ?? 70);
}`;

beforeAll(() => {
  built = mkdtempSync(join(tmpdir(), 'lock-built-'));
  const stdin = { contents: TAKER, resolveDir: import.meta.dirname, loader: 'ts' } as const;
  buildSync({
    stdin,
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: join(built, 'taker.mjs'),
    logLevel: 'error',
  });
});

afterAll(() => rmSync(built, { recursive: true }));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lock-'));
  file = join(folder, 'lock');
});

afterEach(async () => {
  await Promise.all(children.splice(0).map((child) => end(child)));
  rmSync(folder, { recursive: true });
});

interface Taker {
  readonly child: ChildProcess;
  readonly said: string;
}

async function startTaker(startAt = 0): Promise<Taker> {
  const child = spawn(process.execPath, [join(built, 'taker.mjs'), file, String(startAt)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  return { child, said: await nextLine(child) };
}

async function nextLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('no output');
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return line;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

function refusal(): UserError {
  try {
    acquireLock(file, 'This test');
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('the lock was taken');
}

function plant(change: object): void {
  const holder = {
    ...ownIdentity(),
    since: '2025-01-01T00:00:00.000Z',
    what: 'The planted holder',
    ...change,
  };
  writeFileSync(file, `${JSON.stringify(holder)}\n`);
}

function deadPid(): number {
  return spawnSync(process.execPath, ['-e', '']).pid;
}

describe('a living holder', () => {
  test('refuses others with exit code 5 and names itself', async () => {
    const { child, said } = await startTaker();
    expect(said).toBe('taken');
    const error = refusal();
    expect(error.exitCode).toBe(5);
    expect(error.message).toMatch(
      new RegExp(`^A taker is already running \\(process ${child.pid} on .*, since 20`),
    );
    expect(error.nextStep).toBe('Stop it first.');
  });

  test('refuses a second lock in the same process too', () => {
    const lock = acquireLock(file, 'The first');
    expect(refusal().message).toContain(`The first is already running (process ${process.pid}`);
    lock.release();
    acquireLock(file, 'The second').release();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('that gave the lock back while it runs on is no holder', async () => {
    const { child } = await startTaker();
    const released = nextLine(child);
    child.stdin?.write('release');
    expect(await released).toBe('released');
    acquireLock(file, 'This test').release();
  });

  test('on another machine is believed, with what to remove if it is not so', () => {
    plant({ host: 'other-nas', boot: 'other', pid: deadPid() });
    expect(refusal().nextStep).toBe(`If other-nas does not run it any more, remove ${file}.`);
  });
});

describe('a dead holder', () => {
  test('killed by SIGKILL is taken over at once', async () => {
    const { child } = await startTaker();
    await end(child);
    const lock = acquireLock(file, 'This test');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ pid: process.pid, what: 'This test' });
    lock.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  test(`is taken over by exactly one of ${TAKERS} at the same moment, and the others name it`, async () => {
    plant({ pid: deadPid(), started: '1' });
    const startAt = Date.now() + 3000;
    const takers = await Promise.all(Array.from({ length: TAKERS }, () => startTaker(startAt)));
    const winners = takers.filter(({ said }) => said === 'taken');
    expect(winners).toHaveLength(1);
    for (const { said } of takers) expect(said).toMatch(/^taken$|^5 A taker is already running/);
    const { pid } = JSON.parse(readFileSync(file, 'utf8')) as { pid: number };
    expect(pid).toBe(winners[0]?.child.pid);
    expect(readdirSync(folder)).toEqual(['lock']);
  });

  test.runIf(IS_LINUX)('whose process id was given to another process is told apart by its start', () => {
    plant({ started: '1' });
    acquireLock(file, 'This test').release();
    plant({});
    expect(refusal().exitCode).toBe(5);
  });

  test.runIf(IS_LINUX)('of before a restart of the machine is dead whatever its process id', () => {
    plant({ boot: 'an earlier one' });
    acquireLock(file, 'This test').release();
  });

  test.runIf(IS_LINUX)('is recognised when only the name of the machine has changed', () => {
    plant({ host: `not-${hostname()}`, pid: deadPid() });
    acquireLock(file, 'This test').release();
  });

  test('that died while it took over from another dead one blocks nobody', () => {
    plant({ pid: deadPid(), started: '1' });
    const dead = readFileSync(file, 'utf8');
    const hash = createHash('sha256').update(dead).digest('hex').slice(0, 8);
    writeFileSync(`${file}.${hash}`, dead.replace('"pid":', '"what":"The dead taker","pid":'));
    acquireLock(file, 'This test').release();
    expect(readdirSync(folder)).toEqual([]);
  });

  test.each(['', '{', 'null', '{"pid":"x"}', '[]'])(
    'in a file that a power cut damaged is dead: %j',
    (text) => {
      writeFileSync(file, text);
      acquireLock(file, 'This test').release();
    },
  );
});

describe('giving back', () => {
  test('touches only our own lock, and twice is once', () => {
    const lock = acquireLock(file, 'This test');
    plant({});
    const other = readFileSync(file, 'utf8');
    lock.release();
    lock.release();
    expect(readFileSync(file, 'utf8')).toBe(other);
  });

  test('a lock on a disk that cannot be written or reached any more is no error, and blocks nobody later', () => {
    const lock = acquireLock(file, 'This test');
    const held = readFileSync(file, 'utf8');
    rmSync(file);
    symlinkSync(file, file);
    lock.release();
    rmSync(file);
    writeFileSync(file, held);
    acquireLock(file, 'This test').release();
  });

  test('a lock that is not there when it is given back blocks nobody when its disk is mounted again', () => {
    const lock = acquireLock(file, 'This test');
    const held = readFileSync(file, 'utf8');
    rmSync(file);
    lock.release();
    writeFileSync(file, held);
    expect(lockHolder(file)).toBeUndefined();
    acquireLock(file, 'This test').release();
  });

  test('a lock that is gone is no error', () => {
    const lock = acquireLock(file, 'This test');
    rmSync(file);
    lock.release();
  });
});

describe('a lock in a folder, as it is on a disk without hard links', () => {
  const plantFolder = (change: object): void => {
    plant(change);
    const text = readFileSync(file, 'utf8');
    rmSync(file);
    mkdirSync(file);
    writeFileSync(join(file, 'holder'), text);
  };

  test('of a living holder refuses others', () => {
    plantFolder({});
    expect(refusal().message).toContain(`The planted holder is already running (process ${process.pid}`);
  });

  test('of a dead holder is taken over where it is, refuses others from then on, and goes when it is given back', () => {
    plantFolder({ pid: deadPid(), started: '1' });
    const lock = acquireLock(file, 'This test');
    expect(JSON.parse(readFileSync(join(file, 'holder'), 'utf8'))).toMatchObject({ what: 'This test' });
    expect(refusal().message).toContain('This test is already running');
    lock.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('that is not ours any more is left alone, and what is left of a removal that was cut short blocks nobody', () => {
    plantFolder({ pid: deadPid(), started: '1' });
    const lock = acquireLock(file, 'This test');
    writeFileSync(join(file, 'holder'), 'of somebody else');
    lock.release();
    expect(readFileSync(join(file, 'holder'), 'utf8')).toBe('of somebody else');
    rmSync(join(file, 'holder'));
    expect(readLock(file)).toBeUndefined();
  });
});

test('a lock that cannot be made is told with its cause and the next step, and ends with 2', () => {
  const place = join(folder, 'nothing', 'lock');
  const next = `See that ${join(folder, 'nothing')} can be written.`;
  expect(() => acquireLock(place, 'A test')).toThrow(
    new UserError('LOCK_NOT_MADE', `The lock ${place} cannot be made (ENOENT).`, next),
  );
});
