/** The suites of the ports are had, and a tree passes its one, by a package that knows nothing but the entries. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeStore, treeConformance, watcherConformance } from '@lanmirror/engine/conformance';
import { openLocalSource, openLocalTarget } from '@lanmirror/engine/tree';
import { RESERVED_NAME } from '@lanmirror/protocol';
import { expect, test } from 'vitest';

treeConformance('a tree of another package', () => {
  const root = mkdtempSync(join(tmpdir(), 'lanmirror-tree-'));
  mkdirSync(join(root, RESERVED_NAME), { mode: 0o700 });
  const open = () => openLocalTarget(root, { durability: 'none' });
  const tree = open();
  return {
    tree,
    reopen: open,
    inTrash: (told) => ({ tree: openLocalSource(root), path: told }),
    dispose: () => {
      tree.release();
      rmSync(root, { recursive: true, force: true });
    },
  };
});

test('every port has its suite there', () => {
  expect([treeConformance, watcherConformance, describeStore].map((suite) => typeof suite)).toEqual(
    Array.from({ length: 3 }, () => 'function'),
  );
});
