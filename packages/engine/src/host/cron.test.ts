import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readCron } from './cron.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`cron.test SEED=${seed}`);

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** All times of it after the first and up to the second moment. */
function timesOf(text: string, zone: string, fromMs: number, untilMs: number): number[] {
  const nextAfter = readCron(text, zone);
  const found: number[] = [];
  for (let at = nextAfter(fromMs); at !== undefined && at <= untilMs; at = nextAfter(at)) found.push(at);
  return found;
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** What the clocks of the zone show, as `2026-03-29 03:00`. */
function shown(ms: number, zone: string): string {
  const style = { timeZone: zone, dateStyle: 'short', timeStyle: 'short' } as const;
  const clock = clocks.get(zone) ?? new Intl.DateTimeFormat('sv-SE', style);
  clocks.set(zone, clock);
  return clock.format(ms);
}

describe('on the day on which summer time begins, what is left out comes once, right after the gap', () => {
  test.each([
    ['0 2,14 * * *', 'Europe/Berlin', '2026-03-29', ['03:00', '14:00']],
    ['0,30 2 * * *', 'Europe/Berlin', '2026-03-29', ['03:00']],
    ['0 1,2 * * *', 'Europe/Berlin', '2026-03-29', ['01:00', '03:00']],
    ['15 2,3 * * *', 'Europe/Berlin', '2026-03-29', ['03:00', '03:15']],
    ['0 2,3 * * *', 'Europe/Berlin', '2026-03-29', ['03:00']],
    ['*/20 2 * * *', 'Europe/Berlin', '2026-03-29', ['03:00']],
    ['*/10 */5 2 * * *', 'Europe/Berlin', '2026-03-29', ['03:00']],
    ['0 */6,2 * * *', 'Europe/Berlin', '2026-03-29', ['00:00', '03:00', '06:00', '12:00', '18:00']],
    ['0 0,12 * * *', 'Asia/Beirut', '2026-03-29', ['01:00', '12:00']],
    ['10,40 0 * * *', 'America/Santiago', '2026-09-06', ['01:00']],
    ['0 2 * * *', 'Australia/Lord_Howe', '2026-10-04', ['02:30']],
    ['15,45 2 * * *', 'Australia/Lord_Howe', '2026-10-04', ['02:30', '02:45']],
  ])('%s in %s on %s', (text, zone, day, wanted) => {
    const noon = Date.parse(`${day}T12:00Z`);
    const all = timesOf(text, zone, noon - 2 * DAY, noon + 2 * DAY).map((ms) => shown(ms, zone));
    expect(all.filter((time) => time.startsWith(day)).map((time) => time.slice(11))).toEqual(wanted);
  });
});

describe('on the day on which summer time ends, what comes twice counts once, the first time', () => {
  test.each([
    ['0 2,4 * * *', 'Europe/Berlin', '2026-10-25', ['00:00', '03:00']],
    ['0 1-3 * * *', 'Europe/Berlin', '2026-10-25', ['-01:00', '00:00', '02:00']],
    ['30 2,3 * * *', 'Europe/Berlin', '2026-10-25', ['00:30', '02:30']],
    ['0,30 2 * * *', 'Europe/Berlin', '2026-10-25', ['00:00', '00:30']],
    ['0 1,2 * * *', 'America/New_York', '2026-11-01', ['05:00', '07:00']],
    ['15,45 1 * * *', 'Australia/Lord_Howe', '2026-04-05', ['-09:45', '-09:15']],
  ])('%s in %s on %s', (text, zone, day, hours) => {
    const utc = Date.parse(`${day}T00:00Z`);
    const wanted = hours.map((hour) => {
      const [, sign = '', h = '', m = ''] = /^(-?)(\d\d):(\d\d)$/.exec(hour) ?? [];
      return utc + (sign === '-' ? -1 : 1) * (Number(h) * HOUR + Number(m) * MINUTE);
    });
    const all = timesOf(text, zone, utc - DAY, utc + 2 * DAY);
    expect(all.filter((ms) => shown(ms, zone).startsWith(day))).toEqual(wanted);
  });

  test('every second hour is every second hour that the clocks show', () => {
    const all = timesOf('0 */2 * * *', 'Europe/Berlin', Date.UTC(2026, 9, 24, 21), Date.UTC(2026, 9, 25, 6));
    expect(all.map((ms) => new Date(ms).toISOString().slice(11, 16))).toEqual([
      ...['22:00', '00:00', '03:00', '05:00'],
    ]);
  });
});

describe('what comes in every hour goes on while the clocks are set', () => {
  test.each([
    ['*/20 * * * *', 20 * MINUTE],
    ['*/20 */1 * * *', 20 * MINUTE],
    ['30 * * * *', HOUR],
    ['30 0-23 * * *', HOUR],
    ['*/30 * * * * *', 30_000],
  ])('%s', (text, periodMs) => {
    for (const fromMs of [Date.UTC(2026, 2, 28, 22), Date.UTC(2026, 9, 24, 22)]) {
      const all = timesOf(text, 'Europe/Berlin', fromMs, fromMs + 6 * HOUR);
      expect(all).toHaveLength((6 * HOUR) / periodMs);
      for (const [at, ms] of all.slice(1).entries()) expect(ms - (all[at] ?? 0)).toBe(periodMs);
    }
  });

  test('by the clock, where it is set by half an hour', () => {
    const zone = 'Australia/Lord_Howe';
    const times = (fromMs: number): string[] =>
      timesOf('0 * * * *', zone, fromMs, fromMs + 3 * HOUR).map((ms) => shown(ms, zone).slice(11));
    expect(times(Date.UTC(2026, 9, 3, 14))).toEqual(['01:00', '03:00', '04:00']);
    expect(times(Date.UTC(2026, 3, 4, 13, 30))).toEqual(['01:00', '02:00', '03:00']);
  });
});

/** Zones, with moments shortly before their clocks are set, and one at which they are not. */
const CHANGES: readonly (readonly [string, string])[] = [
  ...(['2026-03-29T01:00Z', '2026-10-25T01:00Z'] as const).map((at) => ['Europe/Berlin', at] as const),
  ...(['2026-03-08T07:00Z', '2026-11-01T06:00Z'] as const).map((at) => ['America/New_York', at] as const),
  ...(['2026-03-28T22:00Z', '2026-10-24T21:00Z'] as const).map((at) => ['Asia/Beirut', at] as const),
  ...(['2026-09-06T04:00Z', '2026-04-05T03:00Z'] as const).map((at) => ['America/Santiago', at] as const),
  ...(['2026-10-03T15:30Z', '2026-04-04T15:00Z'] as const).map((at) => ['Australia/Lord_Howe', at] as const),
  ...(['2026-03-29T01:00Z'] as const).map((at) => ['UTC', at] as const),
  // A Friday that was left out.
  ...(['2011-12-30T10:00Z'] as const).map((at) => ['Pacific/Apia', at] as const),
];

describe('compared with looking at the clock in every minute', () => {
  const minutes = fc.uniqueArray(fc.integer({ min: 0, max: 59 }), { minLength: 1, maxLength: 4 });
  const hours = fc.oneof(
    fc.uniqueArray(fc.integer({ min: 0, max: 23 }), { minLength: 1, maxLength: 6 }),
    fc.uniqueArray(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 4 }),
  );
  const days = fc.oneof(fc.constant(undefined), fc.uniqueArray(fc.nat(6), { minLength: 1, maxLength: 3 }));
  const SPAN = 36 * HOUR;
  /** Each minute around the change, with what the clock shows. */
  const looked = new Map(
    CHANGES.map(([zone, at]) => {
      const fromMs = Date.parse(at) - SPAN;
      const count = (2 * SPAN) / MINUTE;
      const look = (_: unknown, index: number) => {
        const ms = fromMs + (index + 1) * MINUTE;
        return { ms, text: shown(ms, zone) };
      };
      return [`${zone} ${at}`, Array.from({ length: count }, look)] as const;
    }),
  );
  interface Fields {
    readonly minute: readonly number[];
    readonly hour: readonly number[] | undefined;
    readonly day: readonly number[] | undefined;
  }
  /** Whether these fields mean the minute that is shown so. */
  const isMeant = (text: string, { minute, hour, day }: Fields): boolean => {
    const at = new Date(`${text.replace(' ', 'T')}Z`);
    const isDay = day === undefined || day.includes(at.getUTCDay());
    return isDay && minute.includes(at.getUTCMinutes()) && (hour?.includes(at.getUTCHours()) ?? true);
  };
  const expressionOf = ({ minute, hour, day }: Fields): string =>
    `${minute.join(',')} ${hour?.join(',') ?? '*'} * * ${day?.join(',') ?? '*'}`;

  test.each(CHANGES)('fixed hours come once, in %s about %s', (zone, at) => {
    const all = looked.get(`${zone} ${at}`) ?? [];
    const first = all[0]?.ms ?? 0;
    /** The first moment at which the clock shows this or more, for each minute of the calendar. */
    const reached = new Map<string, number>();
    const from = Date.parse(`${all[0]?.text.replace(' ', 'T')}Z`);
    const until = Date.parse(`${all.at(-1)?.text.replace(' ', 'T')}Z`);
    let index = 0;
    for (let wall = from + HOUR; wall <= until; wall += MINUTE) {
      const text = new Date(wall).toISOString().slice(0, 16).replace('T', ' ');
      while ((all[index]?.text ?? '') < text) index += 1;
      reached.set(text, all[index]?.ms ?? 0);
    }
    fc.assert(
      fc.property(fc.record({ minute: minutes, hour: hours, day: days }), (fields) => {
        const meant = [...reached].filter(([text]) => isMeant(text, fields)).map(([, ms]) => ms);
        const start = first + HOUR;
        const wanted = [...new Set(meant)].filter((ms) => ms > start);
        expect(timesOf(expressionOf(fields), zone, start, all.at(-1)?.ms ?? 0)).toEqual(wanted);
      }),
      { seed, numRuns: 30 },
    );
  });

  test.each(CHANGES)(
    'what comes in every hour comes whenever the clock shows it, in %s about %s',
    (zone, at) => {
      const all = looked.get(`${zone} ${at}`) ?? [];
      fc.assert(
        fc.property(fc.record({ minute: minutes, hour: fc.constant(undefined), day: days }), (fields) => {
          const wanted = all.filter(({ text }) => isMeant(text, fields)).map(({ ms }) => ms);
          const from = (all[0]?.ms ?? 0) - 1;
          expect(timesOf(expressionOf(fields), zone, from, all.at(-1)?.ms ?? 0)).toEqual(wanted);
        }),
        { seed, numRuns: 10 },
      );
    },
  );

  test.each(CHANGES)('the answer is the same from every moment before it, in %s about %s', (zone, at) => {
    const from = Date.parse(at) - SPAN;
    const moment = fc.integer({ min: 0, max: 2 * SPAN });
    const hour = fc.oneof(hours, fc.constant(undefined));
    fc.assert(
      fc.property(fc.record({ minute: minutes, hour, day: days }), moment, (fields, offset) => {
        const text = expressionOf(fields);
        const asked = readCron(text, zone)(from + offset) ?? 0;
        expect(asked).toBeGreaterThan(from + offset);
        expect(readCron(text, zone)(asked - 1)).toBe(asked);
        expect(timesOf(text, zone, from + offset, asked)).toEqual([asked]);
      }),
      { seed, numRuns: 20 },
    );
  });
});

