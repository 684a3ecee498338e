import { joinPath, parentOf } from '@lanmirror/protocol';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { createMemoryStore } from '../../store/index.ts';
import { loadHash } from '../../tree/index.ts';
import { createMemoryTree, type MemoryTree } from '../../tree/memory/memory-tree.ts';
import { TreeIndex } from '../index/tree-index.ts';
import { Looker } from './look.ts';
import { NO_MOUNTS } from './mounted-folder.ts';
import { ProblemList } from './problem-list.ts';
import { SourceFilter } from './source-filter.ts';

beforeAll(async () => {
  await loadHash();
});

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 0x7fffffff));
const take = () => true;

/** A tree, its index and a looker; `scan` looks at everything, folder by folder. */
function makeWorld(files: readonly string[], rules: readonly string[] = []) {
  const tree = createMemoryTree();
  for (const path of files) tree.user.write(path, `content of ${path}`);
  const index = TreeIndex.open(
    createMemoryStore(),
    () => 'index',
    () => 1,
  );
  const lookerWith = (filter: SourceFilter, nowMs = () => Date.now()): Looker =>
    new Looker(tree, index, new ProblemList(), nowMs, () => true, NO_MOUNTS, filter);
  const lookerBy = (...lines: string[]): Looker =>
    lookerWith(new SourceFilter(lines.map((line) => ({ line, origin: 'test' }))));
  const looker = lookerBy(...rules);
  looker.lookAt([''], take, true);
  const scan = (folder = ''): void => {
    const names = tree.list(folder).names.map((name) => joinPath(folder, name));
    looker.lookAt(names, take, true);
    for (const path of names) if (tree.stat(path)?.kind === 'directory') scan(path);
  };
  scan();
  /** Ids of all entries by the inode that the tree has at their path. */
  const idsByNode = (): Map<bigint, number> => {
    const ids = new Map<bigint, number>();
    const add = (folderId: number): void => {
      for (const entry of index.children(folderId)) {
        const path = index.pathOf(entry.id) ?? '';
        const stat = tree.stat(path);
        if (stat !== undefined) ids.set(stat.ino, entry.id);
        add(entry.id);
      }
    };
    add(1);
    return ids;
  };
  const swap = (a: string, b: string): void => {
    tree.user.rename(a, 'swapping');
    tree.user.rename(b, a);
    tree.user.rename('swapping', b);
  };
  return { tree, index, looker, lookerBy, lookerWith, scan, idsByNode, swap };
}

