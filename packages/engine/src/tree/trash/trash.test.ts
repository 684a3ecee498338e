import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openLocalTarget } from '../local/index.ts';
import {
  dayItems,
  daysToPrune,
  oneForEachPath,
  pruneItem,
  pruneTrash,
  restoreItem,
  type TrashItem,
  trashDays,
} from './index.ts';
import { readRecords, recordLine } from './journal.ts';

const NOON = new Date(2025, 2, 31, 12).getTime();
const DAY_MS = 24 * 3_600_000;

let root: string;
let trash: string;
let now: number;

beforeEach(() => {
  root = mkdtempSync(join(realpathSync(tmpdir()), 'lanmirror-trash-'));
  mkdirSync(join(root, '.lanmirror'), { mode: 0o700 });
  trash = join(root, '.lanmirror', 'trash');
  now = NOON;
});
afterEach(() => rmSync(root, { recursive: true }));

const write = (path: string, text: string): void => {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), text);
};
const target = () => openLocalTarget(root, { wallMs: () => now });
const unexpected = (path: string): void => {
  throw new Error(`could not look at ${path}`);
};
async function all(): Promise<TrashItem[]> {
  const items: TrashItem[] = [];
  for (const day of await trashDays(trash)) items.push(...(await dayItems(trash, day, unexpected)));
  return items;
}
const told = (items: readonly TrashItem[]) =>
  items.map(({ path, reason, trashedMs }) => `${path} ${reason} ${trashedMs - NOON}`);

describe('what is in the trash', () => {
  test('is listed with the path it had, when it went and why, whatever it is called there', async () => {
    const tree = target();
    for (const [at, text] of ['one', 'two', 'three'].entries()) {
      write('a/name ~123456', text);
      now = NOON + at * 1000;
      if (text === 'two') tree.keepVersion('a/name ~123456', 'edited');
      else tree.putAway('a/name ~123456', 'deleted');
    }
    write('folder/sub/f', 'x');
    tree.putAway('folder', 'extra');
    expect(told(await all())).toEqual([
      'a/name ~123456 deleted 0',
      'a/name ~123456 edited 1000',
      'a/name ~123456 deleted 2000',
      'folder/sub/f extra 2000',
    ]);
  });

  test('is listed by its place and its own time when the journal is gone or torn', async () => {
    const tree = target();
    write('a/b', 'one');
    tree.putAway('a/b', 'deleted');
    write('a/b', 'two');
    tree.putAway('a/b', 'deleted');
    const journal = join(trash, 'journal', '2025-03-31.jsonl');
    writeFileSync(journal, readFileSync(journal, 'utf8').slice(0, -20));
    write('c', 'three');
    tree.putAway('c', 'extra');
    expect((await all()).map(({ path, reason }) => `${path} ${reason}`).sort()).toEqual([
      'a/b deleted',
      'a/b unknown',
      'c extra',
    ]);
    rmSync(join(trash, '2025-03-31', 'c'));
    rmSync(journal);
    execFileSync('mkfifo', [journal]);
    expect(await all()).toHaveLength(2);
    rmSync(journal);
    expect((await all()).map(({ path, reason }) => `${path} ${reason}`)).toEqual([
      'a/b unknown',
      'a/b unknown',
    ]);
  });

  test('has no place for lines that lead outside', () => {
    const record = { at: '2025-03-31/a', path: 'a', trashedMs: 1, reason: 'deleted' } as const;
    const lines = [
      recordLine(record),
      recordLine({ ...record, at: '2025-03-31/b', path: '../../etc/passwd' }),
      recordLine({ ...record, at: '../c' }),
      'null\n{}\n[1]\n"x"\n{"at":"2025-03-31/d","path":"d","ms":"x","why":"deleted"}\n',
    ];
    expect([...readRecords(lines.join('')).values()]).toEqual([record]);
  });

  test('nothing is in a trash that is not there', async () => {
    expect(await trashDays(join(root, 'absent'))).toEqual([]);
  });
});

describe('restoring', () => {
  test('copies content, mode, time and links, keeps the trash, and leaves alone what stands there', async () => {
    const tree = target();
    write('a/f', 'content');
    chmodSync(join(root, 'a/f'), 0o640);
    symlinkSync('nowhere', join(root, 'a/l'));
    const { mtimeMs } = lstatSync(join(root, 'a/f'));
    tree.putAway('a/f', 'deleted');
    tree.putAway('a/l', 'deleted');
    const to = join(root, 'back');
    for (const item of await all()) await restoreItem(trash, item, to);
    const back = lstatSync(join(to, 'a/f'));
    expect([readFileSync(join(to, 'a/f'), 'utf8'), back.mode & 0o777]).toEqual(['content', 0o640]);
    expect(Math.abs(back.mtimeMs - mtimeMs)).toBeLessThan(1);
    expect(lstatSync(join(to, 'a/l')).isSymbolicLink()).toBe(true);
    writeFileSync(join(to, 'a/f'), 'mine');
    for (const item of await all())
      await expect(restoreItem(trash, item, to)).rejects.toMatchObject({ code: 'EEXIST' });
    expect(readFileSync(join(to, 'a/f'), 'utf8')).toBe('mine');
    expect(await all()).toHaveLength(2);
  });

  test('takes one version of each path: the newest, or the one that went first', async () => {
    const tree = target();
    for (const text of ['first', 'second', 'third']) {
      write('f', text);
      now += 1000;
      tree.putAway('f', 'deleted');
    }
    const textOf = ([item]: readonly TrashItem[]): string =>
      readFileSync(join(trash, item?.at ?? ''), 'utf8');
    expect(textOf(oneForEachPath(await all(), 'newest'))).toBe('third');
    expect(textOf(oneForEachPath(await all(), 'oldest'))).toBe('first');
  });
});

