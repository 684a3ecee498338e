/** Finds the client that runs on a target, whatever state folder it was given, and asks it. */
import { join } from 'node:path';
import {
  askProgram,
  type ControlListener,
  type ControlResult,
  displayName,
  EXIT,
  type LockHolder,
  lockHolder,
  realPath,
  UserError,
} from '@lanmirror/engine/host';
import { targetLockIn } from '../mirror/prepare-target.ts';

/** The code of an error that may be over soon: a client has its lock and no control socket. */
export const NO_ANSWER_YET = 'NO_ANSWER_YET';

/** What names a client: its target, and the state folder that this command would use for it. */
export interface ClientPlace {
  readonly stateDir: string;
  readonly targetDir: string;
}

const SILENT = { line: () => undefined, record: () => undefined };

/**
 * Asks the client that runs on the state folder, or else the one that holds the target.
 *
 * @returns undefined when no client runs on this target
 * @throws UserError: what the client answered, or who holds the target and why it cannot be asked
 */
export async function askClient(
  { stateDir, targetDir }: ClientPlace,
  verb: string,
  flags: Readonly<Record<string, string | number | boolean>>,
  listener: ControlListener = SILENT,
): Promise<ControlResult | undefined> {
  const own = await askProgram(stateDir, verb, flags, listener);
  if (own !== undefined) return own;
  const holder = holderOf(targetDir) ?? stateHolder(stateDir, verb);
  if (holder === undefined) return undefined;
  const isAsked = !holder.isElsewhere && holder.stateDir !== '' && holder.stateDir !== realPath(stateDir);
  const other = isAsked ? await askProgram(holder.stateDir, verb, flags, listener) : undefined;
  if (other !== undefined) return other;
  // It may have ended while it was being asked.
  if ((holderOf(targetDir) ?? stateHolder(stateDir, verb)) === undefined) return undefined;
  throw unanswered(holder, stateDir, targetDir);
}

/** What only reads what is remembered, and may do so beside a dry run, too. */
const READING: ReadonlySet<string> = new Set(['history', 'explain']);

/** @throws UserError with exit code 5 when a client runs on this target, or on this state folder */
export function refuseRunning({ stateDir, targetDir }: ClientPlace): void {
  for (const file of [targetLockIn(realPath(targetDir)), join(realPath(stateDir), 'lock')]) {
    const holder = readHolder(file, targetDir);
    if (holder === undefined) continue;
    throw new UserError(
      'LOCKED',
      `A lanmirror-client for ${displayName(targetDir)} is already running (${holder.who}). Nothing was changed.`,
      holder.isElsewhere
        ? `If that machine does not run it any more, remove ${displayName(file)}.`
        : 'Stop it first.',
      EXIT.alreadyRunning,
    );
  }
}

/** A client takes its state folder first; a target that is new to it is locked only when a server has answered. */
function stateHolder(stateDir: string, verb: string): LockHolder | undefined {
  if (READING.has(verb)) return undefined;
  const dir = realPath(stateDir);
  const holder = readHolder(join(dir, 'lock'), dir);
  return holder && { ...holder, stateDir: dir };
}

function holderOf(targetDir: string): LockHolder | undefined {
  return readHolder(targetLockIn(realPath(targetDir)), targetDir);
}

function readHolder(file: string, about: string): LockHolder | undefined {
  try {
    return lockHolder(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new UserError(
      'LOCK_UNREADABLE',
      `Whether a client runs on ${displayName(about)} is not known: its lock ${displayName(file)} cannot be read (${code}).`,
      'Ask as the user that runs the client.',
      EXIT.alreadyRunning,
    );
  }
}

function unanswered(holder: LockHolder, stateDir: string, targetDir: string): UserError {
  const { who, isElsewhere } = holder;
  const held = `${displayName(targetDir)} is held by another lanmirror-client (${who})`;
  const refuse = (why: string, next: string, code = 'HELD_BY_ANOTHER'): UserError =>
    new UserError(code, `${held}${why}.`, next, EXIT.alreadyRunning);
  if (isElsewhere) return refuse('', 'Ask it on that machine.');
  const soon = 'It does a single pass, or starts or stops right now: ask again.';
  if (holder.stateDir === realPath(stateDir)) return refuse(', which does not answer', soon, NO_ANSWER_YET);
  if (holder.stateDir === '')
    return refuse(' that uses another state folder', 'Give that folder with --state-dir.');
  return refuse(
    ` that uses the state folder ${displayName(holder.stateDir)} and does not answer`,
    soon,
    NO_ANSWER_YET,
  );
}
