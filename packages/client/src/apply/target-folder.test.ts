import { PLAIN_NAMES } from '@lanmirror/engine/core';
import { createMemoryStore } from '@lanmirror/engine/store';
import { loadHash, type Stat, TreeError } from '@lanmirror/engine/tree';
import type { SourceEntry } from '@lanmirror/protocol';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ProcessClock, Scheduler } from '../../../../tests/simulation/scheduler.ts';
import { createMemoryTree, type MemoryTree } from '../../../engine/src/tree/memory/memory-tree.ts';
import { DeleteGuard } from '../mirror/delete-guard.ts';
import { type BaselineEntry, UNKNOWN_VERSION } from '../state/baseline-entry.ts';
import { MirrorState } from '../state/mirror-state.ts';
import { type PlacedEntry, useTraits } from '../state/placement.ts';
import { bottomUp } from './discard.ts';
import { makeDirectory, makeLink } from './make-node.ts';
import { type Cleared, TargetFolder } from './target-folder.ts';

beforeAll(async () => {
  await loadHash();
});

const ROOT = 1;
const HASH = new Uint8Array(32);

let scheduler: Scheduler;
let tree: MemoryTree;
let state: MirrorState;
let target: TargetFolder;

beforeEach(() => {
  scheduler = new Scheduler(1, (error) => {
    throw error;
  });
  tree = createMemoryTree({ clock: () => BigInt(Math.round(scheduler.wallMs * 1000)) * 1000n });
  state = new MirrorState(createMemoryStore());
  target = new TargetFolder(tree, state, new ProcessClock(scheduler), SILENT);
  record(ROOT, 0, '', 'directory');
});

const SILENT = {
  created: () => undefined,
  modified: () => undefined,
  deleted: () => undefined,
  renamed: () => undefined,
  edited: () => undefined,
  added: () => undefined,
  extra: () => undefined,
  kept: () => undefined,
  copying: () => undefined,
  settled: () => undefined,
  warn: () => undefined,
};

/** As if the source had it and it had just been applied. */
function record(
  id: number,
  parentId: number,
  name: string,
  kind: SourceEntry['kind'],
  sourceName?: string,
): void {
  const stat = tree.stat(name);
  if (stat === undefined) throw new Error(`no ${name}`);
  const entry: PlacedEntry = {
    ...{ id, parentId, name, kind, linkTarget: '', sequence: id, version: id },
    ...(sourceName !== undefined && { sourceName }),
    ...{ sizeBytes: stat.sizeBytes, mtimeUs: 0, mode: 0o644 },
  };
  target.record(entry, stat, kind === 'file' ? HASH : null);
}

function appear(from: number, to: number): void {
  for (let id = from; id < to; id += 1) {
    tree.user.write(`f${id}`, 'x');
    record(id, ROOT, `f${id}`, 'file');
  }
}

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const POLICY = { holdPercent: 50, holdMin: 100 };
const ids = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, at) => from + at);

/** Judges, and again when the burst is over. */
async function judge(guard: DeleteGuard, removals: readonly number[]) {
  const first = guard.judge(removals);
  if (first.askAgainMs === undefined) return first;
  scheduler.jump(1500);
  return guard.judge(removals);
}

