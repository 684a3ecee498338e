import type { Refuse } from '@lanmirror/protocol';
import { expect, test } from 'vitest';
import { DialError } from '../session/dial.ts';
import { RefusedError } from '../session/link.ts';
import { ContactNews } from './contact-news.ts';

function refused(code: Refuse['code']): RefusedError {
  return new RefusedError({ type: 'refuse', code, message: `said ${code}` });
}

test.each([
  ['a wrong key', new DialError('key', 'wrong key')],
  ['another version', refused('version')],
  ['a root that is not there', refused('no-such-root')],
  ['a share that is not there', refused('no-such-share')],
  ['a message that was not understood', refused('bad-message')],
])('%s ends it at the first contact, and is waited for later', (_name, error) => {
  const first = new ContactNews('server');
  expect(first.failed(error, true, 1000)).toBeUndefined();
  expect(first.refusal).toBe(error);
  expect(first.fault).toBe('');
  const later = new ContactNews('server');
  expect(later.failed(error, false, 1000)?.level).toBe('warn');
  expect(later.refusal).toBeUndefined();
  expect(later.fault).toBe(error.message);
});

test('whoever is not there yet, or has too much to do, is waited for from the first contact on', () => {
  for (const error of [new Error('nobody'), new DialError('unreachable', 'nobody'), refused('busy')]) {
    const news = new ContactNews('server');
    expect(news.failed(error, true, 1500)?.text).toBe(
      `No connection to the server: ${error.message}; trying again in 2 s.`,
    );
    expect(news.refusal).toBeUndefined();
  }
});

test('of many tries the first and every tenth are told aloud, and a connection begins anew', () => {
  const news = new ContactNews('source');
  const levels = (): (string | undefined)[] =>
    Array.from({ length: 20 }, () => news.failed(new Error('x'), false, 1)?.level);
  const loud = (of: (string | undefined)[]): number[] =>
    of.flatMap((level, index) => (level === 'warn' ? [index + 1] : []));
  expect(loud(levels())).toEqual([1, 10, 20]);
  news.connected();
  expect(news.fault).toBe('');
  expect(loud(levels())).toEqual([1, 10, 20]);
});

test('at rest nothing is wrong with the connection, and what was told is not told again', () => {
  const news = new ContactNews('server');
  news.failed(new Error('x'), false, 1);
  news.rested();
  expect(news.fault).toBe('');
  expect(news.failed(new Error('x'), false, 1)?.level).toBe('debug');
});

test('a session that the server ended is not said to be lost', () => {
  const news = new ContactNews('server');
  expect(news.ended('stopping', true).text).toBe('The server ended the session; connecting again.');
  expect(news.ended('the rules are other ones now', true).text).toBe(
    'The server ended the session (the rules are other ones now); connecting again.',
  );
  expect(news.ended('the server is silent', false).text).toBe(
    'The connection was lost (the server is silent); connecting again.',
  );
  expect(news.ended('', false).text).toBe('The connection was lost; connecting again.');
});
