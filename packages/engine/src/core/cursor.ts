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
  /** The cursor names something that is not in the past of this index, which was restored from older data. */
  | 'ahead'
  /** The cursor is from before a stop that lost something which had been told. */
  | 'unflushed'
  /** The cursor belongs to another index. */
  | 'other-index'
  /** The client has no cursor. */
  | 'none';

/**
 * - `continue`: the changes after the cursor
 * - `walk`: the same, and the client finds by comparing what was removed
 * - `snapshot`: everything, to be compared
 */
export type Feed = 'continue' | 'walk' | 'snapshot';

/** What each reason leads to, and how it reads in a log. */
export const FEED_TABLE: Readonly<Record<FeedReason, { readonly feed: Feed; readonly message: string }>> = {
  equal: { feed: 'continue', message: 'up to date' },
  behind: { feed: 'continue', message: 'catching up from where it stopped' },
  'older-than-tombstones': {
    feed: 'walk',
    message: 'away for so long that deletions of that time are no longer known: comparing what differs',
  },
  ahead: {
    feed: 'snapshot',
    message:
      'saw what is not in the past of this index, which was restored from older data: comparing everything',
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
  /**
   * For each generation that was opened: the last sequence that existed then. Those of long ago may be
   * missing. The numbers of two generations that were opened on copies of one index differ.
   */
  readonly opened: readonly { readonly generation: number; readonly sequence: number }[];
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
  if (!index.opened.some(({ generation }) => generation === cursor.generation)) return 'ahead';
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
 * generation began by reissuing what lay above the last sequence that had survived.
 */
function survivingSequence(generation: number, index: IndexPosition): number {
  let lowest = Number.POSITIVE_INFINITY;
  for (const opened of index.opened)
    if (opened.generation > generation) lowest = Math.min(lowest, opened.sequence);
  return lowest;
}
