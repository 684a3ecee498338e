import { readPattern } from '@lanmirror/engine/host';
import { createMemoryStore } from '@lanmirror/engine/store';
import { loadHash } from '@lanmirror/engine/tree';
import type { SourceEntry } from '@lanmirror/protocol';
import { beforeAll, expect, test } from 'vitest';
import type { BaselineEntry } from '../state/baseline-entry.ts';
import { MirrorState } from '../state/mirror-state.ts';
import { countMatching, idsInPart, isKnownPath, matchingFiles, removalsBelow } from './part.ts';

beforeAll(loadHash);

type Listed = Readonly<Record<number, readonly [parentId: number, name: string]>>;

/** Names with a dot are files. */
function entry(id: number, [parentId, name]: readonly [number, string]): SourceEntry {
  return {
    ...{ id, parentId, name, kind: name.includes('.') ? 'file' : 'directory', linkTarget: '' },
    ...{ sequence: id, version: id, sizeBytes: 0, mtimeUs: 0, mode: 0o644 },
  };
}

function stateOf(source: Listed, target: Listed): MirrorState {
  const state = new MirrorState(createMemoryStore());
  const disk: BaselineEntry['disk'] = { ino: 0n, mtimeNs: 0n, ctimeNs: 0n, sizeBytes: 0 };
  state.transact(() => {
    for (const [id, place] of Object.entries({ 1: [0, ''] as const, ...source }))
      state.view.put(entry(Number(id), place));
    for (const [id, place] of Object.entries({ 1: [0, ''] as const, ...target }))
      state.baseline.put({ ...entry(Number(id), place), hash: null, disk, bornMs: 0, checkpoint: 0 });
  });
  return state;
}

async function partOf(text: string, source: Listed, target: Listed, dirty: readonly number[]) {
  const state = stateOf(source, target);
  const pattern = (await readPattern(text))((path) => isKnownPath(state, path));
  return [...idsInPart(state, pattern, dirty)].sort((a, b) => a - b);
}

const FILMS = {
  2: [1, 'films'],
  3: [2, 'a.mkv'],
  4: [2, 'b.txt'],
  5: [1, 'music'],
  6: [5, 'c.mkv'],
} as const;

interface Case {
  readonly rule: string;
  readonly pattern: string;
  readonly source: Listed;
  readonly target: Listed;
  readonly dirty: readonly number[];
  readonly wanted: readonly number[];
}

const CASES: readonly Case[] = [
  {
    rule: 'of what is new only what matches, with the folders above it',
    ...{ pattern: 'films/*.mkv', source: FILMS, target: {}, dirty: [2, 3, 4, 5, 6], wanted: [2, 3] },
  },
  {
    rule: 'a folder above that is there is no matter',
    ...{ pattern: 'films/*.mkv', source: FILMS, target: { 2: [1, 'films'] }, dirty: [2, 3, 4], wanted: [3] },
  },
  {
    rule: 'what is dirty elsewhere is left alone',
    ...{ pattern: 'films', source: FILMS, target: FILMS, dirty: [5, 6], wanted: [] },
  },
  {
    rule: 'what matches in a folder that is gone, though only the folder was told of',
    ...{ pattern: '**/*.mkv', source: {}, target: FILMS, dirty: [2], wanted: [3] },
  },
  {
    rule: 'what matches in a folder that was renamed, and the folder',
    ...{
      pattern: 'new/*.mkv',
      source: { ...FILMS, 2: [1, 'new'] },
      target: FILMS,
      dirty: [2],
      wanted: [2, 3],
    },
  },
  {
    rule: 'a rename into the part',
    ...{ pattern: 'films', source: { ...FILMS, 6: [2, 'c.mkv'] }, target: FILMS, dirty: [6], wanted: [6] },
  },
  {
    rule: 'a rename out of the part',
    ...{ pattern: 'films', source: { ...FILMS, 3: [5, 'a.mkv'] }, target: FILMS, dirty: [3], wanted: [3] },
  },
  {
    rule: 'with a rename, who stands in its place',
    pattern: 'films',
    source: { ...FILMS, 3: [5, 'c.mkv'], 6: [1, 'd.mkv'] },
    ...{ target: FILMS, dirty: [3, 6], wanted: [3, 6] },
  },
  {
    rule: 'with a folder that stands in the way and goes, what has left it',
    pattern: 'way/*.mkv',
    source: { 7: [1, 'way'], 8: [7, 'x.mkv'], 6: [1, 'c.txt'] },
    target: { 5: [1, 'way'], 6: [5, 'c.txt'] },
    ...{ dirty: [5, 6, 7, 8], wanted: [5, 6, 7, 8] },
  },
];

test.each(CASES)('$rule', async ({ pattern, source, target, dirty, wanted }) => {
  expect(await partOf(pattern, source, target, dirty)).toEqual(wanted);
});

test('only what matches is counted, and only files of it are sent again', async () => {
  const state = stateOf(FILMS, {});
  const pattern = (await readPattern('{films,music}/**'))(() => false);
  expect(countMatching(state, pattern)).toBe(5);
  expect(matchingFiles(state, pattern).sort()).toEqual([3, 4, 6]);
  expect([isKnownPath(state, 'films/a.mkv'), isKnownPath(state, 'films/c.mkv')]).toEqual([true, false]);
});

test('a removal is allowed with the folder that it is in, and not with what is in it', () => {
  const state = stateOf({}, FILMS);
  expect(removalsBelow(state, [3, 6, 2], [2])).toEqual([3, 2]);
  expect(removalsBelow(state, [2], [3, 4])).toEqual([]);
});