describe('a batch of looks', () => {
  test('does not look at our own folder, nor at the limbo of folders that lost their name', () => {
    const tree = createMemoryTree();
    const problems = new ProblemList();
    const index = TreeIndex.open(
      createMemoryStore(),
      () => 'index',
      () => 1,
    );
    const looker = new Looker(tree, index, problems, () => Date.now());
    looker.lookAt([''], take, true);
    looker.lookAt(['.lanmirror', '.lanmirror/displaced-7/lib/new', '.LANMIRROR/x'], take, false);
    expect(problems.first(10)).toEqual([]);
    expect(index.size).toBe(0);
  });

  test('a folder that was made anew with the inode number of the old one is listed anew', () => {
    const { tree, index, looker } = makeWorld(['d/a']);
    const before = tree.stat('d');
    tree.user.remove('d/a');
    tree.user.remove('d');
    tree.user.mkdir('d');
    expect(tree.stat('d')?.ino).toBe(before?.ino);
    expect(tree.stat('d')?.birthtimeNs).not.toBe(before?.birthtimeNs);
    const { result } = looker.lookAt(['d'], take, false);
    expect([...result.descend]).toEqual([index.byPath('d')?.id]);
  });

  test('folders that changed places keep their entries when something in one of them is looked at first', () => {
    const { index, looker, idsByNode, swap } = makeWorld(['d/e/a', 'f/e/b', 'f/c']);
    const before = idsByNode();
    swap('d', 'f');
    looker.lookAt(['f/e', 'd/e', 'd', 'f'], take, false);
    expect(idsByNode()).toEqual(before);
    expect(index.changesSince(0, 100, 1e6).removed).toEqual([]);
  });

  test('folders that changed places keep their entries when only one of them is looked at', () => {
    for (const path of ['d', 'f', 'f/e']) {
      const { index, looker, idsByNode, swap } = makeWorld(['d/e/a', 'f/e/b', 'f/c']);
      const before = idsByNode();
      swap('d', 'f');
      looker.lookAt([path], take, false);
      expect(idsByNode()).toEqual(before);
      expect(index.changesSince(0, 100, 1e6).removed).toEqual([]);
    }
  });

  test('a folder that gave its name away is looked for under the names that still wait for their look', () => {
    const { tree, index, looker, idsByNode } = makeWorld(['a/1', 'b/2']);
    const before = idsByNode();
    tree.user.rename('b', 'c');
    tree.user.rename('a', 'b');
    looker.lookAt(['a', 'b'], take, false, () => ['c']);
    expect(idsByNode()).toEqual(before);
    expect(index.changesSince(0, 100, 1e6).removed).toEqual([]);
  });

  test('files of which each has the name of the next are all found under the names that wait, however many', () => {
    const names = Array.from({ length: 1000 }, (_none, at) => `photo-${1000 + at}`);
    const { tree, index, looker, idsByNode } = makeWorld(names);
    const before = idsByNode();
    const moved = [...names.slice(1), 'photo-2000'];
    for (const [at, name] of [...names.entries()].reverse()) tree.user.rename(name, moved[at] ?? '');
    looker.lookAt(moved.slice(0, 1), take, false, () => moved.slice(1));
    expect(idsByNode()).toEqual(before);
    expect(index.changesSince(0, 5000, 1e7).removed).toEqual([]);
  });

  test('a name that waits for its look is not taken before its time', () => {
    const { tree, index, looker } = makeWorld(['a/1', 'b/2']);
    tree.user.rename('b', 'c');
    tree.user.rename('a', 'b');
    tree.user.write('large', 'not quiet yet');
    looker.lookAt(['a', 'b'], take, false, () => ['large', 'c']);
    expect(index.byPath('large')).toBeUndefined();
  });

  test('what was renamed away and made anew at once is the old entry under the new name', () => {
    for (const paths of [
      ['log', 'log.1'],
      ['log.1', 'log'],
    ]) {
      const { tree, index, looker } = makeWorld(['log', 'other']);
      const id = index.byPath('log')?.id;
      tree.user.rename('log', 'log.1');
      tree.user.write('log', 'new');
      looker.lookAt(paths, take, false);
      expect(index.byPath('log.1')?.id).toBe(id);
      expect(index.byPath('log')?.id).not.toBe(id);
    }
  });

  test('what took the place of something that is nowhere any more is a new version of it', () => {
    const { tree, index, looker } = makeWorld(['file']);
    const before = index.byPath('file');
    tree.user.write('.file.swp', 'new');
    tree.user.rename('.file.swp', 'file');
    looker.lookAt(['.file.swp', 'file'], take, false);
    const after = index.byPath('file');
    expect(after?.id).toBe(before?.id);
    expect(after?.version).toBeGreaterThan(before?.version ?? 0);
  });

  test(`whatever was renamed, in whatever order it is looked at, keeps its entry (SEED=${SEED})`, () => {
    const names = ['a', 'b', 'c', 'a/x', 'b/x', 'c/x', 'a/y', 'b/y/z', 'c/x/u', 'a/x/v'];
    const rename = fc.record({ from: fc.constantFrom(...names), to: fc.constantFrom(...names) });
    const property = fc.property(
      fc.array(rename, { minLength: 1, maxLength: 6 }),
      fc.nat(0x7fffffff),
      (renames, order) => {
        const { tree, looker, idsByNode, swap } = makeWorld([
          'a/x/v/1',
          'a/y',
          'b/x/2',
          'b/y/z/3',
          'c/x/u/4',
        ]);
        const before = idsByNode();
        const touched = new Set<string>();
        const moved = new Set<bigint>();
        for (const { from, to } of renames) {
          if (`${to}/`.startsWith(`${from}/`) || `${from}/`.startsWith(`${to}/`)) continue;
          const nodes = [tree.stat(from), tree.stat(to)];
          if (nodes[0] === undefined || tree.stat(parentOf(to))?.kind === 'file') continue;
          if (nodes[1] !== undefined) swap(from, to);
          else if (parentOf(to) === '' || tree.stat(parentOf(to)) !== undefined) tree.user.rename(from, to);
          else continue;
          for (const node of nodes) if (node !== undefined) moved.add(node.ino);
          for (const path of [from, to, `${to}/x`, `${from}/y`]) touched.add(path);
        }
        for (const path of pathsOf(tree, moved)) touched.add(path);
        looker.lookAt(shuffled([...touched], order), take, false);
        const after = idsByNode();
        for (const [ino, id] of before) expect(after.get(ino)).toBe(id);
      },
    );
    fc.assert(property, { seed: SEED, numRuns: 300 });
  });
});

