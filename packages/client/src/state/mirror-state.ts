/**
 * Everything a client remembers of one target, in one store.
 *
 * Two trees with the same ids: the `view`, which is the source as the server last told it, and the
 * `baseline`, which is what stands on the target. The mirror is in sync when they are equal; `dirty`
 * lists the ids that may differ. The cursor says how far the view goes, so the server never has to
 * tell anything twice: what is told but not yet applied is in `dirty`, in the same transaction.
 *
 * Ids below `PARKED_PARENT` are entries that were found on the target and that the source does not have.
 *
 * A kill leaves the state as of some transaction; the data on the target may be ahead of it by the
 * operations of the last moments, which are recognised when they are planned again. After a power cut
 * both may have lost their last seconds: entries of a checkpoint that was not completed are verified.
 */
import type {
  CompareRule,
  Digests,
  Fingerprint,
  HoldState,
  KeptClock,
  LinkRule,
  RunMemory,
  ScrubState,
  TargetTraits,
} from '@lanmirror/engine/core';
import {
  COMPARE_ALL,
  EMPTY_HOLD_STATE,
  isAllCompared,
  isSameTime,
  NEVER_RUN,
  NEVER_SCRUBBED,
  NEW_KEPT_CLOCK,
  PARKED_PARENT,
  PLAIN_TRAITS,
} from '@lanmirror/engine/core';
import { msgpackCodec, type OrderedStore, StoreError, type Table } from '@lanmirror/engine/store';
import { type Cursor, SMALL_FILE_BYTES, type SourceEntry } from '@lanmirror/protocol';
import { HistoryLog } from '../history/history-log.ts';
import { isPassed } from './aim.ts';
import type { BaselineEntry } from './baseline-entry.ts';
import { BaselineSums, SUMS_RULE } from './baseline-sums.ts';
import { BlockTable } from './block-table.ts';
import { CleanSince } from './clean-since.ts';
import { CleanedRows } from './cleaned-rows.ts';
import { baselineEntryCodec, sourceEntryCodec } from './entry-codec.ts';
import { EntryTree } from './entry-tree.ts';
import { FolderRolls } from './folder-rolls.ts';
import { LeftOut } from './left-out.ts';
import { OwnRules } from './own-rules.ts';
import { PassedOver } from './passed-over.ts';
import { foldedKey, foldedSourceKey } from './placement.ts';
import { ProblemTable } from './problem-table.ts';
import { ShareRules } from './share-rules.ts';

