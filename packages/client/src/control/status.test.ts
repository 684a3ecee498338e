import { expect, test } from 'vitest';
import { type ClientStatus, conditionOf, type MirrorFacts, statusText } from './status.ts';

const FACTS: MirrorFacts = {
  isConnected: true,
  targetHalt: '',
  serverHalt: '',
  isHeld: false,
  syncedAt: 7,
  head: 7,
};

const STATUS: ClientStatus = {
  ...FACTS,
  ...{ program: 'lanmirror-client 1.2.3', pid: 42, since: '2025-01-02T03:04:05.000Z', source: 'nas:8080' },
  ...{ targetDir: '/mnt/mirror', condition: 'in-sync', entries: 9, pending: 0, contentBytes: 5 },
  ...{ fingerprint: null, serverFingerprint: null, comparison: 'unknown', skippedLinks: 0 },
  ...{ differing: [], differingCount: 0 },
  ...{
    heldCount: 0,
    isSourceNew: false,
    heldPaths: [],
    problemCount: 0,
    problems: [],
    unreadCount: 0,
    unread: [],
    lastFault: '',
  },
};

test.each([
  [{}, 'in-sync'],
  [{ syncedAt: 6 }, 'catching-up'],
  [{ head: -1, syncedAt: -1 }, 'catching-up'],
  [{ serverHalt: 'x' }, 'server-waits'],
  [{ isConnected: false }, 'connecting'],
  [{ isHeld: true, isConnected: false }, 'held'],
  [{ targetHalt: 'x', isHeld: true, isConnected: false }, 'halted'],
])('with %j a mirror is %s', (facts, wanted) => {
  expect(conditionOf({ ...FACTS, ...facts })).toBe(wanted);
});

test('in sync is said only of a mirror that has everything the source told, and is asked by nobody', () => {
  const others = [{ serverHalt: 'x' }, { isHeld: true }, { targetHalt: 'x' }, { isConnected: false }];
  for (const facts of others) expect(conditionOf({ ...FACTS, ...facts })).not.toBe('in-sync');
});

test('a healthy mirror says what, where, and that nothing is wrong', () => {
  expect(statusText(STATUS)).toEqual([
    'lanmirror-client 1.2.3 mirrors nas:8080 to /mnt/mirror (process 42, since 2025-01-02T03:04:05.000Z)',
    'State:    in sync at 7',
    'Entries:  9 here, 0 to be looked at; content received: 5 bytes',
    'Problems: none',
  ]);
});

test('a hold names what waits, how many more, and the one command that goes on', () => {
  const text = statusText({ ...STATUS, condition: 'held', heldCount: 3, heldPaths: ['a\nb'] });
  expect(text.join('|')).toMatch(/HELD: 3 deletions wait.*a.*b\|.*and 2 more\|.*lanmirror-client accept\./);
  expect(text.join('')).not.toContain('\n');
});

test('a problem is told with its cause and code', () => {
  const problems = [{ path: 'x', code: 'NO_SPACE', message: 'the disk is full' }];
  expect(statusText({ ...STATUS, problemCount: 1, problems }).slice(-2)).toEqual([
    'Problems: 1',
    '  x: the disk is full (NO_SPACE)',
  ]);
});

test('what fails here and what the server could not read are counted whole, and the first of each named', () => {
  const problems = Array.from({ length: 30 }, (_, at) => ({ path: `p${at}`, code: 'IO', message: 'm' }));
  const unread = Array.from({ length: 2 }, (_, at) => ({ path: `u${at}`, code: 'DENIED' }));
  const text = statusText({ ...STATUS, problemCount: 2000, problems, unreadCount: 2, unread });
  expect(text[1]).toBe(
    'State:    in sync at 7, but for 2000 paths that failed: p0, p1, p2 and 1997 more; and 2 paths that the server could not read: u0, u1 (see below)',
  );
  expect(text.slice(-4)).toEqual([
    '  ... and 1980 more ("lanmirror-client status --json" has more)',
    'The server could not read: 2',
    '  u0 (DENIED)',
    '  u1 (DENIED)',
  ]);
});
