/** A disk that is not like ours, in a mount namespace: names, times and links of other systems, and faults. Linux, root. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { canMount, type MountSpace } from './mount-space.ts';

const PROGRAM = fileURLToPath(new URL('odd-disk.py', import.meta.url));
/** The one that finds the packages of the system. */
const PYTHON = '/usr/bin/python3';
const FIND_FUSE = 'import sys; sys.path.append("/usr/lib/python3/dist-packages"); import fusepy';

/** What the head of odd-disk.py explains; all of it may change while the disk is mounted. */
export interface Knobs {
  readonly foldsCase?: boolean;
  readonly foldsForm?: boolean;
  readonly windowsNames?: boolean;
  readonly longest?: number;
  readonly hasLinks?: boolean;
  readonly keepsLinkTimes?: boolean;
  readonly hasHardLinks?: boolean;
  readonly modes?: 'ignored' | 'refused';
  readonly mtimeStepNs?: number;
  readonly inodes?: 'kept' | 'new';
  readonly renamesOver?: boolean;
  readonly at?: string;
  readonly readFailsFrom?: number;
  readonly writeFailsFrom?: number;
  readonly roomBytes?: number;
  readonly flushFails?: boolean;
  readonly closeFails?: boolean;
  readonly slowMs?: number;
}

export interface OddDisk {
  /** What the disk holds, seen past it. */
  readonly behind: string;
  /** The disk is like this from now on. */
  set(knobs: Knobs): void;
  mount(): Promise<void>;
  unmount(): Promise<void>;
  /** Ends it, mounted or not: whoever uses it then gets errors. */
  dispose(): Promise<void>;
}

/** So long something may be open on a disk that is to be unmounted, and so often it is tried. */
const [MAX_BUSY_MS, BUSY_PAUSE_MS] = [10_000, 20];

/** Why no such disk can be made here; '' when it can. */
export const whyNoOddDisk = reason();

function reason(): string {
  if (!canMount) return 'a mount namespace cannot be made here';
  if (!existsSync('/dev/fuse')) return 'there is no /dev/fuse';
  const isThere = spawnSync(PYTHON, ['-c', FIND_FUSE]).status === 0;
  return isThere ? '' : `${PYTHON} does not find fusepy (Debian: python3-fusepy)`;
}

/**
 * A disk that can be mounted at `at` in `space`, where the programs under test run.
 * @param dir holds its content and its knobs; it must not exist
 */
export function makeOddDisk(space: MountSpace, dir: string, at: string, knobs: Knobs): OddDisk {
  const behind = join(dir, 'behind');
  const file = join(dir, 'knobs');
  mkdirSync(behind, { recursive: true });
  mkdirSync(at, { recursive: true });
  let server: ChildProcess | undefined;
  const set = (next: Knobs): void => {
    writeFileSync(`${file}.new`, JSON.stringify(next));
    renameSync(`${file}.new`, file);
  };
  set(knobs);
  return {
    behind,
    set,
    async mount() {
      server = await serve([...space.wrap, PYTHON, PROGRAM, file, behind, at]);
    },
    async unmount() {
      if (server === undefined) return;
      const hasEnded = server.exitCode !== null || server.signalCode !== null;
      const ended = hasEnded ? undefined : once(server, 'close');
      await unmountWhenFree(space, at);
      await ended;
      server = undefined;
    },
    async dispose() {
      if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
      const ended = once(server, 'close');
      server.kill('SIGKILL');
      await ended;
    },
  };
}

/** Who looks through a disk every second has something on it open now and then, and nothing tells when it has not. */
async function unmountWhenFree(space: MountSpace, at: string): Promise<void> {
  const endMs = performance.now() + MAX_BUSY_MS;
  for (;;) {
    try {
      space.run('umount', at);
      return;
    } catch (error) {
      if (!String(error).includes('target is busy') || performance.now() > endMs) throw error;
    }
    await pass(BUSY_PAUSE_MS);
  }
}

/** Resolves when the disk is served; it ends when it is unmounted, also with its namespace. */
async function serve([command = '', ...args]: readonly string[]): Promise<ChildProcess> {
  const server = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let errors = '';
  server.stderr.on('data', (chunk) => {
    errors += String(chunk);
  });
  const ended = once(server, 'close').then(() => {
    throw new Error(`the disk could not be mounted:\n${errors}`);
  });
  await Promise.race([once(server.stdout, 'data'), ended]);
  ended.catch(() => {});
  return server;
}
