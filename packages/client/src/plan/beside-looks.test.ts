import { createMemoryStore } from '@lanmirror/engine/store';
import { loadHash } from '@lanmirror/engine/tree';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { createMemoryTree, type MemoryTree } from '../../../engine/src/tree/memory/memory-tree.ts';
import { systemClock } from '../../../engine/src/wire/system-clock.ts';
import { MirrorState } from '../state/mirror-state.ts';
import { BesideLooks } from './beside-looks.ts';
import type { CheckResult } from './node-check.ts';
import { checkTarget } from './target-check.ts';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const ROOT = 1;
const FOLDERS = 40;

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

/** Folders with two files each, in a tree in which each change has a time of its own. */
function newTree(folders = FOLDERS): MemoryTree {
  let nowNs = 0n;
  const tree = createMemoryTree({ looksBeside: true, clock: () => (nowNs += 1_000_000n) });
  for (let at = 0; at < folders; at += 1)
    for (const name of ['a', 'b']) tree.user.write(`f${at}/${name}`, 'before');
  return tree;
}

function check(tree: MemoryTree, state: MirrorState): Promise<CheckResult> {
  return checkTarget({ tree, state, clock: systemClock, isStopped: () => false, looked: () => undefined });
}

/** A state that remembers how all folders of the tree looked. */
async function knowing(tree: MemoryTree): Promise<MirrorState> {
  const state = newState();
  await check(tree, state);
  await check(tree, state);
  return state;
}

/** Calls `between` with what was looked at beside the check, after the look and before it is taken. */
function interrupted(tree: MemoryTree, between: (paths: readonly string[]) => void): MemoryTree {
  const look = tree.lookBeside.bind(tree);
  tree.lookBeside = (paths) =>
    look(paths)?.then((looks) => {
      between(paths);
      return looks;
    });
  return tree;
}

/** What this mirror does at a path changes what is recorded of it. */
function record(state: MirrorState, path: string): void {
  const entry = state.baseline.get(state.baseline.idAt(path) ?? Number.NaN);
  if (entry !== undefined) state.transact(() => state.baseline.put({ ...entry, bornMs: entry.bornMs + 1 }));
}

test('folders that look as they did are asked for, and nothing is looked at or compared node by node', async () => {
  const tree = newTree();
  const state = await knowing(tree);
  const asked: string[] = [];
  interrupted(tree, (paths) => asked.push(...paths));
  const listed: string[] = [];
  const list = tree.list.bind(tree);
  tree.list = (path) => {
    listed.push(path);
    return list(path);
  };
  expect((await check(tree, state)).ids).toEqual([]);
  expect(asked.length).toBeGreaterThanOrEqual(FOLDERS / 2);
  // Each once: there, or by the check itself.
  expect(listed.toSorted()).toEqual(['', ...Array.from({ length: FOLDERS }, (_, at) => `f${at}`)].toSorted());
});

test('a look at a folder of which something was recorded since proves nothing: the check looks again', async () => {
  const tree = newTree();
  const state = await knowing(tree);
  let edited = '';
  interrupted(tree, ([path = '']) => {
    if (edited !== '') return;
    edited = `${path}/a`;
    tree.user.write(edited, 'edited');
    record(state, `${path}/b`);
  });
  expect((await check(tree, state)).changed).toEqual([edited]);
});

test('what somebody does after a look is found by the next check', async () => {
  const tree = newTree();
  const state = await knowing(tree);
  let edited = '';
  interrupted(tree, ([path = '']) => {
    if (edited !== '') return;
    edited = `${path}/a`;
    tree.user.write(edited, 'edited');
  });
  const [first, second] = [await check(tree, state), await check(tree, state)];
  expect([...first.changed, ...second.changed]).toEqual([edited]);
});

test('a folder that was removed from the baseline after the look is not checked any more', async () => {
  const tree = newTree();
  const state = await knowing(tree);
  let gone = '';
  interrupted(tree, ([path = '']) => {
    if (gone !== '') return;
    gone = path;
    tree.user.remove(path);
    state.transact(() => state.baseline.removeTree(state.baseline.idAt(path) ?? Number.NaN));
  });
  const result = await check(tree, state);
  expect(gone).not.toBe('');
  expect([result.ids, result.unreadable, result.missing]).toEqual([[], [], []]);
});

