/** What the rule for comparing says of an entry that does not stand here as the source has it. Looks at the target only. */
import {
  type Difference,
  differencesFrom,
  isAllCompared,
  isSameTime,
  microseconds,
} from '@lanmirror/engine/core';
import type { ReadableTree, Stat } from '@lanmirror/engine/tree';
import { leftText } from '../mirror/passed-text.ts';
import { isAsLeft, UNKNOWN_VERSION } from '../state/baseline-entry.ts';
import type { MirrorState } from '../state/mirror-state.ts';
import type { PlacedEntry } from '../state/placement.ts';

export interface Sight {
  readonly tree: ReadableTree;
  readonly state: MirrorState;
  /** Where it stands. */
  readonly path: string;
  readonly stat: Stat | undefined;
}

/**
 * Why it stays as it is; undefined when a difference counts, when nothing but the mode differs, or when the disk has lost
 * what was written there.
 * @param isContentKnown the content is proved to be the one of this entry, or was never compared
 */
export function judgeLeft(sight: Sight, entry: PlacedEntry, isContentKnown: boolean): string | undefined {
  const { meta } = sight.state;
  if (isAllCompared(meta.compare) || (!isContentKnown && isDamaged(sight, entry))) return undefined;
  const differences = differencesAt(sight, entry, isContentKnown);
  const counts = (one: Difference): boolean => meta.compare.includes(one);
  if (differences.length === 0 || differences.some(counts)) return undefined;
  return leftText(differences, meta.compare);
}

/** Another content than was left there, in a file that nobody has written to. */
function isDamaged({ state, stat }: Sight, { id, kind, version }: PlacedEntry): boolean {
  const known = state.baseline.get(id);
  if (stat === undefined || known === undefined || kind !== 'file') return false;
  if (known.isDamaged === true) return true;
  return known.version === version && known.hash !== null && isAsLeft(known, stat);
}

function differencesAt(
  { tree, state, path, stat }: Sight,
  entry: PlacedEntry,
  isContentKnown: boolean,
): Difference[] {
  const { traits, modifyWindowUs } = state.meta;
  if (stat === undefined || stat.kind === 'other') return ['missing'];
  const standing = {
    kind: stat.kind,
    version: isContentKnown ? entry.version : UNKNOWN_VERSION,
    ...{ sizeBytes: stat.sizeBytes, mtimeUs: microseconds(stat.mtimeNs), mode: stat.mode },
    linkTarget: stat.kind === 'link' ? (tree.readLink(path) ?? '') : '',
  };
  return differencesFrom(entry, standing, (here, there) => isSameTime(traits, here, there, modifyWindowUs));
}
