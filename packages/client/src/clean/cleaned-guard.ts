/**
 * The last look before anything goes from the target, or is replaced there: what was cleaned from the source may be the
 * only copy, so it stays, whatever a rule or the state says. Owns nothing; what cannot be known counts as cleaned.
 */
import { adviceFor, foldedName, isFolding, microseconds } from '@lanmirror/engine/core';
import { type ReadableTree, type Stat, TreeError } from '@lanmirror/engine/tree';
import { isReservedAtTop, joinPath, nameOf, parentOf } from '@lanmirror/protocol';
import { isLeftByServer } from '../apply/trash-reason.ts';
import { idHere } from '../plan/kept.ts';
import { type BaselineEntry, isFromServer } from '../state/baseline-entry.ts';
import type { MirrorState } from '../state/mirror-state.ts';
import type { CleanedRecord, CleanedRow, CopyFound, CopyThere } from './cleaned-record.ts';
import { isSuccessorSame, successorOf } from './row-place.ts';

export interface GuardedTarget {
  readonly tree: ReadableTree;
  readonly state: MirrorState;
}

/** The row by which an entry of the target, known at the source as `path`, was cleaned there; undefined without one. */
export function cleanedRowOf(
  cleaned: CleanedRecord,
  { tree, state }: GuardedTarget,
  path: string,
  {
    kind,
    hash,
    disk,
  }: Pick<BaselineEntry, 'kind' | 'hash'> & { readonly disk: Pick<Stat, 'sizeBytes' | 'mtimeNs'> },
): CleanedRow | undefined {
  if (cleaned.isEmpty || kind === 'directory') return undefined;
  const { sizeBytes, mtimeNs } = disk;
  const entry = { path, hash, sizeBytes, mtimeUs: microseconds(mtimeNs) };
  return cleaned.rowFor(entry, (other) => copyAt(tree, state, other));
}

/** Whether the source has it now, and nobody wrote to it here: that is an ordinary file, whatever it looks like. */
export function isOrdinary({ view }: MirrorState, there: Stat, occupant: BaselineEntry | undefined): boolean {
  return occupant !== undefined && view.get(occupant.id) !== undefined && isLeftByServer(occupant, there);
}

/** What cannot be looked at is not known to be there. */
function copyAt(tree: ReadableTree, state: MirrorState, path: string): CopyThere | undefined {
  try {
    const stat = tree.stat(path);
    return (
      stat && {
        ...{ sizeBytes: stat.sizeBytes, mtimeUs: microseconds(stat.mtimeNs) },
        hash: hashHere(state, path, stat),
      }
    );
  } catch (error) {
    if (error instanceof TreeError) return undefined;
    throw error;
  }
}

/** The hash of what stands at a path, if it is as it was when that was known. */
export function hashHere(state: MirrorState, path: string, stat: Stat): Uint8Array | null {
  const { baseline, kept } = state;
  const id = idHere(state, path);
  const known = id === undefined ? undefined : (baseline.get(id) ?? kept.get(id));
  const isSame = known?.disk.sizeBytes === stat.sizeBytes && known.disk.mtimeNs === stat.mtimeNs;
  return isSame ? known.hash : null;
}

/** The row of what may be the file of another row at whose place nothing stands: edited, so nobody knows its content. */
export function rowAfter(
  row: CleanedRow,
  { sizeBytes, mtimeNs }: Pick<Stat, 'sizeBytes' | 'mtimeNs'>,
): CleanedRow {
  const { formerPath: _none, ...rest } = row;
  const vacantPath = row.vacantPath ?? row.path;
  return { ...rest, sizeBytes, mtimeUs: microseconds(mtimeNs), hash: '', vacantPath };
}

export class CleanedGuard {
  readonly #record: CleanedRecord;
  readonly #target: GuardedTarget;

  constructor(record: CleanedRecord, target: GuardedTarget) {
    this.#record = record;
    this.#target = target;
  }

  /** Nothing stays because of it. */
  get isIdle(): boolean {
    return this.#record.look() === '' && this.#record.isEmpty;
  }

