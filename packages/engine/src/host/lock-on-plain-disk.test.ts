/**
 * Locks on disks that can do less: no hard links, or no rename over what stands. The file system is the real one,
 * with these refusals added; between any two of its changes another taker may come, or the program be killed.
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { acquireLock, lockHolder } from './lock.ts';
import { readLock } from './lock-text.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { UserError } from './user-error.ts';

type FileSystem = typeof import('node:fs');

const disk = vi.hoisted(() => ({
  hasHardLinks: true,
  renamesOver: true,
  /** Called before each change. */
  beforeChange: (): void => undefined,
}));
const people = vi.hoisted(() => ({ self: 1, dead: new Set<number>() }));

vi.mock('node:fs', async (original) => {
  const real = await original<FileSystem>();
  const fail = (code: string): never => {
    throw Object.assign(new Error(code), { code });
  };
  const told =
    <Given extends unknown[], Gives>(change: (...given: Given) => Gives) =>
    (...given: Given): Gives => {
      disk.beforeChange();
      return change(...given);
    };
  return {
    ...real,
    linkSync: told((from: string, to: string) =>
      disk.hasHardLinks ? real.linkSync(from, to) : fail('EPERM'),
    ),
    renameSync: told((from: string, to: string) => {
      const isTaken = real.lstatSync(to, { throwIfNoEntry: false }) !== undefined;
      return isTaken && !disk.renamesOver ? fail('EEXIST') : real.renameSync(from, to);
    }),
    mkdirSync: told(real.mkdirSync),
    openSync: told(real.openSync),
    unlinkSync: told(real.unlinkSync),
    rmdirSync: told(real.rmdirSync),
    rmSync: told(real.rmSync),
  };
});

vi.mock('./process-identity.ts', () => ({
  ownIdentity: (): ProcessIdentity => ({ pid: people.self, started: '', boot: '', space: '', host: 'here' }),
  lifeOf: ({ pid }: ProcessIdentity) => (people.dead.has(pid) ? 'dead' : 'alive'),
}));

const DISKS = [
  { hasHardLinks: true, renamesOver: true },
  { hasHardLinks: true, renamesOver: false },
  { hasHardLinks: false, renamesOver: true },
  { hasHardLinks: false, renamesOver: false },
];
const MAX_CHANGES = 200;

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lock-on-plain-disk-'));
  file = join(folder, 'lock');
  people.dead.clear();
});

afterEach(() => {
  disk.beforeChange = () => undefined;
  rmSync(folder, { recursive: true });
});

/** Takes the lock as the process `pid`; returns how to give it back, or undefined when another one has it. */
function take(pid: number): (() => void) | undefined {
  const before = people.self;
  people.self = pid;
  try {
    const { release } = acquireLock(file, `Taker ${pid}`);
    // The lock of a process that only plays to be one must not be given back when this one ends.
    process.off('exit', release);
    return release;
  } catch (error) {
    if (error instanceof UserError && error.code === 'LOCKED') return undefined;
    throw error;
  } finally {
    people.self = before;
  }
}

function fresh(): void {
  rmSync(folder, { recursive: true, force: true });
  folder = mkdtempSync(join(tmpdir(), 'lock-on-plain-disk-'));
  file = join(folder, 'lock');
  people.dead.clear();
}

describe.each(DISKS)(
  'on a disk with $hasHardLinks links, and $renamesOver renames over what stands',
  (knobs) => {
    beforeEach(() => {
      Object.assign(disk, knobs);
    });

    test('a dead holder is taken over at once, and nothing is left when the lock is given back', () => {
      expect(take(1)).toBeDefined();
      expect(take(2)).toBeUndefined();
      people.dead.add(1);
      const release = take(2);
      expect(release).toBeDefined();
      expect(take(3)).toBeUndefined();
      expect(lockHolder(file)?.who).toContain('process 2');
      release?.();
      expect(readLock(file)).toBeUndefined();
      expect(readdirSync(folder)).toEqual([]);
      expect(take(3)).toBeDefined();
    });

    test('wherever another taker comes in between, exactly one has the lock', () => {
      let at = 0;
      for (let isOver = false; !isOver && at < MAX_CHANGES; at += 1) {
        fresh();
        take(1);
        people.dead.add(1);
        let changes = 0;
        let other: (() => void) | undefined;
        disk.beforeChange = () => {
          changes += 1;
          if (changes === at + 1) other = take(3);
        };
        const own = take(2);
        disk.beforeChange = () => undefined;
        isOver = changes <= at;
        const holders = [own, other].filter((one) => one !== undefined);
        expect(holders.length, `the other one came before change ${at}`).toBe(1);
        expect(lockHolder(file)?.who).toContain(own === undefined ? 'process 3' : 'process 2');
      }
      expect(at).toBeGreaterThan(4);
      expect(at).toBeLessThan(MAX_CHANGES);
    });

    test('wherever a taker is killed, the next one has the lock at once', () => {
      let at = 0;
      for (let isOver = false; !isOver && at < MAX_CHANGES; at += 1) {
        fresh();
        take(1);
        people.dead.add(1);
        let changes = 0;
        disk.beforeChange = () => {
          changes += 1;
          if (changes > at) throw new Error('killed');
        };
        try {
          take(2)?.();
          isOver = true;
        } catch (error) {
          expect((error as Error).message).toBe('killed');
        }
        disk.beforeChange = () => undefined;
        people.dead.add(2);
        expect(take(3), `killed before change ${at}`).toBeDefined();
        expect(take(4), `killed before change ${at}`).toBeUndefined();
      }
      expect(at).toBeGreaterThan(4);
      expect(at).toBeLessThan(MAX_CHANGES);
    });
  },
);
