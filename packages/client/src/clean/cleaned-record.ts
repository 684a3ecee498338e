/**
 * What was cleaned from the source, because this target has it: the target keeps it from then on. Owns the journal
 * `.lanmirror/cleaned` of the target, so that it outlives everything that client and source remember. The client
 * remembers the rows as well: what either has lost the other gives back.
 *
 * A row is written, and on stable storage, before its file goes from the source. A kill leaves rows of files that did
 * not go; they end when the file is seen at both ends. No other content ends one: it goes on without a place.
 */
import { gatherAppends, type OwnJournal, TreeError } from '@lanmirror/engine/tree';
import { isWithin } from '@lanmirror/protocol';
import {
  type CleanedRow,
  type CopyLook,
  endLine,
  RecordReader,
  type RecordText,
  rowLine,
  tornLine,
} from './record-line.ts';
import {
  hasNoPlace,
  isSuccessorSame,
  lookKey,
  parkedPath,
  RECORD_PATH,
  rowAtPath,
  rowWithoutPlace,
  wasIn,
} from './row-place.ts';

export type { CleanedRow, CopyLook } from './record-line.ts';
export { lookKey, RECORD_PATH } from './row-place.ts';

/** An entry of the target, as far as a row can be about it. `hash`: null when it is not known. */
export interface CleanedEntry extends CopyLook {
  readonly path: string;
  readonly hash: Uint8Array | null;
}

/** The row by which what stands at a path stays. */
export interface CopyFound {
  readonly row: CleanedRow;
  readonly path: string;
}

/** What stands at the place of a row. `hash`: null when it is not known. */
export interface CopyThere extends CopyLook {
  readonly hash?: Uint8Array | null;
}

/** The rows as the client remembers them. */
export interface RowMemory {
  all(): readonly CleanedRow[];
  save(rows: readonly CleanedRow[], endedPaths: readonly string[]): void;
}

/**
 * Rows that somebody else knows, but for those of paths that are known already. `isAllLost`: neither the journal nor the
 * client has ever had any. Throws TreeError.
 */
export type RowWitness = (isKnown: (path: string) => boolean, isAllLost: boolean) => readonly CleanedRow[];

const NO_WITNESS: RowWitness = () => [];
const NO_MEMORY: RowMemory = { all: () => [], save: () => undefined };

export class CleanedRecord {
  #journal: OwnJournal;
  readonly #memory: RowMemory;
  readonly #witness: RowWitness;
  #isRead = false;
  #trouble: TreeError | undefined;
  #torn = '';
  #rows = new Map<string, CleanedRow>();
  #byLook = new Map<string, Set<string>>();
  /** Paths of rows that stay only for the empty place of another one, by that place. */
  #byVacancy = new Map<string, Set<string>>();
  readonly #suspects = new Set<string>();
  readonly #returned = new Set<string>();

  constructor(journal: OwnJournal, memory: RowMemory = NO_MEMORY, witness: RowWitness = NO_WITNESS) {
    this.#journal = journal;
    this.#memory = memory;
    this.#witness = witness;
  }

