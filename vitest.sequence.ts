import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take long, the slowest first: begun last, one of them would run alone at the end. */
const SLOW_WHOLE = [
  'tests/simulation/simulation',
  'tests/end-to-end/compare',
  'tests/end-to-end/local-source',
  'tests/end-to-end/clean-source',
  'tests/end-to-end/jobs',
  'tests/end-to-end/ini-gone',
  'tests/end-to-end/source-away',
  'tests/end-to-end/target-within',
  'tests/end-to-end/bad-input',
  'tests/end-to-end/guards',
  'tests/end-to-end/target-mount',
  'tests/end-to-end/delete-rule',
  'tests/end-to-end/disks',
  'tests/end-to-end/ignore-files',
  'tests/end-to-end/share-rules',
  'tests/end-to-end/delta',
  'tests/end-to-end/cleaned',
  'tests/end-to-end/clean-name-again',
  'tests/end-to-end/bandwidth',
  'tests/end-to-end/odd-target',
  'tests/end-to-end/drills',
  'tests/end-to-end/commands',
  'tests/end-to-end/coming-back',
  'tests/end-to-end/real-tools',
  'tests/end-to-end/own-rules',
  'tests/end-to-end/mirror',
  'tests/end-to-end/target-kind',
  'tests/end-to-end/disk-fault',
  'tests/simulation/delete-rule',
  'tests/simulation/seeded-bugs',
  'tests/end-to-end/two-hosts',
  'tests/end-to-end/excluded',
  'tests/simulation/rule-change',
  'tests/end-to-end/full-state',
  'tests/end-to-end/file-order',
  'tests/end-to-end/problem-memory',
  'tests/end-to-end/schedule',
  'tests/end-to-end/local-run',
  'tests/end-to-end/own-age',
  'tests/end-to-end/odd-source',
  'tests/end-to-end/few-descriptors',
  'tests/end-to-end/source-damage',
  'tests/end-to-end/only',
  'tests/end-to-end/trash',
  'tests/end-to-end/cpu-limit',
  'tests/end-to-end/verify',
  'tests/end-to-end/free-space',
  'tests/end-to-end/refill',
  'tests/end-to-end/shares',
  'tests/end-to-end/history',
  'tests/end-to-end/proof',
  'tests/end-to-end/watching',
  'tests/simulation/compare',
  'tests/end-to-end/rename-storm',
  'tests/end-to-end/recovery',
  'tests/simulation/ignore-file',
  'tests/end-to-end/folder-problem',
  'tests/end-to-end/join',
];
const SLOW_UNITS = [
  'packages/engine/src/tree/watch/conformance',
  'packages/engine/src/tree/local/local-tree',
  'packages/client/src/clean/source-cleaner',
  'packages/engine/src/core/reconcile',
  'packages/engine/src/source/publish/publisher',
  'packages/engine/src/core/filter/path-filter-git',
  'packages/engine/src/tree/local/local-tree-system',
  'packages/engine/src/tree/local/local-tree-user',
  'packages/client/src/plan/left-alone',
  'packages/client/src/plan/sift',
  'packages/protocol/src/codec',
  'packages/protocol/src/path',
  'packages/engine/src/store/lmdb-store',
];

/**
 * What tests the whole, then the single parts; of each the slow files first, the others in vitest's own order. A process
 * ends, with all the modules that it has loaded, when the next file is one of another project: so these do not alternate.
 */
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
  const isWhole = /\/tests\/(?:conformance|end-to-end|simulation)\//.test(path);
  const slow = isWhole ? SLOW_WHOLE : SLOW_UNITS;
  const at = slow.findIndex((name) => path.endsWith(`/${name}.test.ts`));
  return (isWhole ? 0 : SLOW_WHOLE.length + 1) + (at < 0 ? slow.length : at);
}
