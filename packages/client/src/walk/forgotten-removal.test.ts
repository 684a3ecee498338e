import { createMemoryStore } from '@lanmirror/engine/store';
import { loadHash } from '@lanmirror/engine/tree';
import { type EntryKind, type ListedFolder, ROOT_ID, type SourceEntry } from '@lanmirror/protocol';
import { beforeAll, expect, test } from 'vitest';
import { MirrorState } from '../state/mirror-state.ts';
import { ForgottenRemovals } from './forgotten-removal.ts';

beforeAll(() => loadHash());

const OTHER = new Uint8Array(32).fill(1);
const [A, B, FOLDER, GONE, KEPT] = [2, 3, 4, 5, 6];

const entry = (id: number, parentId: number, kind: EntryKind): SourceEntry => ({
  ...{ id, parentId, name: id === ROOT_ID ? '' : `n${id}`, kind, sequence: id, version: id },
  ...{ sizeBytes: 0, mtimeUs: 0, mode: 0o644, linkTarget: '' },
});

/** A mirror that has everything up to now: `/A`, `/B/FOLDER/GONE` and `/B/KEPT`. */
function inSync(): MirrorState {
  const state = new MirrorState(createMemoryStore());
  const disk = { ino: 0n, mtimeNs: 0n, ctimeNs: 0n, sizeBytes: 0 };
  const entries = [
    entry(ROOT_ID, 0, 'directory'),
    entry(A, ROOT_ID, 'directory'),
    entry(B, ROOT_ID, 'directory'),
    entry(FOLDER, B, 'directory'),
    entry(GONE, FOLDER, 'file'),
    entry(KEPT, B, 'file'),
  ];
  state.transact(() => {
    for (const one of entries) {
      state.view.put(one);
      state.baseline.put({ ...one, hash: null, disk, bornMs: 0, checkpoint: 1 });
    }
  });
  return state;
}

/** Every folder in it has changed somewhere below. */
const listed = (id: number, ...entries: SourceEntry[]): ListedFolder => ({
  ...{ id, isThere: true, isWhole: true },
  children: entries.map((one) => ({
    entry: one,
    digest: one.kind === 'directory' ? OTHER : null,
    unknown: 0,
  })),
});

test('a folder that comes out of one not yet asked for into one that was is asked for all the same', () => {
  const state = inSync();
  const search = new ForgottenRemovals(state);
  const { walk } = search;
  const answer = (folder: ListedFolder): void => {
    expect(walk.question(1).folders).toEqual([folder.id]);
    walk.take({ sequence: 20, folders: [folder] });
  };
  search.begin();
  answer(listed(ROOT_ID, entry(A, ROOT_ID, 'directory'), entry(B, ROOT_ID, 'directory')));
  const moved = { ...entry(FOLDER, A, 'directory'), sequence: 20 };
  state.transact(() => {
    state.view.put(moved);
    search.took(moved);
  });
  answer(listed(B, entry(KEPT, B, 'file')));
  answer(listed(FOLDER));
  expect(search.isOverAt(19)).toBe(false);
  expect(search.isOverAt(20)).toBe(true);
  expect(search.gone()).toEqual([GONE]);
});

test('nothing is asked for below a folder whose sums are those of the baseline', () => {
  const state = inSync();
  const search = new ForgottenRemovals(state);
  search.begin();
  expect(search.walk.question(9).folders).toEqual([ROOT_ID]);
  const sums = state.sumsOf(B);
  const digest = Uint8Array.from(Buffer.from(sums.sum.toString(16).padStart(64, '0'), 'hex'));
  const children = [{ entry: entry(B, ROOT_ID, 'directory'), digest, unknown: 0 }];
  search.walk.take({ sequence: 9, folders: [{ id: ROOT_ID, isThere: true, isWhole: true, children }] });
  expect(search.isOverAt(9)).toBe(true);
  expect(search.gone()).toEqual([A]);
});

/** A link that is left out by the rule for links: in the view, but neither on the target nor dirty. */
const LINK: SourceEntry = { ...entry(7, ROOT_ID, 'link'), linkTarget: 'to' };
/** What took the name of it. */
const TAKER: SourceEntry = { ...entry(8, ROOT_ID, 'file'), name: LINK.name };

function withLink(): MirrorState {
  const state = inSync();
  state.transact(() => state.view.put(LINK));
  return state;
}

function tell(state: MirrorState, search: ForgottenRemovals, told: SourceEntry): void {
  state.transact(() => {
    search.takes(told);
    state.view.put(told);
    search.took(told);
  });
}

const listTop = (search: ForgottenRemovals): void => {
  search.begin();
  const children = [entry(A, ROOT_ID, 'directory'), entry(B, ROOT_ID, 'directory'), TAKER];
  search.walk.take({ sequence: 20, folders: walked(search, listed(ROOT_ID, ...children)) });
};
const walked = (search: ForgottenRemovals, folder: ListedFolder): ListedFolder[] => {
  expect(search.walk.question(1).folders).toEqual([folder.id]);
  return [folder];
};

test('who stood at a place that another entry has now has gone, also when it was never on the target', () => {
  const state = withLink();
  const search = new ForgottenRemovals(state);
  tell(state, search, TAKER);
  listTop(search);
  expect(search.gone()).toEqual([LINK.id]);
});

test('it has gone, too, when the session that told so broke off', () => {
  const state = withLink();
  tell(state, new ForgottenRemovals(state), TAKER);
  const search = new ForgottenRemovals(state);
  tell(state, search, TAKER);
  listTop(search);
  expect(search.gone()).toEqual([LINK.id]);
});

test('who was told to be elsewhere has not gone', () => {
  const state = withLink();
  const search = new ForgottenRemovals(state);
  tell(state, search, TAKER);
  tell(state, search, { ...LINK, name: 'elsewhere' });
  listTop(search);
  expect(search.gone()).toEqual([]);
});
