import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TreeError } from '../error.ts';
import type { StagedFile } from '../port.ts';
import { treeConformance } from '../tree-conformance.suite.ts';
import { Crash } from './fault.ts';
import { createMemoryTree, type MemoryTree } from './memory-tree.ts';
import { MemoryWatcher } from './memory-watcher.ts';

const SEED = process.env.SEED === undefined ? undefined : Number(process.env.SEED);
for (const [name, options] of [
  ['memory tree', {}],
  ['memory tree that shares blocks', { sharesBlocks: true }],
  ['memory tree that places and looks beside', { placesBeside: true, looksBeside: true }],
] as const)
  treeConformance(name, () => {
    const tree = createMemoryTree(options);
    return {
      tree,
      reopen: () => tree.reopen(),
      inTrash: (told) => ({ tree, path: told }),
      makeOther: (path) => tree.user.makeOther(path),
      dispose: () => undefined,
    };
  });

const bytes = (text: string) => new Uint8Array(Buffer.from(text));
const content = (tree: MemoryTree, path: string) => tree.snapshot().get(path)?.content;
const trash = (tree: MemoryTree) =>
  tree.trashed().map(({ path, bytes: kept }) => `${path}=${Buffer.from(kept).toString()}`);

async function stage(tree: MemoryTree, name: string, text: string, flush = true): Promise<StagedFile> {
  const file = tree.createStaged(name);
  await file.write(bytes(text), 0);
  if (flush) await file.flush();
  return file;
}

function code(work: () => unknown): string | undefined {
  try {
    work();
  } catch (error) {
    if (error instanceof TreeError) return error.code;
    throw error;
  }
  return undefined;
}

