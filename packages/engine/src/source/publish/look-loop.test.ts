import { expect, test } from 'vitest';
import { ProcessClock, Scheduler } from '../../../../../tests/simulation/scheduler.ts';
import { createMemoryStore } from '../../store/index.ts';
import { createMemoryTree } from '../../tree/memory/memory-tree.ts';
import { TreeIndex } from '../index/tree-index.ts';
import { Looker } from './look.ts';
import { LookLoop } from './look-loop.ts';
import { ProblemList } from './problem-list.ts';

/** A loop over an empty tree and the paths that it removed, by time. */
function makeLoop(verdicts: ('now' | 'later' | 'never')[] = []) {
  const scheduler = new Scheduler(1, (error) => {
    throw error;
  });
  const tree = createMemoryTree();
  const index = TreeIndex.open(
    createMemoryStore(),
    () => 'index',
    () => 1,
  );
  const looker = new Looker(tree, index, new ProblemList(), () => scheduler.wallMs);
  const asked: { readonly atMs: number; readonly paths: readonly string[] }[] = [];
  looker.removeAbsent = (paths) => {
    asked.push({ atMs: scheduler.nowMs, paths });
    return { paths, back: [], adrift: [], isChanged: false, isProblemChanged: false, otherNames: [] };
  };
  const loop = new LookLoop({
    clock: new ProcessClock(scheduler),
    looker,
    isRootHealthy: () => true,
    orHalt: (work) => work(),
    removal: () => verdicts.shift() ?? 'now',
    looked: () => undefined,
    removed: () => undefined,
    relisted: () => undefined,
  });
  const pass = async (ms: number): Promise<void> => {
    const endMs = scheduler.nowMs + ms;
    while (await scheduler.step(endMs));
    scheduler.jump(endMs - scheduler.nowMs);
  };
  return { loop, asked, pass };
}

test('a name that vanished waits for its other half, counted from when it was first missed', async () => {
  const { loop, asked, pass } = makeLoop();
  loop.noteAbsent(['a']);
  await pass(15);
  loop.noteAbsent(['a', 'b']);
  await pass(100);
  expect(asked.map(({ paths }) => paths)).toEqual([['a'], ['b']]);
  expect(asked.map(({ atMs }) => atMs)).toEqual([20, 35]);
});

test('what may not be removed yet is asked about again', async () => {
  const { loop, asked, pass } = makeLoop(['later', 'later']);
  loop.noteAbsent(['a']);
  await pass(100);
  expect(asked).toEqual([{ atMs: 60, paths: ['a'] }]);
});

test('what may not be removed at all is left to the next whole scan', async () => {
  const { loop, asked, pass } = makeLoop(['never']);
  loop.noteAbsent(['a']);
  await pass(1000);
  expect(asked).toEqual([]);
  expect(loop.isBusy).toBe(false);
});

test('names may vanish by the hundred thousand', async () => {
  const { loop, asked, pass } = makeLoop();
  loop.noteAbsent(Array.from({ length: 300_000 }, (_, at) => `a/${at}`));
  for (let at = 0; at < 1000; at += 1) loop.hint(`b/${at}`);
  await pass(100);
  expect(asked.reduce((sum, { paths }) => sum + paths.length, 0)).toBe(300_000);
});
