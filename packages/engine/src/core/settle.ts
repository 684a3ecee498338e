/**
 * Decides when a changed path is looked at, and when its content is read. A watcher says that
 * something changed, never that the writer has finished.
 *
 * The shell drives it: `hint` for every event; `due` (or `drain`) gives the paths to look at (lstat);
 * for changed content `decideRead` says whether to read it now. If not, `due` gives the path again.
 * Nothing here has a timer: `nextDueAt` says when to come back.
 *
 * Times are milliseconds of one clock that never runs backwards.
 */
import { isWithin } from '@lanmirror/protocol';
import { DueQueue } from './due-queue.ts';
import { ResendMemory } from './resend-memory.ts';

/** A path is looked at when it has not been hinted for this long. */
export const QUIET_SMALL_MS = 2;
/** A path that is hinted for ever is looked at this long after its first hint all the same. */
export const LOOK_CAP_MS = 1000;
/** Content of more than {@link SMALL_CONTENT_BYTES} is read when its path has not been hinted for this long. */
export const QUIET_LARGE_MS = 500;
/** Content up to this size is read at once. */
export const SMALL_CONTENT_BYTES = 1024 * 1024;
/** Large content that never comes to rest is read this long after its first hint. */
export const READ_CAP_MS = 30_000;

/**
 * What was told of a path: its name came or went and nothing more, what it holds may have been written, or that it is
 * not known what happened.
 */
export type Heard = 'moved' | 'written' | 'unknown';

/** A change of one path that has not been read. */
interface Change {
  /** First hint since the content was last read: where the cap of a read is counted from. */
  firstHintAt: number;
  lastHintAt: number;
  /** First hint since the path was last looked at; `undefined` when only the read is outstanding. */
  unlookedAt: number | undefined;
  /** When to try again after a read was put off. */
  readAt: number | undefined;
  /** Someone waits for this change: a resend is not delayed. */
  hurried: boolean;
  heard: Heard;
  /** How many writes had been told of any path at the first hint since the last look, and at the last hint. */
  writesBefore: number;
  writesAfter: number;
}

/** What the shell saw when it looked. */
export interface ContentFacts {
  readonly sizeBytes: number;
  /**
   * When the content was last written, by the clock of `now`, if the shell knows it. Used only for a
   * path that was never hinted (found by a rescan); without it the path counts as written right now.
   */
  readonly lastWriteMs?: number | undefined;
}

export interface ReadDecision {
  readonly read: boolean;
}

export class Settle {
  readonly #waiting = new Map<string, Change>();
  /** Given out by `due` or `drain` and not yet answered by `decideRead`; kept for READ_CAP_MS. */
  readonly #looked = new Map<string, { readonly change: Change; readonly at: number }>();
  readonly #queue = new DueQueue();
  readonly #resends: ResendMemory;
  #now = 0;
  /** How many writes were told. */
  #writes = 0;

  /** @param rememberedPaths how many files that keep changing are remembered at most. */
  constructor(rememberedPaths?: number) {
    this.#resends = new ResendMemory(rememberedPaths);
  }

  /** Paths that `due` or `drain` has yet to give. */
  get size(): number {
    return this.#waiting.size;
  }

  /** These paths. */
  paths(): IterableIterator<string> {
    return this.#waiting.keys();
  }

  /** Something about `path` may have changed. */
  hint(path: string, now: number, heard: Heard = 'unknown'): void {
    this.#now = now;
    this.#resends.changed(path, now);
    const known = this.#waiting.get(path) ?? this.#lookedLately(path);
    const change = known ?? newChange(now, heard);
    change.heard = both(change.heard, heard);
    if (heard === 'written') this.#writes += 1;
    if (change.unlookedAt === undefined) change.writesBefore = this.#writes;
    change.writesAfter = this.#writes;
    change.lastHintAt = now;
    change.unlookedAt ??= now;
    this.#wait(path, change);
  }

  /** What was told of a path and not taken in yet. */
  heard(path: string): Heard {
    return this.#changeOf(path)?.heard ?? 'unknown';
  }

