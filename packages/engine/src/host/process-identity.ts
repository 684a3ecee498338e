/**
 * Who a process is, beyond its id: ids are used again, also by the first process after a restart of the
 * machine or of a container.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

export interface ProcessIdentity {
  readonly pid: number;
  /** Start in clock ticks since boot; '' where the system does not tell. */
  readonly started: string;
  /** Changes with every start of the machine; '' where the system does not tell. */
  readonly boot: string;
  /** Which processes see each other by their ids; '' where there is only one such space. */
  readonly space: string;
  readonly host: string;
}

/** This process. */
export function ownIdentity(): ProcessIdentity {
  return {
    pid: process.pid,
    started: startOf(process.pid) ?? '',
    boot: textOf(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    space: textOf(() => readlinkSync('/proc/self/ns/pid')),
    host: hostname(),
  };
}

/**
 * Whether a process still runs: 'unknown' when it is one of another machine, which cannot be asked. A
 * machine that only changed its name is recognised.
 */
export function lifeOf(other: ProcessIdentity): 'alive' | 'dead' | 'unknown' {
  const own = ownIdentity();
  const isSameSpace = other.boot !== '' && other.boot === own.boot && other.space === own.space;
  if (other.host !== own.host && !isSameSpace) return 'unknown';
  if (other.boot !== own.boot) return 'dead';
  const started = startOf(other.pid);
  if (started === undefined) return 'dead';
  return started === '' || other.started === '' || started === other.started ? 'alive' : 'dead';
}

/** When a process started, '' if that cannot be known, undefined when there is none with this id. */
function startOf(pid: number): string | undefined {
  const stat = textOf(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  // The second field is the program's name in parentheses and may hold anything.
  const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // A process that ended and was not waited for by its parent yet.
  if (state === 'Z' || state === 'X') return undefined;
  if (stat !== '') return fields[18] ?? '';
  try {
    process.kill(pid, 0);
    return '';
  } catch (error) {
    // Not allowed to signal it: it exists, only hidden from us.
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? '' : undefined;
  }
}

/** What the system tells, '' when it does not have such a thing. */
function textOf(read: () => string): string {
  try {
    return read();
  } catch {
    // Not Linux, or the process is gone: both are answers, and the caller tells them apart.
    return '';
  }
}
