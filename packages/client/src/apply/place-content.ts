/**
 * Gives complete contents their places on the target, those of one answer together.
 *
 * Owns what was learned of places: which were thought to be free and are not, and of which files what is here could
 * not be read. Waiting comes first (hashes in full mode, flushes of what replaces something); then, in one
 * synchronous step and one transaction, every place is looked at, cleared, taken and recorded. A kill in between
 * leaves files that are in place and not recorded: they are found there the next time.
 */
import { type StagedFile, type Stat, TreeError } from '@lanmirror/engine/tree';
import type { SourceEntry } from '@lanmirror/protocol';
import { aimedHere } from '../state/aim.ts';
import { type BaselineEntry, diskFacts, isAsLeft, isFromServer } from '../state/baseline-entry.ts';
import type { PlacedEntry } from '../state/placement.ts';
import { createStaged, type Ending, type IncomingFile } from './incoming-file.ts';
import { hashHere, isEqual } from './offer.ts';
import { PlaceBeside, type Placed } from './place-beside.ts';
import type { PlacingTurn } from './placing-turn.ts';
import { FREE, hasMetadata, type TargetFolder } from './target-folder.ts';

/** A file that was asked for. */
export interface Prepared {
  readonly file: IncomingFile;
  readonly path: string;
  /** Nothing is known to stand there; whether that is so is seen when the place is taken. */
  readonly isFree: boolean;
}

export interface PlacingHost {
  readonly target: TargetFolder;
  failed(id: number, path: string, code: string, message: string, error?: TreeError): void;
  /** It is to be fetched (or found here) once more. */
  again(id: number): void;
  /** A part of a file of the target was read: that takes its time, too. */
  worked(): void;
  /** Whether the target folder is still the one that was joined; asked right before it is written to. */
  isTargetSame(): boolean;
  /** Full mode: what was fetched may be here already. */
  isForced(): boolean;
  readonly turn: PlacingTurn;
}

/** A file whose answer is over. */
export interface Arrived {
  readonly one: Prepared;
  readonly ending: Ending;
}

export class ContentPlacer {
  readonly #host: PlacingHost;
  /** Entries whose place was thought to be free, and is not. */
  readonly #occupied = new Set<number>();
  /** Files of which what is here was offered and could not be read when it was needed. */
  readonly #unreadable = new Set<number>();

  readonly #beside: PlaceBeside;

  constructor(host: PlacingHost) {
    this.#host = host;
    this.#beside = new PlaceBeside(host);
  }

  /** Whether the place of a new entry may be taken without a look before: what stands there would be in the way. */
  isThoughtFree(entry: PlacedEntry): boolean {
    return !this.#occupied.has(entry.id) && this.#host.target.occupantOf(entry) === undefined;
  }

  /** Whether what is here of a file turned out to be of no use as an offer. */
  isUnreadable(id: number): boolean {
    return this.#unreadable.has(id);
  }

  /** Settles every file whose answer is over. */
  async placeAll(prepared: readonly Prepared[]): Promise<void> {
    const endings = await Promise.all(prepared.map((one) => this.#readyEnding(one)));
    const arrived: Arrived[] = [];
    for (const [at, ending] of endings.entries()) {
      const one = prepared[at];
      if (one !== undefined && ending !== undefined) arrived.push({ one, ending });
    }
    const placing = this.#host.isTargetSame() ? this.#beside.begin(arrived) : undefined;
    if (placing === undefined) return this.#settleAll(arrived);
    await this.#host.turn.run(async () => this.#settleAll(arrived, await placing));
  }

  /** `placed`: what was placed beside other work, by its place in `arrived`. */
  #settleAll(arrived: readonly Arrived[], placed: readonly (Placed | undefined)[] = []): void {
    if (!this.#host.isTargetSame()) return this.#putBack(arrived);
    // One transaction for all: a commit costs a flush of the state's disk.
    this.#host.target.state.transact(() => {
      for (const [at, each] of arrived.entries()) {
        const there = placed[at];
        if (there === undefined) this.#settle(each);
        else this.#beside.record(there);
      }
    });
  }

