/**
 * One program at a time for one folder. A lock is a file that names its holder so precisely that a dead
 * one is recognised at once and a reused process id deceives nobody.
 *
 * Taking over from a dead holder: the file cannot be removed and made again, because a slow taker would
 * then remove the lock of a fast one. Instead who wants to replace this one dead holder first takes a
 * second lock that is named after it, looks again, and puts its own file in the place of the dead one in
 * one step. Only the keeper of that second lock may do so, hence exactly one taker succeeds; if the
 * keeper dies meanwhile, its second lock is taken over in the same way. On a disk where nothing can be put in
 * the place of something, the keeper removes the dead lock, and the free place is whose new lock is there first.
 */
import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { EXIT } from './exit-code.ts';
import { localTimeOf } from './local-time.ts';
import { makeLock, readLock, removeLock, replaceLock } from './lock-text.ts';
import { lifeOf, ownIdentity, type ProcessIdentity } from './process-identity.ts';
import { UserError } from './user-error.ts';

export interface Lock {
  /** Gives the lock back. Does nothing when it is not ours any more. The end of the process does it too, unless it is killed. */
  release(): void;
}

interface Holder extends ProcessIdentity {
  /** When it took the lock, ISO 8601. */
  readonly since: string;
  readonly what: string;
  /** The state folder of the holder, through which it can be asked; not in locks that older versions made. */
  readonly stateDir?: string;
}

/** Who holds a lock, for those who come second. */
export interface LockHolder {
  /** `process 42 on nas, since 2025-01-02T03:04:05.000Z` */
  readonly who: string;
  /** Its state folder; '' when it did not write it down. */
  readonly stateDir: string;
  /** It runs on another machine, or did when it took the lock. */
  readonly isElsewhere: boolean;
}

/** How often a lock may change hands under our eyes before we give up. */
const MAX_TRIES = 20;
/** How many takers may have died one after the other while taking over. */
const MAX_DEPTH = 8;

/**
 * Takes the lock `file`.
 * @param what names the program and its folder, as the beginning of "... is already running"
 * @param stateDir where the holder can be asked, for locks that lie elsewhere
 * @throws UserError with exit code 5 that names the living holder, or with 2 when the file cannot be made
 */
export function acquireLock(file: string, what: string, stateDir = ''): Lock {
  const place = stateDir === '' ? {} : { stateDir };
  const holder: Holder = { ...ownIdentity(), since: new Date().toISOString(), what, ...place };
  const text = `${JSON.stringify(holder)}\n`;
  try {
    take(file, text, 0);
  } catch (error) {
    throw error instanceof UserError ? error : unusable(file, error);
  }
  LEFT.delete(text);
  const release = (): void => {
    if (!HELD.delete(release)) return;
    giveBack(file, text);
    if (HELD.size === 0) process.off('exit', releaseAll);
  };
  // One listener for all: a program may hold many.
  if (HELD.size === 0) process.on('exit', releaseAll);
  HELD.add(release);
  return { release };
}

/** What gives back each lock of this process. */
const HELD = new Set<() => void>();
/** Texts of the locks that this process has given back and did not remove. */
const LEFT = new Set<string>();

/**
 * Of a disk that is read-only by now, or cannot be reached, the lock stays: it ends with this process, as after a kill.
 * Of one that is not mounted it is not even seen, and is there again with the disk.
 */
function giveBack(file: string, text: string): void {
  try {
    if (!remove(file, text)) LEFT.add(text);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    LEFT.add(text);
  }
}

function releaseAll(): void {
  for (const release of HELD) release();
}

/**
 * Who holds the lock `file` now; undefined when nobody does, or a dead process.
 * @throws errors of the file system but absence
 */
export function lockHolder(file: string): LockHolder | undefined {
  const text = readLock(file) ?? '';
  const holder = parseHolder(text);
  if (holder === undefined || LEFT.has(text)) return undefined;
  const life = lifeOf(holder);
  if (life === 'dead') return undefined;
  return { who: nameOf(holder), stateDir: holder.stateDir ?? '', isElsewhere: life === 'unknown' };
}

function unusable(file: string, error: unknown): UserError {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) throw error;
  const next =
    code === 'ENOSPC' || code === 'EDQUOT'
      ? `Make room on the disk of ${dirname(file)}, and start again.`
      : `See that ${dirname(file)} can be written.`;
  return new UserError('LOCK_NOT_MADE', `The lock ${file} cannot be made (${code}).`, next);
}

function take(file: string, text: string, depth: number): void {
  for (let tries = 0; tries < MAX_TRIES && depth < MAX_DEPTH; tries += 1) {
    if (makeLock(file, text)) return;
    const found = readLock(file);
    if (found === undefined) continue;
    const holder = parseHolder(found);
    const isHeld = holder !== undefined && !LEFT.has(found) && lifeOf(holder) !== 'dead';
    if (isHeld) throw heldBy(file, holder);
    if (replaceDead(file, found, text, depth)) return;
  }
  throw new UserError('LOCKED', `The lock ${file} keeps changing hands.`, 'Try again.', EXIT.alreadyRunning);
}

/** Returns false when the dead holder's lock has been taken over by somebody else. */
function replaceDead(file: string, dead: string, text: string, depth: number): boolean {
  const guard = `${file}.${createHash('sha256').update(dead).digest('hex').slice(0, 8)}`;
  take(guard, text, depth + 1);
  try {
    if (readLock(file) !== dead) return false;
    return replaceLock(file, text);
  } finally {
    remove(guard, text);
  }
}

/** Undefined for a file that a power cut left empty or damaged: its holder is as dead as can be. */
function parseHolder(text: string): Holder | undefined {
  let value: Partial<Record<keyof Holder, unknown>> | null;
  try {
    value = JSON.parse(text) as typeof value;
  } catch {
    // Locks appear whole, so half a lock comes from a crash of the machine.
    return undefined;
  }
  const { pid, started, boot, space, host, since, what, stateDir = '' } = value ?? {};
  const texts = [started, boot, space, host, since, what, stateDir];
  return Number.isSafeInteger(pid) && texts.every((one) => typeof one === 'string')
    ? (value as Holder)
    : undefined;
}

function heldBy(file: string, holder: Holder): UserError {
  const isElsewhere = lifeOf(holder) === 'unknown';
  const step = isElsewhere ? `If ${holder.host} does not run it any more, remove ${file}.` : 'Stop it first.';
  return new UserError(
    'LOCKED',
    `${holder.what} is already running (${nameOf(holder)}).`,
    step,
    EXIT.alreadyRunning,
  );
}

function nameOf({ pid, host, since }: Holder): string {
  return `process ${pid} on ${host}, since ${localTimeOf(since)}`;
}

/**
 * Removes our own lock: nobody replaces the lock of a living holder, so nothing can come in between.
 * @returns whether it was there
 */
function remove(file: string, text: string): boolean {
  if (readLock(file) !== text) return false;
  removeLock(file);
  return true;
}
