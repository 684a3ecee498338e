import { describe, expect, it } from 'vitest';
import { ProblemList } from './problem-list.ts';

describe('problems of the source', () => {
  it('a name that is not UTF-8 stays told until a listing of its folder shows it no more', () => {
    const problems = new ProblemList();
    problems.setUndecodable('d', ['caf\\xe9', 'b\\xff']);
    expect(problems.clear('d/caf\\xe9')).toBe(false);
    expect(problems.first(10).map(({ path }) => path)).toEqual(['d/caf\\xe9', 'd/b\\xff']);
    problems.setUndecodable('d', ['b\\xff']);
    expect(problems.first(10)).toEqual([{ path: 'd/b\\xff', code: 'name-not-utf8' }]);
    problems.clearBelow('d');
    expect(problems.count).toBe(0);
  });

  it('such names are not among those that are looked at again: they cannot be', () => {
    const problems = new ProblemList();
    problems.add('a', 'DENIED', true);
    problems.setUndecodable('d', ['caf\\xe9', 'b\\xff']);
    expect([...problems.paths()]).toEqual(['a']);
  });

  it('a listing of one folder says nothing of another', () => {
    const problems = new ProblemList();
    problems.setUndecodable('d', ['x\\xff']);
    problems.setUndecodable('d/e', ['y\\xff']);
    problems.setUndecodable('d', []);
    expect(problems.first(10).map(({ path }) => path)).toEqual(['d/e/y\\xff']);
  });
});