describe('memory tree: nodes as a file system has them', () => {
  it('takes times from its clock: mtime for bytes, ctime for everything, birth once', () => {
    let nowNs = 10n;
    const tree = createMemoryTree({ clock: () => nowNs });
    const { user } = tree;
    user.write('a', 'one');
    nowNs = 20n;
    user.chmod('a', 0o600);
    expect(tree.stat('a')).toMatchObject({ mtimeNs: 10n, ctimeNs: 20n, birthtimeNs: 10n, mode: 0o600 });
    nowNs = 30n;
    user.append('a', ' two');
    expect(tree.stat('a')).toMatchObject({ mtimeNs: 30n, ctimeNs: 30n, birthtimeNs: 10n, sizeBytes: 7 });
    nowNs = 40n;
    user.rename('a', 'b');
    expect(tree.stat('b')).toMatchObject({ mtimeNs: 30n, ctimeNs: 40n });
    expect(tree.rootStat()).toMatchObject({ mtimeNs: 40n });
  });

  it('floors modification times to its granularity, before 1970 too', () => {
    const tree = createMemoryTree({ mtimeGranularityNs: 2_000_000_000n, hasBirthtimes: false });
    tree.user.write('a', '');
    expect(tree.setMetadata('a', { mtimeUs: 3_999_999 })).toMatchObject({ mtimeNs: 2_000_000_000n });
    expect(tree.setMetadata('a', { mtimeUs: -1 })).toMatchObject({
      mtimeNs: -2_000_000_000n,
      birthtimeNs: 0n,
    });
  });

  it('gives a freed inode number to the next file, unless told not to, but never the same birth', () => {
    for (const reusesInodes of [true, false]) {
      const tree = createMemoryTree({ reusesInodes });
      tree.user.write('a', '');
      const first = tree.stat('a');
      tree.user.remove('a');
      tree.user.write('b', '');
      expect(tree.stat('b')?.ino === first?.ino).toBe(reusesInodes);
      expect(tree.stat('b')?.birthtimeNs).not.toBe(first?.birthtimeNs);
    }
  });

  it('an open file can still be read after it was removed or replaced', () => {
    const tree = createMemoryTree();
    tree.user.write('a', 'old');
    const reader = tree.open('a');
    tree.user.remove('a');
    tree.user.write('a', 'new');
    const buffer = new Uint8Array(8);
    expect(reader.readSync(buffer, 0, 8, 0)).toBe(3);
    expect(Buffer.from(buffer).toString('utf8', 0, 3)).toBe('old');
    reader.close();
    reader.close();
    expect(() => reader.readSync(buffer, 0, 1, 0)).toThrow(/closed/);
  });

  it('never follows a link on the way', () => {
    const tree = createMemoryTree();
    tree.user.write('d/f', 'x');
    tree.user.symlink('l', 'd');
    expect(tree.stat('l/f')).toBeUndefined();
    expect(code(() => tree.open('l/f'))).toBe('ABSENT');
    expect(code(() => tree.makeDirectory('l/g', 0o755))).toBe('ABSENT');
    expect(tree.stat('l')?.kind).toBe('link');
  });

  it('an unmounted tree is gone, or empty and another device, and comes back unchanged', () => {
    const tree = createMemoryTree();
    tree.user.write('a', 'x');
    const before = tree.rootStat();
    tree.user.unmount('absent');
    expect(tree.rootStat()).toBeUndefined();
    expect(code(() => tree.list(''))).toBe('ABSENT');
    tree.user.unmount('empty');
    expect(tree.list('').names).toEqual([]);
    expect(tree.rootStat()?.dev).not.toBe(before?.dev);
    tree.user.unmount('replaced');
    expect(tree.list('').names).toEqual([]);
    expect(tree.rootStat()?.dev).toBe(before?.dev);
    expect(tree.rootStat()?.ino).not.toBe(before?.ino);
    tree.user.mount();
    expect(tree.rootStat()).toEqual(before);
    expect(content(tree, 'a')).toBe('x');
  });

  it('what was taken away comes back as the same node, unless something stands in its place', () => {
    const tree = createMemoryTree();
    tree.user.write('d/a', 'x');
    tree.user.write('b', 'y');
    const before = tree.stat('d');
    tree.user.takeAway('d');
    tree.user.takeAway('b');
    expect([...tree.snapshot().keys()]).toEqual([]);
    tree.user.write('b', 'z');
    tree.user.bringBack();
    expect(tree.stat('d')?.ino).toBe(before?.ino);
    expect(content(tree, 'd/a')).toBe('x');
    expect(content(tree, 'b')).toBe('z');
    tree.user.remove('b');
    tree.user.bringBack();
    expect(content(tree, 'b')).toBe('y');
  });
});

describe('memory tree: semantics of Windows on demand', () => {
  it('folds case: one name, and a rename may change the case alone', () => {
    const tree = createMemoryTree({ foldsCase: true });
    tree.user.write('Readme', 'x');
    expect(code(() => tree.makeDirectory('README', 0o755))).toBe('EXISTS');
    tree.move('Readme', 'README', { replace: false });
    expect(tree.list('').names).toEqual(['README']);
    expect(createMemoryTree().stat('x')).toBeUndefined();
  });

  it('refuses names that Windows does not have', () => {
    const tree = createMemoryTree({ hasWindowsNames: true });
    for (const name of ['nul.txt', 'a:b', 'end.', 'q?']) {
      expect(code(() => tree.makeDirectory(name, 0o755))).toBe('UNSUPPORTED');
    }
    expect(tree.list('').names).toEqual([]);
  });

  it('keeps open files where they are, also when only a folder above is moved', async () => {
    const tree = createMemoryTree({ locksOpenFiles: true });
    tree.user.write('d/f', 'held');
    const close = tree.user.holdOpen('d/f');
    const file = await stage(tree, 's', 'new');
    expect(code(() => file.publish('d/f', { replace: true }))).toBe('BUSY');
    expect(code(() => tree.putAway('d'))).toBe('BUSY');
    expect(code(() => tree.move('d', 'e', { replace: false }))).toBe('BUSY');
    close();
    file.publish('d/f', { replace: true });
    expect(content(tree, 'd/f')).toBe('new');
  });
});

