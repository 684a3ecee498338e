import { type ComingRun, NEVER_RUN, type RunMemory } from '@lanmirror/engine/core';
import { expect, test } from 'vitest';
import {
  exceptionText,
  NO_RUNS,
  NONE_COMING,
  type RunReport,
  repairText,
  restText,
  runLines,
  runsOfKind,
} from './run-report.ts';

const OPEN = { isOpen: true, changesMs: undefined };
const NOON = Date.UTC(2026, 0, 3, 12);
const CLOSED = { isOpen: false, changesMs: NOON };
const LIVE = { isLive: true, timeZone: 'UTC' };
const RUNS = { isLive: false, timeZone: 'UTC' };
const QUIET: RunReport = {
  ...{ isLive: true, rest: '', window: null, timeZone: 'UTC' },
  ...{ sync: NO_RUNS, verify: NO_RUNS },
};

test.each([
  [LIVE, OPEN, undefined, ''],
  [LIVE, OPEN, NOON, ''],
  [LIVE, CLOSED, NOON, 'waiting for its window, opens 2026-01-03 12:00:00 UTC'],
  [RUNS, OPEN, NOON, 'waiting for its next run, 2026-01-03 12:00:00 UTC'],
  [RUNS, CLOSED, NOON, 'waiting for its window, opens 2026-01-03 12:00:00 UTC'],
  [RUNS, OPEN, undefined, 'waiting for "lanmirror-client sync": no run is due'],
])('why no session is wanted: %j %j %j', (rules, window, nextMs, wanted) => {
  expect(restText(rules, window, { atMs: nextMs, owed: null })).toBe(wanted);
});

test('a run that a halt keeps waiting is not promised for a time', () => {
  const coming = { atMs: NOON, owed: 'halted' } as const;
  expect(restText(RUNS, OPEN, coming)).toBe('waiting for the end of the halt, and then for a run at once');
  expect(kindOf(NEVER_RUN, coming)).toEqual(['next when the halt is over, or 2026-01-03 12:00:00 UTC']);
  expect(kindOf(NEVER_RUN, { ...coming, atMs: undefined })).toEqual(['next when the halt is over']);
});

test('while a run goes on the next is a time of the schedule, or comes right after it', () => {
  const memory: RunMemory = { ...NEVER_RUN, running: { why: 'start', beganMs: NOON } };
  const goesOn = 'one goes on for the start, since 2026-01-03 12:00:00 UTC';
  const [atMs, later] = [NOON + 3_600_000, 'next 2026-01-03 13:00:00 UTC'];
  expect(kindOf(memory, { atMs, owed: null })).toEqual([goesOn, later]);
  expect(kindOf(memory, { atMs, owed: 'schedule' })).toEqual([goesOn, 'the next right after it']);
  expect(kindOf(memory, NONE_COMING)).toEqual([goesOn]);
});

/** What `status` says of its runs. */
function kindOf(memory: RunMemory, coming: ComingRun): string[] {
  const [line = ''] = runLines({ ...QUIET, sync: runsOfKind(memory, coming) });
  return line.replace(/^Runs: +/, '').split('; ');
}

test.each([
  [LIVE, OPEN, true, 'it is being put right'],
  [LIVE, CLOSED, true, 'it is being put right'],
  [LIVE, OPEN, false, 'it is put right when it is connected again'],
  [LIVE, CLOSED, false, 'it is put right when its window opens, 2026-01-03 12:00:00 UTC'],
  [RUNS, OPEN, false, 'a run that puts it right comes next'],
  [RUNS, OPEN, true, 'a run that puts it right comes next'],
  [RUNS, CLOSED, false, 'a run puts it right when its window opens, 2026-01-03 12:00:00 UTC'],
  [
    ...([RUNS, { isOpen: false, changesMs: undefined }, false] as const),
    'nothing puts it right before "lanmirror-client sync": its window never opens',
  ],
])('what a verification found is called put right only where something does that: %j %j %j', (...args) => {
  const [rules, window, isConnected, wanted] = args;
  expect(repairText(rules, window, isConnected)).toBe(wanted);
});

test('what is asked for is called an exception exactly when a window is passed over', () => {
  expect(exceptionText(LIVE, OPEN)).toBe('');
  expect(exceptionText(LIVE, CLOSED)).toMatch(/outside of its window, which opens 2026-01-03 12:00/);
});

test('a mirror that is live at all hours and never had a run says nothing of runs', () => {
  expect(runLines(QUIET)).toEqual([]);
});

test('the last run is told with its end, and names of the server cannot make lines', () => {
  const times = { beganMs: NOON, endedMs: NOON + 1500 };
  const memory: RunMemory = {
    ...NEVER_RUN,
    ...{ running: { why: 'missed', beganMs: NOON }, last: { why: 'asked', ...times, exit: 1, text: 'a\nb' } },
  };
  const lines = runLines({
    ...QUIET,
    window: { isOpen: true, changes: new Date(NOON).toISOString() },
    sync: runsOfKind(memory, { atMs: NOON, owed: null }),
    verify: runsOfKind(NEVER_RUN, { atMs: NOON, owed: null }),
  });
  expect(lines).toEqual([
    'Runs:     one goes on for one that was missed, since 2026-01-03 12:00:00 UTC; next 2026-01-03 12:00:00 UTC; last 2026-01-03 12:00:00 UTC asked for: a\\nb, after 1.5 s',
    'Window:   open, closes 2026-01-03 12:00:00 UTC',
    'Verify:   next 2026-01-03 12:00:00 UTC',
  ]);
});
