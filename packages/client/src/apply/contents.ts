/**
 * Brings file contents: takes ids from two lanes (live changes before the bulk of a first copy), fetches
 * many small files at once or one large one, and gives each complete file its place.
 *
 * Owns what is in flight; `pLimit` and the rule for workers bound it. What one worker does is always: look at the
 * target and offer what it holds, fetch into staged files, flush what replaces something, and then in
 * one synchronous step look again and publish. A lost connection ends every fetch in flight; the ids go
 * back to their lane, and large staged files are kept to be continued.
 */
import { mayBegin, type Workers } from '@lanmirror/engine/core';
import { type StagedFile, TreeError } from '@lanmirror/engine/tree';
import { SMALL_FILE_BYTES, type SourceEntry } from '@lanmirror/protocol';
import pLimit, { type LimitFunction } from 'p-limit';
import { isDoubtful } from '../plan/doubt.ts';
import { DisconnectedError, type Fetcher, type RunningFetch } from '../session/fetcher.ts';
import type { PlacedEntry } from '../state/placement.ts';
import { type Arena, ArenaPool } from './arena.ts';
import { findBase } from './base.ts';
import { BulkQueue, type KeyOf, sortedIds } from './bulk-queue.ts';
import type { IncomingFile } from './incoming-file.ts';
import { IncomingLargeFile } from './incoming-large.ts';
import { IncomingSmallFile } from './incoming-small.ts';
import { offerFor } from './offer.ts';
import { ContentPlacer, type Prepared } from './place-content.ts';
import { PlacingTurn } from './placing-turn.ts';
import type { Claim, Room } from './room.ts';
import type { TargetFolder } from './target-folder.ts';

/** A unit of small files: enough for the wire to be busy, small enough to be done in a moment. */
const UNIT_FILES = 256;
const UNIT_BYTES = 1 << 20;
const PROGRESS_BYTES = 1 << 20;

export interface ContentsHost {
  readonly target: TargetFolder;
  readonly room: Room;
  /** The present session's fetchers; undefined while there is none. */
  link(): { readonly urgent: Fetcher; readonly bulk: Fetcher } | undefined;
  failed(id: number, path: string, code: string, message: string, error?: TreeError): void;
  /** Nothing is queued and nothing is in flight. */
  idle(): void;
  /** A part of a file of the target was read: that takes its time, too. */
  worked(): void;
  isStopped(): boolean;
  /** Whether the target folder is still the one that was joined; asked right before it is written to. */
  isTargetSame(): boolean;
  /** A large file begins to come, or the last of those that came is over. */
  largeComes(isComing: boolean): void;
  /** An error that is not about one file. */
  failedHard(error: unknown): void;
}

interface Flight {
  readonly version: number;
  isWantedAgain: boolean;
  cancel(): void;
}

/** Files that are fetched together. */
interface Unit {
  readonly arena: Arena;
  /** Folders that were looked into for it. */
  readonly entered: Set<number>;
}

export class Contents {
  readonly #host: ContentsHost;
  readonly #limit: LimitFunction;
  #workers: Workers;
  readonly #keyOf: KeyOf;
  #live: number[] = [];
  readonly #bulk: BulkQueue;
  #running = 0;
  /** Of them, those that have a large file. */
  #runningLarge = 0;
  #largeRunning = 0;
  readonly #stopWaiters: (() => void)[] = [];
  readonly #inFlight = new Map<number, Flight>();
  /** Room that is set aside, by the id of the large file that it is for. */
  readonly #claims = new Map<number, Claim>();
  readonly #placer: ContentPlacer;
  readonly #arenas = new ArenaPool(UNIT_BYTES);
  /** Held by who works on the target as a whole: until then small new files may be placed beside it. */
  readonly turn = new PlacingTurn();
  /** Full mode: everything is sent again, whatever the target holds. */
  isForced = false;

