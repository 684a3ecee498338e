/**
 * Brings file contents: takes ids from two lanes (live changes before the bulk of a first copy), fetches
 * many small files at once or one large one, and gives each complete file its place.
 *
 * Owns what is in flight; `pLimit(maxWorkers)` bounds it. What one worker does is always: look at the
 * target and offer what it holds, fetch into staged files, flush what replaces something, and then in
 * one synchronous step look again and publish. A lost connection ends every fetch in flight; the ids go
 * back to their lane, and large staged files are kept to be continued.
 */
import { type StagedFile, TreeError } from '@lanmirror/engine/tree';
import { SMALL_FILE_BYTES, type SourceEntry } from '@lanmirror/protocol';
import pLimit, { type LimitFunction } from 'p-limit';
import { isDoubtful } from '../plan/doubt.ts';
import { DisconnectedError, type Fetcher, type RunningFetch } from '../session/fetcher.ts';
import { isAsLeft, isFromServer } from '../state/baseline-entry.ts';
import type { PlacedEntry } from '../state/placement.ts';
import { type Ending, hashPrefix, hashSmall, IncomingFile, isEqual, type Offer } from './incoming-file.ts';
import { FREE, hasMetadata, type TargetFolder } from './target-folder.ts';

/** A unit of small files: enough for the wire to be busy, small enough to be done in a moment. */
const UNIT_FILES = 256;
const UNIT_BYTES = 1 << 20;
const PROGRESS_BYTES = 1 << 20;

export interface ContentsHost {
  readonly target: TargetFolder;
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
  /** An error that is not about one file. */
  failedHard(error: unknown): void;
}

interface Flight {
  readonly version: number;
  isWantedAgain: boolean;
  cancel(): void;
}

interface Prepared {
  readonly file: IncomingFile;
  readonly path: string;
  /** Nothing is known to stand there; whether that is so is seen when the place is taken. */
  readonly isFree: boolean;
}

export class Contents {
  readonly #host: ContentsHost;
  readonly #limit: LimitFunction;
  #maxWorkers: number;
  #live: number[] = [];
  #bulk: readonly number[] = [];
  #bulkAt = 0;
  #running = 0;
  readonly #stopWaiters: (() => void)[] = [];
  readonly #inFlight = new Map<number, Flight>();
  /** Files of which what is here was offered and could not be read when it was needed. */
  readonly #unreadable = new Set<number>();
  /** Entries whose place was thought to be free, and is not. */
  readonly #occupied = new Set<number>();
  /** Full mode: everything is sent again, whatever the target holds. */
  isForced = false;

  constructor(host: ContentsHost, maxWorkers: number) {
    this.#host = host;
    this.#maxWorkers = maxWorkers;
    this.#limit = pLimit(maxWorkers);
  }

  setMaxWorkers(maxWorkers: number): void {
    this.#maxWorkers = maxWorkers;
    this.#limit.concurrency = maxWorkers;
    this.pump();
  }

  get isIdle(): boolean {
    return this.#running === 0 && this.#live.length === 0 && this.#bulkAt >= this.#bulk.length;
  }

