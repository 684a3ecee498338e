import { type Plan, reconcile } from '@lanmirror/engine/core';
import { createMemoryStore } from '@lanmirror/engine/store';
import { loadHash } from '@lanmirror/engine/tree';
import type { EntryKind, SourceEntry } from '@lanmirror/protocol';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { MirrorState } from '../state/mirror-state.ts';
import { mirroredView } from '../state/mirrored-view.ts';
import { targetView } from '../state/placement.ts';
import { besideHeld, besideStaying, type PlanBesideHeld } from './held-place.ts';

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 0x7fffffff));
console.info(`held-place.test SEED=${SEED}`);

const ROOT = 1;
const ROOT_NODE: Node = { id: ROOT, parentId: 0, name: '', kind: 'directory' };

interface Node {
  readonly id: number;
  readonly parentId: number;
  readonly name: string;
  readonly kind: EntryKind;
}

beforeAll(async () => {
  await loadHash();
});

const folder = (id: number, name: string, parentId = ROOT): Node => ({
  ...{ id, parentId, name, kind: 'directory' },
});
const file = (id: number, name: string, parentId = ROOT): Node => ({ id, parentId, name, kind: 'file' });

function entryOf(node: Node): SourceEntry {
  const rest = { linkTarget: '', sequence: node.id, version: node.id, sizeBytes: 0, mtimeUs: 0, mode: 0o755 };
  return { ...node, ...rest };
}

/** A mirror on which `here` stands while the source has `there`. */
function mirrorOf(here: readonly Node[], there: readonly Node[]): MirrorState {
  const state = new MirrorState(createMemoryStore());
  const disk = { ino: 0n, mtimeNs: 0n, ctimeNs: 0n, sizeBytes: 0 };
  state.transact(() => {
    for (const node of [ROOT_NODE, ...there]) state.view.put(entryOf(node));
    for (const node of [ROOT_NODE, ...here]) {
      const { sequence: _sequence, ...rest } = entryOf(node);
      state.baseline.put({ ...rest, hash: null, disk, bornMs: 0, checkpoint: 0 });
    }
  });
  return state;
}

function planOf(state: MirrorState): Plan {
  const ids = new Set([...state.view.all(), ...state.baseline.all()].map(({ id }) => id));
  return reconcile(ids, targetView(state), mirroredView(state), ROOT);
}

function beside(state: MirrorState, held: readonly number[]): PlanBesideHeld {
  const plan = planOf(state);
  const waiting = new Set(held);
  const allowed = plan.removals.filter((id) => !waiting.has(id));
  return besideHeld(state, plan, allowed, waiting);
}

const [A, B, C, P, X] = [10, 20, 30, 40, 50];

describe('while the removal of a folder waits', () => {
  const HERE = [folder(A, 'A'), file(11, 'x', A), folder(B, 'B'), file(C, 'C')];

  test('what was renamed to its name stays where it is', () => {
    const state = mirrorOf(HERE, [folder(B, 'A'), file(C, 'C')]);
    expect(planOf(state)).toMatchObject({ parks: [B], removals: [A], places: [B] });
    const { plan, removals, behind } = beside(state, [A]);
    expect([...behind]).toEqual([B]);
    expect(plan).toMatchObject({ moves: [], parks: [], places: [], removals: [A] });
    expect(removals).toEqual([]);
  });

  test('a file of its name does not come, and neither does a folder that takes the place of what stays', () => {
    const state = mirrorOf(HERE, [file(X, 'A'), folder(B, 'B'), file(C, 'C')]);
    expect(beside(state, [A]).plan.contents).toEqual([]);
    const chain = mirrorOf(HERE, [folder(B, 'A'), folder(X, 'B'), file(51, 'new', X), file(C, 'C')]);
    expect([...beside(chain, [A]).behind].sort()).toEqual([B, X, 51]);
  });

  test('what comes into a folder that waits comes where that stands, and everything else goes on', () => {
    const state = mirrorOf(HERE, [folder(B, 'A'), file(X, 'new', B), file(C, 'c')]);
    const { plan } = beside(state, [A]);
    expect(plan.contents).toEqual([X]);
    expect(plan.moves).toEqual([{ id: C }]);
  });

  test('a folder that may go stays as long as something in it waits', () => {
    const here = [folder(A, 'A'), folder(P, 'P'), folder(B, 'B', P)];
    const { removals, behind } = beside(mirrorOf(here, [folder(B, 'A')]), [A]);
    expect([removals, [...behind].sort()]).toEqual([[], [B, P]]);
  });

  test('nothing waits for a file: its path exists at the source again', () => {
    const here = [file(A, 'A'), file(B, 'B')];
    const state = mirrorOf(here, [file(B, 'A')]);
    expect(beside(state, [A]).plan.moves).toEqual([{ id: B, replaces: A }]);
  });
});