describe('the guard against a mass deletion', () => {
  test('is not deceived by what comes while a burst is waited out', async () => {
    appear(100, 400);
    target.saveHoldWindow();
    scheduler.jump(20 * MINUTE_MS);
    const guard = new DeleteGuard(target, POLICY, new ProcessClock(scheduler));
    expect(guard.judge(ids(100, 400)).askAgainMs).toBeDefined();
    appear(500, 800);
    scheduler.jump(1500);
    const { allowed, held } = guard.judge(ids(100, 400));
    expect(held).toEqual({ missing: 300, existed: 300, young: 300 });
    expect(allowed).toEqual([]);
  });

  test('counts what can be deleted, and not the root: when all goes that is all', async () => {
    appear(100, 110);
    target.saveHoldWindow();
    scheduler.jump(20 * MINUTE_MS);
    const guard = new DeleteGuard(target, { holdPercent: 99, holdMin: 1 }, new ProcessClock(scheduler));
    expect((await judge(guard, ids(100, 110))).held).toEqual({ missing: 10, existed: 10, young: 0 });
  });

  test('does not count the root of a part of a share either', () => {
    const state = new MirrorState(createMemoryStore());
    const entry = {
      parentId: 0,
      name: '',
      kind: 'directory',
      linkTarget: '',
      sequence: 7,
      version: 7,
    } as const;
    const part = new TargetFolder(tree, state, new ProcessClock(scheduler), SILENT);
    const root = tree.stat('');
    if (root === undefined) throw new Error('no root');
    state.setMeta({ rootId: 7 });
    part.record({ ...entry, id: 7, sizeBytes: 0, mtimeUs: 0, mode: 0o755 }, root, null);
    part.saveHoldWindow();
    expect(state.meta.hold).toEqual({ buckets: [] });
  });

  test('lets go exactly what a person agreed to, and counts it for no later loss', async () => {
    appear(100, 400);
    target.saveHoldWindow();
    scheduler.jump(20 * MINUTE_MS);
    const guard = new DeleteGuard(target, POLICY, new ProcessClock(scheduler));
    await judge(guard, ids(100, 300));
    expect(state.meta.isHeld).toBe(true);
    state.agree(ids(100, 300));
    // Another one joined after the list was shown.
    expect(guard.judge(ids(100, 301)).allowed).toEqual(ids(100, 300));
    expect([...guard.waiting]).toEqual([300]);
    for (const id of ids(100, 300)) state.transact(() => target.forgetTree(id));
    target.saveHoldWindow();
    guard.settle();
    expect(ids(100, 300).some((id) => state.isAgreed(id))).toBe(false);
    expect(guard.judge([]).allowed).toEqual([]);
    expect(state.meta.isHeld).toBe(false);
    expect((await judge(guard, [300])).allowed).toEqual([300]);
  });

  test('lets go what was born within its window', async () => {
    appear(100, 400);
    const guard = new DeleteGuard(target, POLICY, new ProcessClock(scheduler));
    expect((await judge(guard, ids(100, 400))).allowed).toHaveLength(300);
  });
});

describe('versions that are overwritten', () => {
  test('one that could not be kept is kept at the next try, and until then its file is not given up', async () => {
    tree.user.write('a', 'old');
    record(10, ROOT, 'a', 'file');
    const occupant = state.baseline.get(10);
    tree.failNext('a', 'NO_SPACE');
    expect(() => target.clearPlace('a', occupant)).toThrow(TreeError);
    expect(tree.trashed()).toEqual([]);
    expect(target.clearPlace('a', occupant)).toMatchObject({ isOccupied: true, isVersionLost: false });
    expect(tree.trashed()).toHaveLength(1);
    // One each hour is enough for what the server can give again.
    expect(target.clearPlace('a', occupant)).toMatchObject({ isOccupied: true, isVersionLost: true });
    expect(tree.trashed()).toHaveLength(1);
    scheduler.jump(HOUR_MS);
    target.clearPlace('a', occupant);
    expect(tree.trashed()).toHaveLength(2);
  });

  test('on a disk of one case, what another file left at a place is no version of the file that has it now', () => {
    const names = { ...PLAIN_NAMES, foldsCase: true, isWindows: true };
    tree = createMemoryTree({ foldsCase: true });
    target = new TargetFolder(tree, state, new ProcessClock(scheduler), SILENT);
    state.setMeta({ traits: { ...state.meta.traits, names } });
    const replace = (id: number, name: string, sourceName: string): Cleared => {
      if (tree.stat(name) === undefined) tree.user.write(name, `of ${sourceName}`);
      record(id, ROOT, name, 'file', sourceName);
      return target.clearPlace('why', state.baseline.get(id));
    };
    // It leaves: the disk would keep its spelling.
    expect(replace(10, 'WHY', 'WHY?').isOccupied).toBe(false);
    expect(replace(11, 'why', 'why?')).toMatchObject({ isOccupied: true, isVersionLost: false });
    expect(replace(11, 'why', 'why?')).toMatchObject({ isOccupied: true, isVersionLost: true });
    // A third one, whose name at the source is the one that they have here.
    expect(replace(12, 'why', 'why')).toMatchObject({ isOccupied: true, isVersionLost: false });
    expect(tree.trashed()).toHaveLength(3);
  });

  test('what was edited on the mirror is kept every time', () => {
    tree.user.write('a', 'old');
    record(10, ROOT, 'a', 'file');
    const occupant = state.baseline.get(10);
    for (const text of ['edited', 'edited again']) {
      tree.user.write('a', text);
      target.clearPlace('a', occupant);
    }
    expect(tree.trashed()).toHaveLength(2);
  });
});

