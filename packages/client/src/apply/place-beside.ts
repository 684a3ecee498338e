/**
 * Small new files that the tree places beside other work: what may go that way, and how it is recorded.
 *
 * Only what needs no look and no clearing goes that way: a new entry at a place that nobody is known to have. Whatever
 * stands there after all makes that one file fail, and the usual way finds out. A kill before they are recorded leaves
 * files that are in place and not recorded: they are found there the next time.
 *
 * Until they are recorded nothing else works on the target as a whole (`PlacingTurn`). What the source tells meanwhile
 * waits its turn; should the entry be another by then, it is recorded as it stands, and dirty.
 */
import type { NewFile, Stat } from '@lanmirror/engine/tree';
import type { PlacedEntry } from '../state/placement.ts';
import type { Arrived } from './place-content.ts';
import type { PlacingTurn } from './placing-turn.ts';
import type { TargetFolder } from './target-folder.ts';

interface NewContent {
  readonly entry: PlacedEntry;
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly hash: Uint8Array;
}

export interface Placed extends NewContent {
  readonly stat: Stat;
}

export interface BesideHost {
  readonly target: TargetFolder;
  readonly turn: PlacingTurn;
}

export class PlaceBeside {
  readonly #host: BesideHost;
  readonly #placing = new Set<string>();

  constructor(host: BesideHost) {
    this.#host = host;
  }

  /** Whether a file may appear at `path` at any moment. */
  isPlacing(path: string): boolean {
    return this.#placing.has(path);
  }

  /**
   * Begins to place what can be. Undefined when nothing is; otherwise what was placed, each at the position that it
   * has in `arrived`, when all is placed.
   */
  begin(arrived: readonly Arrived[]): Promise<readonly (Placed | undefined)[]> | undefined {
    const { target, turn } = this.#host;
    if (target.tree.placeNew === undefined || !target.placesBeside || !turn.isOpen) return undefined;
    const contents = arrived.map((each) => this.#newContent(each));
    const chosen = contents.filter((content) => content !== undefined);
    const placing = target.tree.placeNew(chosen.map((content) => this.#newFile(content)));
    if (placing === undefined) return undefined;
    for (const { path } of chosen) this.#placing.add(path);
    return placing
      .then((stats) => withStats(contents, stats))
      .finally(() => {
        for (const { path } of chosen) this.#placing.delete(path);
      });
  }

  /** Inside a transaction. */
  record({ entry, path, hash, stat }: Placed): void {
    const { target } = this.#host;
    target.noteArrival(entry, path, [undefined, undefined], {});
    target.record(entry, stat, hash);
    const now = target.currentOf(entry);
    if (now === undefined || target.placeOf(now) !== path) target.state.markDirty(entry.id);
    target.report.created(target.shownPath(entry.id, path));
    target.report.settled(entry.id, 'done');
  }

  #newContent({ one: { file, isFree }, ending }: Arrived): NewContent | undefined {
    const { target } = this.#host;
    if (ending.kind !== 'whole' || !isFree || file.isOfferLost) return undefined;
    const entry = target.currentOf(file.entry);
    const path = entry && target.placeOf(entry);
    if (entry === undefined || path === undefined || this.isPlacing(path)) return undefined;
    if (target.state.baseline.get(entry.id) !== undefined || target.occupantOf(entry) !== undefined)
      return undefined;
    return { entry, path, bytes: ending.bytes, hash: ending.hash };
  }

  #newFile({ entry, path, bytes }: NewContent): NewFile {
    const { mode } = this.#host.target.metadataOf(entry);
    return { stagedName: this.#host.target.stagedName(entry), path, bytes, mode, mtimeUs: entry.mtimeUs };
  }
}

/** `stats` are of the contents that are not undefined, in their order. */
function withStats(
  contents: readonly (NewContent | undefined)[],
  stats: readonly (Stat | undefined)[],
): (Placed | undefined)[] {
  let next = 0;
  return contents.map((content) => {
    const stat = content === undefined ? undefined : stats[next++];
    return content === undefined || stat === undefined ? undefined : { ...content, stat };
  });
}
