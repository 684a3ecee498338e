import fs from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createPartWatcher } from './part-watcher.ts';
import type { TreeWatcher, WatchListener } from './port.ts';

/** Hears of nothing. */
class DeafWatcher implements TreeWatcher {
  readonly ready = Promise.resolve();
  readonly notice = '';
  readonly added: string[] = [];
  addDirectory(path: string): boolean {
    this.added.push(path);
    return true;
  }
  moveDirectory(): void {
    throw new Error('not needed here');
  }
  removeDirectory(path: string): void {
    this.added.splice(this.added.indexOf(path), 1);
  }
  caughtUp(): Promise<void> {
    return this.ready;
  }
  close(): Promise<void> {
    return this.ready;
  }
}

let root: string;
let table: string;
let told: string[];
let notices: string[];
let whole: DeafWatcher;
let watcher: TreeWatcher;
const mount = (name: string): string => `31 22 0:26 / ${join(root, name)} rw - fuse.sshfs host:/ rw\n`;

beforeEach(() => {
  root = fs.mkdtempSync(join(fs.realpathSync(os.tmpdir()), 'lanmirror-part-'));
  for (const folder of ['far', 'near']) fs.mkdirSync(join(root, folder));
  [table, told, notices] = ['', [], []];
});
afterEach(async () => {
  await watcher.close();
  fs.rmSync(root, { recursive: true });
});

function start(mountCheckMs: number): void {
  const listener: WatchListener = {
    dirty: (path) => void told.push(path),
    relist: (path) => void told.push(`${path}/`),
    lost: () => undefined,
    noticed: (text) => void notices.push(text),
  };
  whole = new DeafWatcher();
  const readMounts = (): string => table;
  watcher = createPartWatcher({ whole: () => whole, everyMs: 10, readMounts, mountCheckMs })(root, listener);
  for (const path of ['', 'far', 'near']) watcher.addDirectory(path);
}

test('a part that others change unheard is looked through, the rest is left to events, and a person is told which', async () => {
  table = mount('far');
  start(60_000);
  expect(watcher.notice).toMatch(
    /^far \(sshfs \(FUSE\)\): mounted inside the source, .*looked through every 1 s\.$/,
  );
  expect(notices).toEqual([watcher.notice]);
  fs.writeFileSync(join(root, 'near', 'unheard'), '');
  fs.writeFileSync(join(root, 'far', 'seen'), '');
  await vi.waitFor(() => expect(told).toContain('far/seen'));
  expect(told.filter((path) => path.startsWith('near'))).toEqual([]);
  expect(whole.added).toEqual(['', 'far', 'near']);
});

test('a mount that comes or goes is hinted at by itself, and said', async () => {
  start(5);
  expect(watcher.notice).toBe('');
  table = mount('far');
  await vi.waitFor(() => expect(told).toEqual(['far', 'far/']));
  expect(notices).toEqual([expect.stringContaining('far (sshfs (FUSE))')]);
  table = '';
  await vi.waitFor(() => expect(told).toHaveLength(4));
  expect(notices.at(-1)).toBe('');
});

test('whoever waits for all that has happened waits for a mount, too', async () => {
  start(60_000);
  table = mount('near');
  await watcher.caughtUp();
  expect(told).toEqual(['near', 'near/']);
});
