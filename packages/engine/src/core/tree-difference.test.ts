import { createHash } from 'node:crypto';
import {
  type ListedChild,
  type ListedFolder,
  ProtocolError,
  ROOT_ID,
  type SourceEntry,
} from '@lanmirror/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addDigests,
  type Digests,
  digestsOf,
  isSameButContent,
  NO_DIGESTS,
  sumBytes,
} from './fingerprint.ts';
import { type FolderQuestion, FolderWalk, isWalkTooLong } from './folder-walk.ts';
import { TreeDifference } from './tree-difference.ts';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const hashText = (text: string): string => createHash('sha256').update(text).digest('hex');

interface Node extends SourceEntry {
  readonly hash: Uint8Array | null;
}
type Tree = ReadonlyMap<number, Node>;

const ROOT: Node = {
  ...{ id: ROOT_ID, parentId: 0, name: '', kind: 'directory', sequence: 1, version: 1, sizeBytes: 0 },
  ...{ mtimeUs: 0, mode: 0o755, linkTarget: '', hash: null },
};
const hashOf = (value: number): Uint8Array => createHash('sha256').update(String(value)).digest();
const childrenOf = (tree: Tree, id: number): Node[] =>
  [...tree.values()].filter(({ parentId }) => parentId === id).sort((a, b) => (a.name < b.name ? -1 : 1));

function sumsOf(tree: Tree, id: number): Digests {
  const children = childrenOf(tree, id);
  const digests = children.map((one) => digestsOf(one, sumsOf(tree, one.id), hashText));
  return digests.reduce(addDigests, NO_DIGESTS);
}

/** The other end: answers at most `limit` children at a time. */
function answer(tree: Tree, { folders, after }: FolderQuestion, limit: number): ListedFolder[] {
  const answered: ListedFolder[] = [];
  let left = limit;
  for (const [at, id] of folders.entries()) {
    if (left <= 0) break;
    const from = at === 0 ? after : '';
    const all = childrenOf(tree, id).filter(({ name }) => name > from);
    const children = all.slice(0, left).map((node): ListedChild => {
      const { hash, ...entry } = node;
      const sums = sumsOf(tree, node.id);
      if (node.kind === 'directory') return { entry, digest: sumBytes(sums), unknown: sums.unknown };
      return { entry, digest: hash, unknown: digestsOf(node, NO_DIGESTS, hashText).unknown };
    });
    left -= Math.max(1, children.length);
    const isWhole = children.length === all.length;
    answered.push({ id, isThere: tree.get(id)?.kind === 'directory', isWhole, children });
    if (!isWhole) break;
  }
  return answered;
}

function isSame(own: Node | undefined, told: SourceEntry, hash: Uint8Array | null): boolean {
  if (own === undefined || own.parentId !== told.parentId || own.version !== told.version) return false;
  const isContentSame = own.hash === null || hash === null || Buffer.compare(own.hash, hash) === 0;
  return isContentSame && isSameButContent(own, { ...told, hash: null });
}

interface Change {
  readonly what: 'add' | 'remove' | 'move' | 'time' | 'content' | 'forget';
  readonly kind: 'directory' | 'file' | 'link';
  readonly pick: number;
  readonly folder: number;
}

const change: fc.Arbitrary<Change> = fc.record({
  what: fc.constantFrom('add', 'add', 'remove', 'move', 'time', 'content', 'forget'),
  kind: fc.constantFrom('directory', 'directory', 'file', 'file', 'link'),
  pick: fc.nat(1000),
  folder: fc.nat(1000),
});

function changed(tree: Tree, { what, kind, pick, folder }: Change, newId: () => number): Tree {
  const all = [...tree.values()];
  const folders = all.filter((one) => one.kind === 'directory');
  const at = folders[folder % folders.length] ?? ROOT;
  const one = all[pick % all.length] ?? ROOT;
  const id = newId();
  const next = new Map(tree);
  const put = (node: Node): Tree => next.set(node.id, node);
  if (what === 'add') {
    const [isFile, isLink] = [kind === 'file', kind === 'link'];
    return put({
      ...{ id, parentId: at.id, name: `n${id}`, kind, sequence: id, version: id, mtimeUs: pick, mode: 0o644 },
      ...{ sizeBytes: isFile ? 5 : 0, linkTarget: isLink ? 'to' : '', hash: isFile ? hashOf(pick) : null },
    });
  }
  if (one.id === ROOT_ID) return tree;
  const isInItself = (): boolean => {
    for (let up: Node | undefined = at; up !== undefined; up = tree.get(up.parentId))
      if (up.id === one.id) return true;
    return false;
  };
  switch (what) {
    case 'move':
      return isInItself() ? tree : put({ ...one, parentId: at.id });
    case 'time':
      return put({ ...one, mtimeUs: one.mtimeUs + 1 });
    case 'content':
      return one.kind === 'file' ? put({ ...one, version: id, hash: hashOf(id + 1e6) }) : tree;
    case 'forget':
      return one.kind === 'file' ? put({ ...one, hash: null }) : tree;
    case 'remove':
      return without(next, one.id);
  }
}

function without(tree: Map<number, Node>, id: number): Map<number, Node> {
  for (const child of childrenOf(tree, id)) without(tree, child.id);
  tree.delete(id);
  return tree;
}

