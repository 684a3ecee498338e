import { COMPARE_ALL, PLAIN_TRAITS } from '@lanmirror/engine/core';
import type { ProblemReport } from '@lanmirror/engine/host';
import { localTimeOf } from '@lanmirror/engine/host';
import { expect, test } from 'vitest';
import { NO_RUNS } from '../run/run-report.ts';
import { type ClientStatus, conditionOf, type MirrorFacts, statusText } from './status.ts';

const FACTS: MirrorFacts = {
  isConnected: true,
  targetHalt: '',
  serverHalt: '',
  isHeld: false,
  rest: '',
  syncedAt: 7,
  head: 7,
};

const STATUS: ClientStatus = {
  ...FACTS,
  ...{ program: 'lanmirror-client 1.2.3', pid: 42, since: '2025-01-02T03:04:05.000Z', source: 'nas:8080' },
  ...{ targetDir: '/mnt/mirror', condition: 'in-sync', entries: 9, pending: 0, contentBytes: 5 },
  ...{
    fingerprint: null,
    serverFingerprint: null,
    comparison: 'unknown',
    skippedLinks: 0,
    hasOwnRules: false,
    young: null,
    scrub: null,
  },
  workers: { setting: '5', most: 5, large: 5 },
  pace: { setting: 'auto', kind: 'local', fileSystem: '', speed: 'full' },
  ...{ differing: [], differingCount: 0, bandwidth: { setting: 'off', bytesPerSecond: null } },
  runs: {
    isLive: true,
    rest: '',
    window: null,
    timeZone: '',
    sync: NO_RUNS,
    verify: NO_RUNS,
  },
  ...{
    passed: { count: 0, rule: COMPARE_ALL, paths: [] },
    kept: { count: 0, rule: { text: 'Delete = mirror' }, paths: [] },
    clean: null,
    cleanedCount: 0,
    heldCount: 0,
    held: { atFirst: 0, now: 0 },
    isSourceNew: false,
    heldPaths: [],
    behindPaths: [],
    behindCount: 0,
    traits: PLAIN_TRAITS,
    renamedCount: 0,
    renamed: [],
    problemCount: 0,
    problems: [],
    unreadCount: 0,
    unread: [],
    sourceFolder: null,
    lastFault: '',
  },
};

const PROBLEM: ProblemReport = {
  ...{ path: 'x', code: 'NO_SPACE', message: 'the disk is full', cure: 'Make room.' },
  ...{ since: '2025-01-02T03:04:05Z', attempts: 1, nextTry: null },
};

test.each([
  [{}, 'in-sync'],
  [{ syncedAt: 6 }, 'catching-up'],
  [{ head: -1, syncedAt: -1 }, 'catching-up'],
  [{ serverHalt: 'x' }, 'server-waits'],
  [{ isConnected: false }, 'connecting'],
  [{ isConnected: false, rest: 'x' }, 'resting'],
  [{ isConnected: false, rest: 'x', isHeld: true }, 'held'],
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
    `lanmirror-client 1.2.3 mirrors nas:8080 to /mnt/mirror (process 42, since ${localTimeOf('2025-01-02T03:04:05.000Z')})`,
    'State:    in sync at 7',
    'Entries:  9 here, 0 to be looked at; content received: 5 bytes',
    'Problems: none',
  ]);
});

test('with auto the number of workers that came of it is told', () => {
  const workers = { setting: 'auto', most: 8, large: 2 };
  expect(statusText({ ...STATUS, workers })).toContain(
    'Workers:  8 at most, 2 of them for large files (auto)',
  );
});

test('a hold names what waits, how many more, and the one command that goes on', () => {
  const text = statusText({ ...STATUS, condition: 'held', heldCount: 3, heldPaths: ['a\nb'] });
  expect(text.join('|')).toMatch(/HELD: 3 deletions wait.*a.*b\|.*and 2 more\|.*lanmirror-client accept\./);
  expect(text.join('')).not.toContain('\n');
});

test('a hold names what waits with it for a place, the first and how many more', () => {
  const behind = { behindPaths: ['album'], behindCount: 3 };
  const lines = statusText({ ...STATUS, condition: 'held', heldCount: 1, heldPaths: ['album'], ...behind });
  const at = lines.indexOf('At the source now, and waiting for the place of a folder that is kept here:');
  expect(lines.slice(at + 1, at + 3)).toEqual(['  album', '  ... and 2 more']);
});

