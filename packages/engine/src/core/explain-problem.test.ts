import { expect, test } from 'vitest';
import { explainWith, problemAt, problemOver } from './explain-problem.ts';

const PROBLEMS = ['a:DENIED', 'a/b/c:damaged', 'k:ignore-kept', 'k/l:ignore-kept'].map((one) => {
  const [path = '', code = ''] = one.split(':');
  return problemAt(path, code);
});
const over = (path: string) => problemOver(path, (at) => PROBLEMS.find((one) => one.path === at))?.code;

test('a problem is that of the path, or of the nearest folder above it in which nothing can be seen', () => {
  expect(['a', 'a/b', 'a/b/c', 'ab', 'k/l', 'k/l/m', ''].map(over)).toEqual([
    ...['DENIED', 'DENIED', 'damaged', undefined, 'ignore-kept', undefined, undefined],
  ]);
  expect(problemOver('x/y', (at) => (at === '' ? problemAt('', 'IO') : undefined))?.code).toBe('IO');
});

test('our own folder at the top is no entry, in any case of its letters, and others of its name are', () => {
  expect(['.lanmirror', '.LanMirror/x/y', 'd/.lanmirror', '.lanmirrors'].map(over)).toEqual([
    ...['reserved', 'reserved', undefined, undefined],
  ]);
});

test('a problem decides about what rules let in and nobody knows; of the others it is only named', () => {
  const told = { path: 'a/x', isMirrored: true, reason: 'none' as const, rule: null, matched: 'a/x' };
  const problem = problemAt('a', 'DENIED');
  const verdict = { isMirrored: false, reason: 'problem', rule: null, matched: 'a', problem };
  expect(explainWith(told, problem, false)).toEqual({ ...told, ...verdict });
  expect(explainWith(told, problem, true)).toEqual({ ...told, problem });
  expect(explainWith(told, undefined, false)).toBe(told);
  const excluded = { ...told, isMirrored: false, reason: 'rule' as const };
  expect(explainWith(excluded, problem, false)).toBe(excluded);
});
