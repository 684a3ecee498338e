/**
 * When may a mirror be called in sync? Decided here, from facts alone, so that the sentence a person
 * relies on most is never a by-product of some branch.
 */

/** What is left when nothing is in flight any more. */
export interface RestFacts {
  /** Something stands on the target that nobody knows: the whole has to be looked at. */
  readonly isCheckDue: boolean;
  /** Entries that differ, or may, and that neither wait for a person nor are problems already. */
  readonly openCount: number;
  /** Times that the target was looked at, or such entries were planned, again since the last set from the source. */
  readonly replans: number;
}

/**
 * Times that the same leftovers are dealt with again at once before they become problems, which are tried again later:
 * a disk that is not what it was taken for would bring the same ones for ever.
 */
const MAX_REPLANS = 3;

/** What to do with what is left: look at the whole target, plan again, call it a problem, or nothing is left. */
export function judgeRest({
  isCheckDue,
  openCount,
  replans,
}: RestFacts): 'check' | 'plan' | 'problem' | 'done' {
  if (!isCheckDue && openCount === 0) return 'done';
  if (replans >= MAX_REPLANS) return 'problem';
  return isCheckDue ? 'check' : 'plan';
}

/** What is known when everything that could be done is done and durable. */
export interface SyncFacts {
  /** The head of the last complete set from the source. */
  readonly head: number;
  /** The head at which in sync was said last; -1 when it was not. */
  readonly saidAt: number;
  /** Paths that failed, and that a person knows of. */
  readonly problems: number;
  /** That number when it was said last. */
  readonly saidProblems: number;
  /** Something failed in passing and is tried again in a moment. */
  readonly isPassing: boolean;
  /** Deletions that wait, for a burst to end or for a person. */
  readonly waitingRemovals: number;
  readonly isHeld: boolean;
  readonly isHoldSaid: boolean;
}

/**
 * - `later`: not now; what is on its way brings the next verdict
 * - `held`: as done as it can be, but deletions wait for a person; not in sync
 * - `say-held`: the same, and it has not been said in this run
 * - `known`: in sync, as was said
 * - `say`: in sync
 */
export type SyncVerdict = 'later' | 'held' | 'say-held' | 'known' | 'say';

export function judgeSync(facts: SyncFacts): SyncVerdict {
  if (facts.isPassing) return 'later';
  if (facts.waitingRemovals > 0) {
    if (!facts.isHeld) return 'later';
    return facts.isHoldSaid ? 'held' : 'say-held';
  }
  return facts.saidAt === facts.head && facts.saidProblems === facts.problems ? 'known' : 'say';
}