/** A tree, and another that came from it. */
const pair = fc
  .tuple(fc.array(change, { minLength: 5, maxLength: 40 }), fc.array(change, { maxLength: 6 }))
  .map(([first, then]) => {
    let lastId = ROOT_ID;
    const newId = (): number => ++lastId;
    const play = (tree: Tree, changes: readonly Change[]): Tree =>
      changes.reduce((now, one) => changed(now, one, newId), tree);
    const own = play(new Map([[ROOT_ID, ROOT]]), first);
    return { own, other: play(own, then) };
  });

function walkThrough(own: Tree, other: Tree, limits: { ask: number; answer: number }) {
  const difference = new TreeDifference({
    isSame: ({ entry, digest }) => isSame(own.get(entry.id), entry, entry.kind === 'file' ? digest : null),
    childIds: (id) => childrenOf(own, id).map((one) => one.id),
    sumsOf: (id) => sumsOf(own, id),
  });
  const walk = new FolderWalk(difference);
  const asked = new Set<number>();
  walk.add(ROOT_ID);
  for (let rounds = 0; !walk.isOver; rounds += 1) {
    expect(rounds).toBeLessThan(1000);
    const question = walk.question(limits.ask);
    for (const id of question.folders) asked.add(id);
    walk.take({ sequence: rounds, folders: answer(other, question, limits.answer) });
  }
  return { difference, walk, asked };
}

/** Ids at and below a folder, in either tree. */
function below(trees: readonly Tree[], id: number): Set<number> {
  const found = new Set<number>();
  for (const tree of trees)
    for (const child of childrenOf(tree, id))
      for (const one of [child.id, ...below([tree], child.id)]) found.add(one);
  return found;
}

const limits = fc.record({ ask: fc.integer({ min: 1, max: 5 }), answer: fc.integer({ min: 1, max: 7 }) });

describe(`a walk down two trees (SEED=${SEED})`, () => {
  test('finds exactly the entries that differ, whatever is asked and answered at a time', () => {
    fc.assert(
      fc.property(pair, limits, ({ own, other }, limited) => {
        const { difference } = walkThrough(own, other, limited);
        const told = difference.differing.map(({ entry }) => entry.id).sort();
        const differing = [...other.values()].filter((one) => !isSame(own.get(one.id), one, one.hash));
        expect(told).toEqual(differing.map(({ id }) => id).sort());
        const missing = [...own.values()].filter(
          ({ id, parentId }) =>
            other.get(parentId)?.kind === 'directory' && other.get(id)?.parentId !== parentId,
        );
        expect(difference.missing.sort()).toEqual(missing.map(({ id }) => id).sort());
      }),
      { seed: SEED, numRuns: 1000 },
    );
  });

  test('asks only for folders on the way to a difference, or to a content that one side does not know', () => {
    fc.assert(
      fc.property(pair, limits, ({ own, other }, limited) => {
        const { asked, walk, difference } = walkThrough(own, other, limited);
        const reasons = new Set([
          ...difference.missing,
          ...difference.differing.map(({ entry }) => entry.id),
        ]);
        for (const tree of [own, other])
          for (const one of tree.values()) if (one.kind === 'file' && one.hash === null) reasons.add(one.id);
        expect(walk.folders).toBe(asked.size);
        for (const id of asked)
          if (id !== ROOT_ID)
            expect(
              [...below([own, other], id)].some((one) => reasons.has(one)),
              `folder ${id}`,
            ).toBe(true);
      }),
      { seed: SEED, numRuns: 1000 },
    );
  });

  test('one changed file among many folders costs the folders above it', () => {
    let own: Tree = new Map([[ROOT_ID, ROOT]]);
    const add = (id: number, parentId: number, kind: 'directory' | 'file'): void => {
      const facts = { sequence: id, version: id, mtimeUs: 0, mode: 0o644, linkTarget: '' };
      const isFile = kind === 'file';
      const node = { ...facts, id, parentId, name: `n${id}`, kind, sizeBytes: isFile ? 5 : 0 };
      own = new Map(own).set(id, { ...node, hash: isFile ? hashOf(id) : null });
    };
    for (let folder = 10; folder < 20; folder += 1) {
      add(folder, ROOT_ID, 'directory');
      for (let at = 0; at < 10; at += 1) add(folder * 100 + at, folder, 'file');
    }
    const other = changed(own, { what: 'time', kind: 'file', pick: 13, folder: 0 }, () => 5000);
    const { difference, walk } = walkThrough(own, other, { ask: 256, answer: 256 });
    expect(difference.differing).toHaveLength(1);
    expect([walk.folders, walk.told]).toEqual([2, 20]);
  });

  test('a walk that was told half of the tree is too long, unless that is little', () => {
    expect([500, 512, 513].map((told) => isWalkTooLong(told, 10))).toEqual([false, false, true]);
    expect([5000, 5001].map((told) => isWalkTooLong(told, 10_000))).toEqual([false, true]);
  });

  test('an answer that is not one to the question is refused', () => {
    const walk = new FolderWalk(
      new TreeDifference({ isSame: () => true, childIds: () => [], sumsOf: () => NO_DIGESTS }),
    );
    walk.add(ROOT_ID);
    walk.question(5);
    const other: ListedFolder = { id: 9, isThere: true, isWhole: true, children: [] };
    expect(() => walk.take({ sequence: 1, folders: [other] })).toThrow(ProtocolError);
    expect(() => walk.take({ sequence: 1, folders: [] })).toThrow(ProtocolError);
  });
});
