/**
 * Folders that are looked at beside the check of the target: the tree looks at some that wait for their turn, and the
 * check at the others meanwhile.
 *
 * A look is one at a moment, and taken later. It is compared with the roll that is there when it is taken, which speaks of
 * the baseline as it is by then: equal means that in that moment all in the folder was as the baseline says now. What this
 * mirror did there between look and taking has changed the baseline, and so forgotten the roll: then the check looks for
 * itself. What somebody else did there since the look is what he may do a moment after any look: the next one finds it.
 * Whatever else a look shows proves nothing, an absence least of all: the check looks for itself.
 */
import type { FolderLook, WritableTree } from '@lanmirror/engine/tree';
import type { MirrorState } from '../state/mirror-state.ts';

/** Folders in one question: some milliseconds for a thread. */
const MOST = 64;
/** A question with fewer costs more than looking. */
const LEAST = 8;
/** Questions that are out: one is worked on, one waits, one is taken. */
const MAX_OUT = 3;

/** A folder that was asked for, and how it looked; undefined when the check has to look for itself. */
export interface SeenFolder {
  readonly id: number;
  readonly path: string;
  readonly look: FolderLook | undefined;
}

export class BesideLooks {
  readonly #tree: WritableTree;
  readonly #state: MirrorState;
  readonly #seen: SeenFolder[] = [];
  #isOver: boolean;
  /** Questions without an answer. */
  #out = 0;
  #failure: unknown;
  #wake: () => void = () => undefined;

  /** `isUsed`: otherwise it asks for nothing. */
  constructor(
    { tree, state }: { readonly tree: WritableTree; readonly state: MirrorState },
    isUsed: boolean,
  ) {
    this.#tree = tree;
    this.#state = state;
    this.#isOver = !isUsed;
  }

  /** Whether something was asked for and is not taken yet; an error, too. */
  get isBusy(): boolean {
    return this.#out > 0 || this.#seen.length > 0 || this.#failure !== undefined;
  }

  /** Asks for some of these folders, at most half of them, and takes them off the end of the list. */
  ask(folderIds: number[]): void {
    while (!this.#isOver && this.#out + this.#seen.length / MOST < MAX_OUT) {
      const count = Math.min(MOST, folderIds.length >> 1);
      const last = folderIds.at(-1);
      // Without a roll of the folder a look proves nothing.
      if (count < LEAST || last === undefined || this.#state.rolls.get(last) === undefined) return;
      this.#askFor(folderIds, count);
    }
  }

  /** A folder that was asked for and answered; undefined when there is none now. Throws what a look failed with. */
  take(): SeenFolder | undefined {
    if (this.#failure !== undefined) throw this.#failure;
    return this.#seen.shift();
  }

  /** Resolves at the next answer; at once when there is something to be taken, or nothing is asked for. */
  async answered(): Promise<void> {
    if (this.#seen.length > 0 || this.#out === 0) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }

  #askFor(folderIds: number[], count: number): void {
    const folders = folderIds.slice(-count).flatMap((id) => {
      const path = this.#state.baseline.pathOf(id);
      return path === undefined ? [] : [{ id, path }];
    });
    const paths = folders.map(({ path }) => path);
    const looks = this.#tree.lookBeside?.(paths, this.#state.meta.baselineEntries);
    if (looks === undefined) {
      this.#isOver = true;
      return;
    }
    folderIds.length -= count;
    this.#out += 1;
    looks.then(
      (all) => this.#answered(folders.map((folder, at) => ({ ...folder, look: all[at] }))),
      (error) => {
        this.#failure = error;
        this.#answered([]);
      },
    );
  }

  #answered(folders: readonly SeenFolder[]): void {
    this.#out -= 1;
    this.#seen.push(...folders);
    this.#wake();
  }
}
