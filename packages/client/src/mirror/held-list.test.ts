import { PARKED_PARENT } from '@lanmirror/engine/core';
import { createMemoryStore } from '@lanmirror/engine/store';
import { loadHash } from '@lanmirror/engine/tree';
import { expect, test } from 'vitest';
import type { BaselineEntry } from '../state/baseline-entry.ts';
import { MirrorState } from '../state/mirror-state.ts';
import { heldList } from './held-list.ts';

const ROOT = 1;

function stateWith(
  entries: readonly (readonly [id: number, parentId: number, name: string, kind: BaselineEntry['kind']])[],
): MirrorState {
  const state = new MirrorState(createMemoryStore());
  state.setMeta({ rootId: ROOT });
  state.transact(() => {
    for (const [id, parentId, name, kind] of entries)
      state.baseline.put({
        ...{ id, parentId, name, kind, version: id, sizeBytes: 10, linkTarget: '', mode: 0o644, mtimeUs: 0 },
        ...{ hash: null, bornMs: 0, checkpoint: 0 },
        disk: { ino: 1n, mtimeNs: 0n, ctimeNs: 0n },
      } as unknown as BaselineEntry);
  });
  return state;
}

await loadHash();

const STATE = stateWith([
  [2, ROOT, 'a-icon', 'file'],
  [3, ROOT, 'b-icon', 'link'],
  [4, ROOT, 'small', 'directory'],
  [5, 4, 'f', 'file'],
  [6, ROOT, 'large', 'directory'],
  [7, 6, 'inner', 'directory'],
  [8, 7, 'f', 'file'],
  [9, 7, 'g', 'file'],
]);

test('of what is held the largest folders come first, and everything in them is counted', () => {
  expect(heldList(STATE, [2, 3, 4, 6], 3)).toEqual({
    tops: [
      { path: 'large', inside: 3, sizeBytes: 20 },
      { path: 'small', inside: 1, sizeBytes: 10 },
      { path: 'a-icon', inside: null, sizeBytes: 10 },
    ],
    ...{ topCount: 4, entries: 8, sizeBytes: 40, hasExtras: false },
  });
});

test('one file that never was at the source, wherever it lies in what is held, is known as that', () => {
  const extra = PARKED_PARENT - 1;
  const state = stateWith([
    [2, ROOT, 'd', 'directory'],
    [extra, 2, 'mine', 'file'],
  ]);
  expect(heldList(state, [2], 0)).toMatchObject({ tops: [], entries: 2, hasExtras: true });
});
