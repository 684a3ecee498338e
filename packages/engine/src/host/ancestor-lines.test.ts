import { expect, test } from 'vitest';
import { lines } from './ancestor-lines.ts';

const MIB = 1 << 20;

test('the lines are those that users of the ancestor and their scripts know', () => {
  const said = [
    lines.start('incremental', 'A', 'B'),
    lines.scanning(),
    lines.found(1500),
    lines.needed(250),
    lines.progress('incremental', 125, 250),
    lines.completed('incremental', 45.234),
    lines.results(248, 2, 1250),
    lines.start('full', 'A', 'B'),
    lines.progress('full', 750, 1500),
    lines.completed('full', 120.45),
    lines.results(1498, 2),
    lines.copying('large_file.zip', 125.3 * MIB, 512 * MIB),
    lines.created('PATH'),
    lines.modified('PATH'),
    lines.deleted('PATH'),
    lines.renamed('A', 'B'),
  ];
  expect(said).toEqual([
    'Starting incremental sync (diff compare) from A to B',
    'Scanning files for differences...',
    'Found 1500 files to check',
    '250 files need synchronization',
    'Incremental sync: 125/250 (50.0%)',
    'Incremental sync completed in 45.23 seconds',
    'Results: 248 synced, 2 failed, 1250 skipped',
    'Starting full sync from A to B',
    'Full sync: 750/1500 (50.0%)',
    'Full sync completed in 120.45 seconds',
    'Results: 1498 synced, 2 failed',
    'Copying large_file.zip: 125.3MB/512.0MB (24.5%)',
    'Created: PATH',
    'Modified: PATH',
    'Deleted: PATH',
    'Renamed: A -> B',
  ]);
});

test('100.0% is said at the end and not before', () => {
  expect(lines.progress('full', 9999, 10_000)).toBe('Full sync: 9999/10000 (99.9%)');
  expect(lines.progress('full', 10_000, 10_000)).toBe('Full sync: 10000/10000 (100.0%)');
  expect(lines.progress('full', 0, 0)).toBe('Full sync: 0/0 (100.0%)');
});

test('no name can forge a line', () => {
  const name = 'a\nDeleted: b';
  const said = [lines.start('full', name, name), lines.copying(name, 1, 2), lines.renamed(name, name)];
  for (const make of [lines.created, lines.modified, lines.deleted]) said.push(make(name));
  for (const line of said) expect(line).not.toContain('\n');
});
