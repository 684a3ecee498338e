import { expect, test } from 'vitest';
import type { Finding } from '../work/finding.ts';
import { quantity, times } from './quantity.ts';
import { table } from './table.ts';

test('a figure has the unit that a person would take', () => {
  expect(quantity(12.34, 'ms')).toBe('12.3 ms');
  expect(quantity(1234, 'ms')).toBe('1.23 s');
  expect(quantity(123_456, 'ms')).toBe('123 s');
  expect(quantity(500, 'bytes')).toBe('500 B');
  expect(quantity(3 << 20, 'bytes')).toBe('3.00 MiB');
  expect(quantity(0.25, 'percent')).toBe('0.25 %');
  expect(quantity(Number.NaN, 'ms')).toBe('-');
  expect(times(0.5)).toBe('0.50x');
  expect(times(Number.NaN)).toBe('-');
});

test('a line has our figure, the others with our ratio to them, the aim and the verdict', () => {
  const findings: Finding[] = [
    {
      work: 'first-copy',
      what: 'time',
      unit: 'ms',
      values: { lanmirror: [2000, 1000, 3000], rsync: [4000] },
    },
    { work: 'other', what: 'thing', unit: 'bytes', values: { cp: [2048] } },
  ];
  expect(table(findings, ['lanmirror', 'rsync', 'cp', 'unison'], 'lanmirror')).toEqual([
    'work              lanmirror  rsync           cp        aim',
    'first-copy: time  2.00 s     4.00 s (0.50x)            <= 1.00x rsync  met',
    'other: thing                                 2.00 KiB',
  ]);
});
