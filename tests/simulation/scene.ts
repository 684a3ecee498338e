/** How a world is set up, as plain data, so that it is shrunk and printed together with what happens in it. */
import fc from 'fast-check';

export interface Scene {
  /** Seed of every delay and order in the world. */
  readonly seed: number;
  /** The clock that stamps changes on the source's disk goes in ticks of this; 0: no two stamps are equal. */
  readonly tickMs: 0 | 4 | 10;
  /** Modification times on the source are multiples of this; 0: exact. */
  readonly mtimeStepMs: 0 | 1000 | 2000;
  /** Whether versions of a file may be told apart by their content alone. */
  readonly hasTwins: boolean;
  /** What a look at the clock costs. */
  readonly costMs: 0 | 1;
  readonly mirrors: readonly MirrorScene[];
}

/** `windows`: FAT times, no links, no modes, open files stay where they are. `macos`: names are kept decomposed. */
export type DiskKind = 'windows' | 'macos';

export interface MirrorScene {
  /** The folder of the source that is mirrored, '' for all of it. */
  readonly root: string;
  /** Of the first run; later ones are incremental unless a command says otherwise. */
  readonly mode: 'incremental' | 'full';
  /** What stands on the target before it was ever joined. */
  readonly found: readonly Found[];
  /** Modification times on the target are multiples of this; 0: exact. */
  readonly mtimeStepMs: 0 | 2000;
  /** What the target's disk is like; a plain one of Linux by default. */
  readonly disk?: DiskKind;
  readonly maxWorkers: number;
  /** Whether small new files are placed beside other work. */
  readonly placesBeside?: boolean;
  /** Fewer missing entries than this are never held. */
  readonly holdMin: number;
}

export interface Found {
  readonly path: string;
  /** `equal`: a true copy of the source's file, if it has one. `other`: somebody's own. */
  readonly as: 'equal' | 'other' | 'folder';
}

/** Files that stand in every source from the beginning and that no command names. */
export const KEPT_FILES = ['keep1', 'keep2', 'kept/keep3', 'kept/keep4'] as const;
/** All paths that commands use: few, so that they meet. */
export const PATHS = ['a', 'b', 'd', 'd/a', 'd/b', 'd/e', 'd/e/a', 'f', 'f/a', 'f/e', 'f/e/b'] as const;

const found: fc.Arbitrary<Found> = fc.record({
  path: fc.constantFrom<string>(...KEPT_FILES, ...PATHS),
  as: fc.constantFrom('equal' as const, 'other' as const, 'folder' as const),
});

const plainMirror: fc.Arbitrary<MirrorScene> = fc.record({
  root: fc.constantFrom('' as const, '' as const, '' as const, 'd' as const, 'f' as const),
  mode: fc.constantFrom(
    'incremental' as const,
    'incremental' as const,
    'incremental' as const,
    'full' as const,
  ),
  found: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(found, { minLength: 1, maxLength: 6 }) },
  ),
  mtimeStepMs: fc.constantFrom(0 as const, 0 as const, 0 as const, 2000 as const),
  maxWorkers: fc.integer({ min: 1, max: 4 }),
  holdMin: fc.constantFrom(100, 3),
});

/** With more workers there is more that can come in between. */
const mirror = plainMirror.map((plain) => ({ ...plain, placesBeside: plain.maxWorkers > 2 }));

/** Most worlds have one mirror: they are fast, and most faults need no second one. */
export const scene: fc.Arbitrary<Scene> = fc.record({
  seed: fc.nat(0xffff),
  tickMs: fc.constantFrom(0 as const, 0 as const, 4 as const, 10 as const),
  mtimeStepMs: fc.constantFrom(0 as const, 0 as const, 0 as const, 1000 as const, 2000 as const),
  hasTwins: fc.boolean(),
  costMs: fc.constantFrom(0 as const, 0 as const, 1 as const),
  mirrors: fc.oneof(
    { weight: 6, arbitrary: fc.tuple(mirror) },
    { weight: 2, arbitrary: fc.tuple(mirror, mirror) },
    { weight: 1, arbitrary: fc.tuple(mirror, mirror, mirror) },
  ),
});
