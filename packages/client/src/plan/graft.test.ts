import { PLAIN_NAMES } from '@lanmirror/engine/core';
import { createMemoryStore } from '@lanmirror/engine/store';
import { loadHash } from '@lanmirror/engine/tree';
import { beforeAll, expect, test } from 'vitest';
import { MirrorState } from '../state/mirror-state.ts';
import { useTraits } from '../state/placement.ts';
import { graftChildren } from './graft.ts';

beforeAll(() => loadHash());

const ROOT = 1;
const FACTS = { kind: 'file', version: 1, sizeBytes: 1, mtimeUs: 0, mode: 0o644, linkTarget: '' } as const;
const REST = {
  ...{ hash: null, bornMs: 0, checkpoint: 0 },
  disk: { ino: 0n, mtimeNs: 0n, ctimeNs: 0n, sizeBytes: 1 },
};

test.each(['excluded', 'unwanted'] as const)(
  'with a new index what is left out (%s) is not taken for the sibling that has its place on a disk that folds names',
  (tree) => {
    const state = new MirrorState(createMemoryStore());
    useTraits(state, { ...state.meta.traits, names: { ...PLAIN_NAMES, foldsCase: true } });
    const aside = 'a~case-17762fddd969a453';
    state.transact(() => {
      state.baseline.put({ ...FACTS, ...REST, id: -7, parentId: ROOT, name: 'A' });
      state.baseline.put({ ...FACTS, ...REST, id: -8, parentId: ROOT, name: aside, sourceName: 'a' });
      state[tree].put({ ...FACTS, id: 5, parentId: ROOT, name: 'A', sequence: 1 });
      state.view.put({ ...FACTS, id: 6, parentId: ROOT, name: 'a', sequence: 1 });
      graftChildren(state, ROOT);
    });
    expect([state.baseline.get(-7)?.name, state.baseline.get(6)?.name]).toEqual(['A', aside]);
  },
);
