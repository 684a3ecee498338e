import { PARKED_PARENT } from '@lanmirror/engine/core';
import { createMemoryStore } from '@lanmirror/engine/store';
import { loadHash } from '@lanmirror/engine/tree';
import type { SourceEntry } from '@lanmirror/protocol';
import { beforeAll, describe, expect, it } from 'vitest';
import type { BaselineEntry } from './baseline-entry.ts';
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

beforeAll(() => loadHash());

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

  it('the counts are those of all that was put and removed, between other changes too, and of nothing that was undone', () => {
    const state = new MirrorState(createMemoryStore());
    const file = (id: number, sizeBytes: number): SourceEntry => ({
      ...folder(id, 1, `file-${id}`),
      ...{ kind: 'file', sizeBytes },
    });
    const counts = () => [state.meta.viewFiles, state.meta.viewBytes, state.meta.checkpoint];
    const before = state.meta;
    state.transact(() => {
      state.view.put(file(2, 10));
      state.setMeta({ checkpoint: 7 });
      state.view.put(file(3, 5));
      expect(counts()).toEqual([2, 15, 7]);
    });
    const undone = (): void => {
      state.view.remove(2);
      state.view.put(file(4, 100));
      expect(counts()).toEqual([2, 105, 7]);
      throw new Error('undone');
    };
    expect(() => state.transact(undone)).toThrow('undone');
    expect(counts()).toEqual([2, 15, 7]);
    state.transact(() => state.view.put(file(3, 6)));
    expect(counts()).toEqual([2, 16, 7]);
    // Who holds what was known before a transaction holds that.
    expect([before.viewFiles, before.viewBytes, before.checkpoint]).toEqual([0, 0, 1]);
  });

  it('a block list belongs to one content of an entry, and goes with it', () => {
    const state = new MirrorState(createMemoryStore());
    const hash = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);
    const file = (fill: number | null): BaselineEntry => ({
      ...{ id: 2, parentId: 1, name: 'f', kind: 'file', version: 1, sizeBytes: 1e9, linkTarget: '' },
      ...{ mode: 0o644, mtimeUs: 0, hash: fill === null ? null : hash(fill), bornMs: 0, checkpoint: 1 },
      disk: { ino: 1n, mtimeNs: 0n, ctimeNs: 0n, sizeBytes: 1e9 },
    });
    const put = (entry: BaselineEntry, name = entry.name): void =>
      state.transact(() => state.baseline.put({ ...entry, name }));
    const digests = new Uint8Array(16).fill(5);
    const known = (fill: number) => state.blocks.get(2, hash(fill));
    const list = (): void => state.transact(() => state.blocks.put(2, hash(1), digests));
    put(file(1));
    list();
    put(file(1), 'renamed');
    expect([known(1), known(2)]).toEqual([digests, undefined]);
    for (const leave of [() => put(file(2)), () => put(file(null)), () => state.baseline.remove(2)]) {
      put(file(1));
      list();
      state.transact(leave);
      expect(known(1)).toBeUndefined();
    }
  });
});

it('after a step that could not be saved none is, although there is room again: what follows builds on it', () => {
  const store = createMemoryStore();
  const state = new MirrorState(store);
  state.setMeta({ targetId: 'before' });
  store.isFull = true;
  expect(() => state.setMeta({ targetId: 'first part' })).toThrow(/no space left/);
  store.isFull = false;
  expect(() => state.setMeta({ targetId: 'second part' })).toThrow(/no space left/);
  expect(state.meta.targetId).toBe('before');
  const opened = new MirrorState(store);
  expect(opened.meta.targetId).toBe('before');
  opened.setMeta({ targetId: 'after' });
  expect(opened.meta.targetId).toBe('after');
});
