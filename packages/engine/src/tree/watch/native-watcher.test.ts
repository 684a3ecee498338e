import fs from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { EventQueue } from './event-queue.ts';
import { NativeWatcher } from './native-watcher.ts';

type Hint = readonly [kind: string, path: string];

describe.runIf(process.platform === 'linux')('the native watcher', () => {
  let root: string;
  let hints: Hint[];
  let watcher: NativeWatcher;
  const at = (path: string) => join(root, path);
  const saw = (kind: string, path: string) => hints.some((hint) => hint[0] === kind && hint[1] === path);
  const told = (kind: string, path: string) =>
    vi.waitFor(() => expect(hints).toContainEqual([kind, path]), { timeout: 5000, interval: 5 });

  /** Makes sure that all that happened before has been told: hints of one folder come in order. */
  const caughtUp = async (folder: string) => {
    const name = `.mark-${hints.length}`;
    fs.writeFileSync(at(join(folder, name)), '');
    await told('dirty', folder === '' ? name : `${folder}/${name}`);
  };

  beforeEach(() => {
    root = fs.mkdtempSync(join(fs.realpathSync(os.tmpdir()), 'lanmirror-native-'));
    fs.mkdirSync(at('a/b/c'), { recursive: true });
    hints = [];
    watcher = new NativeWatcher(
      root,
      {
        dirty: (path) => hints.push(['dirty', path]),
        relist: (path) => hints.push(['relist', path]),
        lost: (reason, path) => hints.push([`lost ${reason}`, path]),
        noticed: () => undefined,
      },
      new EventQueue(16_384),
    );
    for (const path of ['', 'a', 'a/b', 'a/b/c']) watcher.addDirectory(path);
  });

  afterEach(async () => {
    vi.restoreAllMocks();
    await watcher.close();
    fs.rmSync(root, { recursive: true, force: true });
  });

  test('after moveDirectory alone, events below name the new path', async () => {
    fs.renameSync(at('a'), at('x'));
    await told('dirty', 'x');
    watcher.moveDirectory('a', 'x');
    hints.length = 0;
    fs.writeFileSync(at('x/b/c/file'), '');
    await told('dirty', 'x/b/c/file');
    expect(hints.filter(([, path]) => path.startsWith('a'))).toEqual([]);
  });

  test('two folders swapped by way of a third path keep their watches', async () => {
    fs.mkdirSync(at('z'));
    watcher.addDirectory('z');
    fs.renameSync(at('a'), at('tmp'));
    fs.renameSync(at('z'), at('a'));
    fs.renameSync(at('tmp'), at('z'));
    watcher.moveDirectory('a', 'tmp');
    watcher.moveDirectory('z', 'a');
    watcher.moveDirectory('tmp', 'z');
    fs.writeFileSync(at('a/in-a'), '');
    fs.writeFileSync(at('z/b/c/in-z'), '');
    await told('dirty', 'a/in-a');
    await told('dirty', 'z/b/c/in-z');
    expect(hints.filter(([kind]) => kind.startsWith('lost'))).toEqual([]);
  });

  test('a move that names the wrong folder is announced as a loss and never watches it under a wrong path', async () => {
    fs.renameSync(at('a'), at('x'));
    fs.mkdirSync(at('y'));
    watcher.moveDirectory('a', 'y');
    expect(hints).toContainEqual(['lost error', 'y']);
    fs.writeFileSync(at('y/file'), '');
    await told('dirty', 'y/file');
  });

  test('a folder that is deleted is named by its own path, not as a child of its own name', async () => {
    fs.mkdirSync(at('a/a/a'), { recursive: true });
    watcher.addDirectory('a/a');
    hints.length = 0;
    fs.rmSync(at('a/a'), { recursive: true });
    await caughtUp('');
    expect(saw('dirty', 'a/a')).toBe(true);
    // The child of that name was really removed once, by itself.
    expect(hints.filter(([, path]) => path === 'a/a/a')).toHaveLength(1);
  });

  test('addDirectory again does nothing for the same folder and watches another one at its path', async () => {
    const watch = vi.spyOn(fs, 'watch');
    watcher.addDirectory('a/b');
    expect(watch).not.toHaveBeenCalled();
    fs.renameSync(at('a/b'), at('elsewhere'));
    fs.mkdirSync(at('a/b/c'), { recursive: true });
    watcher.addDirectory('a/b');
    expect(watch).toHaveBeenCalledTimes(1);
    expect(hints).toContainEqual(['relist', 'a/b/c']);
    fs.writeFileSync(at('a/b/file'), '');
    await told('dirty', 'a/b/file');
    fs.writeFileSync(at('elsewhere/unseen'), '');
    await caughtUp('a/b');
    expect(hints.filter(([, path]) => path.endsWith('unseen'))).toEqual([]);
  });

  test('a folder made again at once is listed again even when it has the old inode number', async () => {
    for (let round = 0; round < 20; round += 1) {
      fs.rmdirSync(at('a/b/c'));
      fs.mkdirSync(at('a/b/c'));
    }
    await told('relist', 'a/b/c');
    watcher.addDirectory('a/b/c');
    fs.writeFileSync(at('a/b/c/file'), '');
    await told('dirty', 'a/b/c/file');
  });

  test('removeDirectory ends the hints for all below', async () => {
    watcher.removeDirectory('a/b');
    fs.writeFileSync(at('a/b/c/unseen'), '');
    fs.writeFileSync(at('a/b/unseen'), '');
    await caughtUp('a');
    expect(hints.filter(([, path]) => path.endsWith('unseen'))).toEqual([]);
  });

  test('a symbolic link is not watched, nor is its target', async () => {
    const outside = fs.mkdtempSync(join(os.tmpdir(), 'lanmirror-outside-'));
    fs.symlinkSync(outside, at('link'));
    watcher.addDirectory('link');
    fs.writeFileSync(join(outside, 'file'), '');
    await caughtUp('');
    expect(saw('dirty', 'link/file')).toBe(false);
    fs.rmSync(outside, { recursive: true });
  });

  test('a folder gone before it is added is no failure, and is tried again when its parent sees it come', async () => {
    watcher.addDirectory('late');
    expect(hints).toEqual([]);
    fs.mkdirSync(at('late'));
    await told('relist', 'late');
    watcher.addDirectory('late');
    fs.writeFileSync(at('late/file'), '');
    await told('dirty', 'late/file');
  });

  test('a name that is not UTF-8 has its folder listed', async () => {
    fs.writeFileSync(Buffer.concat([Buffer.from(`${at('a')}/caf`), Buffer.from([0xe9])]), '');
    await told('relist', 'a');
  });

  test('a path longer than the kernel takes is watched', async () => {
    const name = 'n'.repeat(250);
    const folders = Array.from({ length: 20 }, (_, depth) =>
      Array(depth + 1)
        .fill(name)
        .join('/'),
    );
    const opened: number[] = [];
    let parent = fs.openSync(root, 'r');
    for (const folder of folders) {
      fs.mkdirSync(`/proc/self/fd/${parent}/${name}`);
      watcher.addDirectory(folder);
      opened.push(parent);
      parent = fs.openSync(`/proc/self/fd/${parent}/${name}`, 'r');
    }
    fs.writeFileSync(`/proc/self/fd/${parent}/file`, '');
    await told('dirty', `${folders.at(-1)}/file`);
    expect(hints.filter(([kind]) => kind.startsWith('lost'))).toEqual([]);
    fs.rmSync(`/proc/self/fd/${parent}/file`);
    fs.closeSync(parent);
    for (const fd of opened.reverse()) {
      fs.rmdirSync(`/proc/self/fd/${fd}/${name}`);
      fs.closeSync(fd);
    }
  });

  test('a folder that cannot be watched is named once, and again only after it was watched', () => {
    const refuse = () => {
      throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
    };
    fs.mkdirSync(at('new'));
    const watch = vi.spyOn(fs, 'watch').mockImplementation(refuse);
    watcher.addDirectory('new');
    watcher.addDirectory('new');
    expect(hints).toEqual([['lost watch-limit', 'new']]);
    watch.mockRestore();
    watcher.addDirectory('new');
    watcher.removeDirectory('new');
    vi.spyOn(fs, 'watch').mockImplementation(refuse);
    watcher.addDirectory('new');
    expect(hints.filter(([kind]) => kind === 'lost watch-limit')).toHaveLength(2);
  });

  test('an error of one watch is told as a loss there, and addDirectory watches it again', async () => {
    const watch = vi.spyOn(fs, 'watch');
    fs.mkdirSync(at('new'));
    watcher.addDirectory('new');
    const handle = watch.mock.results[0]?.value as fs.FSWatcher;
    handle.emit('error', new Error('broken'));
    expect(hints).toContainEqual(['lost error', 'new']);
    watcher.addDirectory('new');
    fs.writeFileSync(at('new/file'), '');
    await told('dirty', 'new/file');
  });

  test('the root has no other path', () => {
    expect(() => watcher.moveDirectory('', 'a')).toThrow(RangeError);
  });
});
