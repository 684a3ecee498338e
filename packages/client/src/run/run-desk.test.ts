import { readConfiguration, readScheduleRules, type ScheduleRules } from '@lanmirror/engine/host';
import { createMemoryStore } from '@lanmirror/engine/store';
import { loadHash } from '@lanmirror/engine/tree';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ProcessClock, Scheduler } from '../../../../tests/simulation/scheduler.ts';
import { MirrorState } from '../state/mirror-state.ts';
import { RunDesk } from './run-desk.ts';
import type { RunEnd } from './run-loop.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;
/** A leap day. */
const SELDOM = '0 0 29 2 *';
const GOOD: RunEnd = { exit: 0, text: 'in sync' };

let scheduler: Scheduler;
let state: MirrorState;
let rules: ScheduleRules;
/** What happened, with the hour of the day; the world begins at midnight. */
let events: string[];
let runMs: number;
let end: RunEnd;
let desk: RunDesk;
let isConnected: boolean;
let isJoined: boolean;
let said: string[];
let faults: unknown[];
/** Of the source, as far as that is known without a session. */
let isHalted: boolean;
/** What goes on does not hear that it is to end. */
let isDeaf: boolean;

beforeAll(loadHash);
beforeEach(() => {
  faults = [];
  isDeaf = false;
  isHalted = false;
  scheduler = new Scheduler(1, (error) => faults.push(error));
  state = new MirrorState(createMemoryStore());
  [events, runMs, end] = [[], MINUTE, GOOD];
  [isJoined, said] = [true, []];
});

function settings(flags: Record<string, string>): void {
  const input = { section: 'Client', config: '/dev/null', env: {}, cwd: '/' } as const;
  const configuration = readConfiguration({ ...input, flags: { 'time-zone': 'UTC', ...flags } });
  rules = readScheduleRules(configuration.get);
}

function note(text: string): void {
  const time = new Date(scheduler.wallMs).toISOString();
  events.push(
    `${Number(time.slice(8, 10)) > 1 ? time.slice(8, 10) : ''} ${time.slice(11, 16)} ${text}`.trim(),
  );
}

/** A run that takes `runMs`, or ends when it is told to. */
function work(name: string, signal: AbortSignal): Promise<RunEnd> {
  note(`${name} begins`);
  return new Promise((resolve) => {
    const finish = (): void => {
      note(`${name} ${signal.aborted ? 'is cut off' : 'ends'}`);
      resolve(end);
    };
    const cancel = scheduler.after(runMs, finish);
    signal.addEventListener('abort', () => {
      if (isDeaf) return;
      cancel();
      finish();
    });
  });
}

/** The program begins, with what the state remembers. */
function start(flags?: Record<string, string>): void {
  if (flags !== undefined) settings(flags);
  isConnected = false;
  desk = new RunDesk({
    clock: new ProcessClock(scheduler),
    ...{ state, seed: 'mirror', rules: () => rules },
    connect() {
      if (!isConnected) note('connects');
      isConnected = true;
    },
    rest() {
      if (isConnected) note('rests');
      isConnected = false;
    },
    sync: (signal) => work('run', signal),
    verify: (signal) => work('verification', signal),
    isHalted: () => isHalted,
    isJoined: () => isJoined,
    say: (_level, text) => void said.push(text),
    failed: (error) => faults.push(error),
  });
  desk.begin();
}

async function untilHour(hour: number): Promise<void> {
  await scheduler.settle();
  while (await scheduler.step(hour * HOUR));
  scheduler.nowMs = Math.max(scheduler.nowMs, hour * HOUR);
  expect(faults).toEqual([]);
}

/** A person asks for a run. */
function ask(signal: AbortSignal): Promise<RunEnd> {
  return desk.visit(
    () => work('run', signal),
    (ended) => (signal.aborted ? undefined : ended),
  );
}

function taken(): string[] {
  return events.splice(0);
}

test('without any rule it is connected from the start on, and nothing else is done', async () => {
  start({});
  await untilHour(50);
  expect(taken()).toEqual(['00:00 connects']);
  expect(desk.rest).toBe('');
});

