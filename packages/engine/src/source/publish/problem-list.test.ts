import { describe, expect, it } from 'vitest';
import { ProblemList } from './problem-list.ts';

const LIMIT = 10_000;

const clock = () => {
  const times = { ms: 1_000_000_000, now: (): number => times.ms };
  return times;
};

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
    const times = clock();
    const problems = new ProblemList(times.now);
    problems.add('a', 'DENIED', true);
    problems.setUndecodable('d', ['caf\\xe9', 'b\\xff']);
    times.ms += 3_600_000;
    expect(problems.takeDue(10)).toEqual(['a']);
  });

  it('a path is looked at again after a second, then ever later, and at least every minute or so', () => {
    const times = clock();
    const problems = new ProblemList(times.now);
    problems.add('a', 'TOO_MANY_OPEN', true);
    const atMs: number[] = [];
    for (const start = times.ms; times.ms < start + 300_000; times.ms += 500)
      if (problems.takeDue(10).length > 0) atMs.push(times.ms - start);
    expect(atMs.slice(0, 4)).toEqual([1000, 3000, 7000, 15_000]);
    expect(Math.max(...atMs.slice(1).map((ms, at) => ms - (atMs[at] ?? 0)))).toBe(60_000);
    expect(problems.timed()[0]).toMatchObject({ attempts: 1 + atMs.length, sinceMs: times.ms - 300_000 });
  });

  it('a clock that is set back puts no look off', () => {
    const times = clock();
    const problems = new ProblemList(times.now);
    problems.add('a', 'IO', true);
    times.ms -= 3_600_000;
    expect(problems.takeDue(10)).toEqual(['a']);
  });

  it('what an earlier run met counts until the first scan is over, and its times go on if it is met again', () => {
    const times = clock();
    const record = (path: string) => ({ path, code: 'DENIED', message: 'm', attempts: 7, sinceMs: 5 });
    const problems = new ProblemList(times.now, [record('a'), record('b')]);
    expect([problems.count, problems.takeDue(10)]).toEqual([2, []]);
    expect(problems.first(10)).toEqual([]);
    problems.beginScan();
    problems.add('a', 'DENIED', true);
    expect(problems.timed().map(({ path, attempts, sinceMs }) => [path, attempts, sinceMs])).toEqual([
      ['a', 8, 5],
      ['b', 7, 5],
    ]);
    problems.endScan();
    expect(problems.timed().map(({ path }) => path)).toEqual(['a']);
    expect(problems.count).toBe(1);
  });

  it('a listing of one folder says nothing of another', () => {
    const problems = new ProblemList();
    problems.setUndecodable('d', ['x\\xff']);
    problems.setUndecodable('d/e', ['y\\xff']);
    problems.setUndecodable('d', []);
    expect(problems.first(10).map(({ path }) => path)).toEqual(['d/e/y\\xff']);
  });

  it('what has content that a mirror lacks is counted apart and listed first, beyond the limit too', () => {
    const problems = new ProblemList();
    problems.add('pipe', 'not-mirrored-kind', false);
    problems.add('secret', 'DENIED', true);
    expect(problems.unreadCount).toBe(1);
    expect(problems.first(9).map(({ path }) => path)).toEqual(['secret', 'pipe']);
    for (let at = 2; at < LIMIT; at += 1) problems.add(`pipe ${at}`, 'not-mirrored-kind', false);
    problems.beginScan();
    problems.add('another pipe', 'not-mirrored-kind', false);
    problems.add('another secret', 'IO', true);
    expect([problems.count, problems.unreadCount]).toEqual([LIMIT + 2, 2]);
    problems.endScan();
    problems.beginScan();
    problems.endScan();
    expect([problems.count, problems.unreadCount]).toEqual([LIMIT, 1]);
  });

  it('as many problems are listed as have room, in number and in bytes', () => {
    const problems = new ProblemList();
    for (const path of ['aaaa', 'bbbb', 'cccc']) problems.add(path, 'IO', true);
    expect(problems.first(2, 1000).map(({ path }) => path)).toEqual(['aaaa', 'bbbb']);
    expect(problems.first(9, 8).map(({ path }) => path)).toEqual(['aaaa', 'bbbb']);
    expect(problems.first(9, 7).map(({ path }) => path)).toEqual(['aaaa']);
  });

  it('beyond the limit anything may be unknown, until a whole scan found less', () => {
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

  it('a node that cannot be mirrored leaves nothing unknown', () => {
    const problems = new ProblemList();
    problems.add('d/pipe', 'not-mirrored-kind', false);
    expect(problems.isUnknown('d')).toBe(false);
    problems.add('d/x', 'IO', true);
    expect(problems.isUnknown('d')).toBe(true);
  });
});
