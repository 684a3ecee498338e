import fs from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { PollingWatcher } from './polling-watcher.ts';

const FAR_MS = 3_600_000;
let root: string;
let watcher: PollingWatcher;
let hints: string[];

function start(everyMs: number): void {
  hints = [];
  watcher = new PollingWatcher(
    root,
    {
      dirty: (path) => void hints.push(path),
      relist: (path) => void hints.push(`list ${path}`),
      lost: (reason) => void hints.push(`lost ${reason}`),
      noticed: () => undefined,
    },
    { everyMs },
  );
}

beforeEach(() => {
  root = fs.mkdtempSync(join(os.tmpdir(), 'lanmirror-poll-'));
});
afterEach(async () => {
  await watcher.close();
  fs.rmSync(root, { recursive: true });
});

test('without being asked it looks again by itself, for as long as it has a folder', async () => {
  start(5);
  watcher.addDirectory('');
  for (const name of ['a', 'b', 'c']) {
    fs.writeFileSync(join(root, name), '');
    while (!hints.includes(name)) await new Promise((resolve) => setTimeout(resolve, 2));
  }
});

test('a folder that goes, comes back or cannot be read is told once each time', async () => {
  fs.mkdirSync(join(root, 'd'));
  start(FAR_MS);
  watcher.addDirectory('d');
  fs.rmdirSync(join(root, 'd'));
  await watcher.caughtUp();
  await watcher.caughtUp();
  expect(hints).toEqual(['d', 'list d']);
  fs.writeFileSync(join(root, 'd'), 'a file');
  await watcher.caughtUp();
  fs.rmSync(join(root, 'd'));
  fs.mkdirSync(join(root, 'd'));
  hints = [];
  await watcher.caughtUp();
  expect(hints).toEqual(['d', 'list d']);
});

test('a name that is not UTF-8 has its folder listed', async () => {
  start(FAR_MS);
  watcher.addDirectory('');
  fs.writeFileSync(Buffer.concat([Buffer.from(`${root}/caf`), Buffer.from([0xe9])]), '');
  await watcher.caughtUp();
  expect(hints).toContain('list ');
});

describe('what comes and goes between two looks is hinted at when it was seen by whoever', () => {
  const isHinted = async (path: string): Promise<boolean> => {
    hints = [];
    await watcher.caughtUp();
    return hints.includes(path);
  };
  const makeAndRemove = (seen: () => void): void => {
    fs.writeFileSync(join(root, 'a'), '');
    seen();
    fs.rmSync(join(root, 'a'));
  };

  beforeEach(() => {
    start(FAR_MS);
    watcher.addDirectory('');
  });

  test('listed the folder', async () => {
    makeAndRemove(() => watcher.listed('', ['a']));
    expect(await isHinted('a')).toBe(true);
  });

  test('was sent there by another watcher', async () => {
    makeAndRemove(() => watcher.hinted('a'));
    expect(await isHinted('a')).toBe(true);
  });

  test('was told before that it is gone', async () => {
    fs.writeFileSync(join(root, 'a'), '');
    expect(await isHinted('a')).toBe(true);
    fs.rmSync(join(root, 'a'));
    expect(await isHinted('a')).toBe(true);
    makeAndRemove(() => undefined);
    expect(await isHinted('a')).toBe(true);
  });

  test('listed a folder that is nowhere when it is looked at', async () => {
    watcher.addDirectory('d');
    fs.mkdirSync(join(root, 'd'));
    watcher.listed('d', []);
    fs.rmdirSync(join(root, 'd'));
    expect(await isHinted('list d')).toBe(true);
    expect(await isHinted('list d')).toBe(false);
  });
});

test('of a folder in which names come and go without end, what went last is hinted at again, and no more each time', async () => {
  start(FAR_MS);
  watcher.addDirectory('');
  for (let pass = 0; pass < 4; pass++) {
    const names = Array.from({ length: 600 }, (_, at) => `${pass}-${at}`);
    watcher.listed('', names);
    fs.rmSync(join(root, 'touched'), { force: true });
    fs.writeFileSync(join(root, 'touched'), '');
    hints = [];
    await watcher.caughtUp();
    expect(hints).toEqual(expect.arrayContaining(names));
    expect(hints.length).toBeLessThanOrEqual(2 + 600 + 1000);
  }
  expect(hints).toContain('2-599');
});

test('once its folder has been at rest, nothing is said any more of a name that is gone', async () => {
  start(FAR_MS);
  watcher.addDirectory('');
  watcher.listed('', ['a']);
  const later = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 60_000);
  await watcher.caughtUp();
  hints = [];
  await watcher.caughtUp();
  later.mockRestore();
  expect(hints).toEqual([]);
});