export interface Meta {
  /** Random name of the target, also in its marker; '' before it was joined. */
  readonly targetId: string;
  readonly cursor: Cursor | null;
  /** The share that the target is filled from; '' for the one without a name. */
  readonly share: string;
  /** The folder of this machine that the target is filled from, absolute and real; '' for a server. */
  readonly sourceDir: string;
  /** The index whose ids the baseline uses; '' when there is none. */
  readonly indexId: string;
  /** The generation of that index in which the baseline's ids were right last. */
  readonly generation: number;
  /** Id of the mirrored folder in the view. */
  readonly rootId: number;
  /** The view was replaced as a whole and has not been compared with the baseline yet. */
  readonly isCompareDue: boolean;
  /** The checkpoint that entries applied now belong to. */
  readonly checkpoint: number;
  /** Entries of this checkpoint and of all before are on stable storage. */
  readonly durableCheckpoint: number;
  /** False while a client runs: what the last checkpoint does not cover must be verified after a crash. */
  readonly isClean: boolean;
  readonly lastLocalId: number;
  readonly viewFiles: number;
  /** Of all files of the view together; below zero where it was not counted from the beginning. */
  readonly viewBytes: number;
  readonly baselineEntries: number;
  /** Entries that stand here although the source does not have them, because a rule keeps them. */
  readonly keptEntries: number;
  /** By which it is known for how long they are kept. */
  readonly keptClock: KeptClock;
  readonly hold: HoldState;
  /** Deletions wait for a person. */
  readonly isHeld: boolean;
  /** Entries that these were about when the hold began; 0 without one. */
  readonly heldAtFirst: number;
  /** The server's index is another one than before, and no plan was carried out for it yet: it may be another source. */
  readonly isSourceNew: boolean;
  /** Files were taken over by size and time alone: their contents are still to be compared. */
  readonly isDoubtful: boolean;
  /** The rule for links that the baseline was planned by. */
  readonly links: LinkRule;
  /** The rule for comparing that the baseline was planned by. */
  readonly compare: CompareRule;
  /** Everything that its verdicts depend on besides view and baseline, as a text; '' before it was taken up. */
  readonly compareBasis: string;
  /** How far the files here were read again to find what a disk has lost. */
  readonly scrub: ScrubState;
  /** The runs of this mirror. */
  readonly runs: { readonly sync: RunMemory; readonly verify: RunMemory };
  /** What the target was found to be: the baseline was planned by it. */
  readonly traits: TargetTraits;
  /** When the source said last what it leaves out, milliseconds since 1970; 0 when that is not known. */
  readonly rulesHeardMs: number;
  /** Times of a file here and at the source that are no further apart are taken for the same, in microseconds. */
  readonly modifyWindowUs: number;
  /** They were found by asking its disk, once at least. */
  readonly areTraitsProbed: boolean;
  /** By which rule the sums of the baseline were made; 0 when there are none yet. */
  readonly sums: number;
}

type Count = 'viewFiles' | 'viewBytes' | 'baselineEntries' | 'keptEntries';
type Counted = Omit<Meta, Count> & Record<Count, number>;

const EMPTY: Meta = {
  targetId: '',
  cursor: null,
  share: '',
  sourceDir: '',
  indexId: '',
  generation: 0,
  rootId: 1,
  isCompareDue: false,
  checkpoint: 1,
  durableCheckpoint: 0,
  isClean: true,
  // The first id below zero marks what is parked.
  lastLocalId: PARKED_PARENT,
  viewFiles: 0,
  viewBytes: 0,
  baselineEntries: 0,
  keptEntries: 0,
  keptClock: NEW_KEPT_CLOCK,
  hold: EMPTY_HOLD_STATE,
  isHeld: false,
  heldAtFirst: 0,
  isSourceNew: false,
  isDoubtful: false,
  links: 'keep',
  compare: COMPARE_ALL,
  compareBasis: '',
  scrub: NEVER_SCRUBBED,
  runs: { sync: NEVER_RUN, verify: NEVER_RUN },
  traits: PLAIN_TRAITS,
  rulesHeardMs: 0,
  modifyWindowUs: 0,
  areTraitsProbed: false,
  sums: SUMS_RULE,
};

export class MirrorState {
  readonly view: EntryTree<SourceEntry>;
  readonly baseline: EntryTree<BaselineEntry>;
  /** Files of the source that are left out for their size: they are not in the view, and nothing is concluded about their places. */
  readonly excluded: EntryTree<SourceEntry>;
  /** What is kept here although the source does not have it, at its place: it is in no plan and in no fingerprint. */
  readonly kept: EntryTree<BaselineEntry>;
  /** What the rules of this mirror itself leave out of the view: each folder with all below it. */
  readonly unwanted: EntryTree<SourceEntry>;
  /** What of the source the rule for comparing passes over. */
  readonly passedOver: PassedOver;
  /** The block lists of contents of the baseline, as far as they are known. */
  readonly blocks: BlockTable;
  /** Since when files are in sync, where they are to go from the source some days after that. */
  readonly cleanSince: CleanSince;
  /** What was cleaned from the source, as the record in the target says. */
  readonly cleanedRows: CleanedRows;
  /** What the folders of the target looked like when all in them was as the baseline says. */
  readonly rolls: FolderRolls;
  /** What happened to the paths of the target. */
  readonly history: HistoryLog;
  /** Folders of the baseline whose time has to be set when they are quiet. Not stored: a start looks at the target. */
  readonly touchedFolders = new Set<number>();
  /** What the server leaves out of the share. */
  readonly shareRules: ShareRules;
  /** What this mirror itself leaves out. */
  readonly ownRules: OwnRules;
  /** Both together: which paths are left out. */
  readonly leftOut: LeftOut;
  /** What a person was told of that went wrong. */
  readonly problems: ProblemTable;
  /** Entries whose name on the target changed by what came or went beside them, since these were taken. */
  readonly #regrouped = new Set<number>();
  readonly #dirty: Table<number, number>;
  readonly #agreed: Table<number, number>;
  readonly #metaTable: Table<string, Meta>;
  readonly #store: OrderedStore;
  readonly #sums: BaselineSums;
  #meta: Meta;
  /** The meta data as this transaction has counted in it, and may again: nobody else had it before. */
  #counted: Counted | undefined;
  /** Why a step was not saved. */
  #unsaved: StoreError | undefined;
  #depth = 0;

