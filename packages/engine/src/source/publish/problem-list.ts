/**
 * The paths of the source that cannot be mirrored now, with the reason. Bounded: beyond the limit only
 * the number is kept, until a whole scan has counted anew. What an earlier run met is shown until the first scan of
 * this one is over.
 */

import {
  isWithin,
  joinPath,
  type PathFault,
  parentOf,
  type SourceProblem,
  utf8Length,
} from '@lanmirror/protocol';
import { adviceFor, MAX_REMEMBERED, type ProblemRecord, relookDelayMs } from '../../core/index.ts';
import type { TreeErrorCode } from '../../tree/index.ts';
import type { IgnoreFault } from './ignore-file.ts';
import type { Unmirrorable } from './observe.ts';

const MAX_KEPT = 10_000;
/** No wait for the next look is longer, milliseconds. */
const MAX_WAIT_MS = 60_000;
/** Characters of a path in a message; a path of a deep tree may be longer. */
const MAX_PATH = 8192;
/** Such a name cannot be asked for by the form in which it is shown: only its folder's listing tells of it. */
const UNDECODABLE = 'name-not-utf8';
/** Nodes of which nothing of a person can be missing on a mirror: they have no content. */
const WITHOUT_CONTENT: ReadonlySet<SourceProblemCode> = new Set(['not-mirrored-kind'] as const);

/** A folder whose disk is not there: what stands in its place is something else until a look says otherwise. */
export const UNMOUNTED = 'unmounted';

/** A file whose disk does not give the content any more that was read before, though nobody has written to it. */
export const DAMAGED = 'damaged';

/** A look at the path itself, or the listing of the folder that stands there. */
export type FoundBy = 'look' | 'listing';

/** Why a path of the source cannot be mirrored. */
export type SourceProblemCode =
  | TreeErrorCode
  | IgnoreFault
  | Unmirrorable
  | PathFault
  | typeof UNMOUNTED
  | typeof DAMAGED
  | typeof UNDECODABLE;

/** One of them with its times, for a person. */
export interface TimedProblem extends ProblemRecord {
  /** Wall clock; undefined: with the next listing of its folder. */
  readonly nextTryMs: number | undefined;
}

interface Kept {
  readonly code: SourceProblemCode;
  readonly sinceMs: number;
  /** Looks that found it so. */
  attempts: number;
  /** Wall clock. */
  nextTryMs: number;
  readonly by: FoundBy;
  readonly isUnknown: boolean;
}

interface Beyond {
  readonly all: number;
  readonly unread: number;
}

const NONE: Beyond = { all: 0, unread: 0 };

export class ProblemList {
  readonly #problems = new Map<string, Kept>();
  readonly #wallMs: () => number;
  /** What an earlier run met and no scan of this one has looked at yet. */
  readonly #earlier: Map<string, ProblemRecord>;
  /** What is only counted: by now, and in the present scan. */
  #beyond: Beyond = NONE;
  #beyondInScan: Beyond = NONE;
  /** Paths whose problem nobody has been told of. */
  readonly #news = new Set<string>();
  #revision = 0;
  /** Folders whose listing showed names that are not UTF-8. */
  readonly #undecodableIn = new Set<string>();

  /** `earlier`: what was remembered of the last run. */
  constructor(wallMs: () => number = Date.now, earlier: readonly ProblemRecord[] = []) {
    this.#wallMs = wallMs;
    this.#earlier = new Map(earlier.map((problem) => [problem.path, problem]));
  }

