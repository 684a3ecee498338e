/**
 * When a folder of a source goes with the files that were cleaned from it although something is left in it: only if all
 * that is left is what the rules leave out, so that no mirror ever had it. Pure. Everything that is not known counts as
 * a reason to leave the folder where it is.
 */

/** A node in such a folder, or the folder itself, as a look at the disk and the books show it. */
export interface LeftNode {
  readonly kind: 'directory' | 'file' | 'link' | 'other';
  /** It has the name of our own folder. */
  readonly isOwn: boolean;
  /** It is on the disk of the source itself, and nothing is mounted at it or below it. */
  readonly isOnItsDisk: boolean;
  /** All that there is to know of it could be looked at. */
  readonly isReadable: boolean;
  /** A pattern leaves it out, or a folder above it: nobody looks into that. */
  readonly isNamed: boolean;
  /** The mirror knows it as it stands there, and leaves it out for its size and for nothing that passes. */
  readonly isSized: boolean;
  /** Of a folder that no pattern leaves out: the mirror is through with it, and has no file in it. */
  readonly isSettled: boolean;
  /** Nodes directly in it; 0 for all but folders. */
  readonly children: number;
  /** Milliseconds until it has been quiet for long enough; 0 when it has. */
  readonly quietInMs: number;
  /** A program has it open for writing. */
  readonly isOpen: boolean;
}

/** Why a folder stays at the source; `CHANGING` and `OPEN` pass by themselves. */
export type FolderStay = 'OWN' | 'OTHER_DISK' | 'UNREADABLE' | 'MIRRORED' | 'EMPTY' | 'CHANGING' | 'OPEN';

/**
 * Whether one node lets the folder that it is in go; undefined when it does. The folder goes when it does so itself and
 * every node in it, at any depth, does.
 */
export function folderStay(node: LeftNode): FolderStay | undefined {
  if (node.isOwn) return 'OWN';
  if (!node.isOnItsDisk) return 'OTHER_DISK';
  if (!node.isReadable) return 'UNREADABLE';
  if (node.isNamed) return whileInUse(node);
  if (node.kind === 'file') return node.isSized ? whileInUse(node) : 'MIRRORED';
  // A link that only `Links` leaves out is one of the source all the same.
  if (node.kind !== 'directory' || !node.isSettled) return 'MIRRORED';
  // An empty folder is mirrored as what it is.
  return node.children > 0 ? undefined : 'EMPTY';
}

/** Who writes to it would go on in the trash, or find its place gone. */
function whileInUse({ quietInMs, isOpen }: LeftNode): FolderStay | undefined {
  if (quietInMs > 0) return 'CHANGING';
  return isOpen ? 'OPEN' : undefined;
}