describe('memory tree: trash and staging', () => {
  it('shows everything that was put away, below its old path, never twice under one name', () => {
    const tree = createMemoryTree();
    tree.user.write('d/50%', 'one');
    tree.user.symlink('d/l', 'target');
    tree.putAway('d');
    tree.user.write('d/50%', 'two');
    tree.putAway('d/50%');
    expect(trash(tree)).toEqual(['d/50%=one', 'd/l=target', 'd/50%=two']);
    expect([...tree.snapshot().keys()]).toEqual(['d']);
  });

  it('keeps a version while its path stays, and the new one does not change it', async () => {
    const tree = createMemoryTree();
    tree.user.write('a', 'old');
    tree.keepVersion('a');
    expect(content(tree, 'a')).toBe('old');
    (await stage(tree, 's', 'new')).publish('a', { replace: true });
    expect(content(tree, 'a')).toBe('new');
    expect(trash(tree)).toEqual(['a=old']);
  });

  it('sweeps a staged file away, and a parked node into the trash', async () => {
    const tree = createMemoryTree();
    (await stage(tree, 's', 'half')).keep();
    tree.user.write('a', 'parked');
    tree.park('a', 'p');
    expect(tree.listStaged()).toEqual(['s', 'p']);
    expect(code(() => tree.createStaged('p'))).toBe('EXISTS');
    tree.sweepStaged('s');
    tree.sweepStaged('p');
    tree.sweepStaged('p');
    expect(tree.listStaged()).toEqual([]);
    expect(trash(tree)).toEqual(['p=parked']);
  });
});

describe('memory tree: failures on command', () => {
  it('fails the next operation at a path, once or until healed, and only the one named', () => {
    const tree = createMemoryTree();
    tree.user.write('a', 'x');
    tree.failNext('a', 'DENIED', { operation: 'open' });
    expect(tree.stat('a')).toBeDefined();
    expect(code(() => tree.open('a'))).toBe('DENIED');
    expect(code(() => tree.open('a'))).toBeUndefined();
    tree.failNext('a', 'IO', { times: Number.POSITIVE_INFINITY });
    expect(code(() => tree.stat('a'))).toBe('IO');
    expect(code(() => tree.putAway('a'))).toBe('IO');
    tree.heal('a');
    expect(tree.stat('a')).toBeDefined();
  });

  it('nothing is put into our own folder by its path, in any case of letters', async () => {
    const tree = createMemoryTree();
    tree.user.write('a', 'x');
    const staged = await stage(tree, 's', 'y', false);
    for (const work of [
      () => tree.makeDirectory('.lanmirror', 0o755),
      () => tree.makeLink('.LANmirror/l', 'a', 0),
      () => tree.move('a', '.lanmirror/b', { replace: false }),
      () => staged.publish('.lanmirror/tmp/c', { replace: false }),
    ])
      expect(code(work)).toBe('DENIED');
    expect([...tree.snapshot().keys()]).toEqual(['a']);
  });

  it('a full disk takes nothing new, and still renames and removes', async () => {
    const tree = createMemoryTree();
    tree.user.write('a', 'x');
    const file = tree.createStaged('s');
    tree.disk.isFull = true;
    await expect(file.write(bytes('y'), 0)).rejects.toMatchObject({ code: 'NO_SPACE' });
    for (const work of [
      () => tree.makeDirectory('d', 0o755),
      () => tree.makeLink('l', 'a', 0),
      () => tree.createStaged('t'),
    ])
      expect(code(work)).toBe('NO_SPACE');
    tree.move('a', 'b', { replace: false });
    tree.putAway('b');
    tree.disk.isFull = false;
    await file.write(bytes('y'), 0);
    expect(file.sizeBytes()).toBe(1);
  });

  it('a failed checkpoint makes nothing durable', async () => {
    const tree = createMemoryTree();
    tree.makeDirectory('d', 0o755);
    tree.failNext('', 'FLUSH_FAILED', { operation: 'flush' });
    await expect(tree.flush()).rejects.toMatchObject({ code: 'FLUSH_FAILED' });
    expect([...tree.powerLoss().snapshot().keys()]).toEqual([]);
  });

  it('a fuse of n lets n - 1 changes happen; after it the process is dead, looking included', async () => {
    const tree = createMemoryTree();
    tree.fuse(3);
    tree.makeDirectory('a', 0o755);
    tree.stat('a');
    tree.makeDirectory('b', 0o755);
    expect(() => tree.makeDirectory('c', 0o755)).toThrow(Crash);
    expect(() => tree.stat('a')).toThrow(Crash);
    await expect(tree.flush()).rejects.toThrow(Crash);
    expect([...tree.processCrash().snapshot().keys()]).toEqual(['a', 'b']);
  });

  it('a process that dies in a write leaves half of it in the staged file', async () => {
    const tree = createMemoryTree();
    const file = tree.createStaged('s');
    tree.fuse(1);
    await expect(file.write(bytes('12345678'), 0)).rejects.toThrow(Crash);
    expect(tree.processCrash().openStaged('s')?.sizeBytes()).toBe(4);
  });
});

