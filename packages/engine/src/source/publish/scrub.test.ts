import { beforeAll, beforeEach, expect, test } from 'vitest';
import { ProcessClock, Scheduler } from '../../../../../tests/simulation/scheduler.ts';
import { createMemoryStore, type OrderedStore } from '../../store/index.ts';
import { hashBytes, loadHash } from '../../tree/index.ts';
import { MemoryWatcher } from '../../tree/memory/index.ts';
import { createMemoryTree, type MemoryTree } from '../../tree/memory/memory-tree.ts';
import { TreeIndex } from '../index/tree-index.ts';
import type { SourceCondition } from './idle-hash.ts';
import { DAMAGED } from './problem-list.ts';
import { Publisher } from './publisher.ts';
import { Scrub } from './scrub.ts';
import { ScrubMemory } from './scrub-memory.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

let scheduler: Scheduler;
let tree: MemoryTree;
let store: OrderedStore;
let publisher: Publisher;
let index: TreeIndex;
let scrub: Scrub;
let clock: ProcessClock;
let watcher: MemoryWatcher | undefined;
let condition: SourceCondition | undefined;
let days: number;
let passes: string[];

beforeAll(() => loadHash());

beforeEach(() => {
  scheduler = new Scheduler(1, (error) => {
    throw error;
  });
  // No whole second: a file system with such times keeps finer ones.
  scheduler.jump(1.5);
  tree = createMemoryTree({ clock: () => BigInt(Math.round(scheduler.wallMs * 1000)) * 1000n });
  store = createMemoryStore();
  condition = undefined;
  days = 30;
  passes = [];
});

/** A life of the server on the tree as it is. */
async function start(): Promise<void> {
  index = TreeIndex.open(
    store,
    () => 'index',
    () => 1,
  );
  const own = new ProcessClock(scheduler);
  clock = own;
  const ignore = (): void => undefined;
  const life = new Publisher({
    ...{ tree, index, clock: own, indexDir: '/state/index' },
    startWatcher: (listener) => {
      watcher = new MemoryWatcher(tree.disk, listener);
      return watcher;
    },
    listener: { changed: ignore, stateChanged: ignore, learned: ignore, note: ignore },
  });
  publisher = life;
  life.start();
  const memory = new ScrubMemory(store);
  const host = {
    ...{ tree, index, clock: own },
    days: () => days,
    condition: () => condition ?? life.condition,
    suspect: (path: string) => life.hint(path),
    written: life.contents.written.bind(life.contents),
    judged: life.contents.setDamaged.bind(life.contents),
    damaged: () => life.problems.pathsWith(DAMAGED, 10).map((path) => index.byPath(path)?.id ?? 0),
    ended: ({ read, found }: { read: number; found: number }) =>
      passes.push(`${read} read, ${found} damaged`),
    failed: (error: unknown) => {
      throw error;
    },
  };
  scrub = new Scrub({ ...host, keep: (record) => life.record(() => memory.save(record)) }, memory.load());
  await pass(10_000);
}

/** The process ends without a word. */
function kill(): void {
  clock.isDead = true;
}

async function pass(ms: number): Promise<void> {
  watcher?.deliver();
  const endMs = scheduler.nowMs + ms;
  await scheduler.settle();
  while (await scheduler.step(endMs));
  scheduler.nowMs = Math.max(scheduler.nowMs, endMs);
}

/** Much time goes by in which nothing is done; then some minutes. */
async function leap(ms: number): Promise<void> {
  scheduler.jump(ms);
  await pass(5 * MINUTE_MS);
}

/** Files with contents that were read once. */
async function published(...names: string[]): Promise<void> {
  for (const name of names) tree.user.write(name, `content of ${name}`);
  await pass(2 * MINUTE_MS);
  await start();
  learn(...names);
}

function learn(...names: string[]): void {
  const learned = names.map((name) => {
    const { id = 0, version = 0 } = index.byPath(name) ?? {};
    return { id, version, hash: new Uint8Array(hashBytes(Buffer.from(`content of ${name}`))) };
  });
  publisher.contents.learn(learned);
}

/** The disk gives other bytes from now on, and nothing shows it. */
function rot(path: string): void {
  const node = tree.disk.find(path);
  if (node?.kind !== 'file') throw new Error(`no ${path}`);
  node.bytes[0] = (node.bytes[0] ?? 0) ^ 1;
}

const problems = (): string[] => publisher.problems.first(10).map(({ path, code }) => `${path} ${code}`);

test('after its days every file is read, and what is damaged is named and no new version', async () => {
  await published('a', 'b', 'd/c');
  rot('b');
  const head = index.head;
  await leap(29 * DAY_MS);
  expect([passes, problems()]).toEqual([[], []]);
  await leap(2 * DAY_MS);
  expect([passes, problems()]).toEqual([['3 read, 1 damaged'], ['b damaged']]);
  expect(index.head).toBe(head);
  await leap(30 * DAY_MS);
  expect([passes[1], problems(), index.head]).toEqual(['3 read, 1 damaged', ['b damaged'], head]);
  await scrub.stop();
});

