import { expect, test } from 'vitest';
import { bandwidthLines, bandwidthReport } from './bandwidth-report.ts';

test.each([
  ['off', Number.POSITIVE_INFINITY, []],
  ['512k', 512 * 1024, ['BwLimit:  512 KiB a second now']],
  ['1.5M', 1.5 * 2 ** 20, ['BwLimit:  1.5 MiB a second now']],
  ['08:00,512k 23:00,off', 2 ** 19, ['BwLimit:  512 KiB a second now (08:00,512k 23:00,off)']],
  ['08:00,512k 23:00,off', Number.POSITIVE_INFINITY, ['BwLimit:  no limit now (08:00,512k 23:00,off)']],
])('a limit of %s is told with what is allowed now', (setting, now, lines) => {
  expect(bandwidthLines(bandwidthReport(setting, now))).toEqual(lines);
});

test('no limit is no number of a JSON', () => {
  expect(JSON.parse(JSON.stringify(bandwidthReport('off', Number.POSITIVE_INFINITY)))).toEqual({
    setting: 'off',
    bytesPerSecond: null,
  });
});
