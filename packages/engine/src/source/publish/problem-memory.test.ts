import { expect, test } from 'vitest';
import { createMemoryStore } from '../../store/index.ts';
import { ProblemList } from './problem-list.ts';
import { ProblemMemory } from './problem-memory.ts';

test('what was a problem is one of the next run, with its times, and what is none any more is not', () => {
  const store = createMemoryStore();
  const problems = new ProblemList(() => 1000);
  const memory = new ProblemMemory(store);
  problems.add('a', 'DENIED', true);
  problems.add('b', 'IO', true);
  memory.save(problems);
  problems.clear('b');
  memory.save(problems);
  expect(new ProblemMemory(store).all()).toEqual([
    { path: 'a', code: 'DENIED', message: 'permission denied', attempts: 1, sinceMs: 1000 },
  ]);
  problems.clear('a');
  memory.save(problems);
  expect(new ProblemMemory(store).all()).toEqual([]);
});

test('a broken disk does not fill the state', () => {
  const store = createMemoryStore();
  const problems = new ProblemList(() => 1000);
  for (let at = 0; at < 3000; at += 1) problems.add(`p${at}`, 'IO', true);
  new ProblemMemory(store).save(problems);
  expect(new ProblemMemory(store).all()).toHaveLength(1000);
});