  /** Reads it, unless that was done: a target that is away has none to read. Throws TreeError when it is not to be relied on. */
  refresh(): void {
    if (!this.#isRead) this.#read();
    if (this.#trouble !== undefined) throw this.#trouble;
  }

  /** The same for who goes on without it: nothing of what may be in it is touched then. Returns why, '' when it is fine. */
  look(): string {
    try {
      this.refresh();
      return '';
    } catch (error) {
      if (error instanceof TreeError) return error.message;
      throw error;
    }
  }

  /** The same, and one that is not to be relied on is read again: a person may have mended it. */
  lookAgain(): string {
    if (this.#trouble !== undefined) this.#isRead = false;
    return this.look();
  }

  #read(): void {
    this.#trouble = undefined;
    try {
      const reader = new RecordReader();
      this.#journal.read((line) => reader.take(line));
      const known = reader.end();
      this.#take(known);
      this.#restore(known);
      if (known.damaged.length > 0) this.#trouble = damageOf(known.damaged);
      this.#isRead = true;
    } catch (error) {
      if (!(error instanceof TreeError)) throw error;
      // Without our folder there is no target to read one of: what is remembered counts until it is back.
      if (error.code === 'ABSENT') return;
      this.#isRead = true;
      this.#trouble = new TreeError(
        error.code,
        RECORD_PATH,
        `${RECORD_PATH} cannot be used: ${error.message}`,
      );
      for (const row of this.#memory.all()) if (!this.#rows.has(row.path)) this.#set(row);
    }
  }

  #take({ rows, torn }: RecordText): void {
    this.#torn = torn;
    this.#rows.clear();
    this.#byLook.clear();
    this.#byVacancy.clear();
    for (const row of rows.values()) this.#set(row);
  }

  /** What only one of the two knows is written into the other; what ended in the journal has ended. Throws TreeError. */
  #restore({ rows, mentioned }: RecordText): void {
    const remembered = this.#memory.all();
    const lost = remembered.filter(({ path }) => !mentioned.has(path));
    const paths = new Set(remembered.map(({ path }) => path));
    // A backup has the row of what stood there before, or a kill came before the client was told.
    for (const row of remembered) {
      const known = rows.get(row.path);
      const apart = rowWithoutPlace(row);
      const isKnown = mentioned.has(apart.path) || paths.has(apart.path);
      if (known !== undefined && !isSuccessorSame(row, known) && !isKnown) lost.push(apart);
    }
    const isAllLost = mentioned.size + paths.size === 0;
    lost.push(...this.#witness((path) => mentioned.has(path) || paths.has(path), isAllLost));
    const ended = remembered.filter(({ path }) => mentioned.has(path) && !rows.has(path));
    const same = new Set(remembered.map(rowLine));
    const missing = [...rows.values(), ...lost].filter((row) => !same.has(rowLine(row)));
    for (const row of lost) this.#set(row);
    if (lost.length > 0) this.#append(lost.map(rowLine).join(''));
    if (missing.length + ended.length > 0)
      this.#memory.save(
        missing,
        ended.map(({ path }) => path),
      );
  }

  /** Another disk may be the target by now: it is read again. */
  forget(): void {
    this.#isRead = false;
  }

  get isEmpty(): boolean {
    return this.#rows.size === 0;
  }

  get count(): number {
    return this.#rows.size;
  }

