import type { RetryClass } from '@lanmirror/engine/core';
import { describe, expect, test } from 'vitest';
import { ProblemList } from './problem-list.ts';

/** Milliseconds until a failure of entry 2 is tried again, with no luck in the jitter. */
function delayOf(list: ProblemList, code: string, retry: RetryClass): number | undefined {
  return list.add({ id: 2, path: 'large', code, message: code, retry }, 0, 0).problem.nextTryMs;
}

describe('problem list', () => {
  test('a failure that waits for a cause to go does not pay for those in passing before it', () => {
    const list = new ProblemList(() => 1);
    const first = delayOf(new ProblemList(() => 1), 'NO_SPACE', 'later');
    for (let i = 0; i < 4; i++) delayOf(list, 'CHANGING', 'now');
    expect(delayOf(list, 'NO_SPACE', 'later')).toBe(first);
  });

  test('failures in a row wait longer each time, whatever they are called', () => {
    const list = new ProblemList(() => 1);
    const delays = ['NO_SPACE', 'READ_ONLY', 'NO_SPACE'].map((code) => delayOf(list, code, 'later') ?? 0);
    expect(delays).toEqual([...delays].sort((a, b) => a - b));
    expect(new Set(delays).size).toBe(3);
  });

  test('what succeeded in between begins anew', () => {
    const list = new ProblemList(() => 1);
    const first = delayOf(list, 'NO_SPACE', 'later');
    delayOf(list, 'NO_SPACE', 'later');
    list.clear(2);
    expect(delayOf(list, 'NO_SPACE', 'later')).toBe(first);
  });

  test('a person is told of failures in passing only when they go on', () => {
    const list = new ProblemList(() => 0);
    const failure = { id: 2, path: 'a', code: 'CHANGING', message: '', retry: 'now' } as const;
    const news = Array.from({ length: 8 }, () => list.add(failure, 0, 0).isNews);
    expect(news.indexOf(true)).toBe(4);
    expect(news.filter(Boolean)).toHaveLength(1);
  });
});