  /** Files of a plan: a few go before everything else, many after everything that is queued. */
  add(ids: readonly number[], isBulk: boolean): void {
    for (const id of ids) this.#supersede(id);
    if (isBulk) {
      this.#bulk = this.#bulkAt < this.#bulk.length ? [...this.#bulk.slice(this.#bulkAt), ...ids] : ids;
      this.#bulkAt = 0;
    } else for (const id of ids) this.#live.push(id);
    this.pump();
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
    while (this.#running < this.#maxWorkers && !this.#host.isStopped()) {
      const link = this.#host.link();
      if (link === undefined) break;
      const isLive = this.#live.length > 0;
      const unit = this.#takeUnit();
      if (unit.length === 0) break;
      this.#running += 1;
      this.#limit(() => this.#work(unit, isLive, link))
        .catch((error: unknown) => this.#host.failedHard(error))
        .finally(() => {
          this.#running -= 1;
          if (this.#running === 0) for (const wake of this.#stopWaiters.splice(0)) wake();
          if (this.isIdle) this.#host.idle();
          else this.pump();
        });
    }
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
    return this.#live[0] ?? this.#bulk[this.#bulkAt];
  }

  #skip(): void {
    if (this.#live.length > 0) this.#live.shift();
    else this.#bulkAt += 1;
  }

  async #work(
    ids: readonly number[],
    isLive: boolean,
    link: { urgent: Fetcher; bulk: Fetcher },
  ): Promise<void> {
    const prepared: Prepared[] = [];
    let running: RunningFetch | undefined;
    let isCancelled = false;
    const cancel = (): void => {
      isCancelled = true;
      running?.cancel();
    };
    try {
      for (const id of ids) {
        const one = await this.#prepareGuarded(id);
        if (one === undefined) continue;
        prepared.push(one);
        // Only a large file is worth cancelling; it travels alone.
        const flight = this.#inFlight.get(id);
        if (ids.length === 1 && flight !== undefined) flight.cancel = cancel;
      }
      if (prepared.length > 0 && !isCancelled) {
        const fetcher = isLive && isUrgent(prepared) ? link.urgent : link.bulk;
        running = fetcher.fetch(
          prepared.map(({ file }) => file.item),
          prepared.map(
            ({ file }) =>
              (kind, payload) =>
                file.take(kind, payload),
          ),
        );
        await running.done;
      }
      await this.#publishAll(prepared);
    } catch (error) {
      if (!(error instanceof DisconnectedError)) throw error;
      for (const { file } of prepared) await file.finish();
      this.#requeue(ids);
    } finally {
      this.#land(ids);
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

  async #prepareGuarded(id: number): Promise<Prepared | undefined> {
    try {
      return await this.#prepare(id);
    } catch (error) {
      if (!(error instanceof TreeError)) throw error;
      this.#host.failed(id, error.path, error.code, error.message, error);
      return undefined;
    }
  }

  /** What to ask for, and what the target can offer; undefined when there is nothing to fetch. */
  async #prepare(id: number): Promise<Prepared | undefined> {
    const { target } = this.#host;
    const { state, tree } = target;
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
    const partial = entry.sizeBytes > SMALL_FILE_BYTES ? tree.openStaged(this.#stagedName(entry)) : undefined;
    const isFree = before === undefined && this.#isThoughtFree(entry);
    const offer = isFree && partial === undefined ? undefined : await this.#offerFor(entry, path, partial);
    const usesPartial = partial !== undefined && (offer === undefined || offer.path === undefined);
    if (partial !== undefined && !usesPartial) partial.discard();
    const shown = target.shownPath(entry.id, path);
    const host = {
      tree,
      stagedName: (of: SourceEntry) => this.#stagedName(of),
      progress: (of: SourceEntry, done: number) => {
        if (of.sizeBytes > PROGRESS_BYTES) target.report.copying(shown, done, of.sizeBytes);
      },
    };
    return { file: new IncomingFile(entry, host, offer, usesPartial ? partial : undefined), path, isFree };
  }

  /** In full mode every place is looked at: what is equal there is not to be written again. */
  #isThoughtFree(entry: PlacedEntry): boolean {
    if (this.isForced || this.#occupied.has(entry.id)) return false;
    return this.#host.target.occupantOf(entry) === undefined;
  }

  /** The longest verified beginning of the file that is here already. */
  async #offerFor(
    entry: SourceEntry,
    path: string,
    partial: StagedFile | undefined,
  ): Promise<Offer | undefined> {
    if (this.isForced) {
      partial?.truncate(0);
      return undefined;
    }
    const { tree, state } = this.#host.target;
    const there = tree.stat(path);
    const hereBytes = there?.kind === 'file' && there.sizeBytes <= entry.sizeBytes ? there.sizeBytes : 0;
    const partialBytes = partial?.sizeBytes() ?? 0;
    if (partial !== undefined && partialBytes > hereBytes && partialBytes <= entry.sizeBytes) {
      const hash = await ifReadable(() => hashPrefix(partial, partialBytes, this.#host.worked));
      if (hash !== undefined) return { sizeBytes: partialBytes, hash, path: undefined };
    }
    if (there === undefined || hereBytes === 0 || this.#unreadable.has(entry.id)) return undefined;
    const before = state.baseline.get(entry.id);
    if (
      before !== undefined &&
      before.hash !== null &&
      isAsLeft(before, there) &&
      before.sizeBytes === hereBytes
    ) {
      return { sizeBytes: hereBytes, hash: before.hash, path };
    }
    const hash = await ifReadable(() => this.#hashHere(path, hereBytes));
    return hash && { sizeBytes: hereBytes, hash, path };
  }

  /** BLAKE3 of the first bytes of a file of the target; undefined when it is shorter. */
  async #hashHere(path: string, sizeBytes: number): Promise<Uint8Array | undefined> {
    const { tree } = this.#host.target;
    if (sizeBytes <= SMALL_FILE_BYTES) return hashSmall(tree, path, sizeBytes);
    const handle = tree.open(path);
    try {
      return await hashPrefix(handle, sizeBytes, this.#host.worked);
    } finally {
      handle.close();
    }
  }

  async #publishAll(prepared: readonly Prepared[]): Promise<void> {
    const { tree } = this.#host.target;
    const endings = await Promise.all(prepared.map(({ file }) => file.finish()));
    // A name that exists is flushed before it is replaced: a power cut leaves the old or the new content.
    const flushes = endings.map(async (ending, at) => {
      const one = prepared[at];
      if (ending.kind !== 'staged' || one === undefined || one.isFree) return;
      if (tree.stat(one.path) !== undefined) await ending.staged.flush();
    });
    const flushed = await Promise.allSettled(flushes);
    const ready: { readonly one: Prepared; readonly ending: Ending }[] = [];
    for (const [at, ending] of endings.entries()) {
      const one = prepared[at];
      if (one === undefined) continue;
      const flush = flushed[at];
      if (flush?.status === 'rejected' && ending.kind === 'staged') {
        ending.staged.discard();
        const error = flush.reason instanceof TreeError ? flush.reason : undefined;
        this.#host.failed(
          one.file.entry.id,
          one.path,
          error?.code ?? 'FLUSH_FAILED',
          String(flush.reason),
          error,
        );
      } else ready.push({ one, ending: await this.#unlessEqual(one, ending) });
    }
    // One transaction for the whole unit: a commit costs a flush of the state's disk. A kill in between
    // leaves files that are in place and not recorded, which are recognised by their hash.
    if (!this.#host.isTargetSame()) return this.#putBack(ready);
    this.#host.target.state.transact(() => {
      for (const { one, ending } of ready) this.#settle(one, ending);
    });
  }

  /** The target went away meanwhile: what was fetched is kept where it is, and fetched anew when it is back. */
  #putBack(ready: readonly { readonly one: Prepared; readonly ending: Ending }[]): void {
    for (const { one, ending } of ready) {
      if (ending.kind === 'staged') ending.staged.keep();
      this.#requeue([one.file.entry.id]);
    }
  }

  /** Full mode fetched it anyway: what is equal on the disk is neither rewritten nor kept in the trash. */
  async #unlessEqual({ file, path }: Prepared, ending: Ending): Promise<Ending> {
    if (!this.isForced || ending.kind !== 'staged') return ending;
    try {
      if (!(await this.#isEqualOnDisk(path, file.entry, ending.hash))) return ending;
    } catch (error) {
      // It cannot be read: then it is replaced.
      if (error instanceof TreeError) return ending;
      throw error;
    }
    ending.staged.discard();
    return { kind: 'held', hash: ending.hash };
  }

  #settle({ file, path, isFree }: Prepared, ending: Ending): void {
    const { entry } = file;
    try {
      if (file.isOfferLost && !this.#unreadable.has(entry.id)) {
        this.#unreadable.add(entry.id);
        this.#requeue([entry.id]);
      } else if (ending.kind === 'failed')
        this.#host.failed(entry.id, path, ending.code, ending.message, ending.error);
      else if (ending.kind === 'stale') this.#stale(entry, path);
      else if (ending.kind === 'held') this.#recordHeld(entry, path, ending.hash);
      else this.#publish(entry, ending.staged, ending.hash, isFree);
    } catch (error) {
      if (!(error instanceof TreeError)) throw error;
      if (ending.kind === 'staged') ending.staged.discard();
      if (isFree && error.code === 'EXISTS') return this.#lookFirst(entry.id);
      this.#host.failed(entry.id, path, error.code, error.message, error);
    }
  }

  /** Something that nobody knew of stands at its place: the next time that is looked at, offered, and kept. */
  #lookFirst(id: number): void {
    this.#occupied.add(id);
    this.#requeue([id]);
  }

  /** The server will tell of a newer version; if it does not, it is asked again. */
  #stale(entry: SourceEntry, path: string): void {
    const now = this.#host.target.state.view.get(entry.id);
    if (now === undefined || now.version !== entry.version) return;
    this.#host.failed(
      entry.id,
      path,
      'CHANGING',
      'it changed while it was read; it will be fetched when it is quiet',
      new TreeError('ABSENT', path, 'changed'),
    );
  }

