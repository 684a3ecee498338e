import fs from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createGapWatcher } from './gap-watcher.ts';
import type { TreeWatcher, WatchListener } from './port.ts';

/** A system that allows so many watches and tells of nothing: what is heard was looked at. */
class FewWatches implements TreeWatcher {
  readonly ready = Promise.resolve();
  readonly notice = '';
  readonly watched = new Set<string>();
  limit: number;
  isWhole = false;
  readonly #listener: WatchListener;

  constructor(listener: WatchListener, limit: number) {
    this.#listener = listener;
    this.limit = limit;
  }

  addDirectory(path: string): boolean {
    if (this.watched.size >= this.limit && !this.watched.has(path)) {
      this.#listener.lost('watch-limit', this.isWhole ? '' : path, 'raise it');
      return false;
    }
    this.watched.add(path);
    return true;
  }

  moveDirectory(): void {
    throw new Error('not needed here');
  }

  removeDirectory(path: string): void {
    this.watched.delete(path);
  }

  caughtUp(): Promise<void> {
    return this.ready;
  }

  close(): Promise<void> {
    return this.ready;
  }
}

const FOLDERS = ['', 'a', 'b', 'c', 'd'];
let root: string;
let events: FewWatches;
let watcher: TreeWatcher;
let dirty: string[];
let lost: string[];
let notices: string[];

function start(limit: number, isLimitOfAll = false, deaf?: { why: string; everyMs: number }): void {
  [dirty, lost, notices] = [[], [], []];
  const listener = {
    dirty: (path: string) => void dirty.push(path),
    relist: () => undefined,
    lost: (reason: string, path: string) => void lost.push(`${reason} ${path}`),
    noticed: (text: string) => void notices.push(text),
  };
  const make = (_root: string, inner: WatchListener): TreeWatcher => {
    events = new FewWatches(inner, limit);
    events.isWhole = isLimitOfAll;
    return events;
  };
  watcher = createGapWatcher({ events: make, isLimitOfAll, ...(deaf && { deaf }) })(root, listener);
  for (const path of FOLDERS) watcher.addDirectory(path);
}

/** Of other kinds of change the folders themselves are hinted at as well. */
const heard = (): string[] => [...new Set(dirty)].filter((path) => path.endsWith('file')).sort();
const write = (): void => {
  for (const path of FOLDERS) fs.writeFileSync(join(root, path, 'file'), 'new');
};

beforeEach(() => {
  root = fs.mkdtempSync(join(os.tmpdir(), 'lanmirror-gap-'));
  for (const path of FOLDERS.slice(1)) fs.mkdirSync(join(root, path));
});
afterEach(async () => {
  await watcher.close();
  fs.rmSync(root, { recursive: true });
});

describe('at the limit of watches', () => {
  test('exactly the folders without a watch are looked through, and this is said once, with the cure', async () => {
    start(3);
    await watcher.caughtUp();
    write();
    await watcher.caughtUp();
    await watcher.caughtUp();
    expect(heard()).toEqual(['c/file', 'd/file']);
    expect(lost).toEqual([]);
    expect(notices).toEqual([watcher.notice]);
    expect(watcher.notice).toBe(
      '2 folders are not watched (raise it): looked through every 2 s, until watching is possible again.',
    );
  });

  test('folders get their watch as far as a raised limit goes, nothing in between is missed, and the end is said', async () => {
    start(3);
    await watcher.caughtUp();
    events.limit = 4;
    write();
    await watcher.caughtUp();
    expect(events.watched.size).toBe(4);
    expect(watcher.notice).toContain('1 folder is not watched');
    events.limit = 5;
    await watcher.caughtUp();
    expect(heard()).toEqual(['c/file', 'd/file']);
    expect(notices.at(-1)).toBe('');
    expect(notices).toHaveLength(2);
    dirty = [];
    write();
    await watcher.caughtUp();
    expect(heard()).toEqual([]);
  });

  test('a folder that is gone is no gap any more', async () => {
    start(4);
    await watcher.caughtUp();
    watcher.removeDirectory('d');
    await watcher.caughtUp();
    expect([watcher.notice, events.watched.size]).toEqual(['', 4]);
  });

  test('of a watcher that does not say which folders it leaves out, all are looked through after a scan', async () => {
    start(3, true);
    expect([...new Set(lost)]).toEqual(['watch-limit ']);
    for (const path of FOLDERS) watcher.addDirectory(path);
    write();
    await watcher.caughtUp();
    expect(heard()).toEqual(['a/file', 'b/file', 'c/file', 'd/file', 'file']);
    expect(watcher.notice).toBe('raise it: all folders are looked through every 2 s.');
  });
});

test('where events do not tell all, everything is looked through, and that is said at the start', async () => {
  start(5, false, { why: 'The source is on NFS, which is deaf', everyMs: 7000 });
  expect(notices).toEqual(['The source is on NFS, which is deaf: all folders are looked through every 7 s.']);
  write();
  await watcher.caughtUp();
  expect(heard()).toHaveLength(5);
});