describe('memory tree: power loss', () => {
  it('temp and rename without a flush leaves an empty file, with a flush the whole one', async () => {
    for (const isFlushed of [false, true]) {
      const tree = createMemoryTree();
      (await stage(tree, 's', 'new', isFlushed)).publish('a', { replace: false });
      const after = tree.powerLoss(tree.pendingChanges);
      expect(content(after, 'a')).toBe(isFlushed ? 'new' : '');
    }
  });

  it('replacing without a flush loses the old content too, as on xfs and btrfs', async () => {
    const tree = createMemoryTree();
    tree.user.write('a', 'old');
    tree.user.sync();
    (await stage(tree, 's', 'new', false)).publish('a', { replace: true });
    expect(content(tree.powerLoss(tree.pendingChanges), 'a')).toBe('');
  });

  it('takes back changes of names that were not flushed, in order, each as a whole', async () => {
    const cut = async (keep: number) => {
      const tree = createMemoryTree();
      tree.user.write('a', 'x');
      await tree.flush();
      tree.move('a', 'b', { replace: false });
      tree.makeDirectory('d', 0o755);
      tree.move('b', 'd/c', { replace: false });
      return [...tree.powerLoss(keep).snapshot().keys()];
    };
    expect(await cut(0)).toEqual(['a']);
    expect(await cut(1)).toEqual(['b']);
    expect(await cut(2)).toEqual(['b', 'd']);
    expect(await cut(3)).toEqual(['d', 'd/c']);
  });

  it('loses nothing after a checkpoint, trash and staging included', async () => {
    const tree = createMemoryTree();
    tree.user.write('a', 'old');
    tree.putAway('a');
    (await stage(tree, 's', 'half', false)).keep();
    (await stage(tree, 't', 'new', false)).publish('b', { replace: false });
    tree.setMetadata('b', { mode: 0o640, mtimeUs: 1_000_000 });
    const before = tree.snapshot();
    await tree.flush();
    expect(tree.pendingChanges).toBe(0);
    const after = tree.powerLoss();
    expect(after.snapshot()).toEqual(before);
    expect(trash(after)).toEqual(['a=old']);
    expect(after.openStaged('s')?.sizeBytes()).toBe(4);
  });

  it('a checkpoint covers what was done before it began, not what came while it ran', async () => {
    let arrive = () => {};
    const tree = createMemoryTree({ latency: () => new Promise((resolve) => (arrive = resolve)) });
    tree.makeDirectory('before', 0o755);
    const flushed = tree.flush();
    tree.makeDirectory('while', 0o755);
    arrive();
    await flushed;
    expect([...tree.powerLoss().snapshot().keys()]).toEqual(['before']);
  });

  it('a process crash alone loses nothing, and a power cut after it still can', () => {
    const tree = createMemoryTree();
    tree.user.write('a', 'x');
    const next = tree.processCrash();
    expect(content(next, 'a')).toBe('x');
    expect(next.powerLoss().snapshot().size).toBe(0);
  });

  it('flush, publish, flush: at any step of it and any cut a path has its old or its new content', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 7 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (n, part) => {
          const tree = createMemoryTree();
          tree.user.write('a', 'old');
          tree.user.sync();
          tree.fuse(n);
          let isDone = false;
          try {
            const file = await stage(tree, 's', 'new');
            tree.keepVersion('a');
            file.publish('a', { replace: true });
            await tree.flush();
            isDone = true;
          } catch (error) {
            if (!(error instanceof Crash)) throw error;
          }
          const after = tree.powerLoss(Math.floor(part * (tree.pendingChanges + 1)));
          expect(['old', 'new']).toContain(content(after, 'a'));
          if (content(after, 'a') === 'new') expect(trash(after)).toEqual(['a=old']);
          if (isDone) expect(content(after, 'a')).toBe('new');
        },
      ),
      { numRuns: 300, ...(SEED === undefined ? {} : { seed: SEED }) },
    );
  });
});