  /** `keyOf`: which files of those that are planned together go first; undefined for none. */
  constructor(host: ContentsHost, workers: Workers, keyOf?: KeyOf) {
    this.#host = host;
    this.#keyOf = keyOf;
    this.#bulk = new BulkQueue(keyOf, host.target.clock);
    this.#workers = workers;
    this.#limit = pLimit(workers.most);
    this.#placer = new ContentPlacer({
      target: host.target,
      failed: (...what) => host.failed(...what),
      again: (id) => this.#requeue([id]),
      worked: () => host.worked(),
      isTargetSame: () => host.isTargetSame(),
      isForced: () => this.isForced,
      turn: this.turn,
    });
  }

  get workers(): Workers {
    return this.#workers;
  }

  setWorkers(workers: Workers): void {
    this.#workers = workers;
    // With none of them nothing is begun, and what has begun goes on.
    this.#limit.concurrency = Math.max(1, workers.most);
    this.pump();
  }

  get isIdle(): boolean {
    return this.#running === 0 && this.#live.length === 0 && this.#bulk.isEmpty;
  }

  /** Files of a plan: a few go before everything else, many after everything that is queued. Resolves when they are. */
  async add(ids: readonly number[], isBulk: boolean): Promise<void> {
    for (const id of ids) this.#supersede(id);
    if (isBulk) await this.#bulk.add(ids);
    else for (const id of await this.#ordered(ids)) this.#live.push(id);
    this.pump();
  }

  #ordered(ids: readonly number[]): Iterable<number> | Promise<Iterable<number>> {
    if (this.#keyOf === undefined || ids.length < 2) return ids;
    return sortedIds(ids, this.#keyOf, this.#host.target.clock);
  }

  /** An entry changed or went: what is in flight of an older version is not wanted any more. */
  #supersede(id: number): void {
    const flight = this.#inFlight.get(id);
    if (flight !== undefined && this.#host.target.state.view.get(id)?.version !== flight.version)
      flight.cancel();
  }

  /** Ends what is in flight for entries that the source does not have any more. */
  dropGone(ids: Iterable<number>): void {
    for (const id of ids) this.#supersede(id);
  }

  /** Resolves when nothing is in flight any more. */
  stopped(): Promise<void> {
    if (this.#running === 0) return Promise.resolve();
    return new Promise((resolve) => this.#stopWaiters.push(resolve));
  }

  /** Starts as many workers as there is work for. */
  pump(): void {
    while (this.#mayBegin() && !this.#host.isStopped()) {
      const link = this.#host.link();
      if (link === undefined) break;
      const isLive = this.#live.length > 0;
      const unit = this.#takeUnit();
      if (unit.length === 0) break;
      this.#running += 1;
      const large = unit.length === 1 && this.#isLarge(unit[0]) ? 1 : 0;
      this.#runningLarge += large;
      this.#limit(() => this.#work(unit, isLive, link))
        .catch((error: unknown) => this.#host.failedHard(error))
        .finally(() => {
          this.#running -= 1;
          this.#runningLarge -= large;
          if (this.#running === 0) for (const wake of this.#stopWaiters.splice(0)) wake();
          if (!this.isIdle) return this.pump();
          this.#arenas.release();
          this.#host.idle();
        });
    }
  }

  #mayBegin(): boolean {
    return mayBegin(this.#workers, this.#running, this.#runningLarge, this.#isLarge(this.#peek()));
  }

  #isLarge(id: number | undefined): boolean {
    const size = id === undefined ? 0 : (this.#host.target.state.view.get(id)?.sizeBytes ?? 0);
    return size > SMALL_FILE_BYTES;
  }

  /** The next small files that fit into a unit, or one large file. */
  #takeUnit(): number[] {
    const { view } = this.#host.target.state;
    const unit: number[] = [];
    let bytes = 0;
    for (let id = this.#peek(); id !== undefined; id = this.#peek()) {
      const size = view.get(id)?.sizeBytes ?? 0;
      const isLarge = size > SMALL_FILE_BYTES;
      if (unit.length > 0 && (isLarge || bytes + size > UNIT_BYTES)) break;
      this.#skip();
      const flight = this.#inFlight.get(id);
      if (flight !== undefined) {
        // Its worker queues it again when it lands.
        flight.isWantedAgain = true;
        continue;
      }
      this.#inFlight.set(id, {
        isWantedAgain: false,
        version: view.get(id)?.version ?? 0,
        cancel: () => undefined,
      });
      unit.push(id);
      bytes += size;
      if (isLarge || unit.length === UNIT_FILES) break;
    }
    return unit;
  }

  #peek(): number | undefined {
    return this.#live[0] ?? this.#bulk.peek();
  }

  #skip(): void {
    if (this.#live.length > 0) this.#live.shift();
    else this.#bulk.skip();
  }

  async #work(
    ids: readonly number[],
    isLive: boolean,
    link: { urgent: Fetcher; bulk: Fetcher },
  ): Promise<void> {
    const prepared: Prepared[] = [];
    const unit: Unit = { arena: this.#arenas.take(), entered: new Set() };
    let running: RunningFetch | undefined;
    let isCancelled = false;
    const cancel = (): void => {
      isCancelled = true;
      running?.cancel();
    };
    try {
      for (const id of ids) {
        const one = await this.#prepareGuarded(id, unit);
        if (one === undefined) continue;
        prepared.push(one);
        // Only a large file is worth cancelling; it travels alone.
        const flight = this.#inFlight.get(id);
        if (ids.length === 1 && flight !== undefined) flight.cancel = cancel;
      }
      if (prepared.length > 0 && !isCancelled) {
        const fetcher = isLive && areSmall(prepared) ? link.urgent : link.bulk;
        running = fetcher.fetch(
          prepared.map(({ file }) => file.item),
          prepared.map(
            ({ file }) =>
              (kind, payload) =>
                file.take(kind, payload),
          ),
          prepared[0]?.file.digests,
        );
        await this.#counted(prepared, running.done);
      }
      await this.#placer.placeAll(prepared);
    } catch (error) {
      if (!(error instanceof DisconnectedError)) throw error;
      for (const { file } of prepared) await file.finish();
      this.#requeue(ids);
    } finally {
      this.#arenas.giveBack(unit.arena);
      for (const id of ids) this.#releaseRoom(id);
      this.#land(ids);
    }
  }

  /** Says when large files come, and when the last of them is over. */
  async #counted(prepared: readonly Prepared[], done: Promise<void>): Promise<void> {
    if (areSmall(prepared)) return done;
    this.#largeRunning += 1;
    if (this.#largeRunning === 1) this.#host.largeComes(true);
    try {
      await done;
    } finally {
      this.#largeRunning -= 1;
      if (this.#largeRunning === 0) this.#host.largeComes(false);
    }
  }

  /** What the source changed while it was on its way has a newer version by now: once more. */
  #land(ids: readonly number[]): void {
    const { view } = this.#host.target.state;
    const again = ids.filter((id) => {
      const flight = this.#inFlight.get(id);
      const now = view.get(id);
      this.#inFlight.delete(id);
      return now?.kind === 'file' && (flight?.isWantedAgain === true || now.version !== flight?.version);
    });
    this.#requeue(again);
  }

  #requeue(ids: readonly number[]): void {
    const queued = new Set(this.#live);
    for (const id of ids) if (!queued.has(id)) this.#live.push(id);
  }

  async #prepareGuarded(id: number, unit: Unit): Promise<Prepared | undefined> {
    try {
      return await this.#prepare(id, unit);
    } catch (error) {
      if (!(error instanceof TreeError)) throw error;
      this.#host.failed(id, error.path, error.code, error.message, error);
      return undefined;
    }
  }

  /** What to ask for, and what the target can offer; undefined when there is nothing to fetch. */
  async #prepare(id: number, { arena, entered }: Unit): Promise<Prepared | undefined> {
    const { target } = this.#host;
    const { state } = target;
    const entry = target.wanted(id);
    if (entry?.kind !== 'file') return undefined;
    const before = state.baseline.get(id);
    const isThere = before?.version === entry.version && !isDoubtful(before);
    if (isThere && !this.isForced) return undefined;
    const path = target.placeOf(entry);
    if (path === undefined) {
      // Its folder moved just now, or failed: that is noted at the folder.
      throw new TreeError('ABSENT', entry.name, 'its folder is not there yet');
    }
    const isFree = !this.isForced && before === undefined && this.#isFree(entry, path, entered);
    // Nothing is fetched for a place that is not to be had.
    if (!isFree) target.refuseLeftAlone(path, target.occupantOf(entry));
    const isSmall = entry.sizeBytes <= SMALL_FILE_BYTES;
    if (isSmall && !isThere) this.#host.room.take(id, path, entry.sizeBytes);
    const file = isSmall
      ? await this.#small(entry, path, isFree, arena)
      : await this.#large(entry, path, isFree);
    return { file, path, isFree };
  }

  /** A folder that somebody closed is not opened for what is new in it: one look into each folder of a unit tells. */
  #isFree(entry: PlacedEntry, path: string, entered: Set<number>): boolean {
    if (!this.#placer.isThoughtFree(entry)) return false;
    const isEntered = entered.has(entry.parentId);
    entered.add(entry.parentId);
    return isEntered || this.#host.target.tree.stat(path) === undefined;
  }

  async #small(entry: SourceEntry, path: string, isFree: boolean, arena: Arena): Promise<IncomingFile> {
    const mayOffer = !isFree && !this.isForced && !this.#placer.isUnreadable(entry.id);
    const offer = mayOffer ? await offerFor(this.#host, entry, path) : undefined;
    return new IncomingSmallFile(entry, offer, this.#host.target.tree, arena);
  }

  async #large(entry: SourceEntry, path: string, isFree: boolean): Promise<IncomingFile> {
    const { target } = this.#host;
    const partial = target.tree.openStaged(target.stagedName(entry));
    const mayOffer =
      !this.isForced && !this.#placer.isUnreadable(entry.id) && !(isFree && partial === undefined);
    const base = mayOffer ? await findBase(this.#host, entry, path, partial) : undefined;
    // Of what is at its place nothing may have to be written; without that all of it has.
    const stagedBytes = partial?.sizeBytes() ?? 0;
    if (base?.path === undefined || partial !== undefined) this.#claimRoom(entry, path, partial);
    const shown = target.shownPath(entry.id, path);
    const host = {
      tree: target.tree,
      stagedName: (of: SourceEntry) => target.stagedName(of),
      progress: (of: SourceEntry, done: number) => {
        this.#claims.get(of.id)?.written(done - stagedBytes);
        if (of.sizeBytes > PROGRESS_BYTES) target.report.copying(shown, done, of.sizeBytes);
      },
      staging: (of: SourceEntry) => this.#stagingBegins(of, path),
    };
    return new IncomingLargeFile(entry, base, host, partial);
  }

  /** Its answer is coming already: what comes of it is of no use. */
  #stagingBegins(entry: SourceEntry, path: string): void {
    if (this.#claims.has(entry.id)) return;
    try {
      this.#claimRoom(entry, path, undefined);
    } catch (error) {
      this.#inFlight.get(entry.id)?.cancel();
      throw error;
    }
  }

  /** Throws TreeError NO_SPACE; what an interruption left of the file is kept then. */
  #claimRoom(entry: SourceEntry, path: string, partial: StagedFile | undefined): void {
    const bytes = Math.max(0, entry.sizeBytes - (partial?.sizeBytes() ?? 0));
    try {
      this.#claims.set(entry.id, this.#host.room.claim(entry.id, path, bytes));
    } catch (error) {
      partial?.keep();
      throw error;
    }
  }

  #releaseRoom(id: number): void {
    this.#claims.get(id)?.release();
    this.#claims.delete(id);
  }
}

function areSmall(prepared: readonly Prepared[]): boolean {
  return prepared.every(({ file }) => file.entry.sizeBytes <= SMALL_FILE_BYTES);
}
