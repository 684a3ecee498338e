/**
 * Brings file contents: takes units of files from the queue, many small ones at once or one large one, fetches them,
 * and gives each complete file its place.
 *
 * Owns who works; `pLimit` and the rule for workers bound it. What one worker does is always: look at the
 * target and offer what it holds (`ContentPreparer`), fetch into staged files, and let `ContentPlacer` flush what
 * replaces something, look again and publish. A lost connection ends every fetch in flight; the ids go
 * back to the queue, and large staged files are kept to be continued.
 */
import { mayBegin, type Workers } from '@lanmirror/engine/core';
import { TreeError } from '@lanmirror/engine/tree';
import { SMALL_FILE_BYTES } from '@lanmirror/protocol';
import pLimit, { type LimitFunction } from 'p-limit';
import type { EarlyAnswers } from '../session/early-answers.ts';
import { DisconnectedError, type Fetcher, type RunningFetch, type Sink } from '../session/fetcher.ts';
import { ArenaPool } from './arena.ts';
import { ContentQueue, UNIT_BYTES, type Unit } from './content-queue.ts';
import { AS_THEY_COME, type FetchOrder, fileKeys, isSameOrder } from './file-keys.ts';
import { ContentPlacer, type Prepared } from './place-content.ts';
import { PlacingTurn } from './placing-turn.ts';
import { type Company, ContentPreparer } from './prepare-content.ts';
import type { Room } from './room.ts';
import type { TargetFolder } from './target-folder.ts';

/** What is fetched over a session: what a person waits for, and everything else. */
export interface FetchLines {
  readonly urgent: Fetcher;
  readonly bulk: Fetcher;
  /** What was asked for already. */
  readonly early?: Pick<EarlyAnswers, 'take'>;
}

export interface ContentsHost {
  readonly target: TargetFolder;
  readonly room: Room;
  /** Those of the present session; undefined while there is none. */
  link(): FetchLines | undefined;
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

export class Contents {
  readonly #host: ContentsHost;
  readonly #limit: LimitFunction;
  #workers: Workers;
  #order: FetchOrder;
  readonly #queue: ContentQueue;
  #running = 0;
  /** Of them, those that have a large file. */
  #runningLarge = 0;
  /** Large files that are being fetched. */
  #largeComing = 0;
  readonly #stopWaiters: (() => void)[] = [];
  readonly #preparer: ContentPreparer;
  readonly #placer: ContentPlacer;
  readonly #arenas = new ArenaPool(UNIT_BYTES);
  /** Held by who works on the target as a whole: until then small new files may be placed beside it. */
  readonly turn = new PlacingTurn();
  /** Full mode: everything is sent again, whatever the target holds. */
  isForced = false;

