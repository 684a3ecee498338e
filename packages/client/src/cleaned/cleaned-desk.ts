/**
 * Shows what stays on the target because it was cleaned from the source, and forgets what is noted of copies that are
 * gone: exactly those that were shown, as far as they still are right after a look at the whole target. Owns the list that
 * was shown last. A kill in between leaves a record of which some rows have ended; the state learns it from there.
 */
import type { Clock } from '@lanmirror/engine/core';
import { type PathPattern, readPattern, UserError } from '@lanmirror/engine/host';
import { type NodeKind, TreeError } from '@lanmirror/engine/tree';
import { isWithin } from '@lanmirror/protocol';
import type { CleanedRow } from '../clean/cleaned-record.ts';
import { hasNoPlace, shownPathOf } from '../clean/row-place.ts';
import { followRenames } from '../clean/tend-record.ts';
import { forgetKeptAt } from '../plan/kept.ts';
import { isKnownPath } from '../plan/part.ts';
import { type BesideHost, besideVacant } from './beside-vacant.ts';
import { countCleaned } from './count-cleaned.ts';
import { chooseForgotten, type ForgetChoice } from './forget-choice.ts';
import {
  away,
  changed,
  noRow,
  notLooked,
  notSeen,
  notShown,
  notWritten,
  recordUnknown,
} from './forget-refusal.ts';
import { type CopyHost, lookAtCopy, type Standing } from './look-at-copy.ts';
import { findMoved } from './moved-copy.ts';

const SLICE_MS = 10;

/** A file that was cleaned from the source, and its copy here. */
export interface CleanedFile {
  readonly path: string;
  /** `moved`: nothing stands there, and what stands at `why` may be it. That is looked for only before one is forgotten. */
  readonly standing: Standing | 'moved';
  /** Why it is not known; '' for nothing to add. */
  readonly why: string;
  /** What stands there; null when nothing does, or that is not known. */
  readonly kind: NodeKind | null;
  /** Bytes of the file there; of one that is gone, those that it had. */
  readonly sizeBytes: number;
  /** BLAKE3 of what was cleaned, hexadecimal; '' when nobody knows it. */
  readonly hash: string;
  /** Milliseconds since 1970; null when that is not known. */
  readonly cleanedMs: number | null;
  /** It stays because it may be the file that was cleaned from this path, edited and renamed; '' for all others. */
  readonly vacantPath: string;
  /** As far as is known, the source has something at this path, too. */
  readonly isAtSource: boolean;
  /** Something else has its place by now, so it is known by its size, time and content alone. */
  readonly hasNoPlace: boolean;
}

/** What may be forgotten, as a whole. */
export interface Offer {
  /** Names the list. */
  readonly token: number;
  /** What stays only because the place of one of these is empty: the rules are asked about it then. */
  readonly released: readonly string[];
}

/** What became of one. */
export interface Forgotten {
  readonly path: string;
  /** `released`: it stayed for what was forgotten. Anything else but `forgotten`: how it stands, so that its row stays. */
  readonly outcome: 'forgotten' | 'released' | CleanedFile['standing'];
  readonly why: string;
}

export interface DeskHost extends CopyHost, BesideHost {
  readonly clock: Clock;
  /** Whether the target is the one that is meant, now. */
  isThere(): Promise<boolean>;
  /**
   * Does it when the whole target was looked at right now, what that found has its place in the books, and nothing else works
   * there. Resolves to why it was not done, for a person; '' when it was.
   */
  afterLook(work: () => Promise<void>): Promise<string>;
  /** A command about this mirror, as a person types it: `cleaned`. */
  lineFor(command: string): string;
  /** What is noted of this path was forgotten. */
  forgot(path: string): void;
}

const NO_ROW: Omit<CleanedRow, 'path'> = { sizeBytes: 0, mtimeUs: 0, hash: '', cleanedMs: 0 };

interface Candidates {
  readonly files: readonly CleanedFile[];
  readonly going: readonly CleanedRow[];
  readonly released: readonly string[];
}

interface OfferedList {
  readonly token: number;
  readonly paths: readonly string[];
  readonly released: ReadonlySet<string>;
}

export class CleanedDesk {
  readonly #host: DeskHost;
  #list: OfferedList | undefined;
  #lastToken = 0;

  constructor(host: DeskHost) {
    this.#host = host;
  }

