import { Timers } from '@lanmirror/engine/core';
import { createMemoryStore, type OrderedStore } from '@lanmirror/engine/store';
import { TreeError } from '@lanmirror/engine/tree';
import { expect, test, vi } from 'vitest';
import { ProcessClock, Scheduler } from '../../../../tests/simulation/scheduler.ts';
import { createMemoryTree } from '../../../engine/src/tree/memory/memory-tree.ts';
import { MirrorState } from '../state/mirror-state.ts';
import { ProblemDesk } from './problem-desk.ts';

const FILE = {
  kind: 'file',
  ...{ version: 1, mode: 0o644, mtimeUs: 0, sizeBytes: 1, hash: null },
  ...{ linkTarget: '', sequence: 1 },
} as const;

/** A run of the desk on what is in the store. */
function run(store: OrderedStore) {
  const scheduler = new Scheduler(1, (error) => {
    throw error;
  });
  const clock = new ProcessClock(scheduler);
  const state = new MirrorState(store);
  const told: string[] = [];
  const tries: number[] = [];
  const desk = new ProblemDesk({
    ...{ tree: createMemoryTree(), state, clock, random: () => 0, timers: new Timers(clock) },
    tell: ({ path }) => void told.push(path),
    retry: () => void tries.push(scheduler.nowMs),
    recheck: () => undefined,
  });
  const fail = (id: number): boolean =>
    desk.failed(id, `f${id}`, 'DENIED', 'permission denied', new TreeError('DENIED', `f${id}`, 'x'));
  return { scheduler, state, desk, told, tries, fail };
}

/** A first run in which two files failed, one of them three times. */
function failedStore(): { store: OrderedStore; sinceMs: number } {
  const store = createMemoryStore();
  const { state, fail, scheduler, desk } = run(store);
  state.transact(() => {
    for (const id of [2, 3]) state.view.put({ ...FILE, id, parentId: 1, name: `f${id}` });
  });
  for (const id of [2, 2, 2, 3]) fail(id);
  desk.noteUnchecked({
    ...{ ids: [], added: 0, changed: [], missing: [] },
    unreadable: [{ path: 'locked', error: new TreeError('DENIED', 'locked', 'permission denied') }],
  });
  return { store, sinceMs: scheduler.wallMs };
}

test('a path that failed and could not be looked at is one path', () => {
  const { state, desk, fail } = run(createMemoryStore());
  state.transact(() => state.view.put({ ...FILE, id: 2, parentId: 1, name: 'f2' }));
  fail(2);
  desk.noteUnchecked({
    ...{ ids: [], added: 0, changed: [], missing: [] },
    unreadable: ['f2', 'f3'].map((path) => ({ path, error: new TreeError('IO', path, 'broken') })),
  });
  expect(desk.told.map(({ path, code }) => [path, code])).toEqual([
    ['f2', 'DENIED'],
    ['f3', 'IO'],
  ]);
});

test('a new run says at once what failed in the last one, since when, and how often', () => {
  const { store, sinceMs } = failedStore();
  const { desk } = run(store);
  expect(desk.told.map(({ path, code, attempts }) => [path, code, attempts])).toEqual([
    ['f2', 'DENIED', 3],
    ['f3', 'DENIED', 1],
    ['locked', 'DENIED', 1],
  ]);
  expect(new Set(desk.told.map((problem) => problem.sinceMs))).toEqual(new Set([sinceMs]));
  expect(desk.ids.size).toBe(0);
});

test('what fails again goes on with its times and is tried as soon as any other', () => {
  const { store, sinceMs } = failedStore();
  const { desk, fail, scheduler, told } = run(store);
  scheduler.nowMs += 5000;
  fail(2);
  expect(told).toEqual(['f2']);
  const [problem] = desk.told;
  expect(problem).toMatchObject({ path: 'f2', attempts: 4, sinceMs });
  expect((problem?.nextTryMs ?? 0) - scheduler.nowMs).toBe(2000);
});

