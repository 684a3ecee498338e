import { createMemoryStore } from '@lanmirror/engine/store';
import { loadHash } from '@lanmirror/engine/tree';
import type { SourceEntry } from '@lanmirror/protocol';
import { beforeAll, expect, test } from 'vitest';
import { MirrorState } from '../state/mirror-state.ts';
import { Stage } from './stage.ts';

beforeAll(async () => {
  await loadHash();
});

const ROOT = 1;
beforeAll(loadHash);
const disk = { ino: 0n, mtimeNs: 0n, ctimeNs: 0n, sizeBytes: 0 };

function entryOf(id: number, parentId: number, name: string, kind: SourceEntry['kind']): SourceEntry {
  return {
    ...{ id, parentId, name, kind, sequence: id, version: id },
    ...{ sizeBytes: 0, mtimeUs: 0, mode: 0o755, linkTarget: '' },
  };
}

test('what the source tells again is not gone any more', () => {
  const state = new MirrorState(createMemoryStore());
  const facts = { hash: null, disk, bornMs: 0, checkpoint: 0 };
  state.transact(() => {
    for (const folder of [entryOf(ROOT, 0, '', 'directory'), entryOf(2, ROOT, 'd', 'directory')])
      state.baseline.put({ ...folder, ...facts, ...(folder.id === 2 && { isGone: true, goneAtMs: 5 }) });
  });
  const entries = [{ ...entryOf(2, ROOT, 'd', 'directory'), sequence: 10 }];
  new Stage(state).take({ type: 'changes', after: 9, upTo: 10, head: true, entries, removed: [] }, 0);
  expect(state.baseline.get(2)).not.toHaveProperty('isGone');
  expect(state.baseline.get(2)).not.toHaveProperty('goneAtMs');
});

test('what was left out for its size is looked for where its folder still stands, which the same set renames', () => {
  const state = new MirrorState(createMemoryStore());
  const large = entryOf(3, 2, 'large', 'file');
  state.transact(() => {
    for (const folder of [entryOf(ROOT, 0, '', 'directory'), entryOf(2, ROOT, 'old', 'directory')]) {
      state.view.put(folder);
      state.baseline.put({ ...folder, hash: null, disk, bornMs: 0, checkpoint: 0 });
    }
    state.excluded.put(large);
  });
  const entries = [
    { ...entryOf(2, ROOT, 'new', 'directory'), sequence: 10 },
    { ...large, sequence: 11 },
  ];
  const set = new Stage(state).take(
    { type: 'changes', after: 9, upTo: 11, head: true, entries, removed: [] },
    0,
  );
  expect(set?.revealed).toEqual(['old/large']);
});

test('a file that is too large now, and has another name, is gone from where it stands; with the name that it had it is left alone', () => {
  const outgrown = (name: string): [MirrorState, ReturnType<Stage['take']>] => {
    const state = new MirrorState(createMemoryStore());
    state.transact(() => {
      for (const entry of [entryOf(ROOT, 0, '', 'directory'), entryOf(2, ROOT, 'film', 'file')]) {
        state.view.put(entry);
        state.baseline.put({ ...entry, hash: null, disk, bornMs: 0, checkpoint: 0 });
      }
    });
    const entries = [{ ...entryOf(2, ROOT, name, 'file'), sequence: 10, isExcluded: true as const }];
    const set = new Stage(state).take(
      { type: 'changes', after: 9, upTo: 10, head: true, entries, removed: [] },
      0,
    );
    return [state, set];
  };
  const [moved, set] = outgrown('film.old');
  expect([moved.baseline.get(2)?.isGone, moved.isDirty(2), set?.left, set?.ids]).toEqual([
    true,
    true,
    [],
    [2],
  ]);
  const [stayed, left] = outgrown('film');
  expect([stayed.baseline.get(2), left?.left]).toEqual([undefined, ['film']]);
});