  /** How many of them stay only for the empty place of another one. */
  get besideCount(): number {
    return [...this.#byVacancy.values()].reduce((sum, paths) => sum + paths.size, 0);
  }

  rowAt(path: string): CleanedRow | undefined {
    return this.#rows.get(path);
  }

  paths(): readonly string[] {
    return [...this.#rows.keys()];
  }

  rows(): readonly CleanedRow[] {
    return [...this.#rows.values()];
  }

  /**
   * The row by which an entry stays: the one of its path, or one that it may be the file of, unless the own place of that
   * row is known to have it: a person, or the source, renamed it, or a folder above it.
   */
  rowFor(entry: CleanedEntry, lookAt: (path: string) => CopyThere | undefined): CleanedRow | undefined {
    const own = this.#rows.get(entry.path);
    if (own !== undefined) return own;
    for (const path of this.#byLook.get(lookKey(entry)) ?? []) {
      const row = this.#rows.get(path);
      if (row === undefined || !mayBe(row, entry.hash)) continue;
      const there = hasNoPlace(row) ? undefined : lookAt(path);
      if (there === undefined || !isIt(row, there)) return row;
    }
    return undefined;
  }

  /** Written down for good when it returns. Throws TreeError: then nothing may go from the source. */
  add(rows: readonly CleanedRow[]): void {
    this.refresh();
    this.#write(rows, []);
  }

  /**
   * What stands at these paths may be what was cleaned, too. A row without a place has one then, and so has one of which the
   * source has the place. Throws TreeError.
   */
  copy(copies: readonly CopyFound[]): void {
    if (copies.length === 0) return;
    const isFree = (row: CleanedRow): boolean => hasNoPlace(row) || this.#returned.has(row.path);
    const placed = new Map(copies.filter(({ row }) => isFree(row)).map(({ row, path }) => [row.path, path]));
    const beside = [...placed].flatMap(([from, path]) => this.#besidesFor(from, path));
    const found = copies.map(({ row, path }) => withVacancyIn(placed, rowAtPath(row, path)));
    this.#write([...beside, ...found], [...placed.keys()]);
  }

  /** The same file has another path by now. Throws TreeError. */
  move(from: CleanedRow, path: string): void {
    this.#write([rowAtPath(from, path), ...this.#besidesFor(from.path, path)], [from.path]);
  }

  /** A folder, or a file, is about to leave the tree for the length of a few renames, with all that is below it. Throws TreeError. */
  park(path: string, id: number): void {
    this.moveTree(path, parkedPath(id));
  }

  /** It has this path by now. Throws TreeError. */
  unpark(id: number, path: string): void {
    this.moveTree(parkedPath(id), path);
  }

  /** A folder, or a file, was renamed by us, with all that is below it. Throws TreeError. */
  moveTree(from: string, to: string): void {
    const isBelow = (path: string): boolean => path === from || path.startsWith(`${from}/`);
    const renamed = (path: string): string => (isBelow(path) ? to + path.slice(from.length) : path);
    const moved = this.rows().filter(({ path, vacantPath = '' }) => isBelow(path) || isBelow(vacantPath));
    if (moved.length === 0) return;
    this.#write(
      moved.map((row) => ({
        ...(isBelow(row.path) ? rowAtPath(row, renamed(row.path)) : row),
        ...(row.vacantPath === undefined ? {} : { vacantPath: renamed(row.vacantPath) }),
      })),
      moved.map(({ path }) => path).filter(isBelow),
    );
  }

  #besideVacant(path: string): CleanedRow[] {
    return [...(this.#byVacancy.get(path) ?? [])].flatMap((one) => this.#rows.get(one) ?? []);
  }

  /** The rows that stay for the empty place of one which is at `path` by now. */
  #besidesFor(from: string, path: string): CleanedRow[] {
    return this.#besideVacant(from).map((row) => ({ ...row, vacantPath: path }));
  }

  /** Paths of rows at a path, or below it. */
  pathsWithin(path: string): readonly string[] {
    return this.paths().filter((one) => isWithin(one, path));
  }

  /** A row of a folder that has no place any more. */
  withoutPlaceIn(folderPath: string): CleanedRow | undefined {
    return this.rows().find((row) => wasIn(folderPath, row));
  }

  /**
   * Does something that moves many rows: it is written down when this returns, and not before, with one flush for many.
   * Throws TreeError, and what `work` throws.
   */
  together(work: () => void): void {
    const journal = this.#journal;
    const gathered = gatherAppends(journal);
    this.#journal = gathered;
    try {
      work();
      gathered.flush();
    } catch (error) {
      // What is written down is known then, and the rest is found again.
      this.forget();
      throw error;
    } finally {
      this.#journal = journal;
    }
  }

  /** The source has these again, the same contents at the same paths: what is there is an ordinary file. Throws TreeError. */
  end(paths: readonly string[]): void {
    const known = paths.filter((path) => this.#rows.has(path));
    if (known.length === 0) return;
    const ended = new Set(known);
    const beside = known.flatMap((path) => this.#besideVacant(path)).filter(({ path }) => !ended.has(path));
    // Their former place is empty no more, and nobody has said that they may go.
    this.#write(beside.map(withoutVacancy), known);
  }

  /** Something else has these paths, at both ends: what was cleaned from there may stand anywhere. Throws TreeError. */
  displace(paths: readonly string[]): void {
    const displaced = paths.flatMap((path) => this.#rows.get(path) ?? []);
    if (displaced.length > 0) this.#write(this.#displaced(displaced), paths);
  }

  #displaced(rows: readonly CleanedRow[]): CleanedRow[] {
    return rows.flatMap((row) => {
      const apart = rowWithoutPlace(row);
      return [apart, ...this.#besidesFor(row.path, apart.path)];
    });
  }

  /**
   * A person wants these rows to be no more; `instead`: what others are from now on. When it returns, that is written
   * down for good, and remembered. Throws TreeError: then it may be written in part.
   */
  conclude(paths: readonly string[], instead: readonly CleanedRow[]): void {
    this.refresh();
    this.#write(instead, paths);
  }

  /** The source may have this path again. */
  suspect(path: string): void {
    if (this.#rows.has(path)) this.#suspects.add(path);
  }

  get isAnySuspect(): boolean {
    return this.#suspects.size > 0;
  }

  takeSuspects(): readonly string[] {
    const paths = [...this.#suspects];
    this.#suspects.clear();
    return paths;
  }

  /** What stands at this path is what the source had there in this run: its row is about to end. */
  hasReturned(path: string): void {
    if (!this.#rows.has(path)) return;
    this.#returned.add(path);
    this.#suspects.add(path);
  }

  isReturned(path: string): boolean {
    return this.#returned.has(path);
  }

  /**
   * A row that replaces one which ends at the same time stays; one that replaces another content leaves that without a
   * place. Throws TreeError.
   */
  #write(given: readonly CleanedRow[], ended: readonly string[]): void {
    const moved = new Set(ended);
    const replaced = given.flatMap((row) => {
      const before = moved.has(row.path) ? undefined : this.#rows.get(row.path);
      return before === undefined || isSuccessorSame(before, row) ? [] : [before];
    });
    // What is given is written last: it may be about one of the others.
    const displaced = this.#displaced(replaced).filter(({ path }) => !moved.has(path));
    const rows = [...displaced, ...given];
    this.#append(linesOf(rows, ended));
    for (const path of ended) this.#drop(path);
    for (const row of rows) {
      this.#set(row);
      this.#returned.delete(row.path);
    }
    const paths = new Set(rows.map(({ path }) => path));
    this.#memory.save(
      rows,
      ended.filter((path) => !paths.has(path)),
    );
  }

  #append(text: string): void {
    // What cannot be written now is remembered, and written when it can be read again.
    if (this.#trouble !== undefined) return;
    try {
      this.#journal.append((this.#torn === '' ? '' : tornLine(this.#torn)) + text);
      this.#torn = '';
    } catch (error) {
      // It may be there in part: who adds to it has to know.
      this.#isRead = false;
      throw error;
    }
  }

  #set(row: CleanedRow): void {
    this.#drop(row.path);
    this.#rows.set(row.path, row);
    putUnder(this.#byLook, lookKey(row), row.path);
    if (row.vacantPath !== undefined) putUnder(this.#byVacancy, row.vacantPath, row.path);
  }

  #drop(path: string): void {
    const row = this.#rows.get(path);
    if (row === undefined) return;
    this.#rows.delete(path);
    takeFrom(this.#byLook, lookKey(row), path);
    if (row.vacantPath !== undefined) takeFrom(this.#byVacancy, row.vacantPath, path);
  }
}

function putUnder(paths: Map<string, Set<string>>, key: string, path: string): void {
  const known = paths.get(key);
  if (known === undefined) paths.set(key, new Set([path]));
  else known.add(path);
}

function takeFrom(paths: Map<string, Set<string>>, key: string, path: string): void {
  const known = paths.get(key);
  known?.delete(path);
  if (known?.size === 0) paths.delete(key);
}

/** One that is written nowhere: of a target that has none. */
export function emptyRecord(): CleanedRecord {
  let text: string | undefined;
  return new CleanedRecord({
    read: (line) => {
      text?.split('\n').forEach(line);
      return text !== undefined;
    },
    append: (more) => {
      text = (text ?? '') + more;
    },
  });
}

function damageOf(lines: readonly number[]): TreeError {
  const which = lines.length === 1 ? `line ${lines[0]}` : `${lines.length} lines, the first is ${lines[0]},`;
  return new TreeError('IO', RECORD_PATH, `${which} of ${RECORD_PATH} is damaged`);
}

/** `placed`: the paths that rows have by now, by those that they had. */
function withVacancyIn(placed: ReadonlyMap<string, string>, row: CleanedRow): CleanedRow {
  const vacantPath = row.vacantPath === undefined ? undefined : placed.get(row.vacantPath);
  return vacantPath === undefined ? row : { ...row, vacantPath };
}

/** A kill may leave the first of them alone: no row ends before the one that goes on for it is there. */
function linesOf(rows: readonly CleanedRow[], ended: readonly string[]): string {
  const ending = new Set(ended);
  const fresh = rows.filter(({ path }) => !ending.has(path));
  const again = rows.filter(({ path }) => ending.has(path));
  return [...fresh.map(rowLine), ...ended.map(endLine), ...again.map(rowLine)].join('');
}

function withoutVacancy({ vacantPath: _place, ...row }: CleanedRow): CleanedRow {
  return row;
}

/** A content that is not known may be any. */
function mayBe({ hash }: CleanedRow, known: Uint8Array | null): boolean {
  return known === null || hash === '' || Buffer.from(known).toString('hex') === hash;
}

/** Size and time alone prove nothing: another file may have both. */
function isIt(row: CleanedRow, { hash = null, ...look }: CopyThere): boolean {
  return lookKey(look) === lookKey(row) && hash !== null && Buffer.from(hash).toString('hex') === row.hash;
}
