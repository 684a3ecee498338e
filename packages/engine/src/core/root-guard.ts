/**
 * May what is (not) seen below a watched root be believed? Owns the one answer: the halt that is on,
 * and whether the deletions that a scan finds must be judged first.
 *
 * The root is judged before every batch of looks. While it is not the folder that was indexed nothing is
 * concluded; when it is back it is scanned whole, and what is missing then is judged as a whole. A folder of
 * another identity is believed only if nearly everything is in it ({@link mayBeMountedAgain}).
 */
import { HOLD_MIN, HOLD_PERCENT, judgeAbsence } from './hold.ts';
import {
  type FoundRoot,
  isSameRoot,
  judgeRoot,
  ROOT_FAULT_MESSAGES,
  type RootFault,
  type RootHealth,
  type RootIdentity,
  type RootSighting,
  SERVER_ACCEPT,
} from './root-health.ts';

/** `state`: the root is healthy, but nothing can be recorded. */
export type WorkFault = RootFault | 'state';

/** `mass-absence`: the root is healthy, but too much of what was published is not there. */
export type Halt = WorkFault | 'mass-absence';

/** What may be done about a path at which nothing stands: remove its entry, ask again later, or nothing. */
export type RemovalVerdict = 'now' | 'later' | 'never';

/** A disk that was mounted again may lack this share of what was indexed, but never more than HOLD_MIN entries. */
const REMOUNT_PERCENT = 1;

/**
 * Whether a folder that stands in the place of the root, with `missing` of the `indexed` entries not in
 * it, may be the same tree under another identity, while the program has been running all the time.
 */
export function mayBeMountedAgain({
  indexed,
  missing,
}: {
  readonly indexed: number;
  readonly missing: number;
}): boolean {
  return missing <= HOLD_MIN && missing * 100 <= indexed * REMOUNT_PERCENT;
}

/** Why the deletions of a whole scan must be judged before they are believed. */
type Doubt = 'was-off' | 'came-back';

/** What is still to be judged, for the next life of the program: what came anew since makes no loss smaller. */
export interface OpenJudgement {
  readonly doubt: Doubt;
  /** Entries of the index that the loss is judged against, at least 1. */
  readonly indexed: number;
}

const MASS_ABSENCE = {
  cause: 'most of what was published before is not there now',
  next: `put it back; or if it is meant to be gone: ${SERVER_ACCEPT}`,
};

const unwritable = (indexDir: string) => ({
  cause: `the index in ${indexDir} cannot be written, so no change is published`,
  next: 'make room on its disk, and see that it can be written; it is tried again by itself',
});

export class RootGuard {
  /** The root as this run of the program knows it. */
  #root: RootIdentity | undefined;
  #halt: Halt | undefined;
  #isWatching = false;
  /** Why the deletions of the next whole scan must be judged before they are believed. */
  #judging: Doubt | undefined;
  /** Entries of the index when watching began: what a scan finds anew does not make a loss smaller. */
  #indexed = 0;
  /** A person said that the root is meant to be empty. */
  #isEmptyAgreed = false;

  /** Why nothing (or no deletion) is published; undefined when all is well. */
  get halt(): Halt | undefined {
    return this.#halt;
  }

  /** Entries of the index that the next whole scan is judged against. */
  get indexed(): number {
    return this.#indexed;
  }

  /** The root was found healthy, and no halt has ended that since. */
  get isWatching(): boolean {
    return this.#isWatching;
  }