test('what reads right at the second look is not damaged, and what reads right again is so no more', async () => {
  await published('a');
  const entry = index.byPath('a');
  if (entry === undefined) throw new Error('no a');
  expect(scrub.misread(entry)).toBe('doubted');
  await pass(2 * MINUTE_MS);
  expect(problems()).toEqual([]);
  rot('a');
  expect(scrub.misread(entry)).toBe('doubted');
  await pass(10_000);
  expect(problems()).toEqual([]);
  await pass(MINUTE_MS);
  expect(problems()).toEqual(['a damaged']);
  rot('a');
  await leap(2 * HOUR_MS);
  expect(problems()).toEqual([]);
  await scrub.stop();
});

test('a disk that cannot read a known content any more has damaged it', async () => {
  await published('a');
  const entry = index.byPath('a');
  if (entry === undefined) throw new Error('no a');
  scrub.misread(entry);
  tree.failNext('a', 'IO', { operation: 'open' });
  await pass(2 * MINUTE_MS);
  expect(problems()).toEqual(['a damaged']);
  await scrub.stop();
});

test('a content that changed within a minute of the last write was written: a new version', async () => {
  await published('a');
  tree.user.write('a', 'other text');
  await pass(1000);
  const entry = index.byPath('a');
  if (entry === undefined) throw new Error('no a');
  expect(scrub.misread(entry)).toBe('written');
  expect(index.byPath('a')).toMatchObject({ version: index.head, hash: null });
  expect(index.head).toBeGreaterThan(entry.sequence);
  expect(problems()).toEqual([]);
  await scrub.stop();
});

test('a chmod is no write, and neither is a young file that cannot be read', async () => {
  await published('a', 'b');
  tree.user.chmod('a', 0o600);
  rot('a');
  tree.user.write('b', 'content of b');
  await pass(100);
  learn('b');
  const versions = (): unknown[] => ['a', 'b'].map((path) => index.byPath(path)?.version);
  const before = versions();
  const entry = index.byPath('a');
  if (entry === undefined) throw new Error('no a');
  expect(scrub.misread(entry)).toBe('doubted');
  tree.failNext('b', 'IO', { operation: 'open', times: Number.POSITIVE_INFINITY });
  new ScrubMemory(store).save({ state: scrub.state, doubted: [index.byPath('b')?.id ?? 0] });
  kill();
  await start();
  await pass(10_000);
  expect([problems(), versions()]).toEqual([['b damaged'], before]);
  await scrub.stop();
});

test('looks, a rename and a restart keep what is damaged, and a write ends it', async () => {
  await published('d/a', 'b');
  rot('d/a');
  const entry = index.byPath('d/a');
  if (entry === undefined) throw new Error('no d/a');
  scrub.misread(entry);
  await pass(2 * MINUTE_MS);
  publisher.hint('d/a');
  await pass(2 * MINUTE_MS);
  expect(problems()).toEqual(['d/a damaged']);
  // As a chown or a backup tool does it: only the time of the last change of the node moves.
  tree.user.touch('d/a', tree.stat('d/a')?.mtimeNs);
  await pass(2 * MINUTE_MS);
  expect([problems(), index.byPath('d/a')?.version]).toEqual([['d/a damaged'], entry.version]);
  tree.user.rename('d', 'e');
  await pass(1000);
  expect(problems()).toEqual(['e/a damaged']);
  kill();
  await start();
  expect(problems()).toEqual(['e/a damaged']);
  tree.user.rename('e/a', 'f');
  await pass(1000);
  expect([problems(), index.byPath('f')?.version]).toEqual([['f damaged'], entry.version]);
  tree.user.write('f', 'content of f');
  await pass(1000);
  expect([problems(), index.byPath('f')?.isDamaged]).toEqual([[], undefined]);
  expect(index.byPath('f')?.version).toBeGreaterThan(entry.version);
  await scrub.stop();
});

test('a doubt outlives a kill, and a pass goes on where it was', async () => {
  const names = Array.from({ length: 30 }, (_, at) => `f${at}`);
  await published(...names);
  rot('f0');
  condition = 'busy';
  await leap(31 * DAY_MS);
  expect(scrub.state).toMatchObject({ isRunning: true, read: 0 });
  scheduler.costMs = 30;
  condition = undefined;
  for (let turn = 0; turn < 1000 && scrub.state.read < 10; turn += 1) await pass(1000);
  await scrub.stop();
  const { read } = scrub.state;
  expect(read).toBeLessThan(30);
  kill();
  await start();
  await leap(HOUR_MS);
  expect([passes, problems()]).toEqual([['30 read, 1 damaged'], ['f0 damaged']]);
  await scrub.stop();
});

test('without days nothing is read but what a mirror found', async () => {
  days = 0;
  await published('a', 'b');
  rot('a');
  rot('b');
  await leap(100 * DAY_MS);
  expect([passes, problems()]).toEqual([[], []]);
  const entry = index.byPath('b');
  if (entry === undefined) throw new Error('no b');
  scrub.misread(entry);
  await pass(2 * MINUTE_MS);
  expect(problems()).toEqual(['b damaged']);
  await scrub.stop();
});