  /**
   * The same of a node that was at `from` and is at `to`. It may have had other names between, of which nothing is known
   * when they are looked at: what was written meanwhile, wherever that was, may have been written to it. Of one that is
   * found by a listing only the old name can tell.
   */
  heardOfMove(from: string, to: string): Heard {
    const [left, came] = [this.#changeOf(from), this.#changeOf(to)];
    if (left?.heard === 'written' || came?.heard === 'written') return 'written';
    if (left === undefined || left.writesBefore !== (came?.writesAfter ?? this.#writes)) return 'unknown';
    return left.heard;
  }

  /** Hints were lost: of what was only moved, as far as was told, more may have happened. */
  doubt(): void {
    const looked = [...this.#looked.values()].map(({ change }) => change);
    for (const change of [...this.#waiting.values(), ...looked])
      if (change.heard === 'moved') change.heard = 'unknown';
  }

  /** The paths to look at now, earliest first. They are not waiting any more. */
  due(now: number): string[] {
    this.#now = now;
    this.#dropUnanswered();
    const paths = this.#queue.take(now);
    for (const path of paths) this.#giveOut(path, false);
    return paths;
  }

  /** When `due` will next have something, or `undefined` when nothing waits. */
  nextDueAt(): number | undefined {
    return this.#queue.next();
  }

  /**
   * Everything that waits, at once, because someone asked for it. For these paths a pending resend
   * delay is cut short; large content still has to come to rest, so `decideRead` may put it off again
   * (go on with `due`).
   */
  drain(): string[] {
    const paths = this.#queue.take(Number.POSITIVE_INFINITY);
    for (const path of paths) this.#giveOut(path, true);
    return paths;
  }

  /**
   * After a look that found changed content: read it now? When not, the path waits and `due` gives it
   * again. Content counts as changed until it was read, however often it is looked at; a look that found
   * nothing to read needs no answer.
   */
  decideRead(path: string, facts: ContentFacts, now: number): ReadDecision {
    this.#now = now;
    const change =
      this.#waiting.get(path) ??
      this.#looked.get(path)?.change ??
      newChange(Math.min(facts.lastWriteMs ?? now, now));
    const readAt = this.#readableAt(path, change, facts.sizeBytes);
    if (readAt > now) {
      change.readAt = readAt;
      this.#wait(path, change);
      return { read: false };
    }
    this.#looked.delete(path);
    this.#settleRead(path, change);
    this.#resends.read(path, now);
    return { read: true };
  }

  /** Content of `path` was sent to its end, which took `durationMs`. To be told once for each receiver. */
  transferred(path: string, durationMs: number, now: number): void {
    this.#now = now;
    this.#resends.transferred(path, durationMs, now);
  }

  /**
   * What is known of `from`, and of everything below it, is known of `to` from now on. This is no
   * hint. One that no look has answered waits at both: something else may stand at `from` by now, and
   * it may have been about that.
   */
  renamed(from: string, to: string): void {
    if (from === to) return;
    for (const path of this.#known(from)) this.#move(path, to + path.slice(from.length));
  }

  /** Nothing about `path` is of interest any more. What lies below it is not touched. */
  forget(path: string): void {
    this.#waiting.delete(path);
    this.#looked.delete(path);
    this.#queue.cancel(path);
    this.#resends.forget(path);
  }

  #changeOf(path: string): Change | undefined {
    return this.#waiting.get(path) ?? this.#looked.get(path)?.change;
  }

  #readableAt(path: string, change: Change, sizeBytes: number): number {
    const quietAt = sizeBytes <= SMALL_CONTENT_BYTES ? change.lastHintAt : change.lastHintAt + QUIET_LARGE_MS;
    const restAt = Math.min(quietAt, change.firstHintAt + READ_CAP_MS);
    return change.hurried ? restAt : Math.max(restAt, this.#resends.notBefore(path, this.#now));
  }

  /** The change is read. What was hinted after the look is a change of its own. */
  #settleRead(path: string, change: Change): void {
    change.readAt = undefined;
    change.hurried = false;
    if (!this.#waiting.has(path)) return;
    if (change.unlookedAt === undefined) {
      this.#waiting.delete(path);
      this.#queue.cancel(path);
      return;
    }
    change.firstHintAt = change.unlookedAt;
    this.#wait(path, change);
  }

  #wait(path: string, change: Change): void {
    this.#looked.delete(path);
    this.#waiting.set(path, change);
    this.#queue.schedule(path, dueAt(change));
  }

  #giveOut(path: string, hurried: boolean): void {
    const change = this.#waiting.get(path);
    if (change === undefined) return;
    change.unlookedAt = undefined;
    change.readAt = undefined;
    change.hurried ||= hurried;
    this.#waiting.delete(path);
    this.#looked.set(path, { change, at: this.#now });
  }

  /**
   * The change that is being looked at. A look left unanswered for longer found nothing to read: what
   * comes now is a new change, whose cap must not be counted from the old one.
   */
  #lookedLately(path: string): Change | undefined {
    const looked = this.#looked.get(path);
    return looked !== undefined && this.#now - looked.at <= LOOK_CAP_MS ? looked.change : undefined;
  }

  #dropUnanswered(): void {
    for (const [path, { at }] of this.#looked) {
      if (this.#now - at <= READ_CAP_MS) return;
      this.#looked.delete(path);
    }
  }

  #known(ancestor: string): Set<string> {
    const paths = new Set<string>();
    for (const source of [this.#waiting.keys(), this.#looked.keys(), this.#resends.paths()]) {
      for (const path of source) if (isWithin(path, ancestor)) paths.add(path);
    }
    return paths;
  }

  #move(from: string, to: string): void {
    this.#resends.renamed(from, to);
    const looked = this.#looked.get(from);
    if (looked !== undefined) {
      this.#looked.delete(from);
      if (!this.#waiting.has(to)) this.#looked.set(to, { change: looked.change, at: this.#now });
    }
    const moved = this.#waiting.get(from);
    if (moved === undefined) return;
    this.#waiting.delete(from);
    this.#queue.cancel(from);
    const there = this.#waiting.get(to);
    this.#wait(to, there === undefined ? moved : merged(moved, there));
    if (moved.unlookedAt !== undefined) this.#wait(from, sinceLook(moved, moved.unlookedAt));
  }
}

function newChange(at: number, heard: Heard = 'unknown'): Change {
  // Not put together from parts: there is one for each path that changes.
  return {
    firstHintAt: at,
    lastHintAt: at,
    unlookedAt: undefined,
    readAt: undefined,
    hurried: false,
    heard,
    writesBefore: 0,
    writesAfter: 0,
  };
}

function both(one: Heard, other: Heard): Heard {
  if (one === other) return one;
  return one === 'written' || other === 'written' ? 'written' : 'unknown';
}

/** The part of a change that no look has answered. */
function sinceLook(change: Change, unlookedAt: number): Change {
  return { ...change, firstHintAt: unlookedAt, unlookedAt, readAt: undefined };
}

/** Two changes that meet at one path: the earlier caps and the later hints hold. */
function merged(a: Change, b: Change): Change {
  return {
    firstHintAt: Math.min(a.firstHintAt, b.firstHintAt),
    lastHintAt: Math.max(a.lastHintAt, b.lastHintAt),
    unlookedAt: earlier(a.unlookedAt, b.unlookedAt),
    readAt: earlier(a.readAt, b.readAt),
    hurried: a.hurried || b.hurried,
    heard: both(a.heard, b.heard),
    writesBefore: Math.min(a.writesBefore, b.writesBefore),
    writesAfter: Math.max(a.writesAfter, b.writesAfter),
  };
}

function earlier(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : Math.min(a, b);
}

/** A path is due for a look or for the read that was put off, whichever comes first. */
function dueAt(change: Change): number {
  const lookAt =
    change.unlookedAt === undefined
      ? Number.POSITIVE_INFINITY
      : Math.min(change.lastHintAt + QUIET_SMALL_MS, change.unlookedAt + LOOK_CAP_MS);
  return Math.min(lookAt, change.readAt ?? Number.POSITIVE_INFINITY);
}
