/**
 * The vocabulary of the wire: what an entry of a tree is, and where a feed stands.
 * Names follow the glossary in docs/ARCHITECTURE.md.
 */

/** What kinds of entry are mirrored. Anything else (FIFO, socket, device) is a problem. */
export type EntryKind = 'directory' | 'file' | 'link';

/** The id of a share's root. Ids are positive and never used twice within one index. */
export const ROOT_ID = 1;

/** One entry of the source tree as the server's index knows it. */
export interface SourceEntry {
  /** Stable for the life of the entry: a rename keeps it, delete and recreate does not. */
  readonly id: number;
  /** Id of the folder that holds it; 0 for the root. */
  readonly parentId: number;
  /** One path component; '' for the root. */
  readonly name: string;
  readonly kind: EntryKind;
  /** Sequence at which anything of this entry last changed. */
  readonly sequence: number;
  /** Sequence at which the content of a file last changed; content is asked for by (id, version). */
  readonly version: number;
  /** Bytes of a file; 0 for folders and links. */
  readonly sizeBytes: number;
  /** Modification time in whole microseconds since 1970, floored; may be negative. */
  readonly mtimeUs: number;
  /** Permission bits, 0o000 to 0o777; never setuid, setgid or sticky. */
  readonly mode: number;
  /** Verbatim target of a link, '' otherwise. */
  readonly linkTarget: string;
  /** A folder whose content the server cannot tell now: what it does not name below it may exist all the same. */
  readonly isOpaque?: true;
  /** A file that exists and whose content is not published, because a rule leaves out files of its size. */
  readonly isExcluded?: true;
}

/** Where a client's view of an index ends. */
export interface Cursor {
  /** Random name of the index; another one means the sequences have nothing in common. */
  readonly indexId: string;
  /** Names a start of the server: sequences that a stop lost may be issued again in the next one. */
  readonly generation: number;
  /** All changes up to and including this one are in the client's view. */
  readonly sequence: number;
  /**
   * The last sequence of which the client was told anything: above `sequence` when a set broke off, whose
   * first parts are in the view already.
   */
  readonly told: number;
}
