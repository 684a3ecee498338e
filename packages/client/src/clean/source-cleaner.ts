/**
 * Takes files from the source that the target has: proves each by reading both ends, writes down on the target that it
 * stays, and only then moves the file into the trash of the source.
 *
 * Owns what was cleaned in this run and why other files stay. A kill before the record is written leaves nothing; one
 * behind it a row of a file that is still there, or a file in the trash that the source has not told as gone yet: the
 * row keeps the copy in either case. After each batch it waits until the source has told, so that a kill never leaves
 * more than one batch that a start of the source would miss.
 */
import {
  advanceKeptClock,
  CLEAN_REFUSALS,
  type CleanRefusal,
  type CleanRule,
  type Clock,
} from '@lanmirror/engine/core';
import { type CleanableTree, type ReadableTree, TreeError } from '@lanmirror/engine/tree';
import type { BaselineEntry } from '../state/baseline-entry.ts';
import type { MirrorState } from '../state/mirror-state.ts';
import { ageOf, type Candidate, candidateOf, creationClock, isDue } from './candidate.ts';
import { CandidatePlaces } from './candidate-place.ts';
import type { CleanedRecord } from './cleaned-record.ts';
import { isOneFileOf, type ProvedFile, proveFile } from './file-proof.ts';
import { FileTaker } from './file-taker.ts';
import { FolderTaker } from './folder-taker.ts';
import { endReturned, followRenames } from './tend-record.ts';

/** Fewer than the guard of a source takes for a large loss, with what else may be missing. */
const BATCH = 50;
/** No more than this is read before what was read goes. */
const BATCH_BYTES = 1 << 28;
const SLICE = 500;
const MAX_REFUSALS = 1000;
const NONE_YOUNG = { count: 0, inMs: Number.POSITIVE_INFINITY };

/** A file that is due and stays, and why. */
export interface RefusedFile {
  readonly path: string;
  readonly message: string;
}

export interface CleanerHost {
  readonly state: MirrorState;
  readonly target: ReadableTree;
  readonly source: CleanableTree;
  readonly record: CleanedRecord;
  readonly clock: Clock;
  /** Undefined while nothing is to be cleaned. */
  rule(): CleanRule | undefined;
  /** What files of the source are called that say what is mirrored. */
  ruleNames(): readonly string[];
  /** Nobody waits for the end of it. */
  isStopped(): boolean;
  /** In sync with a healthy source on a healthy target, with nothing on its way and nobody asked anything. */
  mayClean(): boolean;
  /** The last try for this entry failed. */
  isFailing(id: number): boolean;
  /** Something was taken from this path of the source. */
  taken(path: string): void;
  /** Resolves when the source has told what was taken, or nothing more may be done. */
  heard(): Promise<void>;
  readonly tell: {
    cleaned(path: string, trashPath: string): void;
    cleanedFolder(path: string): void;
    /** A folder went with so many files that the rules leave out. */
    cleanedLeft(path: string, files: number, trashPath: string): void;
    stays(refused: RefusedFile): void;
    warn(text: string): void;
  };
}

/** `interrupted`: something else has to be done first. `failed`: a disk does not let it, which was said. */
export type LookEnd = 'all' | 'interrupted' | 'failed';

export class SourceCleaner {
  readonly #host: CleanerHost;
  #refused = new Map<string, string>();
  readonly #folders: FolderTaker;
  readonly #taker: FileTaker;
  #isTended = false;
  #young = NONE_YOUNG;
  #targetFolder: string | undefined;

  constructor(host: CleanerHost) {
    this.#host = host;
    this.#folders = new FolderTaker(host);
    this.#taker = new FileTaker(host, this.#folders);
  }

