/** A look at the root of the source, for the guard to judge. */
import type { FoundRoot, RootGuard, RootHealth } from '../../core/index.ts';
import { type ReadableTree, TreeError } from '../../tree/index.ts';

/** How the root is now; `indexedEntries` is how many entries the index has below it. */
export function rootHealth(tree: ReadableTree, guard: RootGuard, indexedEntries: number): RootHealth {
  try {
    const found = findRoot(tree);
    const isListingWanted = guard.isListingWanted(found, indexedEntries);
    const listedEntries = isListingWanted ? tree.list('').names.length : undefined;
    return guard.judge({ found, indexedEntries, listedEntries });
  } catch (error) {
    if (!(error instanceof TreeError)) throw error;
    return guard.judge({ found: 'unreadable', indexedEntries });
  }
}

/** What stands at the root's path; undefined when proved absent. Throws TreeError. */
export function findRoot(tree: ReadableTree): FoundRoot | undefined {
  const stat = tree.rootStat();
  if (stat === undefined) return undefined;
  const { kind, dev, ino, birthtimeNs, ctimeNs } = stat;
  // Where no time of birth is kept it is 0 or the time of the last change.
  const isBirthKnown = birthtimeNs !== 0n && birthtimeNs !== ctimeNs;
  return { kind, dev, ino, ...(isBirthKnown && { birthtimeNs }) };
}
