/** View and baseline as one tree that is compared with the server's, and how a difference in it is mended. */
import {
  type ComparedTree,
  type Digests,
  isSameButContent,
  type TreeDifference,
} from '@lanmirror/engine/core';
import { isReservedAtTop, type ListedChild, type SourceEntry } from '@lanmirror/protocol';
import { asAtSource, provedHash } from '../state/baseline-entry.ts';
import type { MirrorState } from '../state/mirror-state.ts';
import { linkVerdict } from '../state/mirrored-view.ts';
import { distrust } from '../verify/distrust.ts';

/** What is known to differ (it is dirty, or left out by a rule) counts as the same: it needs no walk to be found. */
export class ComparedState implements ComparedTree {
  readonly #state: MirrorState;

  constructor(state: MirrorState) {
    this.#state = state;
  }

  isSame(told: ListedChild): boolean {
    const { entry } = told;
    // What is left out for its size is nothing that is compared.
    if (entry.isExcluded === true) return true;
    if (!isSameInView(this.#state.view.get(entry.id), entry)) return false;
    const isPassed = this.#state.passedOver.has(entry.id);
    if (isPassed || this.#state.isDirty(entry.id) || this.#isLeftOut(entry)) return true;
    return this.#isSameOnTarget(told);
  }

  *childIds(folderId: number): Generator<number> {
    const { view, baseline, meta } = this.#state;
    for (const tree of [view, baseline])
      for (const { id, name } of tree.children(folderId)) {
        if (folderId === meta.rootId && isReservedAtTop(name)) continue;
        const isNew = tree === view || view.get(id)?.parentId !== folderId;
        if (isNew && !this.#state.isDirty(id)) yield id;
      }
  }

  sumsOf(folderId: number): Digests {
    return this.#state.sumsOf(folderId);
  }

  #isLeftOut(entry: SourceEntry): boolean {
    const isReserved = entry.parentId === this.#state.meta.rootId && isReservedAtTop(entry.name);
    return isReserved || linkVerdict(this.#state, entry) !== 'mirrored';
  }

  #isSameOnTarget({ entry, digest }: ListedChild): boolean {
    const standing = this.#state.baseline.get(entry.id);
    if (standing === undefined || standing.parentId !== entry.parentId) return false;
    if (standing.version !== entry.version) return false;
    if (!isSameButContent(asAtSource(standing), { ...entry, hash: null })) return false;
    const hash = provedHash(standing);
    if (entry.kind !== 'file' || entry.sizeBytes === 0 || hash === null || digest === null) return true;
    return Buffer.compare(hash, digest) === 0;
  }
}

/**
 * Takes over what the server said, and marks all that differs for the planner. Returns the ids to plan, and
 * the paths.
 */
export function mend(
  state: MirrorState,
  { differing, missing }: TreeDifference,
): { readonly ids: number[]; readonly paths: string[] } {
  const ids = new Set<number>();
  const paths = new Set<string>();
  const name = (id: number): void => {
    ids.add(id);
    paths.add(state.view.pathOf(id) ?? state.baseline.pathOf(id) ?? `entry ${id}`);
  };
  state.transact(() => {
    for (const { entry } of differing) {
      const isSame = isSameInView(state.view.get(entry.id), entry);
      if (!isSame) state.view.put(entry);
    }
    for (const { entry } of differing) name(entry.id);
    // What has gone from one folder may have been found in another one.
    const found = new Set(differing.map(({ entry }) => entry.id));
    for (const id of missing.filter((one) => !found.has(one))) {
      name(id);
      state.view.removeTree(id, ({ id: below }) => ids.add(below));
    }
    for (const id of ids) state.markDirty(id);
  });
  distrust(state, filesWithOtherContent(state, differing));
  return { ids: [...ids], paths: [...paths].sort() };
}

/** Files of which the version at hand is said to have another content. */
function filesWithOtherContent({ baseline }: MirrorState, differing: readonly ListedChild[]): number[] {
  const isOther = ({ entry, digest }: ListedChild): boolean => {
    const standing = baseline.get(entry.id);
    if (entry.kind !== 'file' || standing?.version !== entry.version) return false;
    const hash = provedHash(standing);
    return hash !== null && digest !== null && Buffer.compare(hash, digest) !== 0;
  };
  return differing.filter(isOther).map(({ entry }) => entry.id);
}

function isSameInView(own: SourceEntry | undefined, told: SourceEntry): boolean {
  if (own === undefined) return false;
  const fields = Object.keys({ ...own, ...told }) as (keyof SourceEntry)[];
  return fields.every((field) => own[field] === told[field]);
}
