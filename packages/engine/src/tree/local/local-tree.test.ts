import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RESERVED_NAME } from '@lanmirror/protocol';
import { afterAll } from 'vitest';
import { type TreeUnderTest, treeConformance } from '../tree-conformance.suite.ts';
import { openLocalSource, openLocalTarget, type TargetOptions } from './index.ts';
import { buildThreadScript } from './thread-script.suite.ts';

function localTree(options: TargetOptions, hasTrashElsewhere = false): TreeUnderTest {
  const scratch = mkdtempSync(join(tmpdir(), 'lanmirror-tree-'));
  const root = mkdtempSync(join(scratch, 'root-'));
  mkdirSync(join(root, RESERVED_NAME), { mode: 0o700 });
  const trashDir = join(scratch, 'trash');
  const all: TargetOptions = hasTrashElsewhere ? { ...options, trashDir } : options;
  const tree = openLocalTarget(root, all);
  return {
    tree,
    reopen: () => openLocalTarget(root, all),
    inTrash: (told) =>
      hasTrashElsewhere
        ? { tree: openLocalSource(trashDir), path: told.slice(trashDir.length + 1) }
        : { tree: openLocalSource(root), path: told },
    makeOther: (path) => execFileSync('mkfifo', [join(root, path)]),
    reachesLongPaths: options.walk !== 'checked',
    dispose: () => {
      tree.release();
      execFileSync('chmod', ['-R', 'u+rwx', scratch]);
      rmSync(scratch, { recursive: true, force: true });
    },
  };
}

const placingScript = buildThreadScript('placing-worker');
const lookScript = buildThreadScript('look-worker');
afterAll(() => {
  for (const { folder } of [placingScript, lookScript]) rmSync(folder, { recursive: true, force: true });
});
const failed = (error: Error): void => {
  throw error;
};

treeConformance('local tree', () => localTree({}));
treeConformance('local tree with threads', () =>
  localTree({
    placing: { script: placingScript.script, failed },
    looking: { script: lookScript.script, failed },
  }),
);
treeConformance('local tree without descriptors to walk', () => localTree({ walk: 'checked' }));
treeConformance('local tree flushed with every file', () => localTree({ durability: 'strict' }));
treeConformance('local tree never flushed, its trash elsewhere', () =>
  localTree({ durability: 'none' }, true),
);
