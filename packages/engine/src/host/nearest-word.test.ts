import { expect, test } from 'vitest';
import { nearestWord } from './nearest-word.ts';

const KNOWN = ['ServerIP', 'ServerPort', 'TargetDir', 'MaxWorkers'];

test.each([
  ['serverip', 'ServerIP'],
  ['SevrerPort', 'ServerPort'],
  ['TargetPath', 'TargetDir'],
  ['Workers', 'MaxWorkers'],
  ['Port', 'ServerPort'],
  ['Bogus', undefined],
  ['IP', undefined],
  ['', undefined],
])('%j is meant as %j', (word, meant) => {
  expect(nearestWord(word, KNOWN)).toBe(meant);
});

test('of several close words the closest is named', () => {
  expect(nearestWord('stort', ['sort', 'start', 'stop'])).toBe('sort');
  expect(nearestWord('a', [])).toBeUndefined();
});
