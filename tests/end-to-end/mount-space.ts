/** A mount namespace of its own, in which disks come and go under the programs that run in it. Linux, root. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export interface MountSpace {
  /** In front of a command: it runs in this namespace. */
  readonly wrap: readonly string[];
  /** Runs a command in it. Throws when it fails. */
  run(command: string, ...args: readonly string[]): string;
  /** The same absolute path, as the programs in it see it. */
  inside(path: string): string;
  dispose(): Promise<void>;
}

/** Whether a mount namespace can be made here. */
export const canMount =
  process.getuid?.() === 0 &&
  spawnSync('unshare', ['-m', 'true']).status === 0 &&
  spawnSync('nsenter', ['--version']).status === 0;

/** Nothing that is mounted in it is seen outside of it, and all of it is gone with it. */
export async function makeMountSpace(): Promise<MountSpace> {
  const script = 'echo ready; exec sleep 300';
  const holder = spawn('unshare', ['-m', '--propagation', 'private', 'sh', '-c', script], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = once(holder, 'close');
  await once(holder.stdout, 'data');
  const wrap = ['nsenter', `--mount=/proc/${holder.pid}/ns/mnt`];
  const [enter = '', ...where] = wrap;
  return {
    wrap,
    run: (command, ...args) => execFileSync(enter, [...where, command, ...args], { encoding: 'utf8' }),
    inside: (path) => join(`/proc/${holder.pid}/root`, path),
    async dispose() {
      holder.kill('SIGKILL');
      await ended;
    },
  };
}
