/**
 * Bugs that a product like this could have, each planted into one of its ports. A simulation that does
 * not notice them proves nothing.
 */
import type { Invariant } from './invariant.ts';
import { droppingSeamlessly, listingNothing, withoutRemovals } from './planted-line.ts';
import * as source from './planted-source.ts';
import { forgettingSums, misnaming, withoutDirty } from './planted-store.ts';
import * as target from './planted-target.ts';
import type { Plants } from './plants.ts';
import type { DiskKind } from './scene.ts';

export interface SeededBug {
  readonly name: string;
  /** The promise that it breaks. */
  readonly breaks: Invariant;
  /** What the targets are like; plain ones by default. */
  readonly disk?: DiskKind;
  /** Each world gets its own. */
  plant(): Plants;
}

const onTarget = (name: string, breaks: Invariant, Tree: target.PlantedTarget): SeededBug => ({
  name,
  breaks,
  plant: () => ({ targetTree: (disk, user, observer) => new Tree(disk, user, observer) }),
});

const onSource = (name: string, breaks: Invariant, Tree: source.PlantedSource): SeededBug => ({
  name,
  breaks,
  plant: () => ({ sourceTree: (disk, user) => new Tree(disk, user) }),
});

const elsewhere = (name: string, breaks: Invariant, plant: () => Plants): SeededBug => ({
  name,
  breaks,
  plant,
});

/** The seed with which planted bugs are looked for by default. */
export const BUG_SEED = 42;

/**
 * The first history of {@link BUG_SEED} that catches each bug, counted from 1. Played alone
 * it proves what a search up to it would. Where it catches nothing any more the search finds the next.
 */
export const CAUGHT_BY: ReadonlyMap<string, number> = new Map([
  ['an open file always looks as it was opened', 523],
  ['a mass deletion is not held', 248],
  ['a staged file that replaces another is not flushed', 178],
  ['what shares blocks with a longer file keeps its end', 104],
  ['a FIFO counts as an empty file', 87],
  ['removals that are no longer known count as known', 44],
  ['what cannot be looked at counts as absent', 41],
  ['what is parked is swept away', 41],
  ['sequences that a power cut took are given out again', 32],
  ['a part of the feed is dropped and the next one closes the gap', 29],
  ['the mode is not set', 21],
  ['what somebody else wrote is thrown away', 20],
  ['a folder that cannot be listed counts as empty', 14],
  ['who was away for long does not find what is missing', 13],
  ['what shares blocks with a file is written into the file too', 12],
  ['an unmounted root looks like the folder that was there', 10],
  ['a target that is not there goes unnoticed', 9],
  ['a folder goes to the trash without what is in it', 5],
  ['a path that fails counts as done', 5],
  ['the list of dirty entries does not survive a kill', 4],
  ['a file is written where it stands instead of renamed into place', 3],
  ['old versions are not kept', 3],
  ['removals never arrive', 3],
  ['a checkpoint of the target flushes nothing', 2],
  ['putting away deletes', 2],
  ['the modification time is not set', 2],
  ['a disk that folds case is taken for a plain one', 2],
  ['a disk that folds forms is taken for a plain one', 2],
  ['a mirror forgets a change of a sum', 2],
  ['the end of a written part is lost and nobody notices', 1],
  ['the trash keeps only what went there last', 1],
  ['a mapped name cannot be undone', 1],
  ['what is read gets its time of reading', 1],
  ['the server forgets a change of a sum', 1],
  ['the history names other paths', 1],
]);

export const SEEDED_BUGS: readonly SeededBug[] = [
  onTarget('a checkpoint of the target flushes nothing', 'I8', target.UnflushedTree),
  onTarget('a staged file that replaces another is not flushed', 'I2', target.LazyTree),
  onTarget('a file is written where it stands instead of renamed into place', 'I2', target.InPlaceTree),
  onTarget('the end of a written part is lost and nobody notices', 'I2', target.ShortTree),
  onTarget('putting away deletes', 'I6', target.DeletingTree),
  onTarget('the trash keeps only what went there last', 'I6', target.SmallTrashTree),
  onTarget('old versions are not kept', 'I6', target.ForgetfulTree),
  onTarget('what somebody else wrote is thrown away', 'I10', target.SelfishTree),
  onTarget('what is parked is swept away', 'I6', target.SweepingTree),
  onTarget('a folder goes to the trash without what is in it', 'I6', target.HollowTree),
  onTarget('the modification time is not set', 'I8', target.TimelessTree),
  onTarget('the mode is not set', 'I8', target.ModelessTree),
  onTarget('a path that fails counts as done', 'I8', target.CarelessTree),
  {
    ...onTarget('a disk that folds case is taken for a plain one', 'I8', target.LiteralTree),
    disk: 'windows',
  },
  {
    ...onTarget('a disk that folds forms is taken for a plain one', 'I8', target.LiteralTree),
    disk: 'macos',
  },
  { ...onTarget('a mapped name cannot be undone', 'I1', target.ManglingTree), disk: 'windows' },
  {
    ...onTarget('what shares blocks with a file is written into the file too', 'I2', target.EntangledTree),
    disk: 'macos',
  },
  {
    ...onTarget('what shares blocks with a longer file keeps its end', 'I2', target.UncutTree),
    disk: 'macos',
  },
  onSource('what cannot be looked at counts as absent', 'I12', source.BlindTree),
  onSource('a folder that cannot be listed counts as empty', 'I9', source.EmptyHandedTree),
  onSource('an unmounted root looks like the folder that was there', 'I5', source.ConfidentTree),
  onSource('an open file always looks as it was opened', 'I2', source.FrozenTree),
  onSource('a FIFO counts as an empty file', 'I1', source.CredulousTree),
  onSource('what is read gets its time of reading', 'I4', source.TouchingTree),
  elsewhere('the list of dirty entries does not survive a kill', 'I8', () => ({
    clientStoreAfterKill: withoutDirty,
  })),
  elsewhere('sequences that a power cut took are given out again', 'I14', () => ({
    generationStep: () => 0,
  })),
  elsewhere('removals that are no longer known count as known', 'I1', () => ({ oldestTombstone: () => 0 })),
  elsewhere('a mass deletion is not held', 'I5', () => ({
    policy: () => ({ holdPercent: 100, holdMin: Number.MAX_SAFE_INTEGER }),
  })),
  elsewhere('a target that is not there goes unnoticed', 'I3', () => ({
    isTargetThere: () => true,
    targetTree: (disk, user, observer) => new target.AnyRootTree(disk, user, observer),
  })),
  elsewhere('a part of the feed is dropped and the next one closes the gap', 'I1', () => ({
    arriving: droppingSeamlessly(),
  })),
  elsewhere('the server forgets a change of a sum', 'I15', () => ({ serverStore: forgettingSums })),
  elsewhere('a mirror forgets a change of a sum', 'I15', () => ({ clientStore: forgettingSums })),
  elsewhere('the history names other paths', 'I16', () => ({ clientStore: misnaming })),
  elsewhere('who was away for long does not find what is missing', 'I1', () => ({
    arriving: listingNothing(),
  })),
  elsewhere('removals never arrive', 'I1', () => ({ arriving: withoutRemovals() })),
];
