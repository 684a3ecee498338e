import { assumedTraits, type Plan, reconcile } from '@lanmirror/engine/core';
import { createMemoryStore } from '@lanmirror/engine/store';
import { loadHash } from '@lanmirror/engine/tree';
import type { SourceEntry } from '@lanmirror/protocol';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { atPlace } from '../state/baseline-entry.ts';
import { MirrorState } from '../state/mirror-state.ts';
import { mirroredView } from '../state/mirrored-view.ts';
import { sourceNameAt, targetView, useTraits, wanted } from '../state/placement.ts';
import { ComparedState } from '../walk/compared-state.ts';
import { standAside } from './standing-aside.ts';

beforeAll(async () => {
  await loadHash();
});

const ROOT = 1;
const [FIRST, ASIDE, OTHER] = [5, 7, 9];

let state: MirrorState;
beforeEach(() => {
  state = new MirrorState(createMemoryStore());
  useTraits(state, assumedTraits('darwin'));
  put(ROOT, 0, '');
  put(FIRST, ROOT, 'Photos');
  put(ASIDE, ROOT, 'photos');
  put(OTHER, ROOT, 'other');
  settle();
});

function put(id: number, parentId: number, name: string): void {
  const entry: SourceEntry = {
    ...{ id, parentId, name, kind: 'directory', linkTarget: '' },
    ...{ sequence: id, version: id, sizeBytes: 0, mtimeUs: 0, mode: 0o755 },
  };
  state.transact(() => state.view.put(entry));
}

/** The target has what it is to have. */
function settle(): void {
  const disk = { ino: 0n, mtimeNs: 0n, ctimeNs: 0n, sizeBytes: 0 };
  const rest = { hash: null, disk, bornMs: 0, checkpoint: 0 };
  state.transact(() => {
    for (const { id } of [...state.view.all()]) {
      const placed = wanted(state, id);
      if (placed === undefined) throw new Error(`no entry ${id}`);
      const { sourceName: _name, ...entry } = placed;
      const sourceName = sourceNameAt(state, id, entry.name);
      state.baseline.put(atPlace({ ...entry, ...rest }, { ...entry, sourceName }));
    }
  });
}

const plan = (): Plan => reconcile([FIRST, ASIDE, OTHER], targetView(state), mirroredView(state), ROOT);

test('while the removal of the one that has a name waits, the one that stands aside leaves it alone', () => {
  state.transact(() => state.view.removeTree(FIRST, () => undefined));
  const whole = plan();
  expect([whole.parks, whole.removals, whole.places]).toEqual([[ASIDE], [FIRST], [ASIDE]]);
  const held = standAside(state, whole, new Set([FIRST]));
  expect([...held.aside]).toEqual([ASIDE]);
  expect(held.plan).toMatchObject({ moves: [], parks: [], places: [], removals: [FIRST] });
});

test('when it may go, or another one waits, the name is taken', () => {
  state.transact(() => state.view.removeTree(FIRST, () => undefined));
  for (const waiting of [[], [OTHER]])
    expect(standAside(state, plan(), new Set(waiting))).toEqual({ plan: plan(), aside: new Set() });
});

test('what was renamed at the source to the name of something that waits is not standing aside', () => {
  state.transact(() => state.view.removeTree(FIRST, () => undefined));
  state.transact(() => state.view.removeTree(ASIDE, () => undefined));
  put(OTHER, ROOT, 'PHOTOS');
  expect([...standAside(state, plan(), new Set([FIRST, ASIDE])).aside]).toEqual([]);
});

test('a name that the target holds in another way is the same when it is compared with the server', () => {
  const compared = new ComparedState(state);
  for (const id of [FIRST, ASIDE, OTHER]) {
    const entry = state.view.get(id);
    if (entry === undefined) throw new Error(`no entry ${id}`);
    expect(compared.isSame({ entry, digest: null, unknown: 0 })).toBe(true);
  }
});