test('of very many failures each costs the same, and they are tried together when the first is due', async () => {
  const { desk, state, fail, scheduler, tries } = run(createMemoryStore());
  const timers = vi.spyOn(scheduler, 'after');
  const ids = Array.from({ length: 20_000 }, (_, at) => at + 2);
  state.transact(() => {
    for (const id of ids) state.view.put({ ...FILE, id, parentId: 1, name: `f${id}` });
    for (const id of ids) {
      fail(id);
      scheduler.nowMs += 0.01;
    }
  });
  expect(timers.mock.calls.length).toBeLessThanOrEqual(1000);
  while (tries.length === 0) expect(await scheduler.step(5000)).toBe(true);
  expect(tries).toEqual([2000]);
  desk.takeDue();
  desk.schedule();
  while (tries.length === 1) expect(await scheduler.step(5000)).toBe(true);
  expect(tries[1]).toBeGreaterThanOrEqual(2000 + 20_000 / 20);
});

test('a failure that is to be tried sooner than the others is', async () => {
  const { desk, state, fail, scheduler, tries } = run(createMemoryStore());
  state.transact(() => state.view.put({ ...FILE, id: 2, parentId: 1, name: 'f2' }));
  fail(2);
  desk.failed(2, 'f2', 'CHANGING', 'it changes', new TreeError('ABSENT', 'f2', 'changed'));
  while (tries.length === 0) expect(await scheduler.step(5000)).toBe(true);
  expect(tries[0]).toBeLessThan(2000);
});

test('what is due and cannot be tried now is not looked at again and again', async () => {
  const { desk, state, fail, scheduler, tries } = run(createMemoryStore());
  state.transact(() => state.view.put({ ...FILE, id: 2, parentId: 1, name: 'f2' }));
  fail(2);
  for (let count = 0; count < 3; count++) {
    while (tries.length === count) expect(await scheduler.step(10_000)).toBe(true);
    desk.schedule(1000);
  }
  expect(tries).toEqual([2000, 3000, 4000]);
});

test('what succeeded is forgotten at once, and everything else when everything was tried', () => {
  const { store } = failedStore();
  const { desk, state } = run(store);
  state.transact(() => state.markClean(2));
  expect(desk.told.map(({ path }) => path)).toEqual(['f3', 'locked']);
  desk.noteKept([], { besideKept: new Set() });
  expect(desk.told.map(({ path }) => path)).toEqual(['locked']);
  desk.noteUnchecked({ ids: [], added: 0, changed: [], missing: [], unreadable: [] });
  expect(desk.told).toEqual([]);
  expect(run(store).desk.told).toEqual([]);
});

test('what is kept because the source cannot tell is a problem, and so is what waits for its place, once', () => {
  const { desk, state, told } = run(createMemoryStore());
  state.transact(() => {
    state.view.put({ ...FILE, id: 2, parentId: 1, name: 'album', kind: 'directory' });
    state.view.put({ ...FILE, id: 3, parentId: 2, name: 'song' });
  });
  for (const _round of [1, 2]) desk.noteKept([9], { besideKept: new Set([2, 3]) });
  expect(told).toEqual(['9', 'album']);
  expect(desk.told.map(({ path, code }) => [path, code])).toEqual([
    ['9', 'KEPT'],
    ['album', 'PLACE_KEPT'],
  ]);
  desk.noteKept([], { besideKept: new Set() });
  expect(desk.told).toEqual([]);
});

test('a problem that was solved in this run is none of the next', () => {
  const { store } = failedStore();
  const { desk, state, fail } = run(store);
  fail(3);
  state.transact(() => state.markClean(3));
  desk.clearSettled();
  expect(run(store).desk.told.map(({ path }) => path)).not.toContain('f3');
});

test('what a person is told of is in the history once, with what was tried and why it failed', () => {
  const state = new MirrorState(createMemoryStore());
  const scheduler = new Scheduler(1, (error) => {
    throw error;
  });
  const clock = new ProcessClock(scheduler);
  const desk = new ProblemDesk({
    ...{ tree: createMemoryTree(), state, clock, random: Math.random, timers: new Timers(clock) },
    ...{ tell: () => undefined, retry: () => undefined, recheck: () => undefined },
  });
  state.transact(() =>
    state.view.put({
      ...{ id: 2, parentId: 1, name: 'a', kind: 'file', sequence: 1, version: 1, sizeBytes: 5 },
      ...{ mtimeUs: 0, mode: 0o644, linkTarget: '' },
    }),
  );
  const full = new TreeError('NO_SPACE', 'a', 'no space left');
  for (const _try of [1, 2, 3]) desk.failed(2, 'a', full.code, full.message, full);
  const rows = [...state.history.newestFirst()].flat();
  expect(rows.map(({ operation, code, sizeBytes }) => [operation, code, sizeBytes])).toEqual([
    ['created', 'NO_SPACE', 5],
  ]);
});
