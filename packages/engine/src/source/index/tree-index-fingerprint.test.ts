import { createHash } from 'node:crypto';
import { isReservedAtTop, ROOT_ID } from '@lanmirror/protocol';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  addDigests,
  type Digests,
  digestsOf,
  type Fingerprint,
  fingerprintOf,
  NO_DIGESTS,
} from '../../core/index.ts';
import { createMemoryStore, msgpackCodec } from '../../store/index.ts';
import { hashText, loadHash } from '../../tree/index.ts';
import type { IndexEntry, Observed } from './index-entry.ts';
import { TreeIndex } from './tree-index.ts';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);

beforeAll(async () => {
  await loadHash();
});

const seen = (kind: Observed['kind'], ino: number, value: number): Observed => ({
  kind,
  sizeBytes: kind === 'file' ? value : 0,
  mtimeNs: BigInt(value) * 1000n,
  ctimeNs: 0n,
  birthtimeNs: 0n,
  mtimeUs: value,
  mode: 0o600 + value,
  linkTarget: kind === 'link' ? `to${value}` : '',
  dev: 1n,
  ino: BigInt(ino),
  links: 1,
  isFresh: false,
});

const open = (store: ReturnType<typeof createMemoryStore>): TreeIndex =>
  TreeIndex.open(
    store,
    () => 'index',
    () => 1,
  );

/** The code of a folder, from all entries below it. */
function fromNothing(index: TreeIndex, folderId: number): Fingerprint | undefined {
  const sum = (id: number): Digests => {
    let total = NO_DIGESTS;
    for (const entry of index.children(id)) {
      if (id === folderId && isReservedAtTop(entry.name)) continue;
      total = addDigests(total, digestsOf(entry, sum(entry.id), hashText));
    }
    return total;
  };
  const folder = index.byId(folderId);
  return folder?.kind === 'directory' ? fingerprintOf(folder, sum(folderId), hashText) : undefined;
}

function everything(index: TreeIndex): IndexEntry[] {
  const found: IndexEntry[] = [];
  const walk = (id: number): void => {
    for (const entry of index.children(id)) {
      found.push(entry);
      walk(entry.id);
    }
  };
  walk(ROOT_ID);
  return found;
}

const step = fc.record({
  what: fc.constantFrom(
    ...(['create', 'create', 'create', 'update', 'move', 'remove', 'learn'] as const),
    ...(['detach', 'opaque', 'identify'] as const),
  ),
  kind: fc.constantFrom('directory' as const, 'file' as const, 'link' as const),
  name: fc.constantFrom('a', 'b', 'c', '.lanmirror', '.LanMirror'),
  pick: fc.nat(1000),
  folder: fc.nat(1000),
  value: fc.nat(3),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** One change, as a look or a session makes it. */
function play(index: TreeIndex, { what, kind, name, pick, folder, value }: Step, ino: number): void {
  const all = everything(index);
  const folders = [ROOT_ID, ...all.filter((one) => one.kind === 'directory').map(({ id }) => id)];
  const at = folders[folder % folders.length] ?? ROOT_ID;
  if (what === 'create') {
    if (index.child(at, name) === undefined) index.create(at, name, seen(kind, ino, value));
    return;
  }
  const one = all[pick % all.length];
  if (one === undefined) return;
  const now = seen(one.kind, Number(one.ino), value);
  if (what === 'update') index.update(one, now, one.kind === 'file');
  else if (what === 'remove') index.remove(one, 0);
  else if (what === 'opaque') index.setOpaque(one, value > 1);
  else if (what === 'identify') index.identify(one, { ...now, mtimeUs: one.mtimeUs });
  else if (what === 'learn') {
    if (one.kind === 'file')
      index.learnHash(one.id, one.version, createHash('sha256').update(String(value)).digest());
  } else if (index.child(at, name) === undefined && !isBelow(index, at, one.id)) {
    if (what === 'detach') index.detach(one);
    index.move(one, at, name);
  } else if (what === 'detach') {
    index.detach(one);
    index.remove(one, 0);
  }
}

function isBelow(index: TreeIndex, id: number, ancestorId: number): boolean {
  for (let at = index.byId(id); at !== undefined; at = index.byId(at.parentId))
    if (at.id === ancestorId) return true;
  return false;
}

const transaction = fc.record({ steps: fc.array(step, { maxLength: 6 }), isFailing: fc.boolean() });
const history = fc.array(transaction, { maxLength: 12 });

function playAll(index: TreeIndex, played: readonly { steps: Step[]; isFailing: boolean }[]): void {
  let ino = 100;
  index.transact(() => index.create(0, '', seen('directory', 1, 1)));
  for (const { steps, isFailing } of played) {
    const work = (): void => {
      for (const one of steps) play(index, one, ++ino);
      if (isFailing) throw new Error('no room');
    };
    if (isFailing) expect(() => index.transact(work)).toThrow('no room');
    else index.transact(work);
  }
}

describe(`the fingerprint of an index (SEED=${SEED})`, () => {
  test('of every folder is the one made from nothing, after any changes and failed transactions', () => {
    fc.assert(
      fc.property(history, (played) => {
        const index = open(createMemoryStore());
        playAll(index, played);
        const folders = everything(index).filter(({ kind }) => kind === 'directory');
        for (const id of [ROOT_ID, ...folders.map((folder) => folder.id)])
          expect(index.fingerprint(id)).toEqual(fromNothing(index, id));
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  test('is kept by a restart, and made anew where an index has none', () => {
    fc.assert(
      fc.property(history, fc.boolean(), (played, isWithout) => {
        const store = createMemoryStore();
        const index = open(store);
        playAll(index, played);
        if (isWithout) forgetSums(store);
        expect(open(store).fingerprint(ROOT_ID)).toEqual(fromNothing(index, ROOT_ID));
      }),
      { seed: SEED },
    );
  });

  test('of what is no folder of the index does not exist', () => {
    const index = open(createMemoryStore());
    expect(index.fingerprint(ROOT_ID)).toBeUndefined();
    playAll(index, []);
    expect(index.fingerprint(ROOT_ID)?.unknown).toBe(0);
    const file = index.transact(() => index.create(ROOT_ID, 'f', seen('file', 2, 1))).result;
    expect(index.fingerprint(file.id)).toBeUndefined();
    expect(index.unknownBelow(ROOT_ID)).toBe(1);
  });
});

function forgetSums(store: ReturnType<typeof createMemoryStore>): void {
  const meta = store.table<string, { sums?: number }>('meta', msgpackCodec());
  const sums = store.table<number, unknown>('sums', msgpackCodec());
  store.transact(() => {
    meta.put('index', { ...meta.get('index'), sums: 0 });
    sums.clear();
    sums.put(ROOT_ID, [['1', 1]]);
  });
}