describe('why something is put away', () => {
  /** What is said to be edited when this stands at the place of an entry that is replaced. */
  const edited = (facts: Partial<BaselineEntry>, write?: string): string[] => {
    const said: string[] = [];
    const report = { ...SILENT, edited: (path: string, isRight: boolean) => said.push(`${path} ${isRight}`) };
    const telling = new TargetFolder(tree, state, new ProcessClock(scheduler), report);
    tree.user.write('a', 'old');
    record(10, ROOT, 'a', 'file');
    const entry = state.baseline.get(10);
    if (entry === undefined) throw new Error('no entry');
    if (write !== undefined) tree.user.write('a', write);
    telling.clearPlace('a', { ...entry, ...facts });
    return said;
  };

  test('what came from the server is no edit, also when it is not known any more which version it is', () => {
    expect(edited({})).toEqual([]);
    expect(edited({ version: UNKNOWN_VERSION, hash: HASH })).toEqual([]);
  });

  test('what is not as it was left, or was found to be another content, is one', () => {
    expect(edited({}, 'by somebody')).toEqual(['a false']);
    expect(edited({ version: UNKNOWN_VERSION, hash: HASH }, 'by somebody')).toEqual(['a false']);
    expect(edited({ version: UNKNOWN_VERSION, hash: null })).toEqual(['a false']);
  });

  test('what a person agreed to is in the trash in any case, a folder as a whole', () => {
    tree.user.write('d/x', 'one');
    record(20, ROOT, 'd', 'directory');
    tree.user.write('b', 'two');
    record(22, ROOT, 'b', 'file');
    tree.user.write('e/x', 'three');
    record(23, ROOT, 'e', 'directory');
    record(24, 23, 'e/x', 'file');
    const below = state.baseline.get(24);
    if (below !== undefined) state.transact(() => state.baseline.put({ ...below, name: 'x' }));
    target.keepsTrash = false;
    const putAway = (id: number): string => {
      const [known, path] = [state.baseline.get(id), state.baseline.pathOf(id)];
      const there = path === undefined ? undefined : tree.stat(path);
      if (known === undefined || path === undefined || there === undefined) throw new Error(`no ${id}`);
      return target.putAway(path, known, there, 'deleted');
    };
    state.agree([20, 23]);
    expect(bottomUp(target, [20, 22])).toEqual([20, 22]);
    expect(putAway(20)).not.toBe('');
    expect(putAway(22)).toBe('');
    // Of a part only.
    expect(putAway(24)).not.toBe('');
    expect(tree.trashed()).toHaveLength(2);
    expect([tree.stat('d'), tree.stat('b')]).toEqual([undefined, undefined]);
  });

  test('a file that was only taken over by size and time is in the trash in any case, and is called no edit', () => {
    tree.user.write('b', 'mine');
    record(11, ROOT, 'b', 'file');
    target.keepsTrash = false;
    const recorded = state.baseline.get(11);
    const there = tree.stat('b');
    if (recorded === undefined || there === undefined) throw new Error('no b');
    const known = { ...recorded, hash: null };
    expect(target.clearPlace('b', known)).toMatchObject({ isOccupied: true, isVersionLost: false });
    expect(target.putAway('b', known, there, 'deleted')).not.toBe('');
    expect(tree.trashed()).toHaveLength(2);
    expect(edited({ hash: null })).toEqual([]);
    expect(edited({ hash: null }, 'by somebody')).toEqual(['a false']);
  });

  test('what was added where something arrives, or in the way of a folder, is told, and what is removed is not twice', () => {
    const said: string[] = [];
    const report = { ...SILENT, added: (path: string) => said.push(path) };
    const telling = new TargetFolder(tree, state, new ProcessClock(scheduler), report);
    const place = (path: string): Stat => {
      tree.user.write(path, 'mine');
      const there = tree.stat(path);
      if (there === undefined) throw new Error(`no ${path}`);
      return there;
    };
    place('file');
    telling.clearPlace('file', undefined);
    telling.putAway('folder', undefined, place('folder'), 'replaced');
    telling.putAway('extra', undefined, place('extra'), 'deleted');
    telling.clearPlace('nothing', undefined);
    expect(said).toEqual(['file', 'folder']);
    expect(tree.trashed()).toHaveLength(3);
  });
});

