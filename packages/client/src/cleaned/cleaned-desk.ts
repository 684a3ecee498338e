/**
 * Shows what stays on the target because it was cleaned from the source, and forgets what is noted of copies that are
 * gone: exactly those that were shown, as far as they still are. Owns the list that was shown last. A kill in between
 * leaves a record of which some rows have ended; the state learns it from there.
 */
import type { Clock } from '@lanmirror/engine/core';
import {
  displayName,
  EXIT,
  type PathPattern,
  readPattern,
  typedCommand,
  UserError,
} from '@lanmirror/engine/host';
import { type NodeKind, TreeError } from '@lanmirror/engine/tree';
import { isWithin } from '@lanmirror/protocol';
import type { CleanedRecord, CleanedRow } from '../clean/cleaned-record.ts';
import { hasNoPlace, shownPathOf } from '../clean/row-place.ts';
import { forgetKeptAt } from '../plan/kept.ts';
import { isKnownPath } from '../plan/part.ts';
import { chooseForgotten, type ForgetChoice } from './forget-choice.ts';
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

export interface DeskHost extends CopyHost {
  readonly record: CleanedRecord;
  readonly clock: Clock;
  /** Whether the target is the one that is meant, now. */
  isThere(): Promise<boolean>;
  /** Does it when nothing else works on the target; undefined, and it was not done, while nothing may be changed. */
  inTurn(work: () => Promise<void>): Promise<unknown>;
  /** What is noted of this path was forgotten. */
  forgot(path: string): void;
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
    return record.count - record.besideCount;
  }

  /** Gives each that matches, by path. @throws UserError for a pattern that matches none, and when nothing can be said */
  async show(typed: string, give: (file: CleanedFile) => Promise<void>, signal?: AbortSignal): Promise<void> {
    for await (const { file } of this.#filesFor(await this.#rowsFor(typed))) {
      if (signal?.aborted === true) return;
      await give(file);
    }
    // A target that goes away looks like one from which all was deleted.
    if (!(await this.#host.isThere())) throw away('What was shown may not be so');
  }

  /** The same, for what is to be forgotten: what is `gone` can be. @throws UserError as above */
  async offer(typed: string, give: (file: CleanedFile) => Promise<void>): Promise<Offer> {
    const looked: { row: CleanedRow; file: CleanedFile }[] = [];
    for await (const one of this.#filesFor(await this.#rowsFor(typed))) looked.push(one);
    const gone = looked.filter(({ file }) => file.standing === 'gone').map(({ row }) => row);
    const moved = await this.#findMoved(gone);
    for (const { row, file } of looked) await give(withMove(file, moved.get(row.path)));
    if (!(await this.#host.isThere())) throw away('Nothing was forgotten');
    const going = gone.filter(({ path }) => !moved.has(path));
    const { released } = this.#choose(going);
    this.#lastToken += 1;
    const token = this.#lastToken;
    this.#list = { token, paths: going.map(({ path }) => path), released: new Set(released) };
    return { token, released: released.filter((path) => this.#stands(path)) };
  }

  /** @throws UserError, and nothing was forgotten, unless it says otherwise */
  async forget(token: number, give: (forgotten: Forgotten) => Promise<void>): Promise<void> {
    const list = this.#list;
    if (list === undefined || list.token !== token) throw notShown();
    this.#list = undefined;
    // What is thrown in its turn would be taken for a fault of the mirror.
    const answer: { isDone: boolean; refusal?: UserError | undefined; outcomes: Forgotten[] } = {
      ...{ isDone: false, outcomes: [] },
    };
    await this.#host.inTurn(async () => {
      answer.isDone = true;
      answer.refusal = await this.#forgetAll(list, answer.outcomes);
    });
    if (!answer.isDone) throw away('Nothing was forgotten');
    if (answer.refusal !== undefined) throw answer.refusal;
    for (const outcome of answer.outcomes) await give(outcome);
  }

  async #forgetAll(list: OfferedList, outcomes: Forgotten[]): Promise<UserError | undefined> {
    const { record, state } = this.#host;
    try {
      this.#requireRecord();
      const rows = list.paths.flatMap((path) => record.rowAt(path) ?? []);
      const gone: CleanedRow[] = [];
      for await (const { row, file } of this.#filesFor(rows))
        if (file.standing === 'gone') gone.push(row);
        else outcomes.push({ path: file.path, outcome: file.standing, why: file.why });
      if (!(await this.#host.isThere())) return away('Nothing was forgotten');
      const choice = this.#choose(gone);
      if (choice.released.some((path) => !list.released.has(path))) return changed();
      const released = choice.released.filter((path) => this.#stands(path));
      this.#conclude(choice, gone);
      for (const row of gone) outcomes.push({ path: shownPathOf(row), outcome: 'forgotten', why: '' });
      for (const path of released) outcomes.push({ path, outcome: 'released', why: '' });
      await state.flushed();
      return undefined;
    } catch (error) {
      if (error instanceof UserError) return error;
      if (error instanceof TreeError) return notWritten(error);
      throw error;
    }
  }

  /** In one piece: what the record, and what the client remembers, say of these from now on is the same. Throws TreeError. */
  #conclude({ ended, instead }: ForgetChoice, gone: readonly CleanedRow[]): void {
    const { record, state, forgot } = this.#host;
    if (gone.length === 0) return;
    record.conclude(ended, instead);
    state.transact(() => {
      for (const { path } of gone) forgetKeptAt(state, path);
    });
    for (const { path } of gone) forgot(path);
  }

  #choose(gone: readonly CleanedRow[]): ForgetChoice {
    return chooseForgotten(
      gone,
      this.#host.record.rows(),
      (row) => lookAtCopy(this.#host, row).standing === 'gone',
    );
  }

  #stands(path: string): boolean {
    const row = this.#host.record.rowAt(path);
    return row !== undefined && lookAtCopy(this.#host, row).standing !== 'gone';
  }

  /** What is not all seen may hold any of them. */
  async #findMoved(gone: readonly CleanedRow[]): Promise<ReadonlyMap<string, string>> {
    const unseen: string[] = [];
    const unreadable = (path: string, code: string): void => void unseen.push(`${path} (${code})`);
    const moved = await findMoved({ ...this.#host, unreadable }, gone);
    if (unseen.length > 0) throw notSeen(unseen);
    return moved;
  }

  async #rowsFor(typed: string): Promise<readonly CleanedRow[]> {
    const { state, record } = this.#host;
    if (!(await this.#host.isThere())) throw away('Nothing can be said');
    this.#requireRecord();
    const rows = record.rows();
    const wanted: PathPattern = (await readPattern(typed))(
      (path) => isKnownPath(state, path) || rows.some((row) => isWithin(shownPathOf(row), path)),
    );
    const matching = rows.filter((row) => wanted.isMatch(shownPathOf(row)));
    if (matching.length === 0 && typed !== '') throw noRow(typed);
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

function noRow(typed: string): UserError {
  return new UserError(
    'NO_MATCH',
    `Nothing that matches '${displayName(typed)}' is noted here as cleaned from the source. Nothing was done.`,
    `"${typedCommand('lanmirror-client cleaned')}" lists what is. Is it spelled as there, from the top of the mirror?`,
    EXIT.usage,
  );
}

function recordUnknown({ message }: TreeError): UserError {
  return new UserError(
    'CLEANED_UNKNOWN',
    `What was cleaned from the source cannot be read: ${displayName(message)}.`,
    `Mend that first: "${typedCommand('lanmirror-client status')}" says how.`,
    EXIT.held,
  );
}

function notSeen(unseen: readonly string[]): UserError {
  const [first = ''] = unseen;
  const more = unseen.length === 1 ? '' : `, and ${unseen.length - 1} more`;
  return new UserError(
    'NOT_ALL_SEEN',
    `Nothing was forgotten: a copy may have been moved to where nobody can look now: ${displayName(first)}${more}.`,
    'Give the user of the client the right to look there, and run it again.',
    EXIT.someFailed,
  );
}

function notShown(): UserError {
  return new UserError(
    'NOT_SHOWN',
    'Nothing was forgotten: another list was shown since.',
    'Run "cleaned forget" again.',
    EXIT.held,
  );
}

function changed(): UserError {
  return new UserError(
    'CHANGED',
    'Nothing was forgotten: more was added beside one of these since it was shown.',
    'Run "cleaned forget" again, and look at the new list.',
    EXIT.held,
  );
}

function away(what: string): UserError {
  return new UserError(
    'TARGET_AWAY',
    `${what}: the target is not there, or the client is just ending.`,
    `Look at "${typedCommand('lanmirror-client status')}".`,
    EXIT.held,
  );
}

function notWritten({ path, message }: TreeError): UserError {
  return new UserError(
    'NOT_WRITTEN',
    `Whether all of it was forgotten is not known (${displayName(path)}: ${displayName(message)}).`,
    `Look at the disk, and at "${typedCommand('lanmirror-client cleaned')}".`,
    EXIT.someFailed,
  );
}