test('with Live = no it is connected for its runs', async () => {
  start({ live: 'no', schedule: '0 3 * * *' });
  expect(desk.rest).toBe('waiting for its next run, 2024-01-01 03:00:00 UTC');
  await untilHour(5);
  expect(taken()).toEqual(['03:00 run begins', '03:00 connects', '03:01 run ends', '03:01 rests']);
  expect(desk.report.sync).toMatchObject({
    ...{ next: '2024-01-02T03:00:00.000Z', running: null },
    last: { why: 'schedule', began: '2024-01-01T03:00:00.000Z', ended: '2024-01-01T03:01:00.000Z', exit: 0 },
  });
});

test('a run that comes due while one goes on is done once after it, whatever came due meanwhile', async () => {
  runMs = 3.5 * HOUR;
  start({ schedule: 'hourly' });
  await untilHour(4.9);
  expect(taken()).toEqual(['00:00 connects', '01:00 run begins', '04:30 run ends', '04:30 run begins']);
});

describe('with a window', () => {
  const window = '22:00-06:00';

  test('it is connected inside of it only', async () => {
    start({ window });
    await untilHour(7);
    expect(desk.rest).toBe('waiting for its window, opens 2024-01-01 22:00:00 UTC');
    expect(desk.report.window).toEqual({ isOpen: false, changes: '2024-01-01T22:00:00.000Z' });
    await untilHour(40);
    expect(taken()).toEqual(['00:00 connects', '06:00 rests', '22:00 connects', '02 06:00 rests']);
  });

  test('a run that is due outside waits for the opening, and one that it cuts off goes on at the next', async () => {
    runMs = 9 * HOUR;
    start({ live: 'no', schedule: '0 20 * * *', window });
    await untilHour(31);
    const cutOff = ['02 06:00 run is cut off', '02 06:00 rests'];
    expect(taken()).toEqual(['22:00 run begins', '22:00 connects', ...cutOff]);
    expect(desk.report.sync).toMatchObject({
      ...{ next: '2024-01-02T22:00:00.000Z', last: { exit: null, text: 'broken off' } },
    });
    runMs = HOUR;
    await untilHour(48);
    expect(taken()).toEqual([
      '02 22:00 run begins',
      '02 22:00 connects',
      '02 23:00 run ends',
      '02 23:00 rests',
    ]);
  });

  test('a run that is asked for needs none, and is remembered', async () => {
    start({ window: '22:00-23:00' });
    await untilHour(5);
    expect(desk.exception).toMatch(/outside of its window, which opens 2024-01-01 22:00:00 UTC/);
    const asked = ask(new AbortController().signal);
    await untilHour(6);
    expect(await asked).toEqual(GOOD);
    expect(taken()).toEqual(['05:00 connects', '05:00 run begins', '05:01 run ends', '05:01 rests']);
    expect(desk.report.sync.last).toMatchObject({ why: 'asked', exit: 0 });
  });
});

test('what a person gave up waiting for is not remembered as a run', async () => {
  start({});
  const over = new AbortController();
  const asked = ask(over.signal);
  over.abort();
  await asked;
  expect(desk.report.sync.last).toBeNull();
});

test.each([
  ['yes', ['run begins', 'run ends']],
  ['no', []],
])('a machine that slept over a run has missed it: RunMissed = %s', async (missed, wanted) => {
  start({ schedule: '0 3 * * *', 'run-missed': missed });
  await untilHour(1);
  taken();
  scheduler.jump(6 * HOUR);
  await untilHour(8);
  expect(taken().map((event) => event.slice(6))).toEqual(wanted);
});

test('a clock that jumps over days to a minute after a due time has missed those before, and not this one', async () => {
  start({ live: 'no', schedule: '0 3 * * *', 'verify-schedule': '0 3 * * *' });
  await untilHour(1);
  scheduler.jump(3 * 24 * HOUR + 2 * HOUR);
  await untilHour(2);
  expect(taken().filter((event) => event.endsWith('begins'))).toEqual([
    expect.stringMatching(/^04 03:0\d run begins$/),
    expect.stringMatching(/^04 03:0\d verification begins$/),
  ]);
  const left =
    'it was due 2024-01-01 03:00:00 UTC, last 2024-01-03 03:00:00 UTC, and is left out (RunMissed = no)';
  expect(said).toEqual(expect.arrayContaining([`Run missed: ${left}`, `Verification missed: ${left}`]));
});