  /** The ending with all that has to be waited for done; undefined when that failed, which is said. */
  async #readyEnding(one: Prepared): Promise<Ending | undefined> {
    const ending = await this.#unlessEqual(one, await one.file.finish());
    if (one.isFree || (ending.kind !== 'whole' && ending.kind !== 'staged')) return ending;
    const { entry } = one.file;
    let staged: StagedFile | undefined;
    try {
      if (this.#host.target.tree.stat(one.path) === undefined) return ending;
      staged = ending.kind === 'staged' ? ending.staged : this.#stage(entry, ending.bytes);
      // A name that exists is flushed before it is replaced: a power cut leaves the old or the new content.
      await staged.flush();
      return { ...ending, kind: 'staged', staged };
    } catch (error) {
      staged?.discard();
      if (error instanceof TreeError) this.#host.failed(entry.id, one.path, error.code, error.message, error);
      else this.#host.failed(entry.id, one.path, 'FLUSH_FAILED', String(error));
      return undefined;
    }
  }

  /** What came although it is on the disk (full mode, somebody put it there) is neither rewritten nor kept in the trash. */
  async #unlessEqual({ file, path, isFree }: Prepared, ending: Ending): Promise<Ending> {
    if (ending.kind !== 'whole' && ending.kind !== 'staged') return ending;
    const isUnknown = !isFree && this.#host.target.state.baseline.get(file.entry.id) === undefined;
    if (!this.#host.isForced() && !isUnknown) return ending;
    try {
      const seen = await this.#equalOnDisk(path, file.entry, ending.hash);
      if (seen === undefined) return ending;
      if (ending.kind === 'staged') ending.staged.discard();
      return { kind: 'held', hash: ending.hash, seen };
    } catch (error) {
      // It cannot be read: then it is replaced.
      if (error instanceof TreeError) return ending;
      throw error;
    }
  }

  /** What stands at a path, as it was before it was read; undefined if it has another content. */
  async #equalOnDisk(path: string, entry: SourceEntry, hash: Uint8Array): Promise<Stat | undefined> {
    const there = this.#host.target.tree.stat(path);
    if (there?.kind !== 'file' || there.sizeBytes !== entry.sizeBytes) return undefined;
    const here = await hashHere(this.#host, path, entry.sizeBytes);
    return here !== undefined && isEqual(here, hash) ? there : undefined;
  }

