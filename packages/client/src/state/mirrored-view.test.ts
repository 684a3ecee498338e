import type { LinkRule } from '@lanmirror/engine/core';
import { createMemoryStore } from '@lanmirror/engine/store';
import { loadHash } from '@lanmirror/engine/tree';
import type { SourceEntry } from '@lanmirror/protocol';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ExcludedLinks } from '../plan/excluded-link.ts';
import { MirrorState } from './mirror-state.ts';
import { linksBelowMoved, mirroredView, useLinkRule } from './mirrored-view.ts';

beforeAll(async () => {
  await loadHash();
});

const ROOT = 1;
const FOLDER = 2;
const INNER = 3;
const UP_ONE = 4;
const UP_TWO = 5;
const ABSOLUTE = 6;
const FILE = 7;

let state: MirrorState;
beforeEach(() => {
  state = new MirrorState(createMemoryStore());
  put(ROOT, 0, '', 'directory');
  put(FOLDER, ROOT, 'folder', 'directory');
  put(INNER, FOLDER, 'inner', 'directory');
  put(UP_ONE, INNER, 'one', 'link', '../x');
  put(UP_TWO, INNER, 'two', 'link', '../../x');
  put(ABSOLUTE, ROOT, 'absolute', 'link', '/etc/passwd');
  put(FILE, ROOT, 'file', 'file');
});

function put(id: number, parentId: number, name: string, kind: SourceEntry['kind'], linkTarget = ''): void {
  const entry: SourceEntry = {
    ...{ id, parentId, name, kind, linkTarget },
    ...{ sequence: id, version: id, sizeBytes: 0, mtimeUs: 0, mode: 0o644 },
  };
  state.transact(() => state.view.put(entry));
}

/** The target has what the view has now. */
function settle(): void {
  const disk = { ino: 0n, mtimeNs: 0n, ctimeNs: 0n, sizeBytes: 0 };
  state.transact(() => {
    for (const entry of [...state.view.all()])
      state.baseline.put({ ...entry, hash: null, disk, bornMs: 0, checkpoint: 0 });
  });
}

const seen = (): number[] => {
  const view = mirroredView(state);
  return [...state.view.all()].map(({ id }) => id).filter((id) => view.get(id) !== undefined);
};

describe('what the planner sees', () => {
  test.each<[LinkRule, number[]]>([
    ['keep', [ROOT, FOLDER, INNER, UP_ONE, UP_TWO, ABSOLUTE, FILE]],
    ['safe', [ROOT, FOLDER, INNER, UP_ONE, UP_TWO, FILE]],
    ['skip', [ROOT, FOLDER, INNER, FILE]],
  ])('with %s', (rule, ids) => {
    useLinkRule(state, rule);
    expect(seen()).toEqual(ids);
  });

  test('of a folder of the share: how far a link may climb counts from the mirrored folder', () => {
    state.setMeta({ rootId: FOLDER });
    useLinkRule(state, 'safe');
    expect(seen()).toEqual([FOLDER, INNER, UP_ONE]);
  });
});

test('a rule that changes makes every link due, and one that stays none', () => {
  useLinkRule(state, 'safe');
  expect(state.dirtyIds()).toEqual([UP_ONE, UP_TWO, ABSOLUTE]);
  state.transact(() => {
    for (const id of state.dirtyIds()) state.markClean(id);
  });
  useLinkRule(state, 'safe');
  expect(state.dirtyIds()).toEqual([]);
});

test('links below a folder that comes to lie higher or deeper are due, and not below one that is only renamed', () => {
  settle();
  put(INNER, FOLDER, 'other', 'directory');
  expect(linksBelowMoved(state, [INNER])).toEqual([]);
  useLinkRule(state, 'safe');
  expect(linksBelowMoved(state, [INNER])).toEqual([]);
  put(INNER, ROOT, 'other', 'directory');
  expect(linksBelowMoved(state, [INNER]).sort()).toEqual([UP_ONE, UP_TWO]);
  expect(seen()).not.toContain(UP_TWO);
});

describe('links that are left out', () => {
  test('are named once each while they lead outside', () => {
    useLinkRule(state, 'safe');
    const excluded = new ExcludedLinks(state);
    expect(excluded.look([]).map(({ path }) => path)).toEqual(['absolute']);
    expect(excluded.look([ABSOLUTE])).toEqual([]);
    put(INNER, ROOT, 'inner', 'directory');
    expect(excluded.look([INNER, UP_ONE, UP_TWO]).map(({ path }) => path)).toEqual(['inner/two']);
    expect(excluded.problems.map(({ path }) => path)).toEqual(['absolute', 'inner/two']);
    put(ABSOLUTE, ROOT, 'absolute', 'link', 'file');
    expect(excluded.look([ABSOLUTE])).toEqual([]);
    state.transact(() => state.view.removeTree(INNER));
    expect(excluded.problems).toEqual([]);
  });

  test('are counted when none are wanted', () => {
    useLinkRule(state, 'skip');
    const excluded = new ExcludedLinks(state);
    expect(excluded.look([])).toEqual([]);
    expect(excluded.skipped).toBe(3);
    state.transact(() => state.view.removeTree(FOLDER));
    expect(excluded.skipped).toBe(1);
  });
});
