import { createHash } from 'node:crypto';
import {
  addDigests,
  type Digests,
  digestsOf,
  type Fingerprint,
  fingerprintOf,
  NO_DIGESTS,
  PARKED_PARENT,
} from '@lanmirror/engine/core';
import { createMemoryStore, msgpackCodec } from '@lanmirror/engine/store';
import { hashText, loadHash } from '@lanmirror/engine/tree';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { BaselineEntry } from './baseline-entry.ts';
import { MirrorState } from './mirror-state.ts';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);

beforeAll(async () => {
  await loadHash();
});

/** The code of the target, from all entries of the baseline. */
function fromNothing({ baseline, meta }: MirrorState): Fingerprint | undefined {
  const sum = (id: number): Digests => {
    let total = NO_DIGESTS;
    for (const child of baseline.children(id))
      total = addDigests(total, digestsOf(child, sum(child.id), hashText));
    return total;
  };
  const root = baseline.get(meta.rootId);
  return root && fingerprintOf(root, sum(root.id), hashText);
}

const entry = (id: number, parentId: number, kind: BaselineEntry['kind'], value: number): BaselineEntry => ({
  ...{ id, parentId, name: id === 1 ? '' : `n${id}`, kind, version: 1, bornMs: 0, checkpoint: 1 },
  ...{ sizeBytes: kind === 'file' ? value : 0, mtimeUs: value, mode: 0o600 + value },
  linkTarget: kind === 'link' ? `to${value}` : '',
  hash: kind === 'file' && value > 1 ? createHash('sha256').update(String(value)).digest() : null,
  disk: { ino: BigInt(id), mtimeNs: 0n, ctimeNs: 0n, sizeBytes: 0 },
});

const step = fc.record({
  what: fc.constantFrom('put', 'put', 'put', 'change', 'move', 'park', 'remove', 'rekey', 'otherRoot'),
  kind: fc.constantFrom('directory' as const, 'file' as const, 'link' as const),
  pick: fc.nat(1000),
  folder: fc.nat(1000),
  value: fc.nat(4),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function play(state: MirrorState, { what, kind, pick, folder, value }: Step, newId: () => number): void {
  const { baseline, meta } = state;
  const all = [...baseline.all()];
  const folders = all.filter((one) => one.kind === 'directory');
  const at = folders[folder % folders.length]?.id ?? meta.rootId;
  if (what === 'put') return baseline.put(entry(newId(), at, kind, value));
  const one = all[pick % all.length];
  if (one === undefined) return;
  const { id, parentId } = one;
  if (what === 'change')
    return baseline.put({ ...entry(id, parentId, one.kind, value), name: one.name, parentId });
  if (id === meta.rootId) return;
  if (what === 'remove') {
    baseline.removeTree(id);
  } else if (what === 'park') baseline.put({ ...one, parentId: PARKED_PARENT });
  else if (what === 'move' && !isBelow(state, at, id)) baseline.put({ ...one, parentId: at });
  else if (what === 'rekey') rekey(state, one, newId());
  else if (what === 'otherRoot' && one.kind === 'directory') {
    rekey(state, one, newId());
    const root = baseline.get(meta.rootId);
    if (root !== undefined) rekey(state, root, id);
    state.setMeta({ rootId: id });
  }
}

function rekey({ baseline }: MirrorState, one: BaselineEntry, id: number): void {
  const children = [...baseline.children(one.id)];
  baseline.remove(one.id);
  baseline.put({ ...one, id });
  for (const child of children) baseline.put({ ...child, parentId: id });
}

function isBelow({ baseline }: MirrorState, id: number, ancestorId: number): boolean {
  for (let at = baseline.get(id); at !== undefined; at = baseline.get(at.parentId))
    if (at.id === ancestorId) return true;
  return false;
}

const transaction = fc.record({ steps: fc.array(step, { maxLength: 6 }), isFailing: fc.boolean() });
const history = fc.array(transaction, { maxLength: 12 });

function playAll(state: MirrorState, played: readonly { steps: Step[]; isFailing: boolean }[]): void {
  let lastId = 1;
  state.transact(() => state.baseline.put(entry(1, 0, 'directory', 1)));
  for (const { steps, isFailing } of played) {
    const work = (): void => {
      for (const one of steps) play(state, one, () => ++lastId);
      if (isFailing) throw new Error('no room');
    };
    if (isFailing) expect(() => state.transact(work)).toThrow('no room');
    else state.transact(work);
  }
}

describe(`the fingerprint of a target (SEED=${SEED})`, () => {
  test('is the one made from nothing, after any changes and failed transactions', () => {
    fc.assert(
      fc.property(history, (played) => {
        const state = new MirrorState(createMemoryStore());
        playAll(state, played);
        expect(state.fingerprint).toEqual(fromNothing(state));
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  test('is kept by a restart, and made anew where an older state has none', () => {
    fc.assert(
      fc.property(history, fc.boolean(), (played, isOlder) => {
        const store = createMemoryStore();
        const state = new MirrorState(store);
        playAll(state, played);
        if (isOlder) forgetSums(store);
        expect(new MirrorState(store).fingerprint).toEqual(fromNothing(state));
      }),
      { seed: SEED },
    );
  });

  test('does not exist before there is a target', () => {
    expect(new MirrorState(createMemoryStore()).fingerprint).toBeUndefined();
  });
});

function forgetSums(store: ReturnType<typeof createMemoryStore>): void {
  const meta = store.table<string, { sums?: number }>('meta', msgpackCodec());
  const sums = store.table<number, unknown>('sums', msgpackCodec());
  store.transact(() => {
    const { sums: _rule, ...older } = meta.get('mirror') ?? {};
    meta.put('mirror', older);
    sums.clear();
    sums.put(1, [['1', 1]]);
  });
}