  /**
   * `isUnknown`: it could not be looked at, so anything may stand there; not so a node that was seen and
   * cannot be mirrored. Returns whether anything is new.
   */
  add(path: string, code: SourceProblemCode, isUnknown: boolean, by: FoundBy = 'look'): boolean {
    if (this.#problems.get(path)?.code === code) return false;
    this.#revision += 1;
    if (this.#problems.size >= MAX_KEPT && !this.#problems.has(path)) {
      this.#beyond = withOneMore(this.#beyond, code);
      this.#beyondInScan = withOneMore(this.#beyondInScan, code);
      return true;
    }
    const before = this.#problems.get(path) ?? this.#earlier.get(path);
    const attempts = (before?.attempts ?? 0) + 1;
    const wallMs = this.#wallMs();
    const times = { sinceMs: before?.sinceMs ?? wallMs, attempts, nextTryMs: wallMs + relookDelayMs(1) };
    this.#problems.set(path, { code, isUnknown, by, ...times });
    this.#news.add(path);
    return true;
  }

  /** A whole scan begins: it finds again what was beyond the limit. */
  beginScan(): void {
    this.#beyondInScan = NONE;
  }

  /** The whole scan ended: what it did not find again is no problem any more. */
  endScan(): void {
    const { all, unread } = this.#beyondInScan;
    if (this.#beyond.all !== all || this.#beyond.unread !== unread) this.#revision += 1;
    this.#beyond = this.#beyondInScan;
    if (this.#earlier.size > 0) this.#revision += 1;
    this.#earlier.clear();
  }

  /**
   * A look at the path found nothing amiss, or the listing of it as well: only that ends what a listing met.
   * Returns whether anything is new.
   */
  clear(path: string, by: FoundBy = 'look'): boolean {
    const known = this.#problems.get(path);
    if (known === undefined || known.code === UNDECODABLE) return false;
    if (known.by === 'listing' && by === 'look') return false;
    return this.#delete(path);
  }

  #delete(path: string): boolean {
    if (!this.#problems.delete(path)) return false;
    this.#news.delete(path);
    this.#revision += 1;
    return true;
  }

  /** Grows whenever the list becomes another one. */
  get revision(): number {
    return this.#revision;
  }

  /** The problems that came up since the last call and are there still. What is only counted is not among them. */
  takeNews(): SourceProblem[] {
    const news = [...this.#news].flatMap((path) => {
      const code = this.#problems.get(path)?.code;
      return code === undefined ? [] : [{ path, code }];
    });
    this.#news.clear();
    return news;
  }

  /** A listing of `folder` showed exactly these names that are not UTF-8. */
  setUndecodable(folder: string, names: readonly string[]): void {
    // Nearly every folder: nothing to be searched for.
    if (names.length === 0 && !this.#undecodableIn.delete(folder)) return;
    if (names.length > 0) this.#undecodableIn.add(folder);
    const now = new Set(names.map((name) => joinPath(folder, name)));
    for (const [path, { code }] of this.#problems) {
      const isGone = code === UNDECODABLE && parentOf(path) === folder && !now.has(path);
      if (isGone) this.#delete(path);
    }
    for (const path of now) this.add(path, UNDECODABLE, false);
  }

  /** Forgets a path and everything below it. */
  clearBelow(path: string): boolean {
    let isChanged = false;
    for (const known of this.#problems.keys()) {
      if (isWithin(known, path)) isChanged = this.#delete(known) || isChanged;
    }
    return isChanged;
  }

  get count(): number {
    return this.#problems.size + this.#beyond.all + this.#unseen().length;
  }

  /** The first problems with their times, those of an earlier run that no scan has looked at among them. */
  timed(limit = MAX_REMEMBERED): TimedProblem[] {
    const now = this.first(limit).flatMap(({ path }) => {
      const kept = this.#problems.get(path);
      if (kept === undefined) return [];
      const { code, attempts, sinceMs, nextTryMs } = kept;
      const message = adviceFor(code).cause;
      return [
        { path, code, message, attempts, sinceMs, nextTryMs: code === UNDECODABLE ? undefined : nextTryMs },
      ];
    });
    const earlier = this.#unseen().map((problem) => ({ ...problem, nextTryMs: undefined }));
    return [...now, ...earlier].slice(0, limit);
  }

  #unseen(): ProblemRecord[] {
    return [...this.#earlier.values()].filter(({ path }) => !this.#problems.has(path));
  }

  /** How many of them may have content that a mirror lacks. */
  get unreadCount(): number {
    let count = this.#beyond.unread;
    for (const { code } of this.#problems.values()) if (!WITHOUT_CONTENT.has(code)) count += 1;
    return count;
  }

  /** The first paths with this problem. */
  pathsWith(code: SourceProblemCode, limit: number): string[] {
    const paths: string[] = [];
    for (const [path, kept] of this.#problems) {
      if (kept.code !== code) continue;
      if (paths.length === limit) break;
      paths.push(path);
    }
    return paths;
  }

  /** Whether a path has a problem. */
  isAmiss(path: string): boolean {
    return this.#problems.has(path);
  }

  /** The problem of a path, if it is one of those that are kept. */
  codeOf(path: string): SourceProblemCode | undefined {
    return this.#problems.get(path)?.code;
  }

  /** Whether the problem of a path is this one. */
  has(path: string, code: string): boolean {
    return this.#problems.get(path)?.code === code;
  }

  /** Whether this folder could not be listed, or something in it not looked at. */
  isUnknown(folder: string): boolean {
    if (this.#beyond.all > 0) return true;
    for (const [path, { isUnknown }] of this.#problems)
      if (isUnknown && (path === folder || (path !== '' && parentOf(path) === folder))) return true;
    return false;
  }

  /** The first problems, unread ones before others: at most so many, with at most so many bytes of paths. */
  first(limit: number, maxBytes = Number.POSITIVE_INFINITY): SourceProblem[] {
    const list: SourceProblem[] = [];
    let bytes = 0;
    const all = [...this.#problems];
    const isUnread = ([, { code }]: readonly [string, Kept]): boolean => !WITHOUT_CONTENT.has(code);
    const ordered = [...all.filter(isUnread), ...all.filter((one) => !isUnread(one))];
    for (const [whole, { code }] of ordered) {
      const path = whole.length > MAX_PATH ? `...${whole.slice(3 - MAX_PATH)}` : whole;
      bytes += utf8Length(path);
      if (list.length >= limit || bytes > maxBytes) break;
      list.push({ path, code });
    }
    return list;
  }

  /**
   * Paths at which to look again now, at most so many: they may be well. Each is due again later than the last
   * time. A name that is not UTF-8 waits for a listing.
   */
  takeDue(limit: number): string[] {
    const wallMs = this.#wallMs();
    const due: string[] = [];
    for (const [path, kept] of this.#problems) {
      // The wall clock may have been set back.
      const isDue = kept.nextTryMs <= wallMs || kept.nextTryMs > wallMs + 2 * MAX_WAIT_MS;
      if (kept.code === UNDECODABLE || !isDue) continue;
      if (due.length === limit) break;
      due.push(path);
      kept.attempts += 1;
      kept.nextTryMs = wallMs + relookDelayMs(kept.attempts);
    }
    return due;
  }
}

function withOneMore({ all, unread }: Beyond, code: SourceProblemCode): Beyond {
  return { all: all + 1, unread: unread + (WITHOUT_CONTENT.has(code) ? 0 : 1) };
}