describe('pruning', () => {
  const rule = { days: 30, maxBytes: 0 };

  test('takes days that are older than the rule, and not the one on its edge', () => {
    const sizes = new Map([
      ['2025-02-28', 1],
      ['2025-03-01', 1],
      ['2025-03-31', 1],
    ]);
    expect(daysToPrune(rule, sizes, NOON)).toEqual(['2025-02-28']);
    expect(daysToPrune({ days: 0, maxBytes: 0 }, sizes, NOON)).toEqual([]);
  });

  test('takes the oldest days until the rest is small enough, and never today', () => {
    const sizes = new Map([
      ['2025-03-29', 10],
      ['2025-03-31', 50],
      ['2025-03-30', 20],
    ]);
    expect(daysToPrune({ days: 30, maxBytes: 75 }, sizes, NOON)).toEqual(['2025-03-29']);
    expect(daysToPrune({ days: 30, maxBytes: 10 }, sizes, NOON)).toEqual(['2025-03-29', '2025-03-30']);
  });

  test('deletes a day with its journal, whatever modes its folders have, and no other', async () => {
    const tree = target();
    write('old/sub/f', 'x');
    chmodSync(join(root, 'old/sub'), 0o500);
    tree.putAway('old', 'deleted');
    now += 40 * DAY_MS;
    write('new', 'x');
    tree.putAway('new', 'deleted');
    expect(await pruneTrash(trash, rule, now, unexpected)).toEqual(['2025-03-31']);
    expect(existsSync(join(trash, 'journal', '2025-03-31.jsonl'))).toBe(false);
    expect((await all()).map(({ path }) => path)).toEqual(['new']);
  });

  test('of single files leaves no empty folders, and what is beside them stays', async () => {
    const tree = target();
    write('a/b/one', '1');
    write('a/two', '2');
    tree.putAway('a/b/one', 'deleted');
    tree.putAway('a/two', 'deleted');
    for (const item of await all()) if (item.path === 'a/b/one') await pruneItem(trash, item, now + DAY_MS);
    expect((await all()).map(({ path }) => path)).toEqual(['a/two']);
    expect(existsSync(join(trash, '2025-03-31', 'a', 'b'))).toBe(false);
  });

  test('of single files takes no folder of the present day: something may be on its way into it', async () => {
    const tree = target();
    write('a/b/one', '1');
    write('a/b/two', '2');
    const told = tree.putAway('a/b/one', 'deleted');
    const [item] = await all();
    if (item === undefined) throw new Error('nothing in the trash');
    const folder = dirname(join(root, told));
    await pruneItem(trash, item, now);
    expect([existsSync(join(root, told)), existsSync(folder)]).toEqual([false, true]);
    // The client looked for a place on the day before midnight.
    const midnight = new Date(2025, 3, 1).getTime();
    tree.putAway('a/b/two', 'deleted');
    for (const left of await all()) await pruneItem(trash, left, midnight + 1000);
    expect([await all(), existsSync(folder)]).toEqual([[], true]);
  });

  test('takes nothing that a link leads to, for a day or within one', async () => {
    const outside = join(root, 'outside');
    mkdirSync(join(outside, 'sub'), { recursive: true });
    writeFileSync(join(outside, 'sub', 'precious'), '');
    const tree = target();
    write('a/f', 'x');
    tree.putAway('a/f', 'deleted');
    const [item] = await all();
    if (item === undefined) throw new Error('nothing in the trash');
    symlinkSync(outside, join(trash, '2020-01-01'));
    symlinkSync(outside, join(trash, '2025-03-31', 'link'));
    expect((await all()).map(({ path }) => path).sort()).toEqual(['a/f', 'link']);
    expect(await pruneTrash(trash, rule, NOON + 90 * DAY_MS, unexpected, () => false)).toEqual([]);
    await pruneItem(trash, { ...item, at: '2020-01-01/sub/precious' }, NOON + 90 * DAY_MS);
    await pruneItem(trash, { ...item, at: '2025-03-31/link/sub/precious' }, NOON + 90 * DAY_MS);
    expect(await pruneTrash(trash, rule, NOON + 90 * DAY_MS, unexpected)).toEqual(['2025-03-31']);
    expect(existsSync(join(outside, 'sub', 'precious'))).toBe(true);
  });

  test.runIf(process.platform === 'linux')('follows no link that stands for the trash', async () => {
    const outside = join(root, 'outside');
    mkdirSync(join(outside, '2020-01-01'), { recursive: true });
    writeFileSync(join(outside, '2020-01-01', 'precious'), '');
    mkdirSync(join(root, '.lanmirror'), { recursive: true });
    symlinkSync(outside, trash);
    await expect(pruneTrash(trash, rule, NOON, unexpected)).rejects.toThrow();
    expect(existsSync(join(outside, '2020-01-01', 'precious'))).toBe(true);
  });
});
