import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readPattern } from '@lanmirror/engine/host';
import { createMemoryStore, openLmdbStore } from '@lanmirror/engine/store';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MirrorState } from '../state/mirror-state.ts';
import { findRows, rowMatcher } from './find-rows.ts';
import { HistoryLog } from './history-log.ts';
import { type HistoryRow, OPERATIONS, packRow, unpackRow } from './history-row.ts';

const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);
const DAY_MS = 24 * 3_600_000;
const ALL = { pattern: '', sinceMs: 0, limit: 1_000_000 };

const row = (path: string, facts: Partial<HistoryRow> = {}): HistoryRow => ({
  ...{ atMs: 1000, operation: 'created', kind: 'file', path, from: '', sizeBytes: 1 },
  ...{ trash: '', isVersionLost: false, code: '' },
  ...facts,
});

const anyRow: fc.Arbitrary<HistoryRow> = fc.record({
  atMs: fc.nat(),
  operation: fc.constantFrom(...OPERATIONS),
  kind: fc.constantFrom('file', 'directory', 'link'),
  path: fc.string({ minLength: 1 }),
  from: fc.string(),
  sizeBytes: fc.nat(),
  trash: fc.string(),
  isVersionLost: fc.boolean(),
  code: fc.constantFrom('', 'NO_SPACE'),
});

async function paths(log: HistoryLog, query = {}): Promise<string[]> {
  const found: string[] = [];
  for await (const { path } of findRows(log, { ...ALL, ...query })) found.unshift(path);
  return found;
}

test(`a row is read as it was written (SEED=${SEED})`, () => {
  fc.assert(
    fc.property(anyRow, (one) => {
      expect(unpackRow(packRow(one))).toEqual(one);
    }),
    { seed: SEED },
  );
});

test('a row of a later program, with an operation that is not known, is left out', () => {
  expect(unpackRow([1000, OPERATIONS.length, 0, 'a', 1])).toBeUndefined();
});

test('rows outlive the program, and are found in the order in which it happened', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lanmirror-history-'));
  try {
    for (const run of [0, 1, 2]) {
      const store = openLmdbStore(folder);
      const log = new HistoryLog(store);
      for (const at of [0, 1]) {
        log.note(row(`${run}-${at}-a`));
        log.note(row(`${run}-${at}-b`));
        store.transact(() => log.settle());
      }
      if (run === 2) {
        const all = await paths(log);
        expect(all).toEqual([...all].sort());
        expect(all).toHaveLength(12);
        expect(await paths(log, { limit: 3 })).toEqual(['2-0-b', '2-1-a', '2-1-b']);
      }
      await store.close();
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('what a failed transaction was to record has no row', async () => {
  const state = new MirrorState(createMemoryStore());
  state.transact(() => state.history.note(row('before')));
  expect(() =>
    state.transact(() => {
      state.history.note(row('never happened'));
      throw new Error('the disk is full');
    }),
  ).toThrow('the disk is full');
  state.transact(() => state.history.note(row('after')));
  expect(await paths(state.history)).toEqual(['before', 'after']);
});

test('what is older than its days goes while something is added, a few at a time', async () => {
  const store = createMemoryStore();
  const log = new HistoryLog(store);
  store.transact(() => log.keepFor(7));
  const add = (path: string, atMs: number): void => {
    log.note(row(path, { atMs }));
    store.transact(() => log.settle());
  };
  for (let at = 0; at < 20; at += 1) add(`old ${at}`, DAY_MS + at);
  add('young', 8 * DAY_MS);
  expect(await paths(log)).toHaveLength(21);
  add('new', 9 * DAY_MS);
  expect(await paths(log)).toHaveLength(14);
  add('newer', 9 * DAY_MS);
  add('newest', 9 * DAY_MS);
  expect(await paths(log)).toEqual(['young', 'new', 'newer', 'newest']);
});

test(`never much more than the greatest number is kept, and always the newest (SEED=${SEED})`, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 60 }),
      async (sizes) => {
        const store = createMemoryStore();
        const log = new HistoryLog(store, 50);
        const written: string[] = [];
        for (const size of sizes) {
          for (let at = 0; at < size; at += 1) {
            const path = `f${written.length}`;
            written.push(path);
            log.note(row(path));
          }
          store.transact(() => log.settle());
        }
        const kept = await paths(log);
        expect(kept).toEqual(written.slice(-kept.length));
        expect(kept.length).toBeGreaterThanOrEqual(Math.min(31, written.length));
        expect(kept.length).toBeLessThanOrEqual(50 + 20);
      },
    ),
    { seed: SEED, numRuns: 50 },
  );
});

test('0 days keep nothing, and nothing of what was kept', async () => {
  const store = createMemoryStore();
  const log = new HistoryLog(store);
  log.note(row('a'));
  store.transact(() => log.settle());
  store.transact(() => log.keepFor(0));
  log.note(row('b'));
  store.transact(() => log.settle());
  expect(await paths(log)).toEqual([]);
  store.transact(() => log.keepFor(1));
  log.note(row('c'));
  store.transact(() => log.settle());
  expect(await paths(log)).toEqual(['c']);
});

test.each<[string, Partial<HistoryRow>, string, boolean]>([
  ['a.txt', {}, 'a.txt', true],
  ['a.txt', {}, '*.mkv', false],
  ['new', { operation: 'renamed', from: 'old' }, 'old', true],
  ['new', { operation: 'renamed', from: 'old' }, 'new', true],
  ['new', { operation: 'renamed', from: 'old', kind: 'directory' }, 'old/in/it', true],
  ['new', { operation: 'renamed', from: 'old', kind: 'directory' }, 'new/in/it', true],
  ['films', { operation: 'deleted', kind: 'directory' }, 'films/a.mkv', true],
  ['films', { operation: 'deleted', kind: 'directory' }, 'films2/a.mkv', false],
  ['films', { operation: 'attributes', kind: 'directory' }, 'films/a.mkv', false],
  ['films', { operation: 'deleted', kind: 'directory', code: 'DENIED' }, 'films/a.mkv', false],
  ['new', { operation: 'renamed', from: '' }, 'anything', false],
])('%j %j is found by %j: %s', async (path, facts, pattern, isFound) => {
  expect(rowMatcher(await readPattern(pattern))(row(path, facts))).toBe(isFound);
});