test('of a zone without changes nothing is other than what cron says, to the second', () => {
  const from = Date.UTC(2026, 0, 1, 12, 0, 0, 500);
  const times = (text: string, spanMs: number): string[] =>
    timesOf(text, 'UTC', from, from + spanMs).map((ms) => new Date(ms).toISOString());
  expect(times('15,45 30 3 * * *', 2 * DAY).slice(0, 3)).toEqual([
    ...['2026-01-02T03:30:15.000Z', '2026-01-02T03:30:45.000Z', '2026-01-03T03:30:15.000Z'],
  ]);
  expect(times('* * * * * *', 2000)).toEqual(['2026-01-01T12:00:01.000Z', '2026-01-01T12:00:02.000Z']);
});

test('the clock of the machine is meant without a zone, and its summer time', () => {
  const before = process.env.TZ;
  process.env.TZ = 'Europe/Berlin';
  try {
    const from = Date.UTC(2026, 2, 28, 12);
    expect(timesOf('0 2,14 * * *', '', from, from + DAY).map((ms) => new Date(ms).toISOString())).toEqual([
      ...['2026-03-28T13:00:00.000Z', '2026-03-29T01:00:00.000Z', '2026-03-29T12:00:00.000Z'],
    ]);
  } finally {
    if (before === undefined) delete process.env.TZ;
    else process.env.TZ = before;
  }
});

test('what comes seldom is found soon', () => {
  const began = performance.now();
  const next = readCron('* * 29 2 1', 'Europe/Berlin')(Date.UTC(2026, 0, 1)) ?? 0;
  expect(shown(next, 'Europe/Berlin')).toBe('2026-02-02 00:00');
  const leap = readCron('*/5 * 29 2 *', 'Europe/Berlin')(Date.UTC(2096, 2, 1)) ?? 0;
  expect(shown(leap, 'Europe/Berlin')).toBe('2104-02-29 00:00');
  expect(performance.now() - began).toBeLessThan(2000);
});
