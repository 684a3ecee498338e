import { expect, test } from 'vitest';
import { SyncNews } from './sync-news.ts';

const detail = { contentBytes: 7, fingerprint: () => ['Fingerprint: x'] };

function texts(news: SyncNews, text: string, sequence: number): string[] {
  return news.inSync(text, sequence, detail).map(({ level, text: said }) => `${level} ${said}`);
}

test('the same sentence is said aloud once, with the fingerprint, until it is not true any more', () => {
  const news = new SyncNews();
  expect(texts(news, 'in sync', 3)).toEqual(['info Fingerprint: x', 'info in sync']);
  expect(texts(news, 'in sync', 4)).toEqual(['debug in sync (sequence 4, content received: 7 bytes)']);
  news.unsay();
  expect(texts(news, 'in sync', 4)).toEqual(['info Fingerprint: x', 'info in sync']);
});

test('a fingerprint that nobody is to see is not asked for', () => {
  const news = new SyncNews();
  news.inSync('in sync', 1, detail);
  const fingerprint = (): string[] => {
    throw new Error('asked');
  };
  expect(() => news.inSync('in sync', 2, { contentBytes: 0, fingerprint })).not.toThrow();
});

test('a sentence that stands is to be put right when another one is true; without one nothing is', () => {
  const news = new SyncNews();
  expect(news.isOtherThan('in sync')).toBe(false);
  news.inSync('in sync', 5, detail);
  expect(news.isOtherThan('in sync')).toBe(false);
  expect(news.isOtherThan('in sync, but for a')).toBe(true);
  expect(news.sequence).toBe(5);
  news.unsay();
  expect(news.isOtherThan('in sync, but for a')).toBe(false);
});

test('a proof is told when it is another one than the last, and a difference is a warning', () => {
  const news = new SyncNews();
  const levels = (['unknown', 'identical', 'provisional', 'identical', 'differs', 'identical'] as const).map(
    (comparison) => news.compared(comparison),
  );
  expect(levels).toEqual([undefined, 'info', undefined, 'debug', 'warn', 'info']);
});
