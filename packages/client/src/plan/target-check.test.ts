import { createMemoryStore } from '@lanmirror/engine/store';
import { loadHash } from '@lanmirror/engine/tree';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { createMemoryTree, type MemoryTree } from '../../../engine/src/tree/memory/memory-tree.ts';
import { systemClock } from '../../../engine/src/wire/system-clock.ts';
import { MirrorState } from '../state/mirror-state.ts';
import type { CheckHost, CheckResult } from './node-check.ts';
import { rememberFolders } from './remember-folder.ts';
import { checkTarget } from './target-check.ts';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const ROOT = 1;

beforeAll(async () => {
  await loadHash();
});

function newState(): MirrorState {
  const state = new MirrorState(createMemoryStore());
  state.transact(() =>
    state.view.put({
      ...{ id: ROOT, parentId: 0, name: '', kind: 'directory', linkTarget: '', sequence: 1, version: 1 },
      ...{ sizeBytes: 0, mtimeUs: 0, mode: 0o755 },
    }),
  );
  return state;
}

/** A tree in which each change has a time of its own. */
function newTree(): MemoryTree {
  let nowNs = 0n;
  return createMemoryTree({ clock: () => (nowNs += 1_000_000n) });
}

function check(tree: MemoryTree, state: MirrorState): Promise<CheckResult> {
  return checkTarget(hostOf(tree, state));
}

function hostOf(tree: MemoryTree, state: MirrorState): CheckHost {
  return { tree, state, clock: systemClock, isStopped: () => false, looked: () => undefined };
}

function remember(tree: MemoryTree, state: MirrorState): Promise<void> {
  const folders = [...state.baseline.all()].filter(({ kind }) => kind === 'directory');
  return rememberFolders(
    hostOf(tree, state),
    folders.map(({ id }) => id),
  );
}

const PATHS = ['a', 'b', 'd', 'd/a', 'd/e', 'd/e/a', 'd/e/b'] as const;
const path = fc.constantFrom(...PATHS);
const change = fc.oneof(
  fc.record({ what: fc.constantFrom('write', 'remove', 'mkdir', 'symlink', 'chmod', 'touch'), path }),
  fc.record({ what: fc.constantFrom('rename'), path, to: path }),
  // As work on the target does between two checks: the record of an entry changes, or goes.
  fc.record({ what: fc.constantFrom('record', 'forget'), path }),
);
type Change = typeof change extends fc.Arbitrary<infer C> ? C : never;

function carryOut({ what, path, ...more }: Change, tree: MemoryTree, states: readonly MirrorState[]): void {
  const isThere = tree.stat(path) !== undefined;
  const isFree = !isThere && PATHS.every((one) => !path.startsWith(`${one}/`) || isFolder(tree, one));
  if (what === 'write' && (isThere ? tree.stat(path)?.kind === 'file' : isFree)) tree.user.write(path, 'x');
  if (what === 'mkdir' && isFree) tree.user.mkdir(path);
  if (what === 'symlink' && isFree) tree.user.symlink(path, 'away');
  if (what === 'remove' && isThere) tree.user.remove(path);
  if (what === 'chmod' && isThere) tree.user.chmod(path, 0o600);
  if (what === 'touch' && isThere) tree.user.touch(path);
  const to = 'to' in more ? more.to : path;
  const isRoom = tree.stat(to) === undefined && isFolder(tree, to.slice(0, Math.max(0, to.lastIndexOf('/'))));
  if (what === 'rename' && isThere && isRoom && !`${to}/`.startsWith(`${path}/`)) tree.user.rename(path, to);
  for (const state of states) changeRecord(what, path, state);
}

function isFolder(tree: MemoryTree, path: string): boolean {
  return path === '' || tree.stat(path)?.kind === 'directory';
}

function changeRecord(what: string, path: string, state: MirrorState): void {
  const id = state.baseline.idAt(path);
  const entry = id === undefined ? undefined : state.baseline.get(id);
  if (entry === undefined) return;
  state.transact(() => {
    if (what === 'record') state.baseline.put({ ...entry, disk: { ...entry.disk, mtimeNs: 7n } });
    if (what === 'forget') state.baseline.removeTree(entry.id);
  });
}

test(`a check that knows how folders looked finds what one finds that compares every node (SEED=${SEED})`, async () => {
  const round = fc.record({
    changes: fc.array(change, { maxLength: 4 }),
    // As the end of a pass does, of whatever the baseline says by then.
    isRemembered: fc.boolean(),
  });
  const rounds = fc.array(round, { minLength: 1, maxLength: 6 });
  const quiet = { changes: [], isRemembered: false };
  const property = fc.asyncProperty(rounds, async (played) => {
    const tree = newTree();
    tree.user.mkdir('d/e');
    for (const file of ['a', 'd/a', 'd/e/a']) tree.user.write(file, 'before');
    const [knowing, comparing] = [newState(), newState()];
    for (const { changes, isRemembered } of [quiet, quiet, ...played, quiet]) {
      for (const one of changes) carryOut(one, tree, [knowing, comparing]);
      if (isRemembered) await remember(tree, knowing);
      comparing.transact(() => comparing.rolls.clear());
      expect(await check(tree, knowing)).toEqual(await check(tree, comparing));
      expect([...knowing.baseline.all()]).toEqual([...comparing.baseline.all()]);
      expect(knowing.dirtyIds()).toEqual(comparing.dirtyIds());
    }
  });
  await fc.assert(property, { seed: SEED, numRuns: 300 });
});

describe('of a folder that was checked', () => {
  test('it is known how it looked once nothing in it differed, until an entry in it changes', async () => {
    const [tree, state] = [newTree(), newState()];
    tree.user.write('d/a', 'x');
    await check(tree, state);
    const folderId = state.baseline.idAt('d') ?? Number.NaN;
    expect(state.rolls.get(folderId)).toBeUndefined();
    await check(tree, state);
    expect(state.rolls.get(folderId)).toBeDefined();
    const entry = state.baseline.get(state.baseline.idAt('d/a') ?? Number.NaN);
    if (entry === undefined) throw new Error('d/a is not known');
    state.transact(() => state.baseline.put({ ...entry, parentId: ROOT }));
    expect([ROOT, folderId].map((id) => state.rolls.get(id))).toEqual([undefined, undefined]);
  });

  test('one that holds what the baseline says can be known without a check, and another one cannot', async () => {
    const [tree, state] = [newTree(), newState()];
    for (const path of ['d/a', 'd/e/a', 'f/a']) tree.user.write(path, 'x');
    await check(tree, state);
    tree.user.write('f/b', 'not known');
    await remember(tree, state);
    const ids = ['', 'd', 'd/e', 'f'].map((path) => state.baseline.idAt(path) ?? Number.NaN);
    expect(ids.map((id) => state.rolls.get(id) !== undefined)).toEqual([true, true, true, false]);
    tree.user.write('d/e/a', 'edited');
    expect((await check(tree, state)).changed).toEqual(['d/e/a']);
  });

  test('the baseline is not read node by node while it looks the same', async () => {
    const [tree, state] = [newTree(), newState()];
    for (let number = 0; number < 600; number++) tree.user.write(`d/${number}`, 'x');
    await check(tree, state);
    await check(tree, state);
    state.baseline.children = () => {
      throw new Error('compared node by node');
    };
    expect((await check(tree, state)).ids).toEqual([]);
    tree.user.write('d/300', 'edited');
    await expect(check(tree, state)).rejects.toThrow('node by node');
  });
});
