import { expect, test } from 'vitest';
import type { Finding } from '../work/finding.ts';
import { chart } from './chart.ts';

const FINDINGS: Finding[] = [
  {
    work: 'first-copy',
    what: 'time',
    unit: 'ms',
    values: { lanmirror: [1000], rsync: [2000], slow: [99_000] },
  },
  { work: 'line-share', what: 'share', unit: 'portion', values: { lanmirror: [0.8], rsync: [0.4] } },
  { work: 'alone', what: 'time', unit: 'ms', values: { lanmirror: [1] } },
];
const svg = chart(FINDINGS, ['lanmirror', 'rsync', 'slow'], 'lanmirror', 'a < b & c');
/** Widths of the bars, in order. */
const widths = [...svg.matchAll(/<rect x="\d+" y="[\d.]+" width="(\d+)"/g)].map(([, width]) => Number(width));

test('a bar is as long as a tool takes longer than lanmirror', () => {
  expect((widths[1] ?? 0) / (widths[0] ?? 1)).toBeCloseTo(2, 1);
});

test('where more is better, less is a longer bar', () => {
  expect((widths[4] ?? 0) / (widths[3] ?? 1)).toBeCloseTo(2, 1);
});

test('a bar that would hide the others is cut off, and its figure is still told', () => {
  expect(widths[2]).toBeLessThan(900);
  expect(svg).toContain('slow 99.0 s, 99.0x ...');
});

test('what only lanmirror was measured for has no bars', () => {
  expect(svg).not.toContain('alone');
  expect(widths).toHaveLength(5);
});

test('the text of the picture is well-formed XML', () => {
  expect(svg).toContain('<title>a &lt; b &amp; c: lanmirror is 1');
  expect(svg.match(/<text /g)).toHaveLength(svg.match(/<\/text>/g)?.length ?? 0);
});
