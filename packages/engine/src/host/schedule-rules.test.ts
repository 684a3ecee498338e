import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { windowAt } from '../core/index.ts';
import { type Configuration, readConfiguration } from './configuration.ts';
import { readScheduleRules, type ScheduleRules } from './schedule-rules.ts';
import { zonedTime } from './time-zone.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`schedule-rules.test SEED=${seed}`);

const HOUR = 3_600_000;

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lanmirror-schedule-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function configurationOf(...lines: string[]): Configuration {
  const config = join(dir, 'client.ini');
  writeFileSync(config, ['[Client]', ...lines].join('\n'));
  return readConfiguration({ section: 'Client', config, flags: {}, env: {}, cwd: dir });
}

function read(...lines: string[]): ScheduleRules {
  return readScheduleRules(configurationOf(...lines).get);
}

/** The next `count` times from that hour on, as UTC tells them. */
function times(rules: ScheduleRules, fromMs: number, count: number): string[] {
  const found: string[] = [];
  for (let at: number | undefined = fromMs; found.length < count; ) {
    at = rules.sync?.after(at);
    if (at === undefined) break;
    found.push(new Date(at).toISOString());
  }
  return found;
}

describe('Schedule', () => {
  const from = Date.UTC(2026, 0, 1, 12, 0, 0);

  test.each([
    ['30 3 * * *', '2026-01-02T03:30:00.000Z'],
    ['15 30 3 * * *', '2026-01-02T03:30:15.000Z'],
    ['0 4 * * mon', '2026-01-05T04:00:00.000Z'],
    ['*/20 * * * *', '2026-01-01T12:20:00.000Z'],
    ['hourly', '2026-01-01T13:00:00.000Z'],
    ['Daily', '2026-01-02T00:00:00.000Z'],
    ['weekly', '2026-01-04T00:00:00.000Z'],
    ['monthly', '2026-02-01T00:00:00.000Z'],
    ['0 0 29 2 *', '2028-02-29T00:00:00.000Z'],
  ])('%s comes next at %s', (text, wanted) => {
    expect(times(read('TimeZone = UTC', `Schedule = ${text}`), from, 1)).toEqual([wanted]);
  });

  test('is of the clocks of its zone', () => {
    expect(times(read('TimeZone = Asia/Shanghai', 'Schedule = 0 3 * * *'), from, 1)).toEqual([
      '2026-01-01T19:00:00.000Z',
    ]);
  });

  test('a time that the clocks leave out comes right behind that hour, and one that they repeat once', () => {
    const rules = read('TimeZone = Europe/Berlin', 'Schedule = 30 2 * * *');
    expect(times(rules, Date.UTC(2026, 2, 28, 12), 2)).toEqual([
      '2026-03-29T01:00:00.000Z',
      '2026-03-30T00:30:00.000Z',
    ]);
    expect(times(rules, Date.UTC(2026, 9, 24, 12), 2)).toEqual([
      '2026-10-25T00:30:00.000Z',
      '2026-10-26T01:30:00.000Z',
    ]);
  });

  test('every hour is every hour, also when the clocks are set', () => {
    const rules = read('TimeZone = Europe/Berlin', 'Schedule = hourly');
    for (const from of [Date.UTC(2026, 2, 28, 22), Date.UTC(2026, 9, 24, 22)])
      expect(times(rules, from, 6).map((time) => Date.parse(time) - from)).toEqual(
        [1, 2, 3, 4, 5, 6].map((hours) => hours * HOUR),
      );
  });
});

test('what comes next does not depend on what was asked before', () => {
  const lines = ['TimeZone = Europe/Berlin', 'Schedule = 17 */5 * * *'];
  const asked = read(...lines);
  const moment = fc.integer({ min: 0, max: 4 * 24 * 60 }).map((m) => Date.UTC(2026, 2, 28) + m * 60_000);
  fc.assert(
    fc.property(moment, (ms) => {
      expect(asked.sync?.after(ms)).toBe(read(...lines).sync?.after(ms));
    }),
    { seed, numRuns: 100 },
  );
});

test('equal schedules have equal names, and others other ones', () => {
  const id = (...lines: string[]) => read(...lines).sync?.id;
  expect(id('Schedule = daily')).toBe(id('Schedule = 0 0 * * *'));
  expect(id('Schedule = daily')).not.toBe(id('Schedule = daily', 'TimeZone = UTC'));
});

