import { expect, test } from 'vitest';
import { ProblemList } from './problem-list.ts';

const LIMIT = 10_000;

test('as many problems are listed as have room, in number and in bytes', () => {
  const problems = new ProblemList();
  for (const path of ['aaaa', 'bbbb', 'cccc']) problems.add(path, 'IO', true);
  expect(problems.first(2, 1000).map(({ path }) => path)).toEqual(['aaaa', 'bbbb']);
  expect(problems.first(9, 8).map(({ path }) => path)).toEqual(['aaaa', 'bbbb']);
  expect(problems.first(9, 7).map(({ path }) => path)).toEqual(['aaaa']);
});

test('beyond the limit anything may be unknown, until a whole scan found less', () => {
  const problems = new ProblemList();
  for (let at = 0; at <= LIMIT; at += 1) problems.add(`a/${at}`, 'IO', true);
  expect(problems.count).toBe(LIMIT + 1);
  expect(problems.isUnknown('b')).toBe(true);
  problems.beginScan();
  problems.clearBelow('a');
  expect(problems.isUnknown('b')).toBe(true);
  problems.endScan();
  expect(problems.count).toBe(0);
  expect(problems.isUnknown('b')).toBe(false);
});

test('a node that cannot be mirrored leaves nothing unknown', () => {
  const problems = new ProblemList();
  problems.add('d/pipe', 'not-mirrored-kind', false);
  expect(problems.isUnknown('d')).toBe(false);
  problems.add('d/x', 'IO', true);
  expect(problems.isUnknown('d')).toBe(true);
});