test('folders that could not be looked at beside the check are looked at by it, which names why', async () => {
  const tree = newTree();
  const state = await knowing(tree);
  tree.lookBeside = async (paths) => {
    tree.failNext('f20', 'DENIED');
    return paths.map(() => undefined);
  };
  const { unreadable, ids } = await check(tree, state);
  expect(unreadable.map(({ path, error }) => [path, error.code])).toEqual([['f20', 'DENIED']]);
  expect(ids).toEqual([]);
});

test('a tree that dies while it looks ends the check', async () => {
  const tree = newTree();
  const state = await knowing(tree);
  tree.lookBeside = () => Promise.reject(new Error('the process was killed'));
  await expect(check(tree, state)).rejects.toThrow('the process was killed');
});

test('three questions are out at most, none for more than half of what waits, and only where looks can prove anything', async () => {
  const tree = newTree(600);
  const state = await knowing(tree);
  const asked: number[] = [];
  tree.lookBeside = (paths) => {
    asked.push(paths.length);
    return new Promise(() => undefined);
  };
  const ids = Array.from({ length: 600 }, (_, at) => state.baseline.idAt(`f${at}`) ?? Number.NaN);
  new BesideLooks({ tree, state }, true).ask(ids);
  expect([asked, ids.length]).toEqual([[64, 64, 64], 600 - 3 * 64]);
  const few = ids.slice(0, 20);
  new BesideLooks({ tree, state }, true).ask(few);
  expect([asked.slice(3), few.length]).toEqual([[10], 10]);
  new BesideLooks({ tree, state }, false).ask(ids);
  state.transact(() => state.rolls.clear());
  new BesideLooks({ tree, state }, true).ask(ids);
  expect(asked).toHaveLength(4);
});

const path = fc
  .tuple(fc.nat(FOLDERS - 1), fc.constantFrom('a', 'b', 'c', 'd/e'))
  .map(([at, name]) => `f${at}/${name}`);
const change = fc.record({ what: fc.constantFrom('write', 'remove', 'touch', 'record'), path });
type Change = typeof change extends fc.Arbitrary<infer C> ? C : never;

function carryOut(tree: MemoryTree, states: readonly MirrorState[], { what, path: at }: Change): void {
  const isThere = tree.stat(at) !== undefined;
  if (what === 'write') tree.user.write(at, 'x');
  if (what === 'remove' && isThere) tree.user.remove(at);
  if (what === 'touch' && isThere) tree.user.touch(at);
  if (what === 'record') for (const state of states) record(state, at);
}

/** What a state says of the target, whatever its numbers for it are. */
function told(state: MirrorState): unknown {
  const dirty = state.dirtyIds().map((id) => state.baseline.pathOf(id));
  const entries = [...state.baseline.all()].map(({ id, kind, disk, version }) => [
    ...[state.baseline.pathOf(id), kind, version],
    ...[disk.mtimeNs, kind === 'directory' ? 0n : disk.ctimeNs],
  ]);
  return [dirty.toSorted(), entries.toSorted(([one], [other]) => (`${one}` < `${other}` ? -1 : 1))];
}

test(`whatever changes before, between and after looks, two checks know what one knows that looks itself (SEED=${SEED})`, async () => {
  const changes = fc.array(change, { maxLength: 5 });
  const rounds = fc.array(fc.record({ before: changes, between: changes }), { minLength: 1, maxLength: 4 });
  const property = fc.asyncProperty(rounds, async (played) => {
    const tree = newTree();
    const [asking, looking] = [await knowing(tree), await knowing(tree)];
    const states = [asking, looking];
    let waiting: Change[] = [];
    interrupted(tree, () => {
      for (const one of waiting.splice(0)) carryOut(tree, states, one);
    });
    for (const { before, between } of played) {
      for (const one of before) carryOut(tree, states, one);
      waiting = [...between];
      await check(tree, asking);
      for (const one of waiting.splice(0)) carryOut(tree, states, one);
    }
    await check(tree, asking);
    looking.transact(() => looking.rolls.clear());
    await check(tree, looking);
    expect(told(asking)).toEqual(told(looking));
  });
  await fc.assert(property, { seed: SEED, numRuns: 60 });
});
