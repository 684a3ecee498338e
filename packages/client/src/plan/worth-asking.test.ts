import { createMemoryStore } from '@lanmirror/engine/store';
import { loadHash } from '@lanmirror/engine/tree';
import { SMALL_FILE_BYTES, type SourceEntry } from '@lanmirror/protocol';
import { beforeAll, expect, test } from 'vitest';
import { MirrorState } from '../state/mirror-state.ts';
import { worthAsking } from './worth-asking.ts';

beforeAll(() => loadHash());

const ROOT = { id: 1, parentId: 0, name: '', kind: 'directory' } as const;
const facts = { sequence: 5, version: 5, sizeBytes: 10, mtimeUs: 0, mode: 0o644, linkTarget: '' };
const file = (id: number, rest: Partial<SourceEntry> = {}): SourceEntry => ({
  ...{ id, parentId: 1, name: `n${id}`, kind: 'file' },
  ...{ ...facts, ...rest },
});

/** A mirror that has a root, and these in its view, on its target, or left out for their size. */
function stateOf(view: SourceEntry[], baseline: SourceEntry[] = [], excluded: SourceEntry[] = []) {
  const state = new MirrorState(createMemoryStore());
  const disk = { ino: 0n, mtimeNs: 0n, ctimeNs: 0n, sizeBytes: 0 };
  state.transact(() => {
    for (const one of [{ ...facts, ...ROOT }, ...view]) state.view.put(one);
    for (const one of [{ ...facts, ...ROOT }, ...baseline])
      state.baseline.put({ ...one, hash: null, disk, bornMs: 0, checkpoint: 1 });
    for (const one of excluded) state.excluded.put(one);
  });
  return state;
}

const idsOf = (state: MirrorState, head: boolean, ...entries: SourceEntry[]): number[] =>
  worthAsking(state, { head, entries }).map(({ id }) => id);

test('small files that are new here are worth asking for, and nothing else that is told with them', () => {
  const told = [
    file(2),
    file(3, { kind: 'directory' }),
    file(4, { kind: 'link', linkTarget: 'x' }),
    file(5, { sizeBytes: SMALL_FILE_BYTES }),
  ];
  expect(idsOf(stateOf([]), true, ...told)).toEqual([2, 5]);
});

test.each([
  ['is large', file(2, { sizeBytes: SMALL_FILE_BYTES + 1 }), stateOf([])],
  ['is left out for its size', file(2, { isExcluded: true }), stateOf([])],
  ['was left out for its size', file(2), stateOf([], [], [file(2, { isExcluded: true })])],
  ['was told before: it was renamed, or its older content is offered', file(2), stateOf([file(2)])],
  ['stands here, though nobody told of it', file(2), stateOf([], [file(2)])],
  ['has the place of another one, which is offered', file(2, { name: 'n3' }), stateOf([], [file(3)])],
])('a file that %s is not', (_what, entry, state) => {
  expect(idsOf(state, true, entry)).toEqual([]);
});

test('before the set is complete, or when much is told at once, nothing is', () => {
  expect(idsOf(stateOf([]), false, file(2))).toEqual([]);
  expect(idsOf(stateOf([]), true, ...[2, 3, 4, 5, 6].map((id) => file(id)))).toEqual([]);
});