describe('the place of what the share leaves out', () => {
  const after = (name: string, kind: SourceEntry['kind']): PlacedEntry => ({
    ...{ id: 50, parentId: ROOT, name, kind, linkTarget: kind === 'link' ? 'x' : '' },
    ...{ sequence: 50, version: 50, sizeBytes: 1, mtimeUs: 0, mode: 0o755 },
  });
  const left = expect.objectContaining({ code: 'PLACE_EXCLUDED' });

  beforeEach(() => {
    const rules = [
      { line: '/Build', folder: '', origin: '' },
      { line: 'out/', folder: '', origin: '' },
    ];
    state.transact(() => state.shareRules.replace({ path: '', ignoresCase: false, rules }));
  });

  test('is cleared for nothing, and no link is made there', () => {
    tree.user.write('out/x', 'kept');
    expect(() => target.clearPlace('out', undefined)).toThrow(left);
    expect(() => makeLink(target, after('out', 'link'), undefined, 'out')).toThrow(left);
    expect(tree.stat('out/x')?.kind).toBe('file');
  });

  test('is taken over by no folder of another spelling', () => {
    tree = createMemoryTree({ foldsCase: true });
    target = new TargetFolder(tree, state, new ProcessClock(scheduler), SILENT);
    useTraits(state, { ...state.meta.traits, names: { ...PLAIN_NAMES, foldsCase: true } });
    tree.user.write('Build/x', 'kept');
    expect(() => makeDirectory(target, after('build', 'directory'), 'build')).toThrow(left);
    expect([state.baseline.get(50), tree.stat('Build/x')?.kind]).toEqual([undefined, 'file']);
  });

  test('is cleared of what the baseline knows, and of what no rule is about', () => {
    tree.user.write('out/x', 'ours');
    record(60, ROOT, 'out', 'directory');
    tree.user.write('other', 'extra');
    target.clearPlace('out', state.baseline.get(60));
    target.clearPlace('other', undefined, false);
    expect([tree.stat('out'), tree.stat('other')]).toEqual([undefined, undefined]);
  });
});

test('what waits until its place was looked at is planned with what stands there, so that it is not parked for it', () => {
  tree.user.write('old', 'x');
  tree.user.write('new', 'y');
  record(2, ROOT, 'old', 'file');
  record(3, ROOT, 'new', 'file');
  const told = state.baseline.get(3) as BaselineEntry;
  // The source saved by renaming 3 over 2, and somebody wrote to it here.
  state.transact(() => {
    state.setMeta({ compare: ['missing', 'newer'] });
    state.view.put({ ...told, name: 'old', sequence: 4 });
  });
  tree.user.write('old', 'edited here');
  expect(target.isUnjudged(3, 'old', state.baseline.get(2))).toBe(true);
  expect(target.takeUnjudged()).toEqual([3, 2]);
  expect(target.takeUnjudged()).toEqual([]);
});
