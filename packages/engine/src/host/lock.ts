/**
 * One program at a time for one folder. A lock is a file that names its holder by process id, start time
 * and boot, so that a dead holder is recognised at once and a reused process id deceives nobody.
 *
 * Taking a dead holder's lock: the file is renamed away to a name made of its holder, and only who moved
 * it aside and finds the dead holder in it may try to create the new one; creation is exclusive. Two
 * takers therefore never both succeed.
 */
import { linkSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { EXIT } from './exit-code.ts';
import { UserError } from './user-error.ts';

interface Holder {
  readonly pid: number;
  /** Start of the process in clock ticks since boot; '' where the system does not tell. */
  readonly started: string;
  readonly boot: string;
  readonly host: string;
  readonly since: string;
  readonly what: string;
}

export interface Lock {
  /** Gives the lock back. Does nothing when it is not ours any more. */
  release(): void;
}

/** How often a lock may change hands under our eyes before we give up. */
const MAX_TRIES = 20;

/** Takes the lock `file`. `what` says for whom, in a few words. Throws UserError (exit code 5) naming the holder. */
export function acquireLock(file: string, what: string): Lock {
  const own: Holder = {
    pid: process.pid,
    started: startOf(process.pid) ?? '',
    boot: bootId(),
    host: hostname(),
    since: new Date().toISOString(),
    what,
  };
  const text = `${JSON.stringify(own)}\n`;
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    if (create(file, text)) return { release: () => release(file, text) };
    const holder = read(file);
    if (holder === undefined) continue;
    if (holder !== 'damaged' && isAlive(holder)) throw heldBy(file, holder);
    setAside(file, holder === 'damaged' ? 'damaged' : `${holder.pid}-${holder.started}`, own.pid);
  }
  throw new UserError('LOCKED', `The lock ${file} keeps changing hands.`, 'Try again in a moment.', EXIT.alreadyRunning);
}

/** Whole or not at all: a lock is never seen half written. */
function create(file: string, text: string): boolean {
  const draft = `${file}.${process.pid}.new`;
  writeFileSync(draft, text, { mode: 0o600 });
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  } finally {
    unlinkSync(draft);
  }
}

function read(file: string): Holder | 'damaged' | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder;
  } catch (error) {
    if (error instanceof SyntaxError) return 'damaged';
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Moves a dead holder's lock away. If another taker was faster and the lock is a live one's again, it is put back. */
function setAside(file: string, holder: string, pid: number): void {
  const aside = `${file}.${pid}.dead`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const moved = read(aside);
  const isTheDead = moved === 'damaged' ? holder === 'damaged' : moved !== undefined && `${moved.pid}-${moved.started}` === holder;
  if (isTheDead) {
    unlinkSync(aside);
    return;
  }
  try {
    linkSync(aside, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  unlinkSync(aside);
}

function isAlive(holder: Holder): boolean {
  if (holder.host !== hostname()) return true;
  if (holder.boot !== bootId()) return false;
  const started = startOf(holder.pid);
  return started !== undefined && (holder.started === '' || started === holder.started);
}

function heldBy(file: string, holder: Holder): UserError {
  const where = holder.host === hostname() ? '' : ` on ${holder.host}`;
  const next = holder.host === hostname() ? 'Stop it first.' : `If that machine does not run it any more, remove ${file}.`;
  const who = `process ${holder.pid}${where}, since ${holder.since}`;
  return new UserError('LOCKED', `${holder.what} is already running (${who}).`, next, EXIT.alreadyRunning);
}

function release(file: string, text: string): void {
  try {
    if (readFileSync(file, 'utf8') === text) unlinkSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** When the process started, undefined when there is none with this id. */
function startOf(pid: number): string | undefined {
  try {
    // The second field is the program's name in parentheses and may hold anything.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : (fields[19] ?? '');
  } catch (error) {
    if (process.platform === 'linux' && (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
  }
  try {
    process.kill(pid, 0);
    return '';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? '' : undefined;
  }
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    // Not Linux: a restart of the machine is then recognised by the process id alone.
    return '';
  }
}
