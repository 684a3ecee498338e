/**
 * What a client is given when it connects: the changes since its cursor, or a snapshot to compare
 * with. Every relation that a cursor and an index can have is a row of one table.
 */
import type { Cursor } from '@lanmirror/protocol';

export type FeedReason =
  /** The client has everything. */
  | 'equal'
  /** The client lacks changes, and the index still has all of them. */
  | 'behind'
  /** Deletions that the client has not seen are no longer known. */
  | 'older-than-tombstones'
  /** The cursor names something that this index never issued: its state was restored from older data. */
  | 'ahead'
  /** The cursor is from before an unclean stop, and something was told above what was durable then. */
  | 'unflushed'
  /** The cursor belongs to another index. */
  | 'other-index'
  /** The client has no cursor. */
  | 'none';

/** `continue`: the changes after the cursor. `snapshot`: everything, to be compared. */
export type Feed = 'continue' | 'snapshot';

/** What each reason leads to, and how it reads in a log. */
export const FEED_TABLE: Readonly<Record<FeedReason, { readonly feed: Feed; readonly message: string }>> = {
  equal: { feed: 'continue', message: 'up to date' },
  behind: { feed: 'continue', message: 'catching up from where it stopped' },
  'older-than-tombstones': {
    feed: 'snapshot',
    message: 'away for so long that deletions of that time are no longer known: comparing everything',
  },
  ahead: {
    feed: 'snapshot',
    message: 'knows more than this index, which was restored from older data: comparing everything',
  },
  unflushed: {
    feed: 'snapshot',
    message: 'saw changes that the server lost when it stopped uncleanly: comparing everything',
  },
  'other-index': { feed: 'snapshot', message: 'belongs to another index: comparing everything' },
  none: { feed: 'snapshot', message: 'first contact: comparing everything' },
};

/** Where an index stands. */
export interface IndexPosition {
  readonly indexId: string;
  /** The generation that is open now. */
  readonly generation: number;
  /** The last sequence issued. */
  readonly head: number;
  /** Tombstones with a sequence at or below this have been dropped; 0 when none has. */
  readonly oldestTombstone: number;
  /** For each generation after the first: the sequence that was durable when it was opened. */
  readonly durable: readonly { readonly generation: number; readonly sequence: number }[];
}

/** Decides how a client with this cursor is fed. Total: every cursor gets exactly one answer. */
export function decideFeed(
  cursor: Cursor | null,
  index: IndexPosition,
): { readonly feed: Feed; readonly reason: FeedReason } {
  const reason = feedReason(cursor, index);
  return { feed: FEED_TABLE[reason].feed, reason };
}

function feedReason(cursor: Cursor | null, index: IndexPosition): FeedReason {
  if (cursor === null) return 'none';
  if (cursor.indexId !== index.indexId) return 'other-index';
  if (cursor.generation > index.generation) return 'ahead';
  // What was told of a set that broke off is in the view as well: if it is lost, nothing takes it out again.
  if (cursor.generation < index.generation && cursor.told > survivingSequence(cursor.generation, index)) {
    return 'unflushed';
  }
  if (cursor.told > index.head) return 'ahead';
  if (cursor.sequence < index.oldestTombstone) return 'older-than-tombstones';
  return cursor.sequence === index.head ? 'equal' : 'behind';
}

/**
 * The highest sequence of `generation` that still means in `index` what it meant then: each later
 * generation began by reissuing what lay above its durable sequence. Without the record of the next
 * generation nothing is proved to have survived.
 */
function survivingSequence(generation: number, index: IndexPosition): number {
  const later = index.durable.filter((opened) => opened.generation > generation);
  if (!later.some((opened) => opened.generation === generation + 1)) return Number.NEGATIVE_INFINITY;
  return Math.min(...later.map((opened) => opened.sequence));
}
