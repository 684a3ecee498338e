/** Why nothing can be shown, or nothing was forgotten, of what was cleaned from the source. Pure. */
import { adviceFor, listedText } from '@lanmirror/engine/core';
import { displayName, EXIT, UserError } from '@lanmirror/engine/host';
import type { TreeError } from '@lanmirror/engine/tree';

/** `lister`, `status`, `again`: commands as a person types them. */
export function noRow(typed: string, lister: string): UserError {
  return new UserError(
    'NO_MATCH',
    `Nothing that matches '${displayName(typed)}' is noted here as cleaned from the source. Nothing was done.`,
    `"${lister}" lists what is. Is it spelled as there, from the top of the mirror?`,
    EXIT.usage,
  );
}

export function recordUnknown({ message }: TreeError): UserError {
  return new UserError(
    'CLEANED_UNKNOWN',
    `What was cleaned from the source cannot be read: ${displayName(message)}.`,
    adviceFor('CLEANED_RECORD').cure,
    EXIT.held,
  );
}

export function notSeen(unseen: readonly string[]): UserError {
  const [first = ''] = unseen;
  return new UserError(
    'NOT_ALL_SEEN',
    `Nothing was forgotten: a copy may have been moved to where nobody can look now: ${listedText([displayName(first)], unseen.length)}.`,
    'Give the user of the client the right to look there, or another name to what has one that is not UTF-8, and run it again.',
    EXIT.someFailed,
  );
}

/** `why`: the whole target cannot be looked at now. */
export function notLooked(why: string, status: string): UserError {
  return new UserError(
    'NOT_LOOKED',
    `Nothing was forgotten: the client has to look at the whole target first, and cannot now: ${displayName(why)}.`,
    `Run it again when "${status}" says that the mirror is in sync.`,
    EXIT.held,
  );
}

/** `start`: the command that starts a client. */
export function notRunning(start: string): UserError {
  return new UserError(
    'NOT_RUNNING',
    'Nothing was forgotten: no client runs on this target, and only one that runs can look where a copy was moved to, or what was edited, before anything is forgotten.',
    `Start it ("${start}"), and run this again.`,
    EXIT.held,
  );
}

export function notShown(again: string): UserError {
  return new UserError(
    'NOT_SHOWN',
    'Nothing was forgotten: another list was shown since.',
    `Run "${again}" again, with the same pattern.`,
    EXIT.held,
  );
}

export function changed(again: string): UserError {
  return new UserError(
    'CHANGED',
    'Nothing was forgotten: more was added beside one of these since it was shown.',
    `Run "${again}" again, with the same pattern, and look at the new list.`,
    EXIT.held,
  );
}

export function away(what: string, status: string): UserError {
  return new UserError(
    'TARGET_AWAY',
    `${what}: the target is not there, or the client is just ending.`,
    `Look at "${status}".`,
    EXIT.held,
  );
}

export function notWritten({ path, message }: TreeError, lister: string): UserError {
  return new UserError(
    'NOT_WRITTEN',
    `Whether all of it was forgotten is not known (${displayName(path)}: ${displayName(message)}).`,
    `Look at the disk, and at "${lister}".`,
    EXIT.someFailed,
  );
}
