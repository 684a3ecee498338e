import { reconcile } from '@lanmirror/engine/core';
import { createMemoryStore } from '@lanmirror/engine/store';
import { loadHash, type WritableTree } from '@lanmirror/engine/tree';
import type { SourceEntry } from '@lanmirror/protocol';
import { beforeAll, describe, expect, test } from 'vitest';
import { ProcessClock, Scheduler } from '../../../../tests/simulation/scheduler.ts';
import { createMemoryTree, type MemoryTree } from '../../../engine/src/tree/memory/memory-tree.ts';
import { MirrorState } from '../state/mirror-state.ts';
import { Structure } from './structure.ts';
import { TargetFolder } from './target-folder.ts';

const ROOT = 1;
const SILENT = {
  created: () => undefined,
  modified: () => undefined,
  deleted: () => undefined,
  renamed: () => undefined,
  copying: () => undefined,
  settled: () => undefined,
  warn: () => undefined,
};

beforeAll(() => loadHash());

test('a name that goes to a file whose content is not here yet shows what it had until the content comes', async () => {
  const scheduler = new Scheduler(1, (error) => {
    throw error;
  });
  const tree = createMemoryTree();
  const state = new MirrorState(createMemoryStore());
  const renamed: string[] = [];
  const target = new TargetFolder(tree, state, new ProcessClock(scheduler), {
    ...SILENT,
    renamed: (from, to) => renamed.push(`${from} -> ${to}`),
  });
  const tell = (id: number, name: string, version: number, kind: SourceEntry['kind'] = 'file'): void => {
    const stat = name === '' ? tree.rootStat() : tree.stat(name);
    const entry: SourceEntry = {
      ...{ id, parentId: id === ROOT ? 0 : ROOT, name, kind, linkTarget: '', sequence: version, version },
      ...{ sizeBytes: stat?.sizeBytes ?? 0, mtimeUs: 0, mode: 0o644 },
    };
    state.transact(() => {
      state.view.put(entry);
      state.markDirty(id);
    });
    if (stat !== undefined) target.record(entry, stat, null);
  };
  tree.user.write('doc', 'a good document');
  tree.user.write('doc.tmp', '');
  tell(ROOT, '', 1, 'directory');
  tell(2, 'doc', 2);
  tell(3, 'doc.tmp', 3);
  // The server: doc.tmp was written, and took the name of the document.
  const { view, baseline } = state;
  const after = view.get(3);
  if (after === undefined) throw new Error('no entry');
  state.transact(() => {
    view.remove(2);
    view.put({ ...after, name: 'doc', sequence: 5, version: 4, sizeBytes: 20 });
    state.markDirty(2);
    state.markDirty(3);
  });
  const plan = reconcile(state.dirtyIds(), baseline, view, ROOT);
  expect(plan.moves).toEqual([{ id: 3, replaces: 2 }]);
  const structure = new Structure(
    target,
    (_id, _path, error) => {
      throw error;
    },
    () => false,
  );
  await structure.apply(plan, plan.removals);
  const buffer = Buffer.alloc(99);
  expect(buffer.toString('utf8', 0, tree.open('doc').readSync(buffer, 0, 99, 0))).toBe('a good document');
  expect(tree.stat('doc.tmp')).toBeUndefined();
  expect(renamed).toEqual(['doc.tmp -> doc']);
  expect(baseline.get(2)).toBeUndefined();
  expect(baseline.pathOf(3)).toBe('doc');
  expect(reconcile(state.dirtyIds(), baseline, view, ROOT)).toMatchObject({ moves: [], contents: [3] });
});

describe('a link that the source made anew', () => {
  const linkTo = (linkTarget: string, version: number): SourceEntry => ({
    ...{ id: 2, parentId: ROOT, name: 'link', kind: 'link', sequence: version, version, sizeBytes: 0 },
    ...{ linkTarget, mtimeUs: 0, mode: 0o777 },
  });

  /** What became of what stood at its place, after `edit` was done to it. */
  async function reasons(edit: (tree: MemoryTree) => void): Promise<string[]> {
    const tree = createMemoryTree();
    const state = new MirrorState(createMemoryStore());
    const clock = new ProcessClock(new Scheduler(1, () => undefined));
    const target = new TargetFolder(tree, state, clock, SILENT);
    const found: string[] = [];
    const told: WritableTree = tree;
    const putAway = told.putAway.bind(tree);
    told.putAway = (path, reason) => {
      found.push(`${path} ${reason}`);
      return putAway(path, reason);
    };
    const root = tree.rootStat();
    if (root === undefined) throw new Error('no root');
    const rootEntry = { ...linkTo('', 1), id: ROOT, parentId: 0, name: '', kind: 'directory' } as const;
    state.transact(() => state.view.put(rootEntry));
    target.record(rootEntry, root, null);
    target.record(linkTo('before', 2), tree.makeLink('link', 'before', 0), null);
    edit(tree);
    state.transact(() => {
      state.view.put(linkTo('after', 5));
      state.markDirty(2);
    });
    const plan = reconcile(state.dirtyIds(), state.baseline, state.view, ROOT);
    const fail = (_id: number, _path: string, error: Error): void => {
      throw error;
    };
    await new Structure(target, fail, () => false).apply(plan, plan.removals);
    expect(tree.readLink('link')).toBe('after');
    return found;
  }

  test('replaces the one of before', async () => {
    expect(await reasons(() => undefined)).toEqual(['link replaced']);
  });

  test('finds one that was edited on the mirror, and what is kept says so', async () => {
    const edited = await reasons((tree) => {
      tree.user.remove('link');
      tree.user.symlink('link', 'edited here');
    });
    expect(edited).toEqual(['link edited']);
  });

  test('finds a file that was put there on the mirror, and what is kept says so', async () => {
    const edited = await reasons((tree) => {
      tree.user.remove('link');
      tree.user.write('link', 'written here');
    });
    expect(edited).toEqual(['link edited']);
  });
});
