import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseMountTable, waysTo } from './mount-table.ts';

const SEED = process.env.SEED === undefined ? undefined : Number(process.env.SEED);

const MOUNTS = parseMountTable(
  [
    '22 1 8:1 / / rw - ext4 /dev/sda1 rw',
    '23 22 8:2 / /srv rw - ext4 /dev/sda2 rw',
    '24 22 8:2 /films/new /mnt/my\\040films rw shared:7 - ext4 /dev/sda2 rw',
    '25 22 0:28 / /srv/tree/other rw - tmpfs tmpfs rw',
  ].join('\n'),
);

test('a mounted part of a file system is reached by the way to the whole, too, and the other way round', () => {
  expect(waysTo('/mnt/my films/a', MOUNTS)).toEqual(['/mnt/my films/a', '/srv/films/new/a']);
  expect(waysTo('/mnt/my films', MOUNTS)).toEqual(['/mnt/my films', '/srv/films/new']);
  expect(waysTo('/srv/films/new/a/b', MOUNTS)).toEqual(['/srv/films/new/a/b', '/mnt/my films/a/b']);
});

test('what is mounted nowhere else has one way: names that only begin alike are others', () => {
  for (const path of [
    '/',
    '/mnt',
    '/srv/films',
    '/srv/films/newer',
    '/srv/tree/other/films',
    '/mnt/my films2',
  ])
    expect(waysTo(path, MOUNTS)).toEqual([path]);
  expect(waysTo('/srv', [])).toEqual(['/srv']);
});

test('whoever is reached by a way reaches the other by it', () => {
  const name = fc.constantFrom('srv', 'films', 'new', 'mnt', 'my films', 'tree', 'other', 'a');
  const path = fc.array(name, { maxLength: 5 }).map((names) => `/${names.join('/')}`);
  const check = fc.property(path, (from) => {
    for (const way of waysTo(from, MOUNTS)) expect(waysTo(way, MOUNTS)).toContain(from);
  });
  fc.assert(check, SEED === undefined ? {} : { seed: SEED });
});