  /** `order`: which files of those that are planned together go first. */
  constructor(host: ContentsHost, workers: Workers, order = AS_THEY_COME) {
    this.#host = host;
    const { target } = host;
    this.#order = order;
    this.#queue = new ContentQueue(
      (id) => target.state.view.get(id),
      fileKeys(target.state, order),
      target.clock,
    );
    this.#workers = workers;
    this.#limit = pLimit(workers.most);
    const isForced = (): boolean => this.isForced;
    const worked = (): void => host.worked();
    this.#placer = new ContentPlacer({
      target,
      failed: (...what) => host.failed(...what),
      again: (id) => this.#queue.requeue([id]),
      worked,
      isTargetSame: () => host.isTargetSame(),
      isForced,
      turn: this.turn,
    });
    const abandon = (id: number): void => this.#queue.cancel(id);
    this.#preparer = new ContentPreparer({
      ...{ target, room: host.room, placer: this.#placer },
      ...{ worked, isForced, abandon, isStopped: () => host.isStopped() },
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

  /** Another order for what is queued and what comes. Resolves when all is in it. */
  async reorder(order: FetchOrder): Promise<void> {
    if (isSameOrder(order, this.#order)) return;
    this.#order = order;
    await this.#queue.reorder(fileKeys(this.#host.target.state, order));
    this.pump();
  }

  get isIdle(): boolean {
    return this.#running === 0 && this.#queue.isEmpty;
  }

  /** Files of a plan: a few go before everything else, many after everything that is queued. Resolves when they are. */
  async add(ids: readonly number[], isBulk: boolean): Promise<void> {
    await this.#queue.add(ids, isBulk);
    this.pump();
  }

  /** Ends what is in flight for entries that the source does not have any more. */
  dropGone(ids: Iterable<number>): void {
    this.#queue.supersede(ids);
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
      const unit = this.#queue.take();
      if (unit === undefined) break;
      this.#begin(unit, link);
    }
  }

  #mayBegin(): boolean {
    return mayBegin(this.#workers, this.#running, this.#runningLarge, this.#queue.isLargeNext);
  }

  #begin(unit: Unit, link: FetchLines): void {
    const large = unit.isLarge ? 1 : 0;
    this.#running += 1;
    this.#runningLarge += large;
    this.#limit(() => this.#work(unit, link))
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

  async #work({ ids, bytes, isLarge, isLive }: Unit, link: FetchLines): Promise<void> {
    const prepared: Prepared[] = [];
    const company: Company = { arena: this.#arenas.take(isLarge ? 0 : bytes), entered: new Set() };
    let running: RunningFetch | undefined;
    let isCancelled = false;
    const cancel = (): void => {
      isCancelled = true;
      running?.cancel();
    };
    try {
      for (const id of ids) {
        const one = await this.#prepareGuarded(id, company);
        if (one === undefined) continue;
        prepared.push(one);
        // Only a large file is worth cancelling; it travels alone.
        if (ids.length === 1) this.#queue.onCancel(id, cancel);
      }
      if (prepared.length > 0 && !isCancelled) {
        running = fetchAll(prepared, isLive, link);
        await this.#counted(prepared, running.done);
      }
      await this.#placer.placeAll(prepared);
    } catch (error) {
      if (!(error instanceof DisconnectedError)) throw error;
      for (const { file } of prepared) await file.finish();
      this.#queue.requeue(ids);
    } finally {
      this.#arenas.giveBack(company.arena);
      for (const id of ids) this.#preparer.release(id);
      this.#queue.land(ids);
    }
  }

  /** Says when large files come, and when the last of them is over. */
  async #counted(prepared: readonly Prepared[], done: Promise<void>): Promise<void> {
    if (areSmall(prepared)) return done;
    this.#largeComing += 1;
    if (this.#largeComing === 1) this.#host.largeComes(true);
    try {
      await done;
    } finally {
      this.#largeComing -= 1;
      if (this.#largeComing === 0) this.#host.largeComes(false);
    }
  }

  async #prepareGuarded(id: number, company: Company): Promise<Prepared | undefined> {
    try {
      return await this.#preparer.prepare(id, company);
    } catch (error) {
      if (!(error instanceof TreeError)) throw error;
      this.#host.failed(id, error.path, error.code, error.message, error);
      return undefined;
    }
  }
}

/** What of it was asked for already is not asked for again. */
function fetchAll(prepared: readonly Prepared[], isLive: boolean, link: FetchLines): RunningFetch {
  const items = prepared.map(({ file }) => file.item);
  const sinks = prepared.map(
    ({ file }): Sink =>
      (kind, payload) =>
        file.take(kind, payload),
  );
  const isUrgent = isLive && areSmall(prepared);
  const early = isUrgent ? link.early?.take(items, sinks) : undefined;
  return early ?? (isUrgent ? link.urgent : link.bulk).fetch(items, sinks, prepared[0]?.file.digests);
}

function areSmall(prepared: readonly Prepared[]): boolean {
  return prepared.every(({ file }) => file.entry.sizeBytes <= SMALL_FILE_BYTES);
}