  /** What no whole scan has settled yet; undefined when nothing is in doubt. */
  get open(): OpenJudgement | undefined {
    if (this.#judging === undefined || this.#indexed <= 0) return undefined;
    return { doubt: this.#judging, indexed: this.#indexed };
  }

  /** Nothing is looked at: the root itself is not what it was, or what is found cannot be recorded. */
  get isIdle(): boolean {
    return this.#halt !== undefined && this.#halt !== 'mass-absence';
  }

  /** The root is not the one that was indexed: nothing in it can be read as what is known of it. */
  get isRootAway(): boolean {
    return this.isIdle && this.#halt !== 'state';
  }

  /** Whether an absence that is proved now may be believed. */
  get removal(): RemovalVerdict {
    // While a large loss waits for a person nothing is removed: the scan that judges it finds it again.
    if (this.#halt === 'mass-absence') return 'never';
    return this.#judging === undefined ? 'now' : 'later';
  }

  /**
   * Whether the next {@link judge} wants to know how many entries the root has: only a root that is not
   * watched yet may be a mount point without its disk.
   */
  isListingWanted(found: RootSighting['found'], indexedEntries: number): boolean {
    if (this.#isWatching || this.#isEmptyAgreed || indexedEntries === 0) return false;
    return typeof found === 'object' && found.kind === 'directory';
  }

  /** Judges what stands at the root's path. Changes nothing: see {@link begin} and {@link enterHalt}. */
  judge(sighting: Omit<RootSighting, 'expected'>): RootHealth {
    return judgeRoot({ ...sighting, expected: this.#root });
  }

  /**
   * Whether a folder that was found in the place of the known root is to be compared with the index: device
   * and inode change honestly when a disk is mounted again.
   */
  isProbeWanted(found: FoundRoot): boolean {
    const root = this.#root;
    if (this.#isWatching || root === undefined || found.kind !== 'directory') return false;
    return !isSameRoot(found, root);
  }

  /** A folder of another identity was compared with the index and is the root from here on. */
  admit(root: RootIdentity): void {
    this.#root = root;
  }

  /**
   * The root was found healthy: it is watched and scanned whole from here on, against `indexed` entries.
   * @param open what was never settled, in this life or an earlier one: who asked a person still asks after a restart
   */
  begin(root: RootIdentity, indexed: number, open?: OpenJudgement): void {
    this.#indexed = Math.min(indexed, open?.indexed ?? indexed);
    this.#judging = this.#root === undefined ? (open?.doubt ?? 'was-off') : 'came-back';
    this.admit(root);
    this.#isWatching = true;
  }

  /** The work cannot go on. Returns false when that was known already, and nothing is watched. */
  enterHalt(fault: WorkFault): boolean {
    this.#isEmptyAgreed = false;
    if (this.#halt === fault && !this.#isWatching) return false;
    this.#halt = fault;
    this.#isWatching = false;
    return true;
  }

  /** The root that was believed is away: a later life of the program, which never saw it, judges what is back as this one. */
  doubt(indexed: number): void {
    if (this.#root === undefined) return;
    if (this.#judging === undefined) this.#indexed = indexed;
    this.#judging = 'came-back';
  }

  /**
   * A whole scan of the healthy root ended, and `missing` of the indexed entries exist nowhere.
   * `explained` more are known to have been taken away by us: they count neither as missing nor as what there was.
   * Returns whether that is believed; if not, a halt begins that only another scan ends.
   */
  scanned(missing: number, explained = 0): 'believe' | 'ask' {
    if (this.#isTooMuch(missing, this.#indexed - explained)) {
      this.#halt = 'mass-absence';
      return 'ask';
    }
    this.#judging = undefined;
    this.#halt = undefined;
    this.#isEmptyAgreed = false;
    return 'believe';
  }

  /**
   * A person says that what is missing, or that the empty root, is meant. Returns false when nobody was asked.
   * What else is missing is judged by the next whole scan, against the entries that are left
   * ({@link forget}).
   */
  accept(): boolean {
    if (this.#halt === 'emptied') this.#isEmptyAgreed = true;
    else if (this.#halt === 'mass-absence') this.#halt = undefined;
    else return false;
    return true;
  }

  /** So many of the indexed entries are gone because a person agreed: they make no later loss look smaller. */
  forget(entries: number): void {
    this.#indexed -= entries;
  }

  /**
   * After a start, files may have been deleted in our absence: only a large loss asks. Of a root that was
   * away for a while, half may not be missing, however little that is.
   */
  #isTooMuch(missing: number, indexed: number): boolean {
    if (this.#judging === undefined) return false;
    if (this.#judging === 'came-back') return missing * 100 > indexed * HOLD_PERCENT;
    return judgeAbsence({ indexed, missing }) === 'ask';
  }
}

/** A halt in words, with the next step; '' without one. `accept`: the command by which a person agrees here. */
export function haltMessage(halt: Halt | undefined, indexDir: string, accept = SERVER_ACCEPT): string {
  if (halt === undefined) return '';
  const { cause, next } = explain(halt, indexDir);
  return `Nothing is deleted on any mirror: ${cause}. Next: ${next.replace(SERVER_ACCEPT, () => accept)}.`;
}

function explain(halt: Halt, indexDir: string): { readonly cause: string; readonly next: string } {
  if (halt === 'mass-absence') return MASS_ABSENCE;
  return halt === 'state' ? unwritable(indexDir) : ROOT_FAULT_MESSAGES[halt];
}
