import { assumedTraits, PLAIN_TRAITS } from '@lanmirror/engine/core';
import { createMemoryStore } from '@lanmirror/engine/store';
import { loadHash } from '@lanmirror/engine/tree';
import type { SourceEntry } from '@lanmirror/protocol';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { atPlace } from './baseline-entry.ts';
import { MirrorState } from './mirror-state.ts';
import { mirroredView } from './mirrored-view.ts';
import {
  placedChildId,
  placedPath,
  renamedPaths,
  sourceNameAt,
  sourceNamesAt,
  useTraits,
  wanted,
} from './placement.ts';

beforeAll(async () => {
  await loadHash();
});

const ROOT = 1;
const SIDE = /^README~case-[0-9a-f]{16}\.txt$/;

let state: MirrorState;
beforeEach(() => {
  state = new MirrorState(createMemoryStore());
  useTraits(state, assumedTraits('win32'));
  put(ROOT, 0, '', 'directory');
});

function put(id: number, parentId: number, name: string, kind: SourceEntry['kind'] = 'file'): void {
  const entry: SourceEntry = {
    ...{ id, parentId, name, kind, linkTarget: '' },
    ...{ sequence: id, version: id, sizeBytes: 0, mtimeUs: 0, mode: 0o644 },
  };
  state.transact(() => state.view.put(entry));
}

/** The target has what it is to have. */
function settle(): void {
  const disk = { ino: 0n, mtimeNs: 0n, ctimeNs: 0n, sizeBytes: 0 };
  const rest = { hash: new Uint8Array(32), disk, bornMs: 0, checkpoint: 0 };
  state.transact(() => {
    for (const { id } of [...state.view.all()]) {
      const { sourceName: _name, ...entry } = wanted(state, id) ?? fail(id);
      const sourceName = sourceNameAt(state, id, entry.name);
      state.baseline.put(atPlace({ ...entry, ...rest }, { ...entry, sourceName }));
      state.markClean(id);
    }
  });
  state.takeRegrouped();
}

function fail(id: number): never {
  throw new Error(`no entry ${id}`);
}

const nameOf = (id: number): string | undefined => wanted(state, id)?.name;

describe('of siblings that are one name to the target', () => {
  beforeEach(() => {
    put(5, ROOT, 'Readme.txt');
    put(7, ROOT, 'README.txt');
  });

  test('the first keeps its name and the other stands aside, in whatever order they were told', () => {
    expect([nameOf(5), nameOf(7)]).toEqual(['Readme.txt', expect.stringMatching(SIDE)]);
    put(3, ROOT, 'readme.TXT');
    expect(nameOf(3)).toBe('readme.TXT');
    expect(nameOf(5)).toMatch(/^Readme~case-/);
    expect(state.takeRegrouped()).toEqual([5]);
  });

  test('one that stood aside and is not known here is known by that name, also when it is the first by now', () => {
    const aside = nameOf(7) ?? '';
    put(3, ROOT, 'README.txt');
    state.transact(() => state.view.remove(7));
    expect([nameOf(3), sourceNamesAt(state, ROOT, aside)]).toEqual(['README.txt', ['README.txt']]);
    settle();
    expect(sourceNamesAt(state, ROOT, aside)).toBeUndefined();
  });

  test('the other gets its own name when the first goes or is renamed, and nobody else is planned for that', () => {
    settle();
    put(9, ROOT, 'README.TXT');
    expect(state.takeRegrouped()).toEqual([]);
    state.transact(() => state.view.remove(5));
    expect(nameOf(7)).toBe('README.txt');
    expect(state.takeRegrouped()).toEqual([7]);
    expect(state.isDirty(7)).toBe(true);
    put(7, ROOT, 'other');
    expect(nameOf(9)).toBe('README.TXT');
    expect(state.takeRegrouped()).toEqual([9]);
  });

  test('each is found again by its name on the target', () => {
    for (const id of [5, 7]) expect(placedChildId(state, ROOT, nameOf(id) ?? '')).toBe(id);
    expect(placedChildId(state, ROOT, 'rEADME.txt')).toBe(5);
    expect(placedChildId(state, ROOT, 'nobody')).toBeUndefined();
  });

  test('both are listed with both paths, and the fingerprint is that of the names at the source', () => {
    settle();
    expect(renamedPaths(state)).toEqual([{ path: 'README.txt', placedPath: nameOf(7) }]);
    const folded = state.fingerprint;
    useTraits(state, PLAIN_TRAITS);
    expect(state.dirtyIds()).toEqual([7]);
    settle();
    expect(renamedPaths(state)).toEqual([]);
    expect(state.fingerprint).toEqual(folded);
  });
});

test('a path is placed folder by folder', () => {
  put(2, ROOT, 'a:b', 'directory');
  put(3, 2, 'con');
  expect(placedPath(state, 3)).toBe('a\uf03ab/\uf063on');
});

test('another spelling of our own folder never becomes our own folder', () => {
  useTraits(state, assumedTraits('darwin'));
  put(2, ROOT, '.lan\u00admirror', 'directory');
  put(3, 2, '.lan\u00admirror', 'directory');
  expect(nameOf(2)).toMatch(/~case-/);
  expect(nameOf(3)).toBe('.lan\u00admirror');
});

test('links are left out where the target has none, and come back where it has', () => {
  put(2, ROOT, 'link', 'link');
  expect(mirroredView(state).get(2)).toBeUndefined();
  useTraits(state, PLAIN_TRAITS);
  expect(state.isDirty(2)).toBe(true);
  expect(mirroredView(state).get(2)?.name).toBe('link');
});

test('on a plain target the planner sees the view itself', () => {
  useTraits(state, PLAIN_TRAITS);
  expect(mirroredView(state)).toBe(state.view);
});
