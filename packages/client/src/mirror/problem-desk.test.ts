import { Timers } from '@lanmirror/engine/core';
import { createMemoryStore } from '@lanmirror/engine/store';
import { TreeError } from '@lanmirror/engine/tree';
import { expect, test } from 'vitest';
import { ProcessClock, Scheduler } from '../../../../tests/simulation/scheduler.ts';
import { createMemoryTree } from '../../../engine/src/tree/memory/memory-tree.ts';
import { MirrorState } from '../state/mirror-state.ts';
import { ProblemDesk } from './problem-desk.ts';

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