  constructor(store: OrderedStore) {
    this.#store = store;
    this.#metaTable = store.table('meta', msgpackCodec<Meta>());
    const stored = this.#metaTable.get('mirror');
    // What an older program did not write down.
    this.#meta = { ...EMPTY, ...(stored !== undefined && { sums: 0, viewBytes: -Infinity }), ...stored };
    this.history = new HistoryLog(store);
    this.blocks = new BlockTable(store);
    this.rolls = new FolderRolls(store);
    this.passedOver = new PassedOver(store);
    this.cleanSince = new CleanSince(store);
    this.cleanedRows = new CleanedRows(store);
    this.#dirty = store.table('dirty', msgpackCodec<number>());
    this.problems = new ProblemTable(store);
    this.shareRules = new ShareRules(store);
    this.ownRules = new OwnRules(store);
    this.leftOut = new LeftOut(this.shareRules, this.ownRules);
    this.#agreed = store.table('agreed', msgpackCodec<number>());
    const rootId = (): number => this.#meta.rootId;
    this.view = new EntryTree(store, 'view', sourceEntryCodec(), {
      rootId,
      changed: (before, after) => this.#viewChanged(before, after),
      folded: (name) => foldedSourceKey(this.#meta.traits.names, name),
      regrouped: (id) => {
        this.markDirty(id);
        this.#regrouped.add(id);
      },
    });
    this.baseline = new EntryTree(store, 'baseline', baselineEntryCodec(), {
      rootId,
      changed: (before, after) => this.#baselineChanged(before, after),
      folded: (name) => foldedKey(this.#meta.traits.names, name),
      regrouped: () => undefined,
    });
    this.kept = new EntryTree(store, 'kept', baselineEntryCodec(), {
      rootId,
      changed: (before, after) => this.#keptChanged(before, after),
      folded: (name) => foldedKey(this.#meta.traits.names, name),
      regrouped: () => undefined,
    });
    const beside = { rootId, changed: () => undefined, folded: () => undefined, regrouped: () => undefined };
    this.excluded = new EntryTree(store, 'excluded', sourceEntryCodec(), beside);
    this.unwanted = new EntryTree(store, 'unwanted', sourceEntryCodec(), {
      ...beside,
      changed: (before, after) => this.ownRules.aging.changed(before, after),
    });
    this.#sums = new BaselineSums(store, rootId, (id) => this.baseline.get(id));
    if (this.#meta.sums !== SUMS_RULE) this.#sumAnew();
  }

  get meta(): Meta {
    return this.#meta;
  }

  /** Changes part of the meta data; inside a transaction, or in one of its own. */
  setMeta(change: Partial<Meta>): void {
    this.transact(() => {
      this.#meta = { ...this.#meta, ...change };
    });
  }

  /** Adds to a count, which every entry that comes or goes does: a copy of all the meta data for each would take long. */
  #add(count: Count, by: number): void {
    if (by === 0) return;
    this.transact(() => {
      this.#counted = this.#counted === this.#meta ? this.#counted : { ...this.#meta };
      this.#counted[count] += by;
      this.#meta = this.#counted;
    });
  }

  /**
   * Runs `work`; all it writes becomes visible and durable together. May be nested. After a step that could not be saved
   * nothing is, until the state is opened anew: what follows builds on that step. Throws StoreError.
   */
  transact<T>(work: () => T): T {
    if (this.#depth > 0) return work();
    if (this.#unsaved !== undefined) throw this.#unsaved;
    const before = this.#meta;
    this.#depth = 1;
    try {
      return this.#store.transact(() => {
        const result = work();
        this.#sums.settle();
        this.history.settle();
        if (this.#meta !== before) this.#metaTable.put('mirror', this.#meta);
        return result;
      });
    } catch (error) {
      this.#meta = before;
      this.#sums.forget();
      this.history.forget();
      if (error instanceof StoreError) this.#unsaved = error;
      throw error;
    } finally {
      this.#depth = 0;
      this.#counted = undefined;
    }
  }

  /** The code of what stands on the target, as far as it was proved; undefined before there is anything. */
  get fingerprint(): Fingerprint | undefined {
    const root = this.baseline.get(this.#meta.rootId);
    return root && this.#sums.fingerprint(root);
  }

  /** The sums of the digests of what stands directly in a folder of the target. */
  sumsOf(folderId: number): Digests {
    return this.#sums.sumsOf(folderId);
  }

  /** Forgets the whole view; the baseline has to be compared with the next one. */
  clearView(): void {
    this.view.clear();
    this.excluded.clear();
    this.unwanted.clear();
    this.passedOver.clear();
    this.ownRules.aging.forget();
    this.setMeta({ viewFiles: 0, viewBytes: 0, cursor: null, isCompareDue: true });
  }

  /** Forgets all that is known of what stands on the target: it is another one from now on. */
  forgetTarget(): void {
    this.transact(() => {
      this.baseline.clear();
      this.kept.clear();
      this.blocks.clear();
      this.rolls.clear();
      this.cleanSince.clear();
      this.judgeAnew();
      this.#sums.sumAnew([]);
      this.#agreed.clear();
      this.touchedFolders.clear();
      this.setMeta({
        ...{
          areTraitsProbed: false,
          baselineEntries: 0,
          keptEntries: 0,
          isCompareDue: true,
          isDoubtful: false,
        },
        ...{ hold: EMPTY_HOLD_STATE, isHeld: false, heldAtFirst: 0, isSourceNew: false },
      });
    });
  }

  /** Judges by the rule for comparing whatever it may pass over. Inside a transaction. Returns the ids of which the verdict is another one. */
  judgeAnew(): number[] {
    const { passedOver, view, baseline } = this;
    const before = new Set(passedOver.ids());
    const now = new Set<number>();
    const { compare } = this.#meta;
    if (!isAllCompared(compare))
      for (const entry of view.all())
        if (isPassed(this, compare, entry, baseline.get(entry.id))) now.add(entry.id);
    passedOver.clear();
    for (const id of now) passedOver.note(id, true);
    return [...[...before].filter((id) => !now.has(id)), ...[...now].filter((id) => !before.has(id))];
  }

  markDirty(id: number): void {
    this.#dirty.put(id, 1);
  }

  markClean(id: number): void {
    this.#dirty.remove(id);
  }

  isDirty(id: number): boolean {
    return this.#dirty.get(id) !== undefined;
  }

  dirtyCount(): number {
    return this.#dirty.count();
  }

  /** All dirty ids, lowest first. Read to the end before writing. */
  dirtyIds(): number[] {
    const ids: number[] = [];
    for (const { key } of this.#dirty.range()) ids.push(key);
    return ids;
  }

  /** Ids whose name on the target changed by what came or went beside them, since the last call. */
  takeRegrouped(): number[] {
    const ids = [...this.#regrouped];
    this.#regrouped.clear();
    return ids;
  }

  /** An entry of the baseline has another id from now on. */
  rekeyed(id: number, newId: number): void {
    if (this.touchedFolders.delete(id)) this.touchedFolders.add(newId);
    if (this.#meta.keptEntries === 0) return;
    for (const child of [...this.kept.children(id)]) this.kept.put({ ...child, parentId: newId });
  }

  /** A person agreed to the deletion of these entries. */
  agree(ids: readonly number[]): void {
    this.transact(() => {
      for (const id of ids) this.#agreed.put(id, 1);
    });
  }

  isAgreed(id: number): boolean {
    return this.#agreed.get(id) !== undefined;
  }

  /** What was agreed to is done, or is not to be done any more. */
  forgetAgreement(): void {
    if (this.#agreed.count() > 0) this.transact(() => this.#agreed.clear());
  }

  /** A new id for an entry that only the target has. */
  newLocalId(): number {
    const id = this.#meta.lastLocalId - 1;
    this.setMeta({ lastLocalId: id });
    return id;
  }

  /** Everything committed so far is on stable storage when this resolves. */
  flushed(): Promise<void> {
    return this.#store.flushed();
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  #viewChanged(before: SourceEntry | undefined, after: SourceEntry | undefined): void {
    this.ownRules.aging.changed(before, after);
    this.#judgeAgain((after ?? before)?.id, { entry: after });
    this.#add('viewFiles', filesIn(after) - filesIn(before));
    this.#add('viewBytes', bytesIn(after) - bytesIn(before));
  }

  #baselineChanged(before: BaselineEntry | undefined, after: BaselineEntry | undefined): void {
    this.#sums.change(before, after);
    this.#judgeAgain((after ?? before)?.id, { standing: after });
    if (before !== undefined && before.sizeBytes > SMALL_FILE_BYTES && !isSameContent(before, after))
      this.blocks.remove(before.id);
    this.rolls.change(before, after);
    if (before === undefined || after === undefined)
      this.#add('baselineEntries', after === undefined ? -1 : 1);
  }

  /** One of the two has changed, to what is given (undefined for none); the other one is as it stands in the tables. */
  #judgeAgain(
    id: number | undefined,
    change: { readonly entry: SourceEntry | undefined } | { readonly standing: BaselineEntry | undefined },
  ): void {
    const { compare } = this.#meta;
    if (isAllCompared(compare) || id === undefined) return;
    const entry = 'entry' in change ? change.entry : this.view.get(id);
    const standing = 'standing' in change ? change.standing : this.baseline.get(id);
    this.passedOver.note(id, entry !== undefined && isPassed(this, compare, entry, standing));
  }

  #keptChanged(before: BaselineEntry | undefined, after: BaselineEntry | undefined): void {
    if (before === undefined || after === undefined) this.#add('keptEntries', after === undefined ? -1 : 1);
  }

  #sumAnew(): void {
    this.transact(() => {
      this.#sums.sumAnew(this.baseline.all());
      this.setMeta({ sums: SUMS_RULE });
    });
  }
}

function isSameContent(before: BaselineEntry, after: BaselineEntry | undefined): boolean {
  if (before.hash === null || !after?.hash) return false;
  return Buffer.compare(before.hash, after.hash) === 0;
}

function bytesIn(entry: SourceEntry | undefined): number {
  return entry?.kind === 'file' ? entry.sizeBytes : 0;
}

function filesIn(entry: SourceEntry | undefined): number {
  return entry?.kind === 'file' ? 1 : 0;
}

/** Whether a time on the target and one of the source are taken for the same. */
export function isSameTimeHere({ meta }: Pick<MirrorState, 'meta'>, here: number, there: number): boolean {
  return isSameTime(meta.traits, here, there, meta.modifyWindowUs);
}