describe('Window', () => {
  const isOpen = (rules: ScheduleRules, ms: number): boolean => windowAt(rules.windows, ms).isOpen;

  test('is open when the clocks of its zone show an hour in it, whatever day it is', () => {
    const rules = read('TimeZone = Europe/Berlin', 'Window = 23:00-07:00, mo-tu 12:15 - 13:00');
    const moment = fc.integer({ min: Date.UTC(2026, 0, 1) / 1000, max: Date.UTC(2027, 0, 1) / 1000 });
    fc.assert(
      fc.property(moment, (seconds) => {
        const [date = '', time = ''] = zonedTime(seconds * 1000, 'Europe/Berlin').split(' ');
        const day = new Date(`${date}T00:00:00Z`).getUTCDay();
        const isNoon = time >= '12:15:00' && time < '13:00:00';
        const isInside = time >= '23:00:00' || time < '07:00:00' || (isNoon && (day === 1 || day === 2));
        expect(isOpen(rules, seconds * 1000)).toBe(isInside);
      }),
      { seed, numRuns: 300 },
    );
  });

  test('days are those on which it begins', () => {
    const rules = read('TimeZone = UTC', 'Window = sat 22:00-24:00, friday-su 00:00-01:00, fr 23:00-06:00');
    const saturday = Date.UTC(2026, 0, 3);
    const open = [-2, -1, 0, 5, 6, 21, 22, 23, 24, 25, 48].filter((hour) =>
      isOpen(rules, saturday + hour * HOUR),
    );
    expect(open).toEqual([-1, 0, 5, 22, 23, 24]);
  });

  test('says when it opens and closes, with windows that meet as one', () => {
    const rules = read('TimeZone = UTC', 'Window = 22:00-24:00, 00:00-06:00');
    const day = Date.UTC(2026, 0, 3);
    expect(windowAt(rules.windows, day + 12 * HOUR)).toEqual({ isOpen: false, changesMs: day + 22 * HOUR });
    expect(windowAt(rules.windows, day + 23 * HOUR)).toEqual({ isOpen: true, changesMs: day + 30 * HOUR });
  });

  test('one in an hour that the clocks leave out does not open on that day', () => {
    const rules = read('TimeZone = Europe/Berlin', 'Window = 02:00-03:00');
    const { isOpen: isNow, changesMs = 0 } = windowAt(rules.windows, Date.UTC(2026, 2, 28, 12));
    expect([isNow, new Date(changesMs).toISOString()]).toEqual([false, '2026-03-30T00:00:00.000Z']);
  });
});

test('without any of these settings a client is live, at all hours', () => {
  expect(read('')).toMatchObject({
    ...{ isLive: true, isSyncOnStart: false, isMissedRun: false, isVerifyRepair: false, jitterMs: 0 },
    ...{ sync: undefined, verify: undefined, windows: [] },
  });
});

describe('what is about runs where none comes by a schedule is a warning with its line, and never a refusal', () => {
  const LINES = ['Jitter = 5m', 'RunMissed = yes', 'VerifyRepair = yes'];
  const warnings = (...lines: string[]): readonly string[] => configurationOf(...lines).warnings;
  const none = 'no Schedule and no VerifySchedule is given';

  test.each([
    ['Jitter = 5m', none],
    ['RunMissed = yes', none],
    ['VerifyRepair = yes', 'no VerifySchedule is given'],
  ])('%s', (line, why) => {
    const key = line.split(' ')[0];
    const wanted = [expect.stringMatching(new RegExp(`line 2, ${key} does nothing: ${why}\\.$`))];
    expect(warnings(line)).toEqual(wanted);
    expect(warnings(line, 'Live = no', 'SyncOnStart = yes')).toEqual(wanted);
  });

  test('nothing is said of what does something, or asks for nothing', () => {
    expect(warnings(...LINES, 'VerifySchedule = monthly')).toEqual([]);
    expect(warnings('Jitter = 5m', 'RunMissed = yes', 'Schedule = daily')).toEqual([]);
    expect(warnings('Jitter = 0s', 'RunMissed = no', 'VerifyRepair = no')).toEqual([]);
  });

  test('VerifyRepair is about no run of Schedule', () => {
    expect(warnings('Schedule = daily', 'VerifyRepair = yes')).toEqual([
      expect.stringMatching(/line 3, VerifyRepair does nothing: no VerifySchedule is given\.$/),
    ]);
  });

  test('what jobs inherit is idle when it is for all of them, and is told once', () => {
    const jobs = (...films: string[]) => [
      '[Job music]',
      'TargetDir = /m',
      '[Job films]',
      'TargetDir = /f',
      ...films,
    ];
    expect(warnings('RunMissed = yes', ...jobs('Schedule = daily'))).toEqual([]);
    expect(warnings('RunMissed = yes', ...jobs())).toEqual([expect.stringMatching(/line 2, RunMissed does/)]);
    expect(warnings('RunMissed = yes', ...jobs('Schedule = daily', 'VerifyRepair = yes'))).toEqual([
      expect.stringMatching(/line 8, VerifyRepair does/),
    ]);
  });
});

