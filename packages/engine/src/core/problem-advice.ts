/** What a person can do about a path that cannot be handled, for every code that either program gives. */

export interface ProblemAdvice {
  /** Why, for a person; where a system gave its own words they come before this. */
  readonly cause: string;
  /** The next step, as a sentence. */
  readonly cure: string;
}

const RENAME = 'Rename it at the source.';
const NONE_NEEDED = 'Nothing has to be done.';

export const PROBLEM_ADVICE = {
  ABSENT: { cause: 'it was gone when it was needed', cure: NONE_NEEDED },
  EXISTS: { cause: 'something else stands there', cure: NONE_NEEDED },
  NOT_A_FILE: {
    cause: 'a node of another kind stands there, or a link on the way to it',
    cure: 'Look what stands at the path, and move it away if it does not belong there.',
  },
  NOT_EMPTY: {
    cause: 'the folder has something in it that is not known',
    cure: 'Look what is in the folder, and move it away if it does not belong there.',
  },
  DENIED: {
    cause: 'permission denied',
    cure: 'Give the user of the program the right to it (chmod, chown; chattr -i if it is marked unchangeable).',
  },
  SOURCE_DENIED: {
    cause: 'it may not be read at the source',
    cure: 'Give the user of the server (with --source: of this program) the right to read it there (chmod, chown).',
  },
  READ_ONLY: {
    cause: 'the file system is mounted read-only',
    cure: 'Mount it for writing again; if the system made it read-only by itself, check the disk (dmesg).',
  },
  NO_SPACE: {
    cause: 'no space is left on the disk',
    cure: 'Make room on the disk or raise the quota; what a mirror has in its trash can go: "lanmirror-client trash prune --older-than 0s" deletes all of it, after a question.',
  },
  TOO_MANY_OPEN: {
    cause: 'too many files are open',
    cure: 'It passes by itself; if it stays, raise the limit: ulimit -n, or LimitNOFILE= of the service.',
  },
  NAME_TOO_LONG: {
    cause: 'the name or path is too long',
    cure: `${RENAME.slice(0, -1)} to something shorter.`,
  },
  BUSY: {
    cause: 'it is in use',
    cure: 'Close the program that uses it.',
  },
  MOUNTED: {
    cause: 'something is mounted there or below it, and what is on that is neither moved nor deleted',
    cure: 'Unmount it, or mount it outside of the mirror ("findmnt -R TARGET" lists mounts); the rest follows by itself.',
  },
  TARGET_WITHIN: {
    cause:
      'the target of another mirror is there or below it, and what is in that is neither moved nor deleted',
    cure: 'Give that mirror a folder outside of this one. If it is the target of none any more, remove the file .lanmirror/marker in it; the rest follows by itself.',
  },
  IO: {
    cause: 'the disk or network file system reports an error',
    cure: 'Look into the log of the system (dmesg) and check the disk.',
  },
  FLUSH_FAILED: {
    cause: 'the disk reported an error while writing',
    cure: 'Look into the log of the system (dmesg) and check the disk.',
  },
  UNSUPPORTED: {
    cause: 'the file system cannot store this',
    cure: 'Rename it at the source to a name that the target can have, or use another file system there.',
  },

  unmounted: {
    cause: 'the disk that was mounted there is not',
    cure: 'Mount it again; if it is meant to be gone, remove its empty folder.',
  },
  'ignore-kept': {
    cause: 'its ignore file cannot be read now (IgnoreFiles), so the rules that it had before hold',
    cure: 'Make it readable, as a regular file with text in UTF-8, or remove it; it is read again by itself.',
  },
  'ignore-unknown': {
    cause:
      'its ignore file cannot be read (IgnoreFiles), and nobody knows what it hides; nothing new in this folder is published, and mirrors keep what they have of it',
    cure: 'Make it readable, as a regular file with text in UTF-8, or remove it; it is read again by itself.',
  },
  'ignore-limit': {
    cause:
      'its ignore file is larger than 1 MiB, or with it there would be more or longer rules than a share, or a folder with those above it, may have; nothing new in this folder is published, and mirrors keep what they have of it',
    cure: 'Write fewer lines: exclude folders instead of what is in them, and one pattern with wildcards for many names.',
  },
  damaged: {
    cause:
      'the disk gives other content than before, though nobody wrote to the file; a mirror that has the earlier one keeps it',
    cure: 'Check the disk, and copy the file back from a mirror or a backup; if it is right as it is, touch it, and it is published.',
  },
  'not-mirrored-kind': {
    cause: 'it is a socket, pipe or device',
    cure: 'Nothing has to be done: only files, folders and links are mirrored.',
  },
  'name-not-utf8': { cause: 'its name is not UTF-8', cure: RENAME },
  'not-unicode': { cause: 'its name is not valid Unicode', cure: RENAME },
  'name-too-long': { cause: 'its name is longer than 255 bytes', cure: RENAME },
  'path-too-long': {
    cause: 'its path is longer than 4,096 bytes',
    cure: 'Move it further up in the source.',
  },
  'too-deep': { cause: 'it lies in more than 256 folders', cure: 'Move it further up in the source.' },
  empty: { cause: 'a part of its path is empty', cure: RENAME },
  absolute: { cause: 'its path is absolute', cure: RENAME },
  slash: { cause: "its name has a '/'", cure: RENAME },
  dot: { cause: "its name is '.' or '..'", cure: RENAME },
  nul: { cause: 'its name has a NUL character', cure: RENAME },
  reserved: { cause: 'the name .lanmirror at the top belongs to lanmirror', cure: RENAME },
  'link-too-long': { cause: 'the target of the link is too long', cure: 'Make the link shorter.' },
  'link-not-utf8': {
    cause: 'the target of the link is not UTF-8',
    cure: 'Make the link anew, to a name in UTF-8.',
  },
  'time-out-of-range': {
    cause: 'its time is before 1684 or after 2255',
    cure: 'Set another time at the source (touch).',
  },
  unsendable: {
    cause: 'it has values that no mirror could carry',
    cure: 'Set its time anew (touch), or copy it.',
  },

  KEPT: {
    cause: 'the server cannot look where it stood, so it may still exist and is not removed',
    cure: 'Make the folder readable that "status" names at the source (with Source: here); the rest follows by itself.',
  },
  PLACE_KEPT: {
    cause:
      'its place, or that of something in it, is taken by what the server cannot tell of and what is therefore kept',
    cure: 'Make the folder readable that "status" names at the source (with Source: here); the rest follows by itself.',
  },
  PLACE_LEFT: {
    cause:
      'its place, or one that it needs, is taken by something of another kind, which stays because missing does not count (Compare)',
    cure: 'Move what stands there on the mirror away, or add missing to Compare: then it goes to the trash.',
  },
  PLACE_NOT_DELETED: {
    cause:
      'its place, or one that it needs, is taken by a folder that was deleted at the source and is kept here (Delete, DeleteNever)',
    cure: 'Remove or rename that folder on the mirror, or change the rule (Delete, DeleteNever): then it goes to the trash.',
  },
  PLACE_STUCK: {
    cause: 'its place, or that of something in it, is taken by a folder that has to leave it and could not',
    cure: 'See why that folder cannot go where it belongs: "status" names that path, too. As soon as it can, this follows by itself.',
  },
  CLEANED: {
    cause: 'it holds what was cleaned from the source, and the source has something else at its place now',
    cure: 'Move on the mirror what is in it to another folder, or rename at the source what has its name; "lanmirror-client cleaned" lists such files.',
  },
  PLACE_CLEANED: {
    cause: 'its place is taken by what was cleaned from the source, or by a folder that holds such a thing',
    cure: 'Rename it at the source, or move on the mirror what stands there to another name or folder; remove it there if nobody needs it any more. "lanmirror-client cleaned" lists such files.',
  },
  CLEANED_RECORD: {
    cause:
      'the record of what was cleaned from the source is damaged or cannot be read; nothing that the source does not have is removed here, and nothing more is cleaned',
    cure: 'Make it a file that can be read and written; without any it is written anew from what is remembered. Of a damaged one remove the lines named, when you know that the file of each is safe.',
  },
  PLACE_EXCLUDED: {
    cause: 'its place is taken by what the rules leave out and what is therefore kept',
    cure: 'Move what stands there on the mirror away ("lanmirror-client excluded remove PATH" moves it to the trash), or change the rule (Exclude, MinSize, MaxSize).',
  },
  UNSETTLED: {
    cause: 'it keeps differing',
    cure: 'See whether another program writes to it on the mirror, and end that.',
  },
  CHANGING: {
    cause: 'it changed while it was read',
    cure: 'Nothing has to be done: it is fetched when it is quiet.',
  },
  CORRUPT: {
    cause: 'what arrived is not what was sent',
    cure: 'It is fetched again by itself; if it stays, check memory and network of both machines.',
  },
  NO_LINKS: {
    cause: 'this target cannot hold symbolic links',
    cure: 'Mirror to a disk that can, or set Links = skip to hear no more of links.',
  },
  LINK_OUTSIDE: {
    cause: 'the link leads out of the mirrored folder',
    cure: 'Set Links = keep to have it, or Links = skip to hear no more of links.',
  },
} as const satisfies Readonly<Record<string, ProblemAdvice>>;

/** The advice for a code; one that a newer program at the other end gave is not known here. */
export function adviceFor(code: string): ProblemAdvice {
  const known: Readonly<Record<string, ProblemAdvice>> = PROBLEM_ADVICE;
  if (Object.hasOwn(known, code)) return known[code] ?? UNKNOWN;
  return UNKNOWN;
}

const UNKNOWN: ProblemAdvice = {
  cause: 'it cannot be handled',
  cure: 'Look into the logs of both programs.',
};
