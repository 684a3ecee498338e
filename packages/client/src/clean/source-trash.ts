/**
 * Looks after the trash of a source that is cleaned. File by file what `TrashDays` lets go is deleted for good, as long as
 * the target has its copy right now; what somebody wrote to after it was taken gets its place again. Owns what was said.
 */
import { type Clock, judgeTrashed, TRASH_STAYS, type TrashedFile } from '@lanmirror/engine/core';
import {
  type CleanableTree,
  dayItems,
  openWriters,
  pruneItem,
  pruneJournals,
  type ReadableTree,
  type Stat,
  TRASH,
  type TrashItem,
  TreeError,
  trashDays,
  type Unreadable,
  type WriterCheck,
} from '@lanmirror/engine/tree';
import type { MirrorState } from '../state/mirror-state.ts';
import type { CleanedRecord, CleanedRow } from './cleaned-record.ts';
import { hasNoPlace } from './row-place.ts';

const DAY_MS = 24 * 3_600_000;
const MOST_NAMED = 100;
/** Files for which all processes are looked at once. */
const ASKED_AT_ONCE = 50;

export interface SourceTrashHost {
  readonly state: MirrorState;
  readonly target: ReadableTree;
  readonly source: CleanableTree;
  readonly record: CleanedRecord;
  readonly clock: Clock;
  /** The trash, absolute. */
  readonly trashDir: string;
  /** How long a file stays; 0: for ever. */
  days(): number;
  /** Asked before each file: both ends are there and known, and nobody is asked anything. */
  mayGoOn(): boolean;
  /** Something is at this path of the source again. */
  returned(path: string): void;
  readonly tell: {
    /** So many files of a day were deleted for good. */
    deleted(day: string, count: number): void;
    putBack(path: string): void;
    /** A file stays whose time is over, or that was written to. Said once. */
    stays(path: string, message: string): void;
    warn(text: string): void;
  };
}

export class SourceTrash {
  readonly #host: SourceTrashHost;
  readonly #named = new Map<string, string>();
  #rows: Map<string, CleanedRow[]> | undefined;
  #asked = 0;
  #writers: WriterCheck = () => false;

  constructor(host: SourceTrashHost) {
    this.#host = host;
  }

  /** One look at everything in it, as far as it may go on. */
  async look(): Promise<void> {
    const { trashDir, source, tell, clock } = this.#host;
    this.#rows = undefined;
    this.#asked = 0;
    try {
      for (const day of await trashDays(trashDir)) await this.#lookAtDay(day);
      if (this.#mayGoOn()) await pruneJournals(trashDir, clock.wallMs());
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === undefined) throw error;
      tell.warn(`The trash of the source could not be looked after, which is tried again later: ${message}`);
    } finally {
      source.release();
    }
  }

  readonly #unreadable: Unreadable = (path, { code }) => this.#name(path, `it could not be read (${code})`);

  /** That it is the target of a mirror may be so from one moment to the next: a disk was mounted there. */
  #mayGoOn(): boolean {
    return this.#host.mayGoOn() && this.#host.source.targetFolder() === undefined;
  }

  async #lookAtDay(day: string): Promise<void> {
    const { trashDir, tell } = this.#host;
    let deleted = 0;
    try {
      for (const item of await dayItems(trashDir, day, this.#unreadable)) {
        if (!this.#mayGoOn()) return;
        if (await this.#lookAt(item)) deleted += 1;
      }
    } finally {
      if (deleted > 0) tell.deleted(day, deleted);
    }
  }

  /** Resolves to whether it was deleted. From the last look at its copy on nothing of this process comes between. */
  async #lookAt(item: TrashItem): Promise<boolean> {
    const { source, clock, days, state, trashDir, tell } = this.#host;
    const now = source.stat(`${TRASH}/${item.at}`);
    if (now === undefined) return false;
    const wallMs = clock.wallMs();
    const time = { keepMs: days() * DAY_MS, wallMs, ageMs: state.meta.keptClock.ageMs };
    const verdict = judgeTrashed(this.#fileOf(item, now), time);
    if (verdict === 'later') return false;
    if (verdict === 'anew') return this.#beginAnew(item, now);
    if (verdict === 'written') this.#putBack(item, now);
    else if (verdict !== 'go') this.#name(item.path, TRASH_STAYS[verdict]);
    // What is written to it is seen at the next look.
    if (verdict !== 'go' || this.#isOpen(now)) return false;
    try {
      await pruneItem(trashDir, item, wallMs);
      return true;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === undefined) throw error;
      tell.warn(`A file stays in the trash of the source: ${message}`);
      return false;
    }
  }

  /** Returns false: it stays. When it came by the clock on the wall is still true. */
  #beginAnew({ at, path, trashedMs, look }: TrashItem, stat: Stat): false {
    const { source, state } = this.#host;
    const { ageMs } = state.meta.keptClock;
    if (look !== undefined)
      source.keep({ path, trashPath: `${TRASH}/${at}`, stat }, { hash: look.hash, ageMs, trashedMs });
    return false;
  }

  #isOpen(file: Stat): boolean {
    if (this.#asked % ASKED_AT_ONCE === 0) this.#writers = openWriters();
    this.#asked += 1;
    return this.#writers(file);
  }

  #fileOf(item: TrashItem, now: Stat): TrashedFile {
    const { look, reason, isAlone, trashedMs, writtenUs: lastWrittenUs } = item;
    const taken = reason === 'cleaned' && isAlone ? look : undefined;
    const rows = (): readonly CleanedRow[] => this.#rowsByHash().get(taken?.hash ?? '') ?? [];
    return {
      ...{ taken, trashedMs, now, lastWrittenUs },
      copies: () =>
        rows().map((row) => ({
          ...{ row, there: hasNoPlace(row) ? undefined : this.#host.target.stat(row.path) },
        })),
    };
  }

  /** By content: the copy may have another path on the target by now. */
  #rowsByHash(): Map<string, CleanedRow[]> {
    const { record } = this.#host;
    if (this.#rows !== undefined) return this.#rows;
    record.refresh();
    this.#rows = new Map();
    for (const path of record.paths()) {
      const row = record.rowAt(path);
      if (row === undefined) continue;
      const alike = this.#rows.get(row.hash);
      if (alike === undefined) this.#rows.set(row.hash, [row]);
      else alike.push(row);
    }
    return this.#rows;
  }

  /** Whoever had it open goes on to write to it at its place, where the mirror sees that. */
  #putBack({ at, path }: TrashItem, stat: Stat): void {
    const { source, record, returned, tell } = this.#host;
    try {
      source.putBack({ path, trashPath: `${TRASH}/${at}`, stat });
      record.suspect(path);
      returned(path);
      tell.putBack(path);
    } catch (error) {
      if (!(error instanceof TreeError)) throw error;
      this.#name(path, `it was written to after it was taken, and cannot be put back: ${error.message}`);
    }
  }

  #name(path: string, message: string): void {
    if (this.#named.get(path) === message || this.#named.size >= MOST_NAMED) return;
    this.#named.set(path, message);
    this.#host.tell.stays(path, message);
  }
}
