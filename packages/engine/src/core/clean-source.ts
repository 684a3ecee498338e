/**
 * When a file of the source may be cleaned: moved to the trash of the source because a mirror has it. Pure. Everything
 * that is not known counts as a reason to leave the file where it is.
 */
import { parentOf } from '@lanmirror/protocol';
import { microseconds } from './node-identity.ts';

/** From what the days are counted: the sync that was verified, or the file's creation. */
export type CleanFrom = 'synced' | 'created';

export interface CleanRule {
  /** 0: as soon as it is verified. */
  readonly afterMs: number;
  readonly from: CleanFrom;
  /** Folders above a cleaned file that go with it when nothing is left in them; 0 for none. */
  readonly folderLevels: number;
  /** They go although something is left in them that the rules leave out. */
  readonly takesLeftOut: boolean;
}

/** Of a file that is in sync, how old it is, by the clock that a person cannot set ahead. */
export interface CleanAge {
  /** Since it was first seen to be in sync as it is now. */
  readonly syncedForMs: number;
  /** Since it was created; undefined where its disk does not tell. */
  readonly createdForMs: number | undefined;
}

/** `unknown`: nobody can tell when it is due, so it never is. */
export type CleanDue =
  | { readonly state: 'due' | 'unknown' }
  | { readonly state: 'later'; readonly inMs: number };

/** A time of creation is believed after so long: one start with a wrong clock makes nothing due. */
const BELIEVED_AFTER_MS = 24 * 3_600_000;

/** Whether the rule wants the file to go by now. */
export function cleanDue({ afterMs, from }: CleanRule, { syncedForMs, createdForMs }: CleanAge): CleanDue {
  const ageMs = from === 'synced' ? syncedForMs : createdForMs;
  if (ageMs === undefined || Number.isNaN(ageMs)) return { state: 'unknown' };
  const believedInMs = from === 'synced' ? 0 : Math.min(afterMs, BELIEVED_AFTER_MS) - syncedForMs;
  const inMs = Math.max(afterMs - ageMs, believedInMs);
  return inMs <= 0 ? { state: 'due' } : { state: 'later', inMs };
}

/**
 * How long ago a file was created, as far as two looks and the time that is known to have passed between them agree; a
 * clock that was wrong at one of them makes it no older.
 * @param atFirstMs how long ago it was by the clock on the wall when it was first seen
 * @param nowMs the same by the clock on the wall now
 * @param sinceMs by the clock of what is kept, since it was first seen
 */
export function agreedAgeMs(atFirstMs: number, nowMs: number, sinceMs: number): number {
  return Math.min(atFirstMs + sinceMs, nowMs);
}

/** A node as a look at it shows it. */
export interface NodeSight {
  readonly kind: string;
  readonly dev: bigint;
  readonly ino: bigint;
  readonly sizeBytes: number;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly links: number;
}

/** What was seen while the source's file and the target's were read, the one after the other. */
export interface CleanEvidence {
  /** Of the folder that is the source: another device is another disk. */
  readonly sourceDev: bigint;
  readonly source: { readonly before: NodeSight; readonly after: NodeSight; readonly hash: Uint8Array };
  readonly target: { readonly before: NodeSight; readonly after: NodeSight; readonly hash: Uint8Array };
  /** What the mirror knows of this version: of the hash, null when it was never computed. */
  readonly known: { readonly sizeBytes: number; readonly mtimeUs: number; readonly hash: Uint8Array | null };
}

/** Milliseconds for which nothing may have happened to a file before it goes: who writes in pieces is still at it. */
export const QUIET_MS = 60_000;

/**
 * Milliseconds until a file has been quiet for long enough; 0 when it has. More than {@link QUIET_MS} when a time of it
 * lies in the future of `wallMs`, milliseconds since 1970.
 */
export function quietInMs({ mtimeNs, ctimeNs }: NodeSight, wallMs: number): number {
  const lastNs = mtimeNs > ctimeNs ? mtimeNs : ctimeNs;
  return Math.max(0, QUIET_MS + Number(lastNs / 1_000_000n) - wallMs);
}

