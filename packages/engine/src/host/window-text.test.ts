import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { windowAt } from '../core/index.ts';
import { readCron } from './cron.ts';
import { readWindows } from './window-text.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`window-text.test SEED=${seed}`);

const DAY = 24 * 60;
const WEEK = 7 * DAY;
const NAMES = ['su', 'mo', 'tu', 'we', 'th', 'fr', 'sa'];
/** A Sunday. */
const SUNDAY_MS = Date.UTC(2026, 0, 4);

/** As a client asks: whether it is open at a minute of the week, and at which minute that changes. */
function reader(text: string): (minute: number) => { isOpen: boolean; changes: number | undefined } {
  const windows = readWindows(text).map(({ opens, closes }) => ({
    opensAfter: readCron(opens, 'UTC'),
    closesAfter: readCron(closes, 'UTC'),
  }));
  return (minute) => {
    const { isOpen, changesMs } = windowAt(windows, SUNDAY_MS + minute * 60_000);
    return { isOpen, changes: changesMs && (changesMs - SUNDAY_MS) / 60_000 };
  };
}

interface Written {
  readonly days: readonly [number, number] | undefined;
  readonly begin: number;
  readonly end: number;
}

// Few times, so that they meet often.
const time = fc.constantFrom(0, 6, 12, 23).map((hour) => hour * 60);
const written: fc.Arbitrary<Written> = fc
  .record({
    days: fc.option(fc.tuple(fc.nat(6), fc.nat(6)), { nil: undefined }),
    begin: time,
    end: fc.oneof(time, fc.constant(DAY)),
  })
  .filter(({ begin, end }) => begin !== end);

const clock = (minute: number): string => `${String(minute / 60).padStart(2, '0')}:00`;

function textOf({ days, begin, end }: Written): string {
  const named = days === undefined ? '' : `${NAMES[days[0]]}-${NAMES[days[1]]} `;
  return `${named}${clock(begin)}-${clock(end)}`;
}

/** Minute by minute, without any thought of spans. */
function isNamed({ days, begin, end }: Written, minute: number): boolean {
  const hasDay = (day: number): boolean =>
    days === undefined || (day - days[0] + 7) % 7 <= (days[1] - days[0] + 7) % 7;
  const at = minute % DAY;
  const day = Math.floor(minute / DAY);
  if (begin < end) return at >= begin && at < end && hasDay(day);
  return (at >= begin && hasDay(day)) || (at < end && hasDay((day + 6) % 7));
}

describe('hours of the week', () => {
  test('every minute that the text names is open, no other is, and the next change is told', () => {
    fc.assert(
      fc.property(fc.array(written, { minLength: 1, maxLength: 4 }), fc.nat(WEEK - 1), (all, minute) => {
        const isOpen = (at: number): boolean => all.some((one) => isNamed(one, at % WEEK));
        const later = Array.from({ length: WEEK }, (_, at) => minute + at);
        expect(reader(all.map(textOf).join(', '))(minute)).toEqual({
          isOpen: isOpen(minute),
          changes: later.find((at) => isOpen(at) !== isOpen(minute)),
        });
      }),
      { seed, numRuns: 300 },
    );
  });

  test('days from midnight to midnight are open on each of them', () => {
    const at = reader('mo-fr 00:00-24:00');
    const days = NAMES.map((_name, day) => at(day * DAY + 12 * 60));
    expect(days.map(({ isOpen }) => isOpen)).toEqual([false, true, true, true, true, true, false]);
    expect(at(3 * DAY).changes).toBe(6 * DAY);
    expect(at(6 * DAY).changes).toBe(WEEK + DAY);
  });

  test.each([
    'su-sa 00:00-24:00',
    '00:00-24:00',
    'mo-fr 00:00-24:00, sa-su 00:00-24:00',
    '12:00-00:00, 00:00-12:00',
  ])('all of the week is as without a window: %s', (text) => {
    expect(readWindows(text)).toEqual([]);
  });

  test('each day at the same hours is one window', () => {
    expect(readWindows('23:00-07:00')).toEqual([{ opens: '0 23 * * *', closes: '0 7 * * *' }]);
    expect(readWindows('mo-tu 22:00-24:00')).toEqual([{ opens: '0 22 * * 1,2', closes: '0 0 * * 2,3' }]);
  });
});
