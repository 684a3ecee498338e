import { PLAIN_NAMES } from '@lanmirror/engine/core';
import { createMemoryStore } from '@lanmirror/engine/store';
import { loadHash } from '@lanmirror/engine/tree';
import { beforeAll, expect, test } from 'vitest';
import { createMemoryTree } from '../../../engine/src/tree/memory/memory-tree.ts';
import { systemClock } from '../../../engine/src/wire/system-clock.ts';
import { MirrorState } from '../state/mirror-state.ts';
import { useTraits } from '../state/placement.ts';
import { checkTarget } from './target-check.ts';

beforeAll(() => loadHash());

const ROOT = 1;
const RULE = { ...PLAIN_NAMES, foldsCase: true };

test.each([
  ['and the one that was first stands aside', 'build~case-0123456789abcdef'],
  ['and the one that was first is not here yet', undefined],
])(
  'a node of a disk that folds names is the entry of its very name, though another was first (%s)',
  async (_case, aside) => {
    const tree = createMemoryTree({ foldsCase: true });
    tree.user.mkdir('Build');
    if (aside !== undefined) tree.user.mkdir(aside);
    const state = new MirrorState(createMemoryStore());
    useTraits(state, { ...state.meta.traits, names: RULE });
    const facts = {
      kind: 'directory',
      version: 1,
      sizeBytes: 0,
      mtimeUs: 0,
      mode: 0o755,
      linkTarget: '',
    } as const;
    const folder = (id: number, name: string) => ({
      ...{ ...facts, id, name, sequence: id },
      parentId: id === ROOT ? 0 : ROOT,
    });
    const disk = { ino: 0n, mtimeNs: 0n, ctimeNs: 0n, sizeBytes: 0 };
    state.transact(() => {
      for (const entry of [folder(ROOT, ''), folder(2, 'build'), folder(3, 'Build')]) state.view.put(entry);
      const standing = {
        ...folder(2, aside ?? ''),
        sourceName: 'build',
        hash: null,
        disk,
        bornMs: 0,
        checkpoint: 0,
      };
      if (aside !== undefined) state.baseline.put(standing);
    });
    await checkTarget({ tree, state, clock: systemClock, isStopped: () => false, looked: () => undefined });
    expect(state.baseline.get(3)?.name).toBe('Build');
    expect([...state.baseline.all()].filter(({ id }) => id < 0)).toEqual([]);
    expect(state.isDirty(3)).toBe(true);
  },
);