  /** Files that went from the source, as far as that is known. */
  get count(): number {
    const { record } = this.#host;
    record.look();
    return countCleaned(record.rows(), (row) => lookAtCopy(this.#host, row).standing !== 'gone');
  }

  /** Gives each that matches, by path. @throws UserError for a pattern that matches none, and when nothing can be said */
  async show(typed: string, give: (file: CleanedFile) => Promise<void>, signal?: AbortSignal): Promise<void> {
    for await (const { file } of this.#filesFor(await this.#rowsFor(typed))) {
      if (signal?.aborted === true) return;
      await give(file);
    }
    // A target that goes away looks like one from which all was deleted.
    if (!(await this.#host.isThere())) throw this.#away('What was shown may not be so');
  }

  /**
   * The same, after a look at the whole target, for what is to be forgotten: what is `gone` can be. @throws UserError as
   * above, and when nothing can be looked at
   */
  async offer(typed: string, give: (file: CleanedFile) => Promise<void>): Promise<Offer> {
    // A look takes its time, and a slip of the pen needs none.
    await this.#rowsFor(typed);
    const { files, going, released } = await this.#afterLook(() => this.#candidates(typed));
    this.#lastToken += 1;
    const token = this.#lastToken;
    this.#list = { token, paths: going.map(({ path }) => path), released: new Set(released) };
    for (const file of files) await give(file);
    return { token, released: released.filter((path) => this.#stands(path)) };
  }

  async #candidates(typed: string): Promise<Candidates> {
    const looked: { row: CleanedRow; file: CleanedFile }[] = [];
    for await (const one of this.#filesFor(await this.#rowsFor(typed))) looked.push(one);
    const gone = looked.filter(({ file }) => file.standing === 'gone').map(({ row }) => row);
    const moved = await this.#findMoved(gone);
    if (!(await this.#host.isThere())) throw this.#away('Nothing was forgotten');
    const files = looked.map(({ row, file }) => withMove(file, moved.get(row.path)));
    const going = gone.filter(({ path }) => !moved.has(path));
    return { files, going, released: this.#choose(going).released };
  }

  /** @throws UserError, and nothing was forgotten, unless it says otherwise */
  async forget(token: number, give: (forgotten: Forgotten) => Promise<void>): Promise<void> {
    const list = this.#list;
    if (list === undefined || list.token !== token) throw notShown(this.#host.lineFor('cleaned forget'));
    this.#list = undefined;
    for (const outcome of await this.#afterLook(() => this.#forgetAll(list))) await give(outcome);
  }

  /** Does it in the turn of the mirror, where what is thrown would be taken for a fault of that. */
  async #afterLook<T>(work: () => Promise<T>): Promise<T> {
    const answer: { value?: { readonly of: T }; refusal?: UserError } = {};
    const why = await this.#host.afterLook(async () => {
      try {
        this.#requireRecord();
        followRenames({ ...this.#host, target: this.#host.tree });
        answer.value = { of: await work() };
      } catch (error) {
        answer.refusal = this.#refusalOf(error);
      }
    });
    if (answer.refusal !== undefined) throw answer.refusal;
    if (answer.value === undefined) throw notLooked(why, this.#host.lineFor('status'));
    return answer.value.of;
  }

  #refusalOf(error: unknown): UserError {
    if (error instanceof UserError) return error;
    if (error instanceof TreeError) return notWritten(error, this.#host.lineFor('cleaned'));
    throw error;
  }

  async #forgetAll(list: OfferedList): Promise<Forgotten[]> {
    const { record, state } = this.#host;
    const outcomes: Forgotten[] = [];
    const gone: CleanedRow[] = [];
    for await (const { row, file } of this.#filesFor(list.paths.flatMap((path) => record.rowAt(path) ?? [])))
      if (file.standing === 'gone') gone.push(row);
      else outcomes.push({ path: file.path, outcome: file.standing, why: file.why });
    const moved = await this.#findMoved(gone);
    for (const row of gone) {
      const why = moved.get(row.path);
      if (why !== undefined) outcomes.push({ path: shownPathOf(row), outcome: 'moved', why });
    }
    if (!(await this.#host.isThere())) throw this.#away('Nothing was forgotten');
    const going = gone.filter(({ path }) => !moved.has(path));
    const choice = this.#choose(going);
    if (choice.released.some((path) => !list.released.has(path)))
      throw changed(this.#host.lineFor('cleaned forget'));
    const released = choice.released.filter((path) => this.#stands(path));
    this.#conclude(choice, going);
    for (const row of going) outcomes.push({ path: shownPathOf(row), outcome: 'forgotten', why: '' });
    for (const path of released) outcomes.push({ path, outcome: 'released', why: '' });
    await state.flushed();
    return outcomes;
  }

  /**
   * In one piece: what the record, and what the client remembers, say of these from now on is the same. A kill in between
   * leaves no row that stays for one which is no more: nothing would end that. Throws TreeError.
   */
  #conclude({ ended, instead }: ForgetChoice, gone: readonly CleanedRow[]): void {
    const { record, state, forgot } = this.#host;
    if (gone.length === 0) return;
    if (instead.length > 0) record.conclude([], instead);
    record.conclude(
      ended.filter((path) => record.rowAt(path) !== undefined),
      [],
    );
    state.transact(() => {
      for (const { path } of gone) forgetKeptAt(state, path);
    });
    for (const row of gone) forgot(shownPathOf(row));
  }

  #choose(gone: readonly CleanedRow[]): ForgetChoice {
    return chooseForgotten(
      gone,
      [...this.#host.record.rows(), ...besideVacant(this.#host, gone)],
      (row) => lookAtCopy(this.#host, row).standing === 'gone',
    );
  }

  #away(what: string): UserError {
    return away(what, this.#host.lineFor('status'));
  }

  /** What may not be seen may stand. */
  #stands(path: string): boolean {
    return lookAtCopy(this.#host, this.#host.record.rowAt(path) ?? { ...NO_ROW, path }).standing !== 'gone';
  }

  /**
   * Where the copies of these rows may stand by now. What stays for one of them ends with it, so where that may have gone
   * counts for both. What is not all seen may hold any of them.
   */
  async #findMoved(gone: readonly CleanedRow[]): Promise<ReadonlyMap<string, string>> {
    const places = new Set(gone.map(({ path }) => path));
    const beside = this.#host.record
      .rows()
      .filter(({ path, vacantPath = '' }) => places.has(vacantPath) && !places.has(path))
      .filter((row) => lookAtCopy(this.#host, row).standing === 'gone');
    const unseen: string[] = [];
    const unreadable = (path: string, why: string): void => void unseen.push(`${path || '.'} (${why})`);
    const found = await findMoved({ ...this.#host, unreadable }, [...gone, ...beside]);
    if (unseen.length > 0) throw notSeen(unseen);
    const moved = new Map(found);
    for (const { path, vacantPath } of [...gone, ...beside]) {
      const at = found.get(path);
      if (at !== undefined && vacantPath !== undefined && !moved.has(vacantPath)) moved.set(vacantPath, at);
    }
    return moved;
  }

  async #rowsFor(typed: string): Promise<readonly CleanedRow[]> {
    const { state, record } = this.#host;
    if (!(await this.#host.isThere())) throw this.#away('Nothing can be said');
    this.#requireRecord();
    const rows = record.rows();
    const wanted: PathPattern = (await readPattern(typed))(
      (path) => isKnownPath(state, path) || rows.some((row) => isWithin(shownPathOf(row), path)),
    );
    const matching = rows.filter((row) => wanted.isMatch(shownPathOf(row)));
    if (matching.length === 0 && typed !== '') throw noRow(typed, this.#host.lineFor('cleaned'));
    return matching.sort((one, other) => (shownPathOf(one) < shownPathOf(other) ? -1 : 1));
  }

  /** A damaged record may have any row. */
  #requireRecord(): void {
    try {
      this.#host.record.refresh();
    } catch (error) {
      throw error instanceof TreeError ? recordUnknown(error) : error;
    }
  }

  async *#filesFor(
    rows: readonly CleanedRow[],
  ): AsyncGenerator<{ readonly row: CleanedRow; readonly file: CleanedFile }> {
    const { clock } = this.#host;
    let sliceStart = clock.nowMs();
    for (const row of rows) {
      yield { row, file: this.#fileOf(row) };
      if (clock.nowMs() - sliceStart < SLICE_MS) continue;
      await clock.turn();
      sliceStart = clock.nowMs();
    }
  }

  #fileOf(row: CleanedRow): CleanedFile {
    const { hash, cleanedMs, vacantPath = '' } = row;
    const path = shownPathOf(row);
    const vacant = this.#host.record.rowAt(vacantPath);
    const sight = lookAtCopy(this.#host, row);
    const isMissing = sight.standing === 'gone' || sight.standing === 'unknown';
    return {
      ...{ path, hash, hasNoPlace: hasNoPlace(row), ...sight },
      vacantPath: vacant === undefined ? vacantPath : shownPathOf(vacant),
      sizeBytes: isMissing ? row.sizeBytes : sight.sizeBytes,
      // That is when the other one was.
      cleanedMs: vacantPath === '' && cleanedMs > 0 ? cleanedMs : null,
      isAtSource: this.#host.state.view.idAt(path) !== undefined,
    };
  }
}

function withMove(file: CleanedFile, movedTo: string | undefined): CleanedFile {
  return movedTo === undefined ? file : { ...file, standing: 'moved', why: movedTo };
}