  async #isEqualOnDisk(path: string, entry: SourceEntry, hash: Uint8Array): Promise<boolean> {
    const { tree } = this.#host.target;
    const there = tree.stat(path);
    if (there?.kind !== 'file' || there.sizeBytes !== entry.sizeBytes) return false;
    const here = await this.#hashHere(path, entry.sizeBytes);
    return here !== undefined && isEqual(here, hash);
  }

  /** The content is there; name and metadata may not be. */
  #recordHeld(fetched: SourceEntry, offeredPath: string, hash: Uint8Array): void {
    const { target } = this.#host;
    const entry = this.#currentOf(fetched);
    const path = entry && target.placeOf(entry);
    if (entry === undefined || path === undefined) return;
    // It stands under its old name until the rename is planned: that comes first.
    const before = target.state.baseline.get(entry.id);
    if (path !== (before !== undefined ? target.state.baseline.pathOf(entry.id) : offeredPath)) return;
    const metadata = target.metadataOf(entry);
    const there = target.tree.stat(path);
    const isRight = there?.kind === 'file' && hasMetadata(there, metadata);
    const stat = isRight ? there : target.tree.setMetadata(path, metadata);
    if (!isRight) target.note('attributes', target.knownPath(entry.id, path), { sizeBytes: entry.sizeBytes });
    target.record(entry, stat, hash);
    if (before !== undefined && !isFromServer(before))
      target.report.edited(target.shownPath(entry.id, path), true);
    target.report.settled(entry.id, 'done');
  }

  /** One synchronous step: the place is looked at, cleared, taken and recorded. */
  #publish(fetched: SourceEntry, staged: StagedFile, hash: Uint8Array, isFree: boolean): void {
    const { target } = this.#host;
    const entry = this.#currentOf(fetched);
    const path = entry && target.placeOf(entry);
    if (entry === undefined || path === undefined) return staged.discard();
    const before = target.state.baseline.get(entry.id);
    // It stands under its old name until the rename is planned: that comes first.
    if (before !== undefined && target.state.baseline.pathOf(entry.id) !== path) return staged.discard();
    staged.setMetadata(target.metadataOf(entry));
    const occupant = target.occupantOf(entry);
    const isTakenBlindly = isFree && before === undefined && occupant === undefined;
    const { isOccupied, ...old } = isTakenBlindly ? FREE : target.clearPlace(path, occupant);
    const stat = staged.publish(path, { replace: isOccupied });
    this.#unreadable.delete(entry.id);
    this.#occupied.delete(entry.id);
    target.noteArrival(entry, path, [before, occupant], old);
    target.record(entry, stat, hash);
    if (before === undefined) target.report.created(target.shownPath(entry.id, path));
    else target.report.modified(target.shownPath(entry.id, path));
    target.report.settled(entry.id, 'done');
  }

  /** The entry as it is known now, if what was fetched is still its content. */
  #currentOf(fetched: SourceEntry): PlacedEntry | undefined {
    const now = this.#host.target.wanted(fetched.id);
    return now?.kind === 'file' && now.version === fetched.version ? now : undefined;
  }

  #stagedName(entry: SourceEntry): string {
    return `part-${this.#host.target.state.meta.indexId.slice(0, 12)}-${entry.id}`;
  }
}

/** Of what a disk cannot read nothing is offered: the whole is fetched, and what is here gives way to it. */
async function ifReadable(hash: () => Promise<Uint8Array | undefined>): Promise<Uint8Array | undefined> {
  try {
    return await hash();
  } catch (error) {
    if (error instanceof TreeError) return undefined;
    throw error;
  }
}

function isUrgent(prepared: readonly Prepared[]): boolean {
  return prepared.every(({ file }) => file.entry.sizeBytes <= SMALL_FILE_BYTES);
}