  /** Why files stay that are due, since the last whole look. */
  get refused(): readonly RefusedFile[] {
    return [...this.#refused].map(([path, message]) => ({ path, message }));
  }

  /** Files that were due at the last look and had not been quiet for long enough; milliseconds until the first has. */
  get young(): { readonly count: number; readonly inMs: number } {
    return this.#young;
  }

  /** Folders in which something may still be written to, and milliseconds until the first is looked at again. */
  get waitingFolders(): { readonly count: number; readonly inMs: number } {
    return this.#folders.waiting;
  }

  /** Files that went in this run. */
  get cleaned(): number {
    return this.#taker.taken;
  }

  /** Cleans what is due now. */
  async look(): Promise<LookEnd> {
    const { rule, mayClean, clock, source, tell } = this.#host;
    if (!mayClean()) return 'interrupted';
    try {
      this.#tend();
      if (rule() === undefined || this.#taker.isBarred || this.#isTarget()) {
        this.#folders.forget();
        return 'all';
      }
      source.prepare();
      const before = this.#refused;
      this.#refused = new Map();
      this.#young = NONE_YOUNG;
      this.#advanceClock();
      if (!(await this.#cleanFolders())) return 'interrupted';
      for (let fromId = 1; fromId < Number.POSITIVE_INFINITY; await clock.turn()) {
        const wanted = rule();
        if (wanted === undefined || !mayClean()) return 'interrupted';
        const slice = this.#slice(fromId, wanted, before);
        fromId = slice.nextId;
        if (slice.due.length > 0 && !(await this.#clean(slice.due, before))) return 'interrupted';
      }
      return 'all';
    } catch (error) {
      if (!(error instanceof TreeError)) throw error;
      tell.warn(`Nothing more is cleaned from the source for now: ${error.message}.`);
      return 'failed';
    } finally {
      source.release();
    }
  }

  /**
   * Paths of the files that are due, or will be as soon as they are here, without proof; `most` of them. What a look at the
   * source shows to stay is none.
   */
  preview(most: number): string[] {
    const { state, rule } = this.#host;
    const wanted = rule();
    const paths: string[] = [];
    if (wanted === undefined) return paths;
    const ageNow = this.#agesNow();
    const places = this.#places();
    const ageOfNew = creationClock(this.#host.source, this.#host.clock.wallMs());
    for (const { id, kind } of state.view.all(1)) {
      const path = kind === 'file' ? state.view.pathOf(id) : undefined;
      if (path === undefined) continue;
      if (paths.length === most) break;
      const entry = state.baseline.get(id);
      const candidate = entry && candidateOf(state, entry);
      if (typeof candidate === 'string') continue;
      const age =
        candidate === undefined
          ? { syncedForMs: 0, createdForMs: ageOfNew(path) }
          : state.transact(() => ageNow(candidate));
      if (isDue(wanted, age) !== true || places.refusalAt(path) !== undefined) continue;
      if (isOneFileOf(this.#host.source, path)) paths.push(path);
    }
    return paths;
  }

  /** Folders that would go with these files although something is left in them. */
  previewFolders(paths: readonly string[]): string[] {
    const wanted = this.#host.rule();
    if (wanted === undefined) return [];
    try {
      return this.#folders.preview(wanted, paths);
    } catch (error) {
      // What cannot be looked at does not go.
      if (error instanceof TreeError) return [];
      throw error;
    } finally {
      this.#host.source.release();
    }
  }

  /** Said once, until it is over. */
  #isTarget(): boolean {
    const folder = this.#host.source.targetFolder();
    if (folder !== undefined && folder !== this.#targetFolder)
      this.#host.tell.warn(
        `Nothing is cleaned from the source: ${folder} is the target of a mirror by now, and what went would come again.`,
      );
    this.#targetFolder = folder;
    return folder !== undefined;
  }

  /**
   * Ends the rows of what the source has again, as far as there may be any. Returns whether that is done; before the first
   * look it is left to that one.
   */
  tend(): boolean {
    const { mayClean, source, record } = this.#host;
    if (!this.#isTended || !record.isAnySuspect) return true;
    if (!mayClean()) return false;
    try {
      record.refresh();
      this.#endReturned(record.takeSuspects());
      return true;
    } catch (error) {
      // It is told as a problem of the record, or is met by the next look.
      if (error instanceof TreeError) return false;
      throw error;
    } finally {
      source.release();
    }
  }

  #tend(): void {
    const { record, target, state } = this.#host;
    record.refresh();
    const suspects = record.takeSuspects();
    if (this.#isTended && suspects.length === 0) return;
    followRenames({ state, target, record });
    this.#endReturned(this.#isTended ? suspects : record.paths());
  }

  #endReturned(paths: readonly string[]): void {
    const { record, source, state } = this.#host;
    // What fails is looked at again, with all others.
    this.#isTended = false;
    endReturned({ state, record, isAtSource: (path) => source.stat(path) !== undefined }, paths);
    this.#isTended = true;
  }

  #advanceClock(): void {
    const { state, clock } = this.#host;
    const { meta, cleanSince, baseline } = state;
    state.transact(() => {
      state.setMeta({ keptClock: advanceKeptClock(meta.keptClock, clock.wallMs()) });
      cleanSince.sweep((id) => baseline.get(id) !== undefined);
    });
  }

  #agesNow(): (candidate: Candidate) => ReturnType<typeof ageOf> {
    const { state, source, clock } = this.#host;
    const createdFor = creationClock(source, clock.wallMs());
    const { ageMs } = state.meta.keptClock;
    return (candidate) => ageOf(state, candidate, ageMs, () => createdFor(candidate.path));
  }

  /** The next entries by id, as many as make a batch. */
  #slice(fromId: number, rule: CleanRule, before: ReadonlyMap<string, string>) {
    const { state } = this.#host;
    const due: Candidate[] = [];
    let bytes = 0;
    let nextId = Number.POSITIVE_INFINITY;
    const entries: BaselineEntry[] = [];
    for (const entry of state.baseline.all(fromId)) {
      if (entries.push(entry) <= SLICE) continue;
      entries.pop();
      nextId = entry.id;
      break;
    }
    const ageNow = this.#agesNow();
    const places = this.#places();
    state.transact(() => {
      for (const entry of entries) {
        if (due.length === BATCH || bytes >= BATCH_BYTES) {
          nextId = entry.id;
          return;
        }
        const candidate = this.#judge(entry, rule, ageNow, places, before);
        if (candidate === undefined) continue;
        due.push(candidate);
        bytes += candidate.known.sizeBytes;
      }
    });
    this.#young = {
      count: this.#young.count + places.young.count,
      inMs: Math.min(this.#young.inMs, places.young.inMs),
    };
    return { due, nextId };
  }

  #judge(
    entry: BaselineEntry,
    rule: CleanRule,
    ageNow: (candidate: Candidate) => ReturnType<typeof ageOf>,
    places: CandidatePlaces,
    before: ReadonlyMap<string, string>,
  ): Candidate | undefined {
    const { state, isFailing } = this.#host;
    const candidate = candidateOf(state, entry);
    if (candidate === undefined || isFailing(entry.id)) return undefined;
    if (typeof candidate === 'string') {
      this.#refuse(state.view.pathOf(entry.id) ?? entry.name, candidate, before);
      return undefined;
    }
    const due = isDue(rule, ageNow(candidate));
    const refusal = due === true ? places.refusalAt(candidate.path) : due;
    if (refusal === false || refusal === 'YOUNG') return undefined;
    if (refusal !== undefined) this.#refuse(candidate.path, refusal, before);
    return refusal === undefined ? candidate : undefined;
  }

  #places(): CandidatePlaces {
    const { source, ruleNames, clock } = this.#host;
    return new CandidatePlaces(source, ruleNames(), clock.wallMs());
  }

  #refuse(path: string, why: CleanRefusal | TreeError, before: ReadonlyMap<string, string>): void {
    const message = typeof why === 'string' ? CLEAN_REFUSALS[why] : why.message;
    if (this.#refused.size >= MAX_REFUSALS) return;
    this.#refused.set(path, message);
    if (before.get(path) !== message) this.#host.tell.stays({ path, message });
  }

  /** Resolves to whether it may be gone on with. */
  async #clean(due: readonly Candidate[], before: ReadonlyMap<string, string>): Promise<boolean> {
    const { mayClean, source, heard } = this.#host;
    const proved: ProvedFile[] = [];
    for (const candidate of due) {
      const found = await this.#prove(candidate);
      if (found === undefined) return false;
      if (typeof found === 'string' || found instanceof TreeError)
        this.#refuse(candidate.path, found, before);
      else proved.push(found);
    }
    if (proved.length === 0) return mayClean();
    // What came meanwhile is mirrored first; what was proved is looked at again.
    if (!mayClean()) await heard();
    if (!mayClean()) return false;
    this.#taker.take(this.#stillDue(proved), (path, why) => this.#refuse(path, why, before));
    await source.flush();
    await heard();
    return mayClean() && !this.#taker.isBarred && this.#cleanFolders();
  }

  /** By the rule of this moment: it may have become another one while files were read. */
  #stillDue(proved: readonly ProvedFile[]): readonly ProvedFile[] {
    const { state, rule } = this.#host;
    const wanted = rule();
    if (wanted === undefined) return [];
    const ageNow = this.#agesNow();
    return state.transact(() => proved.filter(({ candidate }) => isDue(wanted, ageNow(candidate)) === true));
  }

  /** Resolves to whether it may be gone on with. */
  async #cleanFolders(): Promise<boolean> {
    const { mayClean, source, heard } = this.#host;
    if (!this.#folders.take()) return mayClean();
    await source.flush();
    await heard();
    return mayClean();
  }

  async #prove(candidate: Candidate): Promise<ProvedFile | CleanRefusal | TreeError | undefined> {
    const { source, target, isStopped } = this.#host;
    try {
      return await proveFile({ source, target, isStopped }, candidate);
    } catch (error) {
      if (error instanceof TreeError) return error;
      throw error;
    }
  }
}