/** Why a file stays at the source. */
export type CleanRefusal =
  | 'NOT_A_FILE'
  | 'SAME_FILE'
  | 'LINKS'
  | 'OTHER_DISK'
  | 'CHANGING'
  | 'NOT_KNOWN'
  | 'TARGET_DIFFERS'
  | 'COPY_FOLLOWED'
  | 'NO_CREATION_TIME'
  | 'OTHER_NAME'
  | 'IN_TARGET'
  | 'RULE_FILE'
  | 'OPEN'
  | 'FUTURE';

export const CLEAN_REFUSALS: Readonly<Record<CleanRefusal, string>> = {
  NOT_A_FILE: 'it is not a regular file',
  SAME_FILE: 'the file on the target is this same file (a mount, or a hard link), and no copy',
  LINKS: 'it has several hard links',
  OTHER_DISK: 'it is on another disk than the trash of the source',
  CHANGING: 'it was written to meanwhile',
  NOT_KNOWN: 'it is not, or not yet, what was mirrored',
  TARGET_DIFFERS: 'the copy on the target is not the same',
  COPY_FOLLOWED: 'the file on the target went or changed as soon as this one was taken',
  NO_CREATION_TIME: 'its disk does not tell when it was created',
  OTHER_NAME: 'it has another name on the target',
  OPEN: 'a program has it open for writing',
  FUTURE: 'its time, or that of its last change, lies in the future',
  RULE_FILE: 'it is called like a file with rules (IgnoreFiles, ExcludeFrom)',
  IN_TARGET: 'a folder that it is in is the target of a mirror',
};

/** What a look at both files shows, before either is read. */
export interface CleanSight extends Pick<CleanEvidence, 'sourceDev'> {
  readonly source: NodeSight;
  readonly target: NodeSight;
  readonly known: Pick<CleanEvidence['known'], 'sizeBytes' | 'mtimeUs'>;
}

/** Why the source's file stays whatever is in both; undefined when only that is still to be known. */
export function refusalBySight({ sourceDev, source, target, known }: CleanSight): CleanRefusal | undefined {
  if (source.kind !== 'file' || target.kind !== 'file') return 'NOT_A_FILE';
  if (source.dev === target.dev && source.ino === target.ino) return 'SAME_FILE';
  if (source.links !== 1) return 'LINKS';
  if (source.dev !== sourceDev) return 'OTHER_DISK';
  if (source.sizeBytes !== known.sizeBytes || microseconds(source.mtimeNs) !== known.mtimeUs)
    return 'NOT_KNOWN';
  return target.sizeBytes === source.sizeBytes ? undefined : 'TARGET_DIFFERS';
}

/** Undefined when both files are proved to be the same content, and the source's the version that was mirrored. */
export function refusalOf({ sourceDev, source, target, known }: CleanEvidence): CleanRefusal | undefined {
  const refusal = refusalBySight({ sourceDev, source: source.before, target: target.before, known });
  if (refusal !== undefined) return refusal;
  if (!isUntouched(source.before, source.after)) return 'CHANGING';
  if (!isUntouched(target.before, target.after)) return 'TARGET_DIFFERS';
  if (!isSame(source.hash, target.hash)) return 'TARGET_DIFFERS';
  return known.hash === null || isSame(known.hash, source.hash) ? undefined : 'NOT_KNOWN';
}

/** Whether nothing at all was done to a node between two looks. */
export function isUntouched(before: NodeSight, after: NodeSight): boolean {
  return isUnwritten(before, after) && before.ctimeNs === after.ctimeNs && before.links === after.links;
}

/** The same for a file that was renamed between them, which moves its change time. */
export function isUnwritten(before: NodeSight, after: NodeSight): boolean {
  return (
    before.kind === after.kind &&
    before.dev === after.dev &&
    before.ino === after.ino &&
    before.sizeBytes === after.sizeBytes &&
    before.mtimeNs === after.mtimeNs
  );
}

/** The folders above a cleaned file that may go when they are empty, the lowest first; never the source itself. */
export function cleanableFolders({ folderLevels }: Pick<CleanRule, 'folderLevels'>, path: string): string[] {
  const folders: string[] = [];
  for (let at = parentOf(path); at !== '' && folders.length < folderLevels; at = parentOf(at))
    folders.push(at);
  return folders;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length > 0 && a.length === b.length && a.every((byte, at) => byte === b[at]);
}
