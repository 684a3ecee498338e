import { PARKED_PARENT } from '@lanmirror/engine/core';
import { createMemoryStore } from '@lanmirror/engine/store';
import type { SourceEntry } from '@lanmirror/protocol';
import { describe, expect, it } from 'vitest';
import { MirrorState } from './mirror-state.ts';
import { mirroredView } from './mirrored-view.ts';

const folder = (id: number, parentId: number, name: string): SourceEntry => ({
  id,
  parentId,
  name,
  kind: 'directory',
  sequence: id,
  version: id,
  sizeBytes: 0,
  mtimeUs: 0,
  mode: 0o755,
  linkTarget: '',
});

describe('mirror state', () => {
  it('no local entry has the id that marks what is parked: its children would count as parked', () => {
    const state = new MirrorState(createMemoryStore());
    const ids = [state.newLocalId(), state.newLocalId()];
    expect(ids.every((id) => id < PARKED_PARENT)).toBe(true);
    expect(new Set(ids).size).toBe(2);
  });

  it('a folder whose time is to be set is still known when its id changes', () => {
    const state = new MirrorState(createMemoryStore());
    state.touchedFolders.add(7);
    state.rekeyed(7, -8);
    state.rekeyed(9, -10);
    expect([...state.touchedFolders]).toEqual([-8]);
  });

  it('the planner sees nothing of a reserved name at the top of the mirrored folder, deeper it does', () => {
    const state = new MirrorState(createMemoryStore());
    state.transact(() => {
      state.setMeta({ rootId: 2 });
      state.view.put(folder(1, 0, ''));
      state.view.put(folder(2, 1, 'films'));
      state.view.put(folder(3, 2, '.LANmirror'));
      state.view.put(folder(4, 3, 'inside'));
      state.view.put(folder(5, 2, 'new'));
      state.view.put(folder(6, 5, '.lanmirror'));
    });
    const view = mirroredView(state);
    expect([1, 2, 3, 4, 5, 6].filter((id) => view.get(id) !== undefined)).toEqual([2, 5, 6]);
    expect(view.childId(2, '.LANmirror')).toBeUndefined();
    expect(view.childId(5, '.lanmirror')).toBe(6);
  });
});