  /**
   * Throws TreeError PLACE_CLEANED when what stands at a path of the target was cleaned from the source, or is a folder
   * with such a thing in it. `occupant` is what the baseline has there.
   */
  refuse(path: string, there: Stat, occupant: BaselineEntry | undefined): void {
    if (this.isIdle || !this.#isCleaned(path, there, occupant)) return;
    throw new TreeError('PLACE_CLEANED', path, adviceFor('PLACE_CLEANED').cause);
  }

  #isCleaned(path: string, there: Stat, occupant: BaselineEntry | undefined): boolean {
    if (there.kind === 'directory') return this.holdsCleaned(path, () => false);
    const own = this.#rowAtPlace(path);
    if (own !== undefined) return !this.#record.isReturned(own.path);
    if (isOrdinary(this.#target.state, there, occupant)) return false;
    return this.#mayBeCleaned(path, there, occupant);
  }

  /** While the record cannot be relied on everything may be in it that the source is not known to have told of. */
  #mayBeCleaned(path: string, there: Stat, occupant: BaselineEntry | undefined): boolean {
    const { state } = this.#target;
    const isTold = occupant !== undefined && isFromServer(occupant) && occupant.id > 0;
    if (this.#record.look() !== '' && !isTold) return true;
    const kind = there.kind === 'other' ? 'file' : there.kind;
    const known = { kind, hash: hashHere(state, path, there), disk: there };
    return cleanedRowOf(this.#record, this.#target, path, known) !== undefined;
  }

  /** To a disk that folds names another spelling of a path is the same place. */
  #rowAtPlace(path: string): CleanedRow | undefined {
    const rule = this.#target.state.meta.traits.names;
    const own = this.#record.rowAt(path);
    if (own !== undefined || !isFolding(rule)) return own;
    const folded = foldedName(rule, path);
    const other = this.#record.paths().find((one) => foldedName(rule, one) === folded);
    return other === undefined ? undefined : this.#record.rowAt(other);
  }

  /**
   * Whether anything that was cleaned stands in a folder of the target, but below the names directly in it that are
   * known to be judged by themselves. What cannot be looked at is taken for such a thing.
   */
  holdsCleaned(folderPath: string, isJudged: (name: string) => boolean): boolean {
    if (this.isIdle) return false;
    const { tree } = this.#target;
    try {
      return tree.list(folderPath).names.some((name) => {
        if (isJudged(name) || (folderPath === '' && isReservedAtTop(name))) return false;
        const path = joinPath(folderPath, name);
        const there = tree.stat(path);
        return there !== undefined && this.#isCleaned(path, there, undefined);
      });
    } catch (error) {
      if (!(error instanceof TreeError)) throw error;
      return error.code !== 'ABSENT';
    }
  }

  /**
   * A row about a place in a folder where nothing stands, or of which something else has the place; undefined without one,
   * or when that cannot be seen.
   */
  vacantIn(folderPath: string): CleanedRow | undefined {
    const apart = this.#record.withoutPlaceIn(folderPath);
    if (apart !== undefined) return apart;
    const paths = this.#record.paths().filter((path) => parentOf(path) === folderPath);
    try {
      const names = new Set(paths.length === 0 ? [] : this.#target.tree.list(folderPath).names);
      const vacant = paths.find((path) => !names.has(nameOf(path)));
      return vacant === undefined ? undefined : this.#record.rowAt(vacant);
    } catch (error) {
      if (error instanceof TreeError) return undefined;
      throw error;
    }
  }

  /**
   * What stays by the row of another path gets its own: something else may have that place soon. Returns what a person has
   * to be told, '' for nothing.
   */
  noteRows(found: readonly CopyFound[]): string {
    try {
      this.#record.copy(found);
      return '';
    } catch (error) {
      if (!(error instanceof TreeError)) throw error;
      return `It is not written down that ${found.length} files may have been cleaned: ${error.message}.`;
    }
  }

  /** What stood at a path of the target was renamed by us, with all that is below it. Throws TreeError. */
  renamed(from: string, to: string): void {
    if (!this.#record.isEmpty && from !== '') this.#record.moveTree(from, to);
  }

  /**
   * Parks what stands at a path of the target, `id` in the baseline. What has its place meanwhile is another thing. Throws
   * TreeError, and what `park` throws.
   */
  parking(path: string, id: number, park: () => void): void {
    if (this.#record.isEmpty) return park();
    // Before: after a kill in between nobody would know that it left its place.
    this.#record.park(path, id);
    try {
      park();
    } catch (error) {
      this.#record.unpark(id, path);
      throw error;
    }
  }

  /** What was parked has this path of the target by now. Throws TreeError. */
  unparked(id: number, path: string): void {
    if (!this.#record.isEmpty) this.#record.unpark(id, path);
  }

  /**
   * What came to a path of the target by a rename, and below it, as far as it is what the source has there: what was cleaned
   * from there is another content. Of the same one the source may just have lost it.
   */
  cameTo(path: string): void {
    if (this.#record.isEmpty) return;
    const { state, tree } = this.#target;
    for (const one of this.#record.pathsWithin(path)) {
      const [id, row] = [idHere(state, one), this.#record.rowAt(one)];
      const known = id === undefined || state.isDirty(id) ? undefined : state.baseline.get(id);
      const there = known?.kind === 'file' ? tree.stat(one) : undefined;
      if (row === undefined || known === undefined || there === undefined) continue;
      if (!isOrdinary(state, there, known)) continue;
      if (isSuccessorSame(row, successorOf(known))) this.#record.suspect(one);
      else this.#record.hasReturned(one);
    }
  }

  /** What stands at the path that `pathOf` gives is by proof what the source has there. */
  arrived(pathOf: () => string | undefined): void {
    const path = this.#record.isEmpty ? undefined : pathOf();
    if (path !== undefined) this.#record.hasReturned(path);
  }
}