test('one run for each start, and none for a reload', async () => {
  start({ 'sync-on-start': 'yes' });
  await untilHour(1);
  desk.reconfigure();
  await untilHour(2);
  expect(taken().filter((event) => event.endsWith('run begins'))).toEqual(['00:00 run begins']);
  await desk.close();
  start();
  await untilHour(3);
  expect(taken().filter((event) => event.endsWith('run begins'))).toEqual(['02:00 run begins']);
});

test('other settings take effect at once', async () => {
  start({});
  await untilHour(1);
  settings({ live: 'no', schedule: '30 * * * *' });
  desk.reconfigure();
  expect(taken()).toEqual(['00:00 connects', '01:00 rests']);
  await untilHour(2);
  settings({ window: '00:00-12:00' });
  desk.reconfigure();
  await untilHour(13);
  expect(taken().slice(-2)).toEqual(['02:00 connects', '12:00 rests']);
});

test('a verification comes by its own schedule, needs no connection, and waits for no window', async () => {
  start({ live: 'no', 'sync-on-start': 'yes', window: '22:00-23:00', 'verify-schedule': '0 4 * * *' });
  await untilHour(5);
  expect(taken()).toEqual(['04:00 verification begins', '04:01 verification ends']);
  expect(desk.report.verify).toMatchObject({ next: '2024-01-02T04:00:00.000Z', last: { exit: 0 } });
});

test('a run that the end of the program breaks off is known to the next start', async () => {
  runMs = 5 * HOUR;
  start({ schedule: '0 1 * * *', 'run-missed': 'yes' });
  await untilHour(2);
  await desk.close();
  taken();
  runMs = MINUTE;
  start();
  expect(desk.report.sync).toMatchObject({
    ...{
      running: { why: 'missed' },
      last: { why: 'schedule', exit: null, text: 'the program ended meanwhile' },
    },
  });
  await untilHour(3);
  expect(taken()).toEqual(['02:00 run begins', '02:00 connects', '02:01 run ends']);
});

test.each([
  ['the window closes', () => untilHour(3.5)],
  ['the program ends', async () => void desk.close()],
])('nothing more comes to a run that does not end when it is broken off: %s', async (_what, breakOff) => {
  isDeaf = true;
  runMs = 20 * HOUR;
  start({ live: 'no', schedule: '0 1 * * *', window: '00:00-03:00' });
  await untilHour(2);
  taken();
  await breakOff();
  expect(taken()).toEqual([expect.stringMatching(/^0[23]:00 rests$/)]);
});

describe('a run that a halt ended', () => {
  const HALTED: RunEnd = { exit: 3, text: 'HALTED', owes: 'halted' };

  async function untilHalted(flags: Record<string, string>): Promise<void> {
    end = HALTED;
    isHalted = true;
    start(flags);
    await untilHour(2);
    end = GOOD;
    taken();
  }

  test('is done again as soon as that is over, and not before', async () => {
    await untilHalted({ live: 'no', schedule: '0 1 1 * *' });
    expect(desk.report.sync).toMatchObject({ owed: 'halted', last: { why: 'schedule', exit: 3 } });
    desk.haltChanged();
    await untilHour(5);
    expect(taken()).toEqual([]);
    isHalted = false;
    desk.haltChanged();
    await untilHour(6);
    expect(taken()).toEqual(['05:00 run begins', '05:00 connects', '05:01 run ends', '05:01 rests']);
    expect(desk.report.sync).toMatchObject({ owed: null, last: { why: 'halted', exit: 0 } });
  });

  test('is owed over a restart', async () => {
    await untilHalted({ live: 'no', schedule: '0 1 1 * *' });
    await desk.close();
    isHalted = false;
    start();
    await untilHour(3);
    expect(taken()[0]).toBe('02:00 run begins');
  });

  test('is owed when a person asked for it, too', async () => {
    start({ live: 'no', schedule: SELDOM });
    isHalted = true;
    end = HALTED;
    const asked = ask(new AbortController().signal);
    await untilHour(1);
    await asked;
    expect(desk.report.sync.owed).toBe('halted');
  });

  test('is left to a live mirror itself', async () => {
    await untilHalted({ schedule: '0 1 1 * *' });
    isHalted = false;
    desk.haltChanged();
    await untilHour(5);
    expect(taken()).toEqual([]);
    expect(desk.report.sync.owed).toBeNull();
  });
});