  /** The target went away meanwhile: what was staged is kept where it is, and all is fetched anew when it is back. */
  #putBack(arrived: readonly Arrived[]): void {
    for (const { one, ending } of arrived) {
      if (ending.kind === 'staged') ending.staged.keep();
      this.#host.again(one.file.entry.id);
    }
  }

  #settle({ one, ending }: Arrived): void {
    const { file, path, isFree } = one;
    const { entry } = file;
    try {
      if (file.isOfferLost && !this.#unreadable.has(entry.id)) {
        this.#unreadable.add(entry.id);
        this.#host.again(entry.id);
      } else if (ending.kind === 'failed')
        this.#host.failed(entry.id, path, ending.code, ending.message, ending.error);
      else if (ending.kind === 'stale') this.#stale(entry, path);
      else if (ending.kind === 'held') this.#recordHeld(entry, path, ending);
      else this.#place(one, ending);
    } catch (error) {
      if (!(error instanceof TreeError)) throw error;
      if (isFree && error.code === 'EXISTS') this.#lookFirst(entry.id);
      else this.#host.failed(entry.id, path, error.code, error.message, error);
    }
  }

  /** Something that nobody knew of stands at its place: the next time that is looked at, offered, and kept. */
  #lookFirst(id: number): void {
    this.#occupied.add(id);
    this.#host.again(id);
  }

  /** The server will tell of a newer version; if it does not, it is asked again. */
  #stale(entry: SourceEntry, path: string): void {
    const now = this.#host.target.state.view.get(entry.id);
    if (now === undefined || now.version !== entry.version) return;
    const message = 'it changed while it was read; it will be fetched when it is quiet';
    this.#host.failed(entry.id, path, 'CHANGING', message, new TreeError('ABSENT', path, 'changed'));
  }

  /** The content is there, if nobody wrote to it since it was seen; name and metadata may not be. */
  #recordHeld(fetched: SourceEntry, offeredPath: string, { hash, seen }: Ending & { kind: 'held' }): void {
    const { target } = this.#host;
    const entry = target.currentOf(fetched);
    const path = entry && target.placeOf(entry);
    if (entry === undefined || path === undefined) return;
    // It stands under its old name until the rename is planned: that comes first.
    const before = target.state.baseline.get(entry.id);
    if (path !== (before !== undefined ? target.state.baseline.pathOf(entry.id) : offeredPath)) return;
    const there = target.tree.stat(path);
    if (there === undefined || !isAsLeft({ kind: 'file', disk: diskFacts(seen) }, there))
      return this.#host.again(entry.id);
    this.#recordEqual(aimedHere(target.state, entry, there), path, { there, hash, before });
  }

  #recordEqual(
    entry: PlacedEntry,
    path: string,
    { there, hash, before }: { there: Stat; hash: Uint8Array; before: BaselineEntry | undefined },
  ): void {
    const { target } = this.#host;
    const metadata = target.metadataOf(entry);
    const isRight = hasMetadata(there, metadata);
    const stat = isRight ? there : target.tree.setMetadata(path, metadata);
    if (!isRight) target.note('attributes', target.knownPath(entry.id, path), { sizeBytes: entry.sizeBytes });
    target.record(entry, stat, hash);
    if (before !== undefined && !isFromServer(before))
      target.report.edited(target.shownPath(entry.id, path), true);
    target.report.settled(entry.id, 'done');
  }

  /** Where a rule leaves the place to somebody else, no judgement would free it: what was fetched is of no use. */
  #isUnjudged(
    id: number,
    path: string,
    [before, occupant]: readonly [BaselineEntry | undefined, BaselineEntry | undefined],
    discard: () => void,
  ): boolean {
    const { target } = this.#host;
    try {
      if (target.tree.stat(path) !== undefined) target.refuseLeftAlone(path, occupant);
      return target.isUnjudged(id, path, before ?? occupant);
    } catch (error) {
      discard();
      throw error;
    }
  }

  /** One synchronous step: the place is looked at, cleared, taken and recorded. */
  #place(one: Prepared, content: Ending & { kind: 'whole' | 'staged' }): void {
    const { target } = this.#host;
    const { isFree } = one;
    const discard = (): void => (content.kind === 'staged' ? content.staged.discard() : undefined);
    const entry = target.currentOf(one.file.entry);
    const path = entry && target.placeOf(entry);
    if (entry === undefined || path === undefined) return discard();
    // Somebody else's content is about to appear there: then there is something to look at.
    if (this.#beside.isPlacing(path)) return this.#putBack([{ one, ending: content }]);
    const before = target.state.baseline.get(entry.id);
    // It stands under its old name until the rename is planned: that comes first.
    if (before !== undefined && target.state.baseline.pathOf(entry.id) !== path) return discard();
    const occupant = target.occupantOf(entry);
    // The source renamed it while it was on its way, and the next plan knows that.
    if (target.isBlocked(entry)) return discard();
    const isTakenBlindly = isFree && before === undefined && occupant === undefined;
    if (isFree && !isTakenBlindly && target.tree.stat(path) !== undefined) {
      // What stands there is replaced by what is flushed, and this is not.
      if (content.kind === 'staged') content.staged.keep();
      return this.#lookFirst(entry.id);
    }
    if (!isTakenBlindly && this.#isUnjudged(entry.id, path, [before, occupant], discard)) {
      if (content.kind === 'staged') content.staged.keep();
      return;
    }
    const staged = content.kind === 'staged' ? content.staged : this.#stage(entry, content.bytes);
    try {
      staged.setMetadata(target.metadataOf(entry));
      const { isOccupied, ...old } = isTakenBlindly ? FREE : target.clearPlace(path, occupant);
      const stat = staged.publish(path, { replace: isOccupied });
      this.#unreadable.delete(entry.id);
      this.#occupied.delete(entry.id);
      target.noteArrival(entry, path, [before, occupant], old);
      target.record(entry, stat, content.hash, content.kind === 'staged' ? content.blocks : undefined);
    } catch (error) {
      const isTaken = isTakenBlindly && error instanceof TreeError && error.code === 'EXISTS';
      // What was fetched of a large file is found when it is asked for again.
      if (isTaken && content.kind === 'staged') staged.keep();
      else staged.discard();
      throw error;
    }
    if (before === undefined) target.report.created(target.shownPath(entry.id, path));
    else target.report.modified(target.shownPath(entry.id, path));
    target.report.settled(entry.id, 'done');
  }

  /** Writes a small file into the staging folder. */
  #stage(entry: SourceEntry, bytes: Uint8Array): StagedFile {
    const { target } = this.#host;
    const { mode } = target.metadataOf(entry);
    const staged = createStaged(target.tree, target.stagedName(entry), mode);
    try {
      staged.writeSync(bytes, 0);
      return staged;
    } catch (error) {
      staged.discard();
      throw error;
    }
  }
}
