/**
 * Is the root of a tree still the one we know? Judged before any event or scan below it is believed:
 * an unmounted disk looks exactly like a person who removed every file.
 */

/** Identifies a folder within one boot of one machine. */
export interface RootIdentity {
  readonly dev: bigint;
  readonly ino: bigint;
  /** Where it is known: the next disk may get the device number of the last, and its root always has the same inode. */
  readonly birthtimeNs?: bigint;
}

/** Whether both are the same folder, as far as this can be told. */
export function isSameRoot(a: RootIdentity, b: RootIdentity): boolean {
  const isOtherBirth =
    a.birthtimeNs !== undefined && b.birthtimeNs !== undefined && a.birthtimeNs !== b.birthtimeNs;
  return a.dev === b.dev && a.ino === b.ino && !isOtherBirth;
}

/** What stands at the root's path. Its kind is read without following a link. */
export interface FoundRoot extends RootIdentity {
  readonly kind: 'directory' | 'file' | 'link' | 'other';
}

/** Why nothing may be concluded from what is (not) seen below the root. */
export type RootFault =
  | 'missing'
  | 'not-a-folder'
  | 'replaced'
  | 'other-file-system'
  | 'unreadable'
  | 'emptied';

export type RootHealth = 'healthy' | { readonly halt: RootFault };

export interface RootSighting {
  /**
   * What the root was when this program last watched it. `undefined` at start: device and inode
   * numbers change honestly across a reboot or a restored disk.
   */
  readonly expected: RootIdentity | undefined;
  /** `undefined` when proved absent, `'unreadable'` when looking failed with any other error. */
  readonly found: FoundRoot | undefined | 'unreadable';
  /** Entries below the root according to the index; 0 when never indexed. */
  readonly indexedEntries: number;
  /**
   * Entries directly in the root. Given while it is not watched only, where an empty root may be a mount
   * point without its disk; a person may empty a folder that is watched.
   */
  readonly listedEntries?: number | undefined;
}

/** What a person reads when a root halts, and what to do about it. */
/** How a person agrees to what a guard found, at a server. */
export const SERVER_ACCEPT = 'lanmirror-server accept';

export const ROOT_FAULT_MESSAGES: Readonly<
  Record<RootFault, { readonly cause: string; readonly next: string }>
> = {
  missing: {
    cause: 'the folder does not exist any more',
    next: 'mount or restore it; work goes on by itself when it is back',
  },
  'not-a-folder': {
    cause: 'something that is not a folder stands in its place',
    next: 'put the folder back; a symbolic link is not followed, so configure the real path instead',
  },
  replaced: {
    cause: 'another folder stands in its place',
    next: `put the original back; or if the new one is meant: ${SERVER_ACCEPT}`,
  },
  'other-file-system': {
    cause: 'a disk was mounted over it or unmounted from it',
    next: `mount the right disk, and work goes on by itself; or if the new one is meant: ${SERVER_ACCEPT}`,
  },
  unreadable: {
    cause: 'the folder cannot be read',
    next: 'check the permissions and the disk; it is tried again by itself',
  },
  emptied: {
    cause: 'the folder is empty, but it held files before',
    next: `mount its disk; or if everything was removed on purpose: ${SERVER_ACCEPT}`,
  },
};

/** Judges what was found at the root's path. Anything but `healthy` stops every conclusion below it. */
export function judgeRoot({ expected, found, indexedEntries, listedEntries }: RootSighting): RootHealth {
  if (found === 'unreadable') return { halt: 'unreadable' };
  if (found === undefined) return { halt: 'missing' };
  if (found.kind !== 'directory') return { halt: 'not-a-folder' };
  if (expected !== undefined && found.dev !== expected.dev) return { halt: 'other-file-system' };
  if (expected !== undefined && !isSameRoot(expected, found)) return { halt: 'replaced' };
  if (indexedEntries > 0 && listedEntries === 0) return { halt: 'emptied' };
  return 'healthy';
}
