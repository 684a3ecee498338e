import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rateAt } from '../core/index.ts';
import { bandwidthReader, parseBandwidth } from './bandwidth-setting.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`bandwidth-setting.test SEED=${seed}`);

const K = 1024;
const DAY = 24 * 60;

describe('a bandwidth', () => {
  test.each([
    ['512k', 512 * K],
    ['10M', 10 * K * K],
    ['1.5MiB', 1.5 * K * K],
    ['1GB', K ** 3],
    ['off', Number.POSITIVE_INFINITY],
    ['OFF', Number.POSITIVE_INFINITY],
  ])('%s holds at all times', (text, rate) => {
    for (const minute of [0, 1, 4000, 7 * DAY - 1])
      expect(rateAt(parseBandwidth(text, 'x'), minute)).toBe(rate);
  });

  test('as a timetable of every day holds from each time to the next, over midnight', () => {
    const steps = parseBandwidth('08:00,512k 23:00,off', 'x');
    for (let day = 0; day < 7; day += 1) {
      const at = (hour: number, minute = 0): number => rateAt(steps, day * DAY + hour * 60 + minute);
      expect([at(7, 59), at(8), at(22, 59), at(23)]).toEqual([
        Number.POSITIVE_INFINITY,
        512 * K,
        512 * K,
        Number.POSITIVE_INFINITY,
      ]);
    }
  });

  test('of a day holds from that day on, and wins over what is said of every day at its minute', () => {
    const week = parseBandwidth('Mon-00:00,512k Fri-23:59,10M sunday-20:00,off', 'x');
    expect(rateAt(week, 3 * DAY)).toBe(512 * K);
    expect(rateAt(week, 6 * DAY)).toBe(10 * K * K);
    expect(rateAt(week, 0)).toBe(10 * K * K);
    expect(rateAt(week, 20 * 60)).toBe(Number.POSITIVE_INFINITY);
    const mixed = parseBandwidth('Sat-08:00,off 08:00,1M', 'x');
    expect(rateAt(mixed, 5 * DAY + 8 * 60)).toBe(K * K);
    expect(rateAt(mixed, 6 * DAY + 8 * 60)).toBe(Number.POSITIVE_INFINITY);
  });

  test.each([
    '512',
    '0',
    '16k',
    '-1M',
    '1T',
    'fast',
    '08:00',
    '08:00,',
    '24:00,1M',
    '08:60,1M',
    'Foo-08:00,1M',
    '1M 2M',
    '08:00,1M,23:00,2M',
    '08:00,1M 2M',
    '08:00,512k 8:00,1M',
    'Sat-08:00,off 20:00,1M saturday-08:00,1M',
  ])('"%s" is refused, with the place and how it is written', (text) => {
    const asked = () => parseBandwidth(text, 'client.ini line 3, BwLimit');
    expect(asked).toThrow(/^client\.ini line 3, BwLimit: /);
    expect(asked).toThrow(
      expect.objectContaining({ code: 'BAD_BANDWIDTH', nextStep: expect.stringContaining('512k') }),
    );
  });

  test('of any timetable has its steps in order, one for a minute, each of a possible rate', () => {
    const day = fc.constantFrom('', 'Mon-', 'tue-', 'Wednesday-', 'SAT-');
    const entry = fc
      .tuple(day, fc.nat(23), fc.nat(59), fc.constantFrom('off', '32k', '5M', '1g'))
      .map(([name, hour, minute, rate]) => `${name}${hour}:${String(minute).padStart(2, '0')},${rate}`);
    const time = (written: string): string => written.split(',')[0] ?? '';
    const table = fc.uniqueArray(entry, { minLength: 1, maxLength: 12, selector: time });
    fc.assert(
      fc.property(table, (entries) => {
        const steps = parseBandwidth(entries.join('  '), 'x');
        expect(steps.length).toBeGreaterThan(0);
        for (const [at, { fromMinute, bytesPerSecond }] of steps.entries()) {
          expect(fromMinute).toBeGreaterThan(steps[at - 1]?.fromMinute ?? -1);
          expect(fromMinute).toBeLessThan(7 * DAY);
          expect(bytesPerSecond).toBeGreaterThanOrEqual(32 * K);
        }
      }),
      { seed, numRuns: 200 },
    );
  });
});

test('a reader gives what is set at the moment', () => {
  let text = 'off';
  const read = bandwidthReader(() => text);
  expect(read()).toEqual([]);
  text = '1M';
  expect(read()).toEqual([{ fromMinute: 0, bytesPerSecond: K * K }]);
  expect(read()).toBe(read());
});
