/**
 * What a reading of content tells the index: hashes, writes that only the content shows, and damage.
 *
 * Each call is one transaction of the index, and is ignored when the entry has moved on.
 */
import type { Timers } from '../../core/index.ts';
import type { ReadableTree } from '../../tree/index.ts';
import type { IndexEntry } from '../index/index-entry.ts';
import type { TreeIndex } from '../index/tree-index.ts';
import { verifyLater } from './fresh-content.ts';
import type { LearnedHash } from './idle-hash.ts';
import { DAMAGED, type ProblemList } from './problem-list.ts';

export interface ContentRecordHost {
  readonly tree: ReadableTree;
  readonly index: TreeIndex;
  readonly problems: ProblemList;
  readonly timers: Timers;
  /** Does work that writes to the index; if that fails, a halt has begun. */
  orHalt(work: () => void): void;
  /** The path may have changed. */
  hint(path: string): void;
  /** The index has a new head. */
  changed(): void;
  /** Problems differ. */
  stateChanged(): void;
  /** Hashes of contents became known. */
  learned(): void;
}

export class ContentRecord {
  readonly #host: ContentRecordHost;

  constructor(host: ContentRecordHost) {
    this.#host = host;
  }

  /** Contents were read, and these are their hashes. */
  learn(hashes: readonly LearnedHash[]): void {
    const { index, orHalt, learned } = this.#host;
    orHalt(() => {
      index.transact(() => {
        for (const { id, version, hash } of hashes) index.learnHash(id, version, hash);
      });
      learned();
    });
  }

  /** The content was read so soon after its last change that a later write may look the same. */
  verifyLater(read: IndexEntry, path: string, hash: Uint8Array): void {
    verifyLater(this.#host, read, path, hash);
  }

  /** The content of this version is another one now, and nothing but the content shows it: it is a new version. */
  written({ id, version }: IndexEntry): void {
    const { index, orHalt, changed } = this.#host;
    orHalt(() => {
      const now = index.byId(id);
      if (now?.version !== version) return;
      index.transact(() => index.update(now, now, true));
      changed();
    });
  }

  /** The disk does not give the content of this version any more, or gives it again. */
  setDamaged({ id, version }: IndexEntry, isDamaged: boolean): void {
    const { index, problems, orHalt, stateChanged } = this.#host;
    orHalt(() => {
      index.transact(() => index.setDamaged(id, version, isDamaged));
      const path = index.pathOf(id);
      if (path === undefined || index.byId(id)?.version !== version) return;
      if (isDamaged) problems.add(path, DAMAGED, false);
      else if (problems.has(path, DAMAGED)) problems.clear(path);
      stateChanged();
    });
  }
}
