/**
 * From hints to looks: waits until a path is quiet, looks at what is due, and removes what has been
 * absent for long enough to have turned up elsewhere.
 *
 * Owns the settle machine, the absent paths and the one timer that both need. A kill loses all of it: the
 * next scan finds the same changes.
 */

import { parentOf } from '@lanmirror/protocol';
import { type Clock, type Heard, Settle } from '../../core/index.ts';
import type { Observed } from '../index/index-entry.ts';
import type { Looked, Looker, Removed } from './look.ts';

/** How long a name that vanished may take to turn up under another one. */
const PAIRING_MS = 20;

export interface LookHost {
  readonly clock: Clock;
  readonly looker: Looker;
  /** Whether the root is still the one that was indexed. Asked before every batch; if not, a halt has begun. */
  isRootHealthy(): boolean;
  /** Whether what is proved absent may be removed: now, later, or not before the next whole scan. */
  removal(): 'now' | 'later' | 'never';
  /** Does work that writes to the index; if that fails, a halt has begun. */
  orHalt(work: () => void): void;
  /** After each batch of looks. */
  looked(batch: Looked): void;
  /** After each batch of removals. */
  removed(batch: Removed): void;
  /** A folder of which it is not known what changed in it was looked at: list it. */
  relisted(path: string): void;
}

export class LookLoop {
  readonly #host: LookHost;
  readonly #settle = new Settle();
  /** Absent paths and when their time for turning up elsewhere is over; the earliest first, because all have as long. */
  readonly #absent = new Map<string, number>();
  readonly #relists = new Set<string>();
  #cancel: (() => void) | undefined;
  #plannedMs = Number.POSITIVE_INFINITY;
  #isStopped = false;

  constructor(host: LookHost) {
    this.#host = host;
    host.looker.told = this.#settle;
  }

  /** Something waits to be looked at or to be removed. */
  get isBusy(): boolean {
    return this.#settle.size > 0 || this.#absent.size > 0;
  }

  hint(path: string, heard?: Heard): void {
    const now = this.#host.clock.nowMs();
    this.#settle.hint(path, now, heard);
    // What changes in a folder changes its time, and no watcher says so.
    if (path !== '') this.#settle.hint(parentOf(path), now);
    this.#plan();
  }

  relist(path: string): void {
    this.#relists.add(path);
    this.hint(path);
  }

  /** Nothing stood at these paths. */
  noteAbsent(paths: Iterable<string>): void {
    const due = this.#host.clock.nowMs() + PAIRING_MS;
    for (const path of paths) if (!this.#absent.has(path)) this.#absent.set(path, due);
    this.#plan();
  }

  renamed(from: string, to: string): void {
    this.#settle.renamed(from, to);
  }

  transferred(path: string, durationMs: number): void {
    this.#settle.transferred(path, durationMs, this.#host.clock.nowMs());
  }

  /** Looks at everything that waits, without waiting for quiet; what is being written waits all the same. */
  hurry(): void {
    this.#look(this.#settle.drain());
  }

  /** Ends the wait of what is absent, and looks at what is due. */
  hurryAbsent(): void {
    this.remove([...this.#absent.keys()]);
    this.#look(this.#settle.due(this.#host.clock.nowMs()));
  }

  /**
   * What is still proved absent under a healthy root is removed. What is back is listed: a hint about
   * something in a folder is used up by a look that finds no folder. `isAgreed`: a person has agreed to it.
   */
  remove(paths: readonly string[], isAgreed = false): void {
    for (const path of paths) this.#absent.delete(path);
    const removal = isAgreed ? 'now' : this.#host.removal();
    if (paths.length === 0 || this.#isStopped || removal === 'never') return;
    if (removal === 'later') return this.noteAbsent(paths);
    this.#host.orHalt(() => {
      if (!this.#host.isRootHealthy()) return;
      const removed = this.#host.looker.removeAbsent(paths);
      for (const path of removed.back) this.relist(path);
      for (const path of removed.adrift) this.hint(path);
      this.#host.removed(removed);
    });
  }

  /** Hints were lost: what was told of a path may not be all. */
  doubt(): void {
    this.#settle.doubt();
  }

  /** Nothing that was hinted is of interest any more: a whole scan follows. */
  forgetAll(): void {
    this.#settle.drain();
    this.#settle.doubt();
    this.#absent.clear();
    this.#relists.clear();
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel?.();
  }

  #plan(): void {
    const [absentDue = Number.POSITIVE_INFINITY] = this.#absent.values();
    const due = Math.min(this.#settle.nextDueAt() ?? Number.POSITIVE_INFINITY, absentDue);
    if (due >= this.#plannedMs && this.#cancel !== undefined) return;
    this.#cancel?.();
    this.#cancel = undefined;
    this.#plannedMs = due;
    if (due === Number.POSITIVE_INFINITY || this.#isStopped) return;
    const { clock } = this.#host;
    this.#cancel = clock.after(Math.max(0, due - clock.nowMs()), () => {
      this.#cancel = undefined;
      this.#plannedMs = Number.POSITIVE_INFINITY;
      this.#lookDue();
    });
  }

  #lookDue(): void {
    const now = this.#host.clock.nowMs();
    this.#look(this.#settle.due(now));
    const absent: string[] = [];
    for (const [path, dueMs] of this.#absent) {
      if (dueMs > now) break;
      absent.push(path);
    }
    this.remove(absent);
    this.#plan();
  }

  #look(paths: readonly string[]): void {
    if (paths.length === 0 || this.#isStopped || !this.#host.isRootHealthy()) return;
    const take = (path: string, seen: Observed): boolean => this.#isSettled(path, seen);
    this.#host.orHalt(() => {
      this.#host.looked(this.#host.looker.lookAt(paths, take, false, () => this.#settle.paths()));
      for (const path of paths) if (this.#relists.delete(path)) this.#host.relisted(path);
    });
  }

  /** The settle machine knows how long this path has been quiet. */
  #isSettled(path: string, seen: Observed): boolean {
    const sizeBytes = seen.kind === 'directory' ? Number.POSITIVE_INFINITY : seen.sizeBytes;
    return this.#settle.decideRead(path, { sizeBytes }, this.#host.clock.nowMs()).read;
  }
}
