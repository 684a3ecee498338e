import { PLAIN_NAMES, sideName } from '@lanmirror/engine/core';
import { createMemoryStore } from '@lanmirror/engine/store';
import { hashText, loadHash } from '@lanmirror/engine/tree';
import { beforeAll, expect, test } from 'vitest';
import { createMemoryTree, type MemoryTree } from '../../../engine/src/tree/memory/memory-tree.ts';
import { systemClock } from '../../../engine/src/wire/system-clock.ts';
import { MirrorState } from '../state/mirror-state.ts';
import { useTraits } from '../state/placement.ts';
import { checkTarget } from './target-check.ts';

beforeAll(() => loadHash());

const ROOT = 1;
const RULE = { ...PLAIN_NAMES, foldsCase: true };

function folder(id: number, name: string) {
  const facts = { version: 1, sizeBytes: 0, mtimeUs: 0, mode: 0o755, linkTarget: '' };
  const parentId = id === ROOT ? 0 : ROOT;
  return { ...facts, id, name, parentId, kind: 'directory', sequence: id } as const;
}

/** A mirror on a disk that folds names, of a source with these folders; nothing is known of its target. */
function mirrorOf(...folders: readonly (readonly [id: number, name: string])[]): MirrorState {
  const state = new MirrorState(createMemoryStore());
  useTraits(state, { ...state.meta.traits, names: RULE });
  state.transact(() => {
    for (const [id, name] of [[ROOT, ''] as const, ...folders]) state.view.put(folder(id, name));
  });
  return state;
}

async function check(state: MirrorState, tree: MemoryTree): Promise<void> {
  await checkTarget({ tree, state, clock: systemClock, isStopped: () => false, looked: () => undefined });
}

test.each([
  ['and the one that was first stands aside', 'build~case-0123456789abcdef'],
  ['and the one that was first is not here yet', undefined],
])(
  'a node of a disk that folds names is the entry of its very name, though another was first (%s)',
  async (_case, aside) => {
    const tree = createMemoryTree({ foldsCase: true });
    tree.user.mkdir('Build');
    if (aside !== undefined) tree.user.mkdir(aside);
    const state = mirrorOf([2, 'build'], [3, 'Build']);
    const disk = { ino: 0n, mtimeNs: 0n, ctimeNs: 0n, sizeBytes: 0 };
    const rest = { sourceName: 'build', hash: null, disk, bornMs: 0, checkpoint: 0 };
    if (aside !== undefined) state.transact(() => state.baseline.put({ ...folder(2, aside), ...rest }));
    await check(state, tree);
    expect(state.baseline.get(3)?.name).toBe('Build');
    expect([...state.baseline.all()].filter(({ id }) => id < 0)).toEqual([]);
    expect(state.isDirty(3)).toBe(true);
  },
);

const ASIDE = () => sideName(RULE, 'Build', hashText);

test.each([
  ['first', () => [ASIDE(), 'build']],
  ['last', () => ['build', ASIDE()]],
])(
  'what stood aside for one that is gone is the entry of that name, not what was left of the other (listed %s)',
  async (_order, names) => {
    const tree = createMemoryTree({ foldsCase: true });
    for (const name of names()) tree.user.mkdir(name);
    const state = mirrorOf([3, 'Build']);
    await check(state, tree);
    expect(state.baseline.get(3)?.name).toBe(ASIDE());
    expect([...state.baseline.all()].filter(({ id }) => id < 0).map(({ name }) => name)).toEqual(['build']);
  },
);