describe('a verification that found something to put right', () => {
  const flags = { live: 'no', schedule: SELDOM, 'verify-schedule': '0 4 * * *' };

  test('owes a run without Live, which begins at once', async () => {
    end = { exit: 1, text: '1 different', owes: 'repair' };
    start(flags);
    await untilHour(4.02);
    end = GOOD;
    await untilHour(5);
    const verified = ['04:00 verification begins', '04:01 verification ends'];
    const run = ['04:01 run begins', '04:01 connects', '04:02 run ends', '04:02 rests'];
    expect(taken().slice(-6)).toEqual([...verified, ...run]);
    expect(desk.report.sync.last).toMatchObject({ why: 'repair', exit: 0 });
  });

  test('owes a run that waits for the window', async () => {
    end = { exit: 1, text: '1 different', owes: 'repair' };
    start({ ...flags, window: '06:00-08:00' });
    await untilHour(5);
    expect(taken()).toEqual(['04:00 verification begins', '04:01 verification ends']);
    expect(desk.report.sync).toMatchObject({ owed: 'repair', next: '2024-01-01T06:00:00.000Z' });
    end = GOOD;
    await untilHour(7);
    expect(taken()[0]).toBe('06:00 run begins');
  });

  test('owes none to a live mirror', async () => {
    end = { exit: 1, text: '1 different', owes: 'repair' };
    start({ ...flags, live: 'yes' });
    await untilHour(5);
    expect(taken().filter((event) => event.endsWith('run begins'))).toEqual([]);
  });
});

test('while a run goes on the next is told by the schedule, and one that came due meanwhile as owed', async () => {
  runMs = 90 * MINUTE;
  start({ live: 'no', 'sync-on-start': 'yes', schedule: 'hourly' });
  await untilHour(0.5);
  expect(desk.report.sync).toMatchObject({ next: '2024-01-01T01:00:00.000Z', owed: null });
  await untilHour(1.4);
  expect(desk.report.sync).toMatchObject({ next: '2024-01-01T02:00:00.000Z', owed: 'schedule' });
});

test('a memory that cannot be kept is a fault of the program, and no run begins without it', async () => {
  start({ schedule: 'hourly' });
  state.setMeta = () => {
    throw new Error('no room');
  };
  await scheduler.settle();
  while (await scheduler.step(HOUR));
  expect(faults).toEqual([new Error('no room')]);
  expect(taken()).toEqual(['00:00 connects']);
});

test('before the target was joined nothing is verified, which is said once; then the schedule holds', async () => {
  isJoined = false;
  start({ 'verify-schedule': '*/10 * * * *', 'run-missed': 'yes' });
  await untilHour(3);
  expect(taken()).toEqual(['00:00 connects']);
  expect(said).toEqual([
    'Nothing is verified before the target is joined; from then on VerifySchedule is followed.',
  ]);
  expect(desk.report.verify).toEqual({ next: null, owed: null, running: null, last: null });
  await desk.close();
  start();
  await untilHour(3);
  expect(said).toHaveLength(1);
  taken();
  isJoined = true;
  await untilHour(3.5);
  expect(taken().slice(0, 2)).toEqual(['03:10 verification begins', '03:11 verification ends']);
});

test('a target that is not joined is no news where nothing would be verified', async () => {
  isJoined = false;
  start({ schedule: '*/10 * * * *' });
  await untilHour(1);
  expect(said.filter((text) => text.includes('verified'))).toEqual([]);
});
