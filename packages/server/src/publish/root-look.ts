/** A look at the root of the source, for the guard to judge. */
import type { RootGuard, RootHealth } from '@lanmirror/engine/core';
import { type ReadableTree, TreeError } from '@lanmirror/engine/tree';

/** How the root is now; `indexedEntries` is how many entries the index has below it. */
export function rootHealth(tree: ReadableTree, guard: RootGuard, indexedEntries: number): RootHealth {
  try {
    const found = tree.rootStat();
    const isListingWanted = guard.isListingWanted(found, indexedEntries);
    const listedEntries = isListingWanted ? tree.list('').names.length : undefined;
    return guard.judge({ found, indexedEntries, listedEntries });
  } catch (error) {
    if (!(error instanceof TreeError)) throw error;
    return guard.judge({ found: 'unreadable', indexedEntries });
  }
}