describe('what is no schedule is refused with the field, as it was written', () => {
  test.each([
    ['0 0 32 * *', 'day: 32'],
    ['0 0 0 * *', 'day: 0'],
    ['0 0 1,30-40 * *', 'day: 30-40'],
    ['0 0 40W * *', 'day: 40W'],
    ['0 0 * 13 *', 'month: 13'],
    ['0 0 * 0 *', 'month: 0'],
    ['0 0 * jan-foo *', 'month: jan-foo'],
    ['0 0 * * 8', 'weekday: 8'],
    ['0 0 * * mon,mo', 'weekday: mo'],
    ['0 0 * * mon#6', 'weekday: mon#6'],
    ['0 24 * * *', 'hour: 24'],
    ['0 3,15W * * *', 'hour: 15W'],
    ['60 0 0 * * *', 'second: 60'],
    ['1,,2 * * * *', 'minute: 1,,2'],
    ['-5 * * * *', 'minute: -5'],
    ['often a b c d', 'minute: often'],
    ['0 0 30-10 * *', "day: 30-10; From value is larger than to value: '30-10'"],
    ['*/0 * * * *', 'minute: */0; illegal stepping: 0'],
    ['*/99 * * * *', 'minute: */99; steps cannot be greater than maximum value of part (60)'],
    [
      '0 5/15 * * *',
      "hour: 5/15; stepping with numeric prefix ('5/15') is not allowed. Use wildcard (*/step) or range (min-max/step) instead",
    ],
    ['0 0 L,LW * *', "day: L,LW; LW can not be in a list in day-of-month ('L,LW')"],
  ])('%s', (text, told) => {
    const message = expect.stringContaining(`"${text}" is no schedule (Invalid value for ${told}).`);
    expect(() => read(`Schedule = ${text}`)).toThrow(expect.objectContaining({ message }));
  });
});

describe('refused with the line', () => {
  test.each([
    [
      'Schedule = often',
      'BAD_SCHEDULE',
      /line 2, Schedule: "often" is no schedule \(it has 1 field, and not 5 or 6\)/,
    ],
    ['Schedule = 0 0 0 0 * * *', 'BAD_SCHEDULE', /7 fields/],
    ['Schedule = 61 * * * *', 'BAD_SCHEDULE', /Invalid value for minute: 61/],
    ['Schedule = 2030-01-01T00:00:00', 'BAD_SCHEDULE', /no schedule/],
    ['Schedule = 0 0 30 2 *', 'NEVER_DUE', /never comes/],
    ['VerifySchedule = * * *', 'BAD_SCHEDULE', /line 2, VerifySchedule/],
    ['TimeZone = Mars/Olympus', 'BAD_TIME_ZONE', /line 2, TimeZone: "Mars\/Olympus"/],
    ['Jitter = soon', 'BAD_AGE', /line 2, Jitter/],
    ['Window = 07:00-07:00', 'BAD_WINDOW', /line 2, Window: "07:00-07:00" begins and ends at the same time/],
    ['Window = 25:00-26:00', 'BAD_WINDOW', /is not like 23:00-07:00/],
    ['Window = 22:60-23:00', 'BAD_WINDOW', /is not like/],
    ['Window = 23:00-07:00,', 'BAD_WINDOW', /""/],
    ['Window = mob 22:00-23:00', 'BAD_WINDOW', /"mob" is no day of the week/],
    ['Window = always', 'BAD_WINDOW', /"always"/],
    ['Live = no', 'NEVER_RUN', /line 2, Live: with Live = no/],
    ['SyncOnStart = perhaps', 'BAD_CHOICE', /line 2, SyncOnStart/],
  ])('%s', (line, code, message) => {
    expect(() => read(line)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });

  test('Live = no is possible with anything that makes it run', () => {
    expect(read('Live = no', 'SyncOnStart = yes').isLive).toBe(false);
    expect(read('Live = no', 'Schedule = daily').isLive).toBe(false);
  });
});
