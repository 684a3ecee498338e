import { mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { openCleanableSource, openLocalSource } from '@lanmirror/engine/tree';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { trashWitness } from './trash-witness.ts';

const MTIME_S = 1_600_000_000;

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lanmirror-witness-'));
  mkdirSync(join(dir, 'source/.lanmirror'), { recursive: true });
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(dir, path)), { recursive: true });
  writeFileSync(join(dir, path), text);
  utimesSync(join(dir, path), MTIME_S, MTIME_S);
}

/** What is at both ends, and was taken from the source with this hash. */
function clean(path: string, text: string, hash: string): void {
  write(`source/${path}`, text);
  write(`target/${path}`, text);
  const source = openCleanableSource(join(dir, 'source'));
  source.prepare();
  source.keep(source.take(path), { hash, ageMs: 0 });
  source.release();
}

/** Path and hash of each row. */
function told(isAllLost: boolean, isStateNew: boolean, known = ''): string[] {
  const witness = trashWitness(openLocalSource(join(dir, 'target')), join(dir, 'source'), () => isStateNew);
  return witness((path) => path === known, isAllLost).map(({ path, hash }) => `${path} ${hash}`);
}

test('what was moved here is known wherever it stands, but only when nobody else knows anything', () => {
  clean('a', 'first', '01');
  clean('b', 'second', '02');
  mkdirSync(join(dir, 'target/mine'));
  renameSync(join(dir, 'target/a'), join(dir, 'target/mine/moved'));
  expect(told(true, true)).toEqual(['b ', 'mine/moved 01']);
  for (const isLost of [false, true]) expect(told(isLost, false)).toEqual(['b ']);
  expect(told(false, true, 'b')).toEqual([]);
});

test('of two contents with one name the first is found, though the second stands at its place', () => {
  clean('a', 'first', '01');
  renameSync(join(dir, 'target/a'), join(dir, 'target/moved'));
  clean('a', 'second', '02');
  expect(told(true, true).sort()).toEqual(['a ', 'moved 01']);
});

test('what only has the size of it, or looks as two of them, is not said to have its content', () => {
  clean('a', 'first', '01');
  clean('b', 'other', '02');
  renameSync(join(dir, 'target/a'), join(dir, 'target/moved'));
  rmSync(join(dir, 'target/b'));
  expect(told(true, true)).toEqual(['moved ']);
  utimesSync(join(dir, 'target/moved'), MTIME_S, MTIME_S + 1);
  expect(told(true, true)).toEqual([]);
});
