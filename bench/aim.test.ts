import { expect, test } from 'vitest';
import { AIMS, aimOf, judge } from './aim.ts';
import { type Finding, Samples } from './work/finding.ts';
import { WORKS } from './work/works.ts';

const finding = (values: Finding['values']): Finding => ({ work: 'x', what: 'time', unit: 'ms', values });

test('a ratio is judged by the medians, with what is allowed on top', () => {
  const aim = { peer: 'rsync', times: 0.6, plus: 300 };
  expect(judge(aim, finding({ lanmirror: [900, 10, 900], rsync: [1000] }), 'lanmirror')).toBe('met');
  expect(judge(aim, finding({ lanmirror: [901], rsync: [1000] }), 'lanmirror')).toBe('missed');
  expect(judge(aim, finding({ lanmirror: [1] }), 'lanmirror')).toBe('not measured');
  expect(judge(aim, finding({ rsync: [1] }), 'lanmirror')).toBe('not measured');
});

test('a value is judged by what it may be at most, or has to be at least', () => {
  expect(judge({ most: 5 }, finding({ lanmirror: [5] }), 'lanmirror')).toBe('met');
  expect(judge({ most: 5 }, finding({ lanmirror: [5.1] }), 'lanmirror')).toBe('missed');
  expect(judge({ least: 0.9 }, finding({ lanmirror: [0.8] }), 'lanmirror')).toBe('missed');
});

test('samples become findings with a unit, in the order in which the things came', () => {
  const samples = new Samples();
  samples.add('a', { time: 1, 'memory of the server': 2 });
  samples.add('b', { time: 3 });
  samples.add('a', { time: 5 });
  expect(samples.findings('w')).toEqual([
    { work: 'w', what: 'time', unit: 'ms', values: { a: [1, 5], b: [3] } },
    { work: 'w', what: 'memory of the server', unit: 'bytes', values: { a: [2] } },
  ]);
});

test('every aim is about a piece of work that exists', () => {
  const names = new Set(WORKS.map(({ name }) => name));
  expect(Object.keys(AIMS).filter((key) => !names.has(key.split(':')[0] ?? ''))).toEqual([]);
  expect(aimOf({ work: 'first-copy', what: 'time', unit: 'ms', values: {} })).toBeDefined();
});
