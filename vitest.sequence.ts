import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take long, the slowest first: begun last, one of them would run alone at the end. */
const SLOW = [
  'tests/end-to-end/clean-source',
  'tests/end-to-end/real-tools',
  'tests/end-to-end/cleaned',
  'tests/end-to-end/local-source',
  'tests/end-to-end/commands',
  'tests/simulation/simulation',
  'tests/end-to-end/two-hosts',
  'tests/end-to-end/bad-input',
  'tests/end-to-end/guards',
  'tests/end-to-end/target-mount',
  'tests/end-to-end/bandwidth',
  'tests/end-to-end/jobs',
  'tests/end-to-end/disks',
  'tests/end-to-end/coming-back',
  'tests/end-to-end/share-rules',
  'tests/end-to-end/mirror',
  'tests/end-to-end/drills',
  'packages/engine/src/tree/watch/conformance',
  'tests/end-to-end/own-rules',
  'tests/end-to-end/own-age',
  'tests/end-to-end/compare',
  'tests/end-to-end/delete-rule',
  'tests/end-to-end/target-kind',
  'tests/end-to-end/schedule',
  'tests/end-to-end/odd-target',
  'tests/end-to-end/source-damage',
  'tests/end-to-end/disk-fault',
  'tests/end-to-end/full-state',
  'tests/end-to-end/delta',
  'tests/end-to-end/problem-memory',
  'packages/engine/src/core/reconcile',
  'packages/client/src/clean/source-cleaner',
  'tests/end-to-end/verify',
  'tests/end-to-end/only',
  'tests/end-to-end/odd-source',
  'tests/end-to-end/few-descriptors',
  'tests/end-to-end/trash',
  'tests/end-to-end/watching',
  'tests/simulation/seeded-bugs',
  'tests/end-to-end/history',
  'tests/end-to-end/recovery',
  'packages/engine/src/tree/local/local-tree',
  'packages/engine/src/source/publish/publisher',
  'tests/end-to-end/refill',
  'tests/end-to-end/folder-problem',
  'tests/simulation/interrupted-feed',
  'tests/simulation/compare',
  'tests/conformance/package-entry',
];

/** Slow files first, the others in vitest's own order. */
export class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted
      .map((file, at) => ({ file, rank: rankOf(file.moduleId), at }))
      .sort((a, b) => a.rank - b.rank || a.at - b.at)
      .map(({ file }) => file);
  }
}

function rankOf(path: string): number {
  const at = SLOW.findIndex((name) => path.endsWith(`/${name}.test.ts`));
  return at < 0 ? SLOW.length : at;
}
