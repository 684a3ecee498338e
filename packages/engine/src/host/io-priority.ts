/** Puts this process behind others: for the processor by its niceness, for the disk by `ionice` of util-linux. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { constants, getPriority, setPriority } from 'node:os';

/** A tenth of what a usual program gets of a core that both want. It cannot be taken back without being root. */
const NICE = constants.priority.PRIORITY_BELOW_NORMAL;
const IDLE_CLASS = '3';

/**
 * Call it early: threads that are made later are like the one that makes them. `warn` is told what this system does
 * not let be done; the program goes on as it is.
 */
export function yieldToOthers(warn: (text: string) => void): void {
  const threads = process.platform === 'linux' ? readdirSync('/proc/self/task').map(Number) : [process.pid];
  try {
    // On Linux each thread has a niceness of its own. One that is nicer already stays so.
    for (const thread of threads) if (getPriority(thread) < NICE) setPriority(thread, NICE);
  } catch (error) {
    warn(
      `IoPriority = low: the processor is shared as before (${(error as NodeJS.ErrnoException).message}).`,
    );
  }
  const fault = process.platform === 'linux' ? yieldDisk(threads) : 'this system has no such thing';
  if (fault !== '') warn(`IoPriority = low: the disk is shared as before (${fault}).`);
}

/** What went wrong; '' for nothing. */
function yieldDisk(threads: readonly number[]): string {
  const { error, status, stderr } = spawnSync('ionice', ['-c', IDLE_CLASS, '-p', ...threads.map(String)], {
    encoding: 'utf8',
  });
  if (error !== undefined)
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
      ? 'the program ionice, of util-linux, is not installed'
      : error.message;
  return status === 0 ? '' : stderr.trim() || `ionice ended with ${status}`;
}
