import { beforeAll, expect, test } from 'vitest';
import { createMemoryStore } from '../../store/index.ts';
import { loadHash } from '../../tree/index.ts';
import { createMemoryTree } from '../../tree/memory/memory-tree.ts';
import type { Observed } from '../index/index-entry.ts';
import { TreeIndex } from '../index/tree-index.ts';
import { Displaced } from './displaced.ts';

beforeAll(() => loadHash());

const seen = (kind: 'directory' | 'file', ino: bigint, birthtimeNs: bigint): Observed => ({
  ...{ kind, sizeBytes: 0, mtimeNs: 0n, ctimeNs: 99n, birthtimeNs, mtimeUs: 0, mode: 0o644, linkTarget: '' },
  ...{ dev: 1n, ino, links: 1, isFresh: false },
});

/** Two files of which the second got the number that the system had freed with the first. */
function reused() {
  const index = TreeIndex.open(
    createMemoryStore(),
    () => 'index',
    () => 1,
  );
  const displaced = new Displaced(createMemoryTree(), index);
  const [gone, heir] = index.transact(() => {
    const root = index.create(0, '', seen('directory', 1n, 1n));
    return [
      index.create(root.id, 'gone', seen('file', 7n, 10n)),
      index.create(root.id, 'heir', seen('file', 7n, 20n)),
    ];
  }).result;
  if (gone === undefined || heir === undefined) throw new Error('no entries');
  return { index, displaced, gone, heir };
}

test('of two entries that lost their names none is forgotten, though the system gave both the same number', () => {
  const { index, displaced, gone, heir } = reused();
  index.transact(() => {
    displaced.add(gone);
    displaced.add(heir);
    expect([...displaced.entries].map(({ id }) => id).sort()).toEqual([gone.id, heir.id].sort());
    // Each is found as the node that it is, and takes nothing with it.
    expect(displaced.movedHere(seen('file', 7n, 20n))?.entry.id).toBe(heir.id);
    expect(displaced.movedHere(seen('file', 7n, 10n))?.entry.id).toBe(gone.id);
    expect(displaced.movedHere(seen('file', 7n, 30n))).toBeUndefined();
    expect([displaced.found(heir), displaced.found(heir)]).toEqual([true, false]);
    expect([displaced.has(gone), displaced.isEmpty]).toEqual([true, false]);
    index.move(heir, heir.parentId, 'elsewhere');
    for (const entry of displaced.entries) index.remove(entry, 0);
  });
  // Whoever begins anew is told of all that there is, and of nothing else.
  const { entries, removed } = index.changesSince(0, 100, 1e6);
  expect(entries.map(({ name }) => name)).toEqual(['', 'elsewhere']);
  expect(removed.map(({ id }) => id)).toEqual([gone.id]);
});