test('a problem is told with cause, code and times, and the cure once for each code', () => {
  const problem = { ...PROBLEM, attempts: 3, nextTry: '2025-01-02T03:05:00Z' };
  const problems = [problem, { ...PROBLEM, path: 'y' }];
  expect(statusText({ ...STATUS, problemCount: 2, problems }).slice(-4)).toEqual([
    'Problems: 2',
    `  x: the disk is full (NO_SPACE); since ${localTimeOf('2025-01-02T03:04:05Z')}, tried 3 times, again at ${localTimeOf('2025-01-02T03:05:00Z')}`,
    `  y: the disk is full (NO_SPACE); since ${localTimeOf('2025-01-02T03:04:05Z')}, again when it changes`,
    '  NO_SPACE: Make room.',
  ]);
});

test('what fails here and what the server could not read are counted whole, and the first of each named', () => {
  const problems = Array.from({ length: 30 }, (_, at) => ({ ...PROBLEM, path: `p${at}` }));
  const unread = Array.from({ length: 2 }, (_, at) => ({ path: `u${at}`, code: 'DENIED' }));
  const text = statusText({ ...STATUS, problemCount: 2000, problems, unreadCount: 2, unread });
  expect(text[1]).toBe(
    'State:    in sync at 7, but for 2000 paths that failed: p0, p1, p2, ... and 1997 more; and 2 paths that the server could not read: u0, u1 (see below)',
  );
  expect(text.slice(-5)).toEqual([
    '  ... and 1980 more ("lanmirror-client status --json" has more)',
    '  NO_SPACE: Make room.',
    'The server could not read: 2',
    '  u0 (DENIED)',
    '  u1 (DENIED)',
  ]);
});

test('a scrub says how far it is, when the last one ended, and what was damaged', () => {
  const lines = (scrub: ClientStatus['scrub']): string[] =>
    statusText({ ...STATUS, scrub }).filter((line) => line.startsWith('Scrub:'));
  const finished = '2025-01-03T00:00:00.000Z';
  expect(lines({ isRunning: false, finished, read: 9, found: 1 })).toEqual([
    `Scrub:    finished ${finished}: 9 files read, 1 damaged`,
  ]);
  expect(lines({ isRunning: true, finished, read: 3, found: 0 })).toEqual([
    `Scrub:    going on: 3 files read, 0 damaged; the last one finished ${finished}`,
  ]);
  expect(lines({ isRunning: true, finished: null, read: 3, found: 0 })).toEqual([
    'Scrub:    going on: 3 files read, 0 damaged',
  ]);
});

test('what stands under another name is counted whole, and the first of it shown; of a plain target nothing is said', () => {
  const names = { ...PLAIN_TRAITS.names, foldsCase: true };
  const renamed = Array.from({ length: 25 }, (_, at) => ({ path: `a:${at}`, placedPath: `a\uf03a${at}` }));
  const lines = statusText({ ...STATUS, traits: { ...PLAIN_TRAITS, names }, renamedCount: 30, renamed });
  expect(lines).toContain('Target:   does not tell capitals from small letters');
  expect(lines).toContain('Under another name here: 30');
  expect(lines).toContain('  a:0 -> a\uf03a0');
  expect(lines).toContain('  ... and 10 more ("lanmirror-client status --json" has more)');
  expect(statusText(STATUS).join('\n')).not.toMatch(/Target:|another name/);
});

const SOURCE = {
  ...{ scan: null, halt: '', watchNotice: '', entries: 9, ignoreFiles: 0 },
  ...{ scrub: null, problemCount: 0, problems: [] },
};

test('a source of this machine is told as a server tells of itself, and no server is mentioned', () => {
  const source = { ...SOURCE, watchNotice: 'looked through', problemCount: 2, problems: [PROBLEM] };
  const unread = { unreadCount: 1, unread: [{ path: 'x', code: 'NO_SPACE' }] };
  const text = statusText({ ...STATUS, ...unread, source: '/films', sourceFolder: source });
  expect(text).toContain('State:    in sync at 7, but for 1 path that could not be read at the source: x');
  expect(text).toContain('Source:   9 entries');
  expect(text).toContain('Watching: looked through');
  expect(text.filter((line) => line.startsWith('Not mirrored, at the source: 2;'))).toHaveLength(1);
  expect(text).toContain('  ... and 1 more');
  expect(text.join('\n')).not.toContain('server');
});

test('while a source of this machine is scanned, waits or cannot be reached, that is said of the source', () => {
  const scan = { folders: 2, entries: 30 };
  const scanning = statusText({ ...STATUS, sourceFolder: { ...SOURCE, scan } });
  expect(scanning).toContain('Source:   scanning: 30 entries in 2 folders so far');
  for (const facts of [
    { condition: 'server-waits', serverHalt: 'x' },
    { condition: 'connecting', lastFault: 'x' },
    { condition: 'catching-up', head: -1 },
    { condition: 'held', heldCount: 200, isSourceNew: true },
  ] as const) {
    const [, state] = statusText({ ...STATUS, ...facts, sourceFolder: SOURCE });
    expect(state).toMatch(/source/);
    expect(state).not.toMatch(/server/);
  }
});