describe('while something stays where it stands, because its new folder has no place here', () => {
  const near = (state: MirrorState): PlanBesideHeld =>
    besideStaying(state, planOf(state), planOf(state).removals, new Set([A]));

  test.each(['file', 'directory'] as const)(
    'nothing takes its place, nor that of what waits for it: %s',
    (kind) => {
      const here = [A, B, C].map((id, at): Node => ({ id, parentId: ROOT, name: `${at}`, kind }));
      const there = [B, C].map((id, at): Node => ({ id, parentId: ROOT, name: `${at}`, kind }));
      const state = mirrorOf(
        [...here, folder(P, 'P')],
        [...there, { ...file(A, 'x', P), kind }, folder(P, 'P')],
      );
      const { plan, behind } = near(state);
      expect([...behind].sort()).toEqual([B, C]);
      expect([plan.parks, plan.places]).toEqual([[], []]);
      expect(plan.moves.filter(({ id }) => id !== A)).toEqual([]);
    },
  );

  test('the folder that it is in does not go, and what has another place gets it', () => {
    const state = mirrorOf([folder(P, 'P'), file(A, 'x', P), file(B, 'b')], [file(A, 'y'), file(B, 'c')]);
    const { plan, removals } = near(state);
    expect(removals).toEqual([]);
    expect(plan.moves).toContainEqual({ id: B });
  });
});

/** Random trees of the same ids: an entry stands in the root or in a folder of a lower number. */
const tree = fc
  .uniqueArray(
    fc.record({
      id: fc.integer({ min: 2, max: 12 }),
      parent: fc.nat(99),
      name: fc.constantFrom('a', 'b', 'c'),
      kind: fc.constantFrom<EntryKind>('directory', 'directory', 'file'),
    }),
    { selector: ({ id }) => id, maxLength: 9 },
  )
  .map((drawn) => {
    const nodes: Node[] = [];
    for (const { id, parent, name, kind } of drawn) {
      const folders = [ROOT, ...nodes.filter((node) => node.kind === 'directory').map((node) => node.id)];
      const parentId = folders[parent % folders.length] ?? ROOT;
      if (nodes.some((node) => node.parentId === parentId && node.name === name)) continue;
      nodes.push({ id, parentId, name, kind });
    }
    return nodes;
  });

/** Folders of the target in which an entry stands, and itself; up to one that leaves, with all that is in it. */
function* lineOf({ baseline }: MirrorState, id: number, leaving: ReadonlySet<number>): Generator<number> {
  for (let at = baseline.get(id); at !== undefined; at = baseline.get(at.parentId)) {
    if (leaving.has(at.id)) return;
    yield at.id;
  }
}

test('nobody takes the place of a folder that stays, and what the source still has goes with no removal', () => {
  const property = fc.property(tree, tree, fc.nat(), (here, there, mask) => {
    const state = mirrorOf(here, there);
    const whole = planOf(state);
    const held = whole.removals.filter((_id, at) => ((mask >> at) & 1) === 1);
    const { plan, removals, behind } = beside(state, held);
    if (held.length === 0) {
      expect({ plan, removals }).toEqual({ plan: whole, removals: whole.removals });
      return;
    }
    const leaving = new Set([...plan.moves.map(({ id }) => id), ...plan.parks]);
    const gone = new Set(removals);
    const staysPut = (id: number): boolean =>
      !leaving.has(id) && ![...lineOf(state, id, leaving)].some((folderId) => gone.has(folderId));
    for (const id of new Set([...leaving, ...plan.places, ...plan.contents])) {
      const after = state.view.get(id);
      const occupant = after && state.baseline.occupantId(after.parentId, after.name);
      const there = occupant === undefined ? undefined : state.baseline.get(occupant);
      if (after === undefined || there?.kind !== 'directory') continue;
      if (there.id === id && after.kind === 'directory') continue;
      expect({ id, isTaken: staysPut(there.id) }).toEqual({ id, isTaken: false });
    }
    for (const { id } of state.view.all()) {
      const { kind } = state.baseline.get(id) ?? {};
      const isKept = kind === state.view.get(id)?.kind && !leaving.has(id);
      if (isKept)
        expect([...lineOf(state, id, leaving)].filter((folderId) => gone.has(folderId))).toEqual([]);
    }
    for (const id of behind)
      expect([...leaving, ...plan.places, ...plan.contents, ...removals]).not.toContain(id);
  });
  fc.assert(property, { seed: SEED, numRuns: 1000 });
});
