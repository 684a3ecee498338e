/**
 * What a look at a node makes of the entry that is known for it. Pure rules above the comparison of both:
 * what is to be recorded at once, what when it is quiet, and what not at all.
 */
import { compareNode, isTimeProof, type NodeFacts } from './node-identity.ts';
import type { Heard } from './settle.ts';

export interface KnownNode extends NodeFacts {
  /** It was last looked at within a clock tick of a change: equal times do not prove equal content. */
  readonly isFresh: boolean;
  /** The disk does not give its content any more, though nobody has written to it. */
  readonly isDamaged?: true;
}

/** What is to be recorded. */
export type NodeVerdict =
  | 'nothing'
  /** What identifies the node; nothing of it is mirrored. */
  | 'identity'
  /** Mode, modification time or link target. */
  | 'metadata'
  /** The same, when the folder is quiet: its time moves with everything in it. Its identity until then. */
  | 'time-when-quiet'
  /** A new version of the content. */
  | 'content'
  /** A new version of the content, when nobody writes it. */
  | 'content-when-quiet';

/**
 * Whether the node of an entry stands at its path. Inode numbers are unique on one device only, and a
 * folder that is deleted and made again at once often gets the freed number: its birth time tells. A file is
 * compared as a whole, so its device may be called otherwise now.
 */
export function isNodeInPlace(before: NodeFacts, now: NodeFacts): boolean {
  if (before.kind !== now.kind || before.ino !== now.ino) return false;
  return now.kind !== 'directory' || (before.dev === now.dev && before.birthtimeNs === now.birthtimeNs);
}

/**
 * Judges a node that stands where its entry has it, or that replaced one of the same kind. `isScan`: nobody has
 * hinted at it. Throws when the kinds differ: that is another entry.
 */
export function judgeNode(
  before: KnownNode,
  now: NodeFacts,
  isScan: boolean,
  heard: Heard = 'unknown',
): NodeVerdict {
  const comparison = compareNode(before, now);
  switch (comparison) {
    case 'content':
      // Nobody has written it: what the disk gives now is found by the next reading, not by a chown.
      if (before.isDamaged === true && isUnwritten(before, now))
        return before.mode === now.mode ? 'identity' : 'metadata';
      return before.kind === 'file' ? 'content-when-quiet' : 'content';
    case 'metadata':
      return before.kind === 'directory' && before.mode === now.mode ? 'time-when-quiet' : 'metadata';
    case 'same': {
      // Equal times prove nothing when the first look came within a clock tick of the write.
      const isDoubtful = before.isFresh && before.kind === 'file' && before.isDamaged !== true;
      return isDoubtful && !isScan ? 'content' : 'nothing';
    }
    case 'identity': {
      // Another link explains the new change time; a write was told besides.
      const isWritten = now.kind === 'file' && before.ctimeNs !== now.ctimeNs && heard === 'written';
      return isWritten && before.isDamaged !== true ? 'content-when-quiet' : 'identity';
    }
    case 'replaced':
      throw new Error('a node of another kind is another entry');
  }
}

/**
 * Judges a node that turned up under another name, beside the new name itself. A rename moves the change time of a
 * file as a write does, and who writes may set the modification time back: so the content is believed only if nothing
 * but moves was told of the file, and nobody can have written it unheard through another of its names.
 */
export function judgeArrival(
  before: KnownNode,
  now: NodeFacts,
  heard: Heard,
): 'identity' | 'metadata' | 'content' {
  // What is damaged stays so: what the disk gives now is no version of anybody.
  const isUnheard = before.isDamaged !== true && (heard !== 'moved' || before.links > 1 || now.links > 1);
  const isSameContent =
    before.sizeBytes === now.sizeBytes &&
    before.mtimeNs === now.mtimeNs &&
    (now.kind !== 'file' || before.ctimeNs === now.ctimeNs || (!isUnheard && isTimeProof(before)));
  if (isSameContent && before.mode === now.mode) return 'identity';
  return !isSameContent && before.kind === 'file' ? 'content' : 'metadata';
}

/** Only the time of the last change of the node itself moved, as a chown, a link or a backup tool moves it. */
function isUnwritten(before: NodeFacts, now: NodeFacts): boolean {
  return before.ino === now.ino && before.sizeBytes === now.sizeBytes && before.mtimeNs === now.mtimeNs;
}
