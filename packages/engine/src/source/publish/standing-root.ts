/** A folder that stands in the place of the root that was published, as a person is asked about it. */
import { createHash } from 'node:crypto';
import type { FoundRoot } from '../../core/index.ts';
import type { ReadableTree } from '../../tree/index.ts';

export interface StandingRoot {
  /** Names this folder: another one has another token. */
  readonly token: string;
  /** Names directly in it. */
  readonly nameCount: number;
  /** The first of them. */
  readonly names: readonly string[];
}

const MAX_LISTED = 20;

/** What `found`, the folder at the root of the tree, shows of itself. Throws TreeError when it cannot be listed. */
export function describeRoot(tree: ReadableTree, found: FoundRoot): StandingRoot {
  const names = [...tree.list('').names].sort();
  return { token: tokenOf(found), nameCount: names.length, names: names.slice(0, MAX_LISTED) };
}

/** The token of {@link StandingRoot}. */
export function tokenOf({ dev, ino, birthtimeNs = 0n }: FoundRoot): string {
  return createHash('sha256').update(`${dev} ${ino} ${birthtimeNs}`).digest('hex');
}
