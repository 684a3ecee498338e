/** Finds the client that runs on a target, whatever state folder it was given, and asks it. */
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
  const holder = holderOf(targetDir);
  if (holder === undefined) return undefined;
  const isAsked = !holder.isElsewhere && holder.stateDir !== '' && holder.stateDir !== realPath(stateDir);
  const other = isAsked ? await askProgram(holder.stateDir, verb, flags, listener) : undefined;
  if (other !== undefined) return other;
  // It may have ended while it was being asked.
  if (holderOf(targetDir) === undefined) return undefined;
  throw unanswered(holder, stateDir, targetDir);
}

function holderOf(targetDir: string): LockHolder | undefined {
  const file = targetLockIn(realPath(targetDir));
  try {
    return lockHolder(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new UserError(
      'LOCK_UNREADABLE',
      `Whether a client runs on ${displayName(targetDir)} is not known: its lock ${displayName(file)} cannot be read (${code}).`,
      'Ask as the user that runs the client.',
      EXIT.alreadyRunning,
    );
  }
}

function unanswered(holder: LockHolder, stateDir: string, targetDir: string): UserError {
  const { who, isElsewhere } = holder;
  const held = `${displayName(targetDir)} is held by another lanmirror-client (${who})`;
  const refuse = (why: string, next: string): UserError =>
    new UserError('HELD_BY_ANOTHER', `${held}${why}.`, next, EXIT.alreadyRunning);
  if (isElsewhere) return refuse('', 'Ask it on that machine.');
  if (holder.stateDir === realPath(stateDir))
    return refuse(
      ', which does not answer',
      'It does a single pass, or starts or stops right now: ask again.',
    );
  if (holder.stateDir === '')
    return refuse(' that uses another state folder', 'Give that folder with --state-dir.');
  return refuse(
    ` that uses the state folder ${displayName(holder.stateDir)} and does not answer`,
    'It does a single pass, or starts or stops right now: ask again.',
  );
}