/** Where these nodes stand now. */
function pathsOf(tree: MemoryTree, nodes: ReadonlySet<bigint>, folder = ''): string[] {
  return tree.list(folder).names.flatMap((name) => {
    const path = joinPath(folder, name);
    const stat = tree.stat(path);
    const below = stat?.kind === 'directory' ? pathsOf(tree, nodes, path) : [];
    return stat !== undefined && nodes.has(stat.ino) ? [path, ...below] : below;
  });
}

function shuffled(paths: string[], seed: number): string[] {
  let state = seed;
  const keyed = paths.map((path) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return { path, key: state };
  });
  return keyed.sort((a, b) => a.key - b.key).map(({ path }) => path);
}

describe('what the rules leave out', () => {
  test('is not indexed, and a folder of it is not entered', () => {
    const { index, looker, tree } = makeWorld(['a', 'b.tmp', 'cache/c', 'd/cache'], ['*.tmp', '/cache/']);
    expect([index.byPath('b.tmp'), index.byPath('cache')]).toEqual([undefined, undefined]);
    expect(index.byPath('d/cache')?.kind).toBe('file');
    tree.user.write('cache/new', 'x');
    const { result } = looker.lookAt(['cache', 'cache/new', 'cache/c'], take, false);
    expect([index.byPath('cache'), [...result.descend]]).toEqual([undefined, []]);
  });

  test('leaves the index when the rule is new, with all that is in it, and comes back as something new', () => {
    const { index, lookerBy } = makeWorld(['a', 'cache/b/c']);
    const before = index.byPath('cache')?.id ?? 0;
    const { result } = lookerBy('cache').lookAt(['a', 'cache'], take, true);
    expect([index.byPath('cache'), index.byId(before), index.size]).toEqual([undefined, undefined, 1]);
    expect(index.changesSince(0, 100, 1e6).removed.map(({ id }) => id)).toEqual([before]);
    expect(result.removed).toHaveLength(1);
    lookerBy().lookAt(['cache'], take, true);
    expect(index.byPath('cache')?.id).toBeGreaterThan(before);
  });

  test('is found again by its node when it was moved to a name that is published', () => {
    const { index, lookerBy, tree } = makeWorld(['x', 'y']);
    const id = index.byPath('x')?.id;
    tree.user.rename('x', 'z');
    tree.user.write('x', 'another');
    lookerBy('/x').lookAt(['x', 'z'], take, false);
    expect([index.byPath('x'), index.byPath('z')?.id]).toEqual([undefined, id]);
  });

  test('is no problem, whatever stands there', () => {
    const { tree, index } = makeWorld(['a']);
    tree.user.write(`odd/${'n'.repeat(10)}`, 'x');
    const problems = new ProblemList();
    const filter = new SourceFilter([{ line: 'odd', origin: 'test' }]);
    const looker = new Looker(
      tree,
      index,
      problems,
      () => 0,
      () => true,
      NO_MOUNTS,
      filter,
    );
    looker.lookAt(['odd', 'odd/nnnnnnnnnn'], take, false);
    expect(problems.count).toBe(0);
  });

  test('is removed by its name also where nobody can look any more, and nothing else is', () => {
    const { index, lookerBy } = makeWorld(['d/x', 'd/y', 'd/e/x/a', 'd/e/b']);
    const looker = lookerBy('x', '/d/y/');
    expect(looker.cannotList(index.byPath('d')?.id ?? 0, 'd', 'DENIED')).toBe(true);
    const left = ['d', 'd/x', 'd/y', 'd/e/x', 'd/e/x/a', 'd/e/b'].filter((path) => index.byPath(path));
    expect(left).toEqual(['d', 'd/y', 'd/e/b']);
    const { head } = index;
    looker.cannotList(index.byPath('d')?.id ?? 0, 'd', 'DENIED');
    expect(index.head).toBe(head);
  });

  test('is removed with what is in it when it cannot be looked at itself', () => {
    const { tree, index, lookerBy } = makeWorld(['x/a', 'y/x', 'y/b']);
    for (const path of ['x', 'y']) tree.failNext(path, 'DENIED', { times: Number.POSITIVE_INFINITY });
    lookerBy('x/').lookAt(['x', 'y'], take, true);
    expect([index.byPath('x'), index.byPath('y/b')?.kind]).toEqual([undefined, 'file']);
    lookerBy('x').lookAt(['y'], take, true);
    expect([index.byPath('y/x'), index.byPath('y/b')?.kind]).toEqual([undefined, 'file']);
  });

  test('for its size is left out also where nobody can look any more, by the size that was told', () => {
    const { tree, index, lookerWith } = makeWorld(['d/large', 'd/s']);
    tree.failNext('d', 'DENIED', { times: Number.POSITIVE_INFINITY });
    const filter = new SourceFilter([], { maxBytes: 14 });
    const looker = lookerWith(filter, () => 0);
    looker.lookAt(['d'], take, true);
    expect([index.byPath('d/large')?.isExcluded, index.byPath('d/s')?.isExcluded]).toEqual([true, undefined]);
  });

  test('for its size is known to be there, and changes no fingerprint; it is judged again when it is another size', () => {
    const { tree, index, lookerWith } = makeWorld(['small', 'd/large']);
    const filter = new SourceFilter([], { maxBytes: 20 });
    const looker = lookerWith(filter, () => 0);
    const look = (): void => {
      looker.lookAt(['d', 'd/large'], take, false);
    };
    look();
    const before = index.fingerprint(1);
    expect(index.byPath('d/large')?.isExcluded).toBeUndefined();
    const mtimeNs = tree.stat('d')?.mtimeNs;
    tree.user.write('d/large', 'x'.repeat(21));
    look();
    const large = index.byPath('d/large');
    const { id, sequence } = large ?? { id: 0, sequence: 0 };
    expect([large?.isExcluded, index.unknownBelow(1)]).toEqual([true, 1]);
    expect(index.fingerprint(1)?.unknown).toBe((before?.unknown ?? 0) - 1);
    expect(tree.stat('d')?.mtimeNs).toBe(mtimeNs);
    expect(looker.isAsIndexed(id, index.byPath('d')?.id ?? 0, 'd/large')).toBe(true);
    expect(index.changesSince(sequence - 1, 10, 1e6).entries).toMatchObject([{ id, isExcluded: true }]);
    tree.user.write('d/large', 'x');
    look();
    expect([index.byPath('d/large')?.id, index.byPath('d/large')?.isExcluded]).toEqual([id, undefined]);
    expect(index.fingerprint(1)?.unknown).toBe(before?.unknown);
  });

  test('for its size is judged anew when the limit is another one, although the file is as it was', () => {
    const { tree, index } = makeWorld(['file']);
    const id = index.byPath('file')?.id ?? 0;
    const by = (maxBytes: number): Looker => {
      const filter = new SourceFilter([], { maxBytes });
      return new Looker(
        tree,
        index,
        new ProblemList(),
        () => 0,
        () => true,
        NO_MOUNTS,
        filter,
      );
    };
    for (const [maxBytes, isExcluded] of [
      [1, true],
      [0, undefined],
    ] as const) {
      const looker = by(maxBytes);
      expect(looker.isAsIndexed(id, 1, 'file')).toBe(false);
      looker.lookAt(['file'], take, true);
      expect(index.byPath('file')?.isExcluded).toBe(isExcluded);
      expect(looker.isAsIndexed(id, 1, 'file')).toBe(true);
    }
  });
});
