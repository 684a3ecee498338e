import { createMemoryStore } from '@lanmirror/engine/store';
import { createHasher, loadHash } from '@lanmirror/engine/tree';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { ProcessClock, Scheduler } from '../../../../tests/simulation/scheduler.ts';
import { createMemoryTree, type MemoryTree } from '../../../engine/src/tree/memory/memory-tree.ts';
import { diskFacts, UNKNOWN_VERSION } from '../state/baseline-entry.ts';
import { MirrorState } from '../state/mirror-state.ts';
import { Scrub } from './scrub.ts';

const ROOT = 1;
const DAY_MS = 86_400_000;

beforeAll(loadHash);

let scheduler: Scheduler;
let tree: MemoryTree;
let state: MirrorState;
let damaged: string[];
let passes: number;
let isIdle: boolean;
let days: number;

beforeEach(() => {
  scheduler = new Scheduler(1, (error) => {
    throw error;
  });
  tree = createMemoryTree({ clock: () => BigInt(Math.round(scheduler.wallMs * 1000)) * 1000n });
  state = new MirrorState(createMemoryStore());
  damaged = [];
  passes = 0;
  isIdle = true;
  days = 30;
});

/** A file that was mirrored and is known by its hash. */
function mirrored(id: number, bytes: Uint8Array, change: object = {}): void {
  const name = `f${id}`;
  tree.user.write(name, bytes);
  const stat = tree.stat(name);
  if (stat === undefined) throw new Error(`no ${name}`);
  const hasher = createHasher();
  hasher.update(bytes);
  state.transact(() =>
    state.baseline.put({
      ...{ id, parentId: ROOT, name, kind: 'file', linkTarget: '', version: id, mode: 0o644, mtimeUs: 0 },
      ...{
        sizeBytes: stat.sizeBytes,
        hash: hasher.digest(),
        disk: diskFacts(stat),
        bornMs: 0,
        checkpoint: 0,
      },
      ...change,
    }),
  );
}

/** The disk gives other bytes, and nothing shows it. */
function rot(id: number, at = 0): void {
  const node = tree.disk.find(`f${id}`);
  if (node?.kind !== 'file') throw new Error(`no f${id}`);
  node.bytes[at] = (node.bytes[at] ?? 0) ^ 1;
}

function begin(): { scrub: Scrub; clock: ProcessClock } {
  const clock = new ProcessClock(scheduler);
  const scrub = new Scrub({
    ...{ tree, state, clock },
    days: () => days,
    isIdle: () => isIdle,
    damaged: (_id, path) => damaged.push(path),
    ended: () => {
      passes += 1;
    },
    failed: (error) => {
      throw error;
    },
  });
  return { scrub, clock };
}

/** Lets the world go on for `ms`. */
async function pass(ms: number): Promise<void> {
  const end = scheduler.nowMs + ms;
  while (await scheduler.step(end));
  scheduler.nowMs = Math.max(scheduler.nowMs, end);
}

const bytes = (size: number, of: number): Uint8Array => new Uint8Array(size).fill(of);

test('after its days every file is read, and only what is damaged is told', async () => {
  for (let id = 2; id < 10; id += 1) mirrored(id, bytes(id, id));
  mirrored(10, bytes((2 << 20) + 5, 7));
  rot(4);
  rot(10, 2 << 20);
  const { scrub } = begin();
  await pass(29 * DAY_MS);
  expect([passes, damaged]).toEqual([0, []]);
  await pass(2 * DAY_MS);
  expect([passes, damaged]).toEqual([1, ['f4', 'f10']]);
  expect(state.meta.scrub).toMatchObject({ isRunning: false, read: 9, found: 2 });
  await pass(31 * DAY_MS);
  expect(passes).toBe(2);
  await scrub.stop();
});

test('what is edited, dirty, unproved or gone is no matter of a scrub', async () => {
  for (let id = 2; id < 7; id += 1) mirrored(id, bytes(9, id), id === 3 ? { version: UNKNOWN_VERSION } : {});
  mirrored(7, bytes(9, 7), { hash: null });
  for (const id of [3, 4, 7]) rot(id);
  state.transact(() => state.markDirty(4));
  await pass(5000);
  tree.user.write('f5', bytes(9, 1));
  tree.user.remove('f6');
  begin();
  await pass(32 * DAY_MS);
  expect([passes, damaged]).toEqual([1, []]);
  expect(state.meta.scrub.read).toBe(1);
});

test('a disk that cannot read a file has damaged it', async () => {
  mirrored(2, bytes(9, 2));
  tree.failNext('f2', 'IO', { operation: 'open' });
  begin();
  await pass(32 * DAY_MS);
  expect([passes, damaged]).toEqual([1, ['f2']]);
});

test('it waits while something else is done, goes on after a restart where it was, and can be turned off', async () => {
  for (let id = 2; id < 40; id += 1) mirrored(id, bytes(1 << 20, id));
  rot(2);
  scheduler.costMs = 30;
  isIdle = false;
  const first = begin();
  await pass(32 * DAY_MS);
  expect([state.meta.scrub.isRunning, state.meta.scrub.read]).toEqual([true, 0]);
  isIdle = true;
  for (let turn = 0; turn < 10_000 && state.meta.scrub.read < 10; turn += 1) await pass(100);
  first.clock.isDead = true;
  const { read, position } = state.meta.scrub;
  expect(position).toBeLessThan(39);
  begin();
  await pass(DAY_MS);
  expect([passes, damaged, state.meta.scrub.read]).toEqual([1, ['f2'], 38]);
  expect(read).toBeLessThan(38);
  days = 0;
  await pass(100 * DAY_MS);
  expect(passes).toBe(1);
});