describe('memory watcher', () => {
  const watch = (tree: MemoryTree) => {
    const heard: string[] = [];
    const watcher = new MemoryWatcher(tree.disk, {
      dirty: (path) => heard.push(path),
      relist: (path) => heard.push(`${path}/`),
      lost: (reason) => heard.push(reason),
      noticed: (text) => heard.push(text),
    });
    watcher.addDirectory('');
    return { watcher, heard };
  };

  it('gives hints in order, when told to, and only from folders that were added', () => {
    const tree = createMemoryTree();
    const { watcher, heard } = watch(tree);
    tree.user.write('d/f', 'x');
    tree.user.rename('d', 'e');
    expect(heard).toEqual([]);
    watcher.deliver();
    expect(heard).toEqual(['d', 'd', 'e']);
    watcher.addDirectory('e');
    tree.user.append('e/f', 'y');
    tree.setMetadata('e/f', { mode: 0o600 });
    tree.putAway('e/f');
    watcher.deliver(2);
    expect(heard.slice(3)).toEqual(['e/f', 'e/f']);
    expect(watcher.pending).toEqual(['e/f']);
  });

  it('a process that dies as a node leaves its parking place leaves one that names nothing', () => {
    const tree = createMemoryTree();
    tree.user.write('a', 'precious');
    tree.park('a', 'p');
    tree.fuse(2);
    expect(() => tree.unpark('p', 'b')).toThrow('died in vacate');
    const again = tree.reopen();
    expect(again.stat('b')?.sizeBytes).toBe(8);
    expect([...again.disk.parkingPlaces.keys()]).toEqual(['p']);
    expect([again.parked('p'), again.listStaged()]).toEqual([undefined, []]);
    expect([...again.disk.parkingPlaces.keys()]).toEqual([]);
  });

  it('a renamed folder speaks under its old path until it is told', () => {
    const tree = createMemoryTree();
    tree.user.mkdir('a/b');
    const { watcher } = watch(tree);
    watcher.addDirectory('a');
    watcher.addDirectory('a/b');
    tree.user.rename('a', 'c');
    watcher.drop();
    tree.user.write('c/b/f', '');
    expect(watcher.pending.at(-1)).toBe('a/b/f');
    watcher.moveDirectory('a', 'c');
    tree.user.remove('c/b/f');
    expect(watcher.pending.at(-1)).toBe('c/b/f');
  });

  it('loses hints silently or with an overflow, and says nothing once closed', async () => {
    const tree = createMemoryTree();
    const { watcher, heard } = watch(tree);
    tree.user.write('a', '');
    tree.user.write('b', '');
    watcher.drop(1);
    watcher.deliver(1);
    watcher.overflow();
    expect(heard).toEqual(['a', 'overflow']);
    await watcher.close();
    tree.user.write('c', '');
    expect(watcher.pending).toEqual([]);
  });
});
