import type { ServerState, SourceProblem } from '@lanmirror/protocol';
import { expect, test } from 'vitest';
import { SourceNews } from './source-news.ts';

function state(change: Partial<ServerState> = {}): ServerState {
  return {
    type: 'state',
    scanning: false,
    halt: '',
    problemCount: change.problems?.length ?? 0,
    unreadCount: 0,
    problems: [],
    ...change,
  };
}

function problem(path: string, code: SourceProblem['code'] = 'PERMISSION'): SourceProblem {
  return { path, code };
}

function server(): SourceNews {
  return new SourceNews('server', (path) => path.startsWith('mine/'));
}

test('a problem is named once, and again only with another reason', () => {
  const news = server();
  const told = (problems: SourceProblem[]): string[] =>
    news.take(state({ problems })).problems.map(({ text }) => text);
  expect(told([problem('a')])).toEqual(['Not mirrored by the server: a (PERMISSION)']);
  expect(told([problem('a'), problem('b')])).toEqual(['Not mirrored by the server: b (PERMISSION)']);
  expect(told([problem('a', 'damaged'), problem('b')])).toEqual([
    expect.stringMatching(/^Damaged on the server: a \(damaged\): /),
  ]);
  expect(told([problem('c', 'ignore-kept')])).toEqual([
    expect.stringMatching(/^Mirrored by its earlier rules: c \(ignore-kept\): /),
  ]);
  expect(told([])).toEqual([]);
  expect(told([problem('b')])).toHaveLength(1);
});

test('a lost session does not make old problems news', () => {
  const news = server();
  news.take(state({ problems: [problem('a')] }));
  news.forget();
  expect(news.unread.count).toBe(0);
  expect(news.take(state({ problems: [problem('a')] })).problems).toEqual([]);
});

test('while the server scans its list is not whole, and nothing of it is told', () => {
  const news = server();
  expect(news.take(state({ scanning: true, problems: [problem('a')] })).problems).toEqual([]);
  expect(news.take(state({ problems: [problem('a')] })).problems).toHaveLength(1);
});

test('a folder of this machine tells of its problems itself', () => {
  const news = new SourceNews('source', () => false);
  expect(news.take(state({ problems: [problem('a')], unreadCount: 1 })).problems).toEqual([]);
  expect(news.unread.count).toBe(1);
});

test('what this mirror leaves out is neither told nor counted', () => {
  const news = server();
  const problems = [problem('mine/a'), problem('b')];
  const told = news.take(state({ problems, problemCount: 9, unreadCount: 7 }));
  expect(told.problems.map(({ text }) => text)).toEqual([
    'Not mirrored by the server: b (PERMISSION)',
    '... and 7 more',
  ]);
  expect(news.unread).toEqual({ count: 6, problems: [problem('b')] });
});

test('of many problems twenty are named', () => {
  const problems = Array.from({ length: 30 }, (_, index) => problem(`p${index}`));
  const told = server().take(state({ problems, problemCount: 100 })).problems;
  expect(told).toHaveLength(21);
  expect(told.at(-1)).toEqual({ level: 'warn', text: '... and 80 more' });
});

test('a halt of the server is told when it begins, ends or has another reason', () => {
  const news = server();
  expect(news.take(state()).halt).toBeUndefined();
  expect(news.take(state({ halt: 'no disk' })).halt).toEqual({
    level: 'error',
    text: 'The server waits: no disk',
  });
  expect(news.halt).toBe('no disk');
  expect(news.take(state({ halt: 'no disk', scanning: true })).halt).toBeUndefined();
  expect(news.take(state({ halt: 'empty' })).halt?.text).toBe('The server waits: empty');
  expect(news.take(state()).halt).toEqual({ level: 'info', text: 'The server goes on.' });
});
