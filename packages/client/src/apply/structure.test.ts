import { PARKED_PARENT, type Plan, reconcile } from '@lanmirror/engine/core';
import { createMemoryStore } from '@lanmirror/engine/store';
import { loadHash, type WritableTree } from '@lanmirror/engine/tree';
import type { SourceEntry } from '@lanmirror/protocol';
import { beforeAll, describe, expect, test } from 'vitest';
import { ProcessClock, Scheduler } from '../../../../tests/simulation/scheduler.ts';
import { createMemoryTree, type MemoryTree } from '../../../engine/src/tree/memory/memory-tree.ts';
import type { BaselineEntry } from '../state/baseline-entry.ts';
import { MirrorState } from '../state/mirror-state.ts';
import { type Failed, Structure } from './structure.ts';
import { TargetFolder } from './target-folder.ts';

const ROOT = 1;
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

beforeAll(() => loadHash());

const never = (): boolean => false;

const rethrow: Failed = (_id, _path, error) => {
  throw error;
};

/** A mirror on a tree in memory, and what was said and put away. */
class Scene {
  readonly tree: MemoryTree;
  readonly state = new MirrorState(createMemoryStore());
  readonly renamed: string[] = [];
  /** What was said to have left, and why. */
  readonly gone: string[] = [];
  /** Path and reason of all that went to the trash. */
  readonly trashed: string[] = [];
  readonly #target: TargetFolder;

  constructor(staysParked: (entry: BaselineEntry) => boolean = () => false) {
    const scheduler = new Scheduler(1, (error) => {
      throw error;
    });
    this.tree = createMemoryTree();
    const tree: WritableTree = this.tree;
    for (const way of ['putAway', 'keepVersion'] as const) {
      const take = tree[way].bind(tree);
      tree[way] = (path, reason) => {
        this.trashed.push(`${path} ${reason}`);
        return take(path, reason);
      };
    }
    this.#target = new TargetFolder(tree, this.state, new ProcessClock(scheduler), {
      ...SILENT,
      renamed: (from, to) => this.renamed.push(`${from} -> ${to}`),
      deleted: (path) => this.gone.push(`deleted ${path}`),
      extra: (path) => this.gone.push(`extra ${path}`),
    });
    this.#target.staysParked = staysParked;
    this.tell(ROOT, '', 1, 'directory');
  }

  /** What goes at the source's will goes for good. */
  keepNoTrash(): void {
    this.#target.keepsTrash = false;
  }

  get isCheckDue(): boolean {
    return this.#target.isCheckDue;
  }

  /** The source has this entry; if it stands here already, it was mirrored. */
  tell(id: number, name: string, version: number, kind: SourceEntry['kind'] = 'file'): void {
    const stat = name === '' ? this.tree.rootStat() : this.tree.stat(name);
    const entry: SourceEntry = {
      ...{ id, parentId: id === ROOT ? 0 : ROOT, name, kind, linkTarget: '', sequence: version, version },
      ...{ sizeBytes: stat?.sizeBytes ?? 0, mtimeUs: 0, mode: 0o644 },
    };
    this.#put(entry);
    if (stat !== undefined)
      this.#target.record(entry, stat, stat.kind === 'file' ? new Uint8Array(32) : null);
  }

  /** The source has it under another name now, or another version of it. */
  change(id: number, facts: Partial<SourceEntry>): void {
    const entry = this.state.view.get(id);
    if (entry === undefined) throw new Error(`no entry ${id}`);
    this.#put({ ...entry, sequence: entry.sequence + 100, ...facts });
  }

  remove(id: number): void {
    this.state.transact(() => {
      this.state.view.remove(id);
      this.state.markDirty(id);
    });
  }

  plan(): Plan {
    const { state } = this;
    return reconcile(state.dirtyIds(), state.baseline, state.view, ROOT);
  }

  /** Resolves to the ids of what waits for a folder that could not leave its place. */
  async apply(plan: Plan, { isStopped = never, isGone = never, failed = rethrow } = {}): Promise<number[]> {
    const structure = new Structure(this.#target, (id, path, error) => failed(id, path, error), {
      isStopped: () => isStopped(),
      isGone: () => isGone(),
    });
    return [...(await structure.apply(plan, plan.removals))];
  }

  contentOf(path: string): string {
    const buffer = Buffer.alloc(99);
    return buffer.toString('utf8', 0, this.tree.open(path).readSync(buffer, 0, 99, 0));
  }

  #put(entry: SourceEntry): void {
    this.state.transact(() => {
      this.state.view.put(entry);
      this.state.markDirty(entry.id);
    });
  }
}

function fail(): never {
  throw new Error('it is not there');
}

test('what waits for the name of a folder that cannot be moved is not parked: it stays in sight, and is named', async () => {
  const scene = new Scene();
  for (const [at, name] of ['a', 'b'].entries()) {
    scene.tree.user.write(`${name}/in`, `of ${name}`);
    scene.tell(2 + at, name, 2 + at, 'directory');
  }
  scene.change(2, { name: 'b' });
  scene.change(3, { name: 'c' });
  const plan = scene.plan();
  expect(plan).toMatchObject({ moves: [{ id: 3 }], parks: [2] });
  scene.tree.failNext('b', 'DENIED', { operation: 'move' });
  const failed: string[] = [];
  const waiting = await scene.apply(plan, {
    failed: (id, path, { code }) => failed.push(`${id} ${path} ${code}`),
  });
  expect([failed, waiting]).toEqual([['3 c DENIED'], [2]]);
  expect([scene.tree.listStaged(), scene.contentOf('a/in'), scene.contentOf('b/in')]).toEqual([
    [],
    'of a',
    'of b',
  ]);
  await scene.apply(scene.plan());
  expect(['b/in', 'c/in'].map((path) => scene.contentOf(path))).toEqual(['of a', 'of b']);
});

test('a name that goes to a file whose content is not here yet shows what it had until the content comes', async () => {
  const scene = new Scene();
  const { tree, state } = scene;
  tree.user.write('doc', 'a good document');
  tree.user.write('doc.tmp', '');
  scene.tell(2, 'doc', 2);
  scene.tell(3, 'doc.tmp', 3);
  // The server: doc.tmp was written, and took the name of the document.
  scene.remove(2);
  scene.change(3, { name: 'doc', version: 4, sizeBytes: 20 });
  const plan = scene.plan();
  expect(plan.moves).toEqual([{ id: 3, replaces: 2 }]);
  await scene.apply(plan);
  expect(scene.contentOf('doc')).toBe('a good document');
  expect(tree.stat('doc.tmp')).toBeUndefined();
  expect(scene.renamed).toEqual(['doc.tmp -> doc']);
  expect(state.baseline.get(2)).toBeUndefined();
  expect(state.baseline.pathOf(3)).toBe('doc');
  expect(scene.plan()).toMatchObject({ moves: [], contents: [3] });
});

test('a rename that the source moved on, to where another file stands, waits for the next plan: nothing counts as edited', async () => {
  for (const version of [3, 9]) {
    const scene = new Scene();
    for (const [id, name] of Object.entries({ 2: 'b', 3: 'a', 4: 'c' })) {
      scene.tree.user.write(name, `content of ${name}`);
      scene.tell(Number(id), name, Number(id));
    }
    scene.remove(2);
    scene.change(3, { name: 'b', version });
    const plan = scene.plan();
    expect(plan.moves).toEqual([{ id: 3, replaces: 2 }]);
    // Told before the plan is carried out.
    scene.change(3, { name: 'c', version });
    scene.change(4, { name: 'd' });
    await scene.apply(plan);
    expect(scene.trashed).toEqual([]);
    expect(scene.contentOf('c')).toBe('content of c');
    await scene.apply(scene.plan());
    expect(scene.contentOf('c')).toBe('content of a');
    expect(scene.contentOf('d')).toBe('content of c');
    expect(scene.trashed).toEqual(['b deleted']);
    expect(scene.renamed.sort()).toEqual(['a -> c', 'c -> d']);
  }
});

test('files that swap their names, in a ring of any length, are told by the names they had and have', async () => {
  const scene = new Scene();
  const names = ['a', 'b', 'c', 'd', 'e'];
  for (const [at, name] of names.entries()) {
    scene.tree.user.write(name, name);
    scene.tell(at + 2, name, at + 2);
  }
  const ring = { a: 'b', b: 'a', c: 'd', d: 'e', e: 'c' };
  for (const [at, name] of names.entries()) scene.change(at + 2, { name: ring[name as 'a'] });
  await scene.apply(scene.plan());
  expect(scene.renamed.sort()).toEqual(Object.entries(ring).map(([from, to]) => `${from} -> ${to}`));
  expect(scene.trashed).toEqual([]);
});

test.each([
  ['stopped', 'everything has its place', ['b', 'a'], []],
  ['gone', 'nothing more is done', [undefined, undefined], ['park-2', 'park-3']],
] as const)('once something is parked, and the mirror is %s: %s', async (what, _then, places, parked) => {
  const scene = new Scene();
  const { tree, state } = scene;
  for (const [id, name] of [
    [2, 'a'],
    [3, 'b'],
  ] as const) {
    tree.user.write(name, name);
    scene.tell(id, name, id);
  }
  scene.change(2, { name: 'b' });
  scene.change(3, { name: 'a' });
  const isBroken = (): boolean => tree.listStaged().length === 2;
  const isGone = what === 'gone' ? isBroken : never;
  await scene.apply(scene.plan(), { isStopped: isBroken, isGone });
  expect([2, 3].map((id) => state.baseline.pathOf(id))).toEqual(places);
  expect(tree.listStaged()).toEqual(parked);
});

test('what is stopped before anything is parked stays as it is', async () => {
  const scene = new Scene();
  for (const [id, name] of [
    [2, 'a'],
    [3, 'b'],
  ] as const) {
    scene.tree.user.write(name, name);
    scene.tell(id, name, id);
  }
  scene.change(2, { name: 'b' });
  scene.change(3, { name: 'a' });
  await scene.apply(scene.plan(), { isStopped: () => true });
  expect([scene.tree.listStaged(), scene.contentOf('a')]).toEqual([[], 'a']);
});

test.each(['file', 'directory'] as const)(
  'a %s that the source takes away while it is parked goes to the trash under its path, at once',
  async (kind) => {
    const scene = new Scene();
    for (const [id, name] of [
      [2, 'one'],
      [3, 'two'],
    ] as const) {
      if (kind === 'directory') scene.tree.user.write(`${name}/in it`, name);
      else scene.tree.user.write(name, name);
      scene.tell(id, name, id, kind);
    }
    scene.change(2, { name: 'two' });
    scene.change(3, { name: 'one' });
    await scene.apply({ ...scene.plan(), places: [] });
    expect(scene.tree.listStaged()).toEqual(['park-2', 'park-3']);
    scene.remove(2);
    await scene.apply(scene.plan());
    expect(scene.tree.listStaged()).toEqual([]);
    expect(scene.gone).toEqual(['deleted one']);
    const [{ operation, path, trash } = {}] = [...scene.state.history.newestFirst()]
      .flat()
      .filter((row) => row.operation === 'deleted');
    expect([operation, path, trash]).toEqual([
      'deleted',
      'one',
      expect.stringMatching(/^\.lanmirror\/trash\//),
    ]);
    expect(scene.tree.trashed().map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(['one']);
    expect(scene.renamed).toEqual(['two -> one']);
  },
);

test.each(['file', 'directory'] as const)(
  'a %s that is not where it was parked has its place already, or comes anew: nothing that stands is cleared for it',
  async (kind) => {
    const scene = new Scene();
    const { tree, state } = scene;
    const names = { 2: 'one', 3: 'two' } as const;
    for (const [id, name] of Object.entries(names)) {
      if (kind === 'directory') tree.user.write(`${name}/in it`, name);
      else tree.user.write(name, name);
      scene.tell(Number(id), name, Number(id), kind);
    }
    scene.change(2, { name: 'two' });
    scene.change(3, { name: 'one' });
    const plan = scene.plan();
    await scene.apply({ ...plan, places: [] });
    // As a kill between the disk and the record leaves it, or a person.
    tree.unpark('park-2', 'two');
    tree.sweepStaged('park-3');
    await scene.apply({ ...plan, parks: [] });
    expect(scene.trashed).toEqual([]);
    expect(scene.contentOf(kind === 'file' ? 'two' : 'two/in it')).toBe('one');
    expect([...state.baseline.children(PARKED_PARENT)]).toEqual([]);
    if (kind === 'file')
      expect([state.baseline.pathOf(2), state.baseline.get(3)]).toEqual(['two', undefined]);
    expect(state.isDirty(3) || kind === 'directory').toBe(true);
  },
);

test.each([
  ['its place is free', 'else', false, 'one'],
  ['something stands there', 'else', true, 'one (park-2)'],
  ['another one is to stand there', 'one', false, 'one (park-2)'],
])(
  'a parked folder of which something stays leaves the staging folder for its place, or one beside it: %s',
  async (_case, nameOfOther, isTaken, place) => {
    const scene = new Scene((entry) => entry.name === 'park-2');
    for (const [id, name] of [
      [2, 'one'],
      [3, 'two'],
    ] as const) {
      scene.tree.user.write(`${name}/kept`, `kept in ${name}`);
      scene.tell(id, name, id, 'directory');
    }
    scene.change(2, { name: 'two' });
    scene.change(3, { name: nameOfOther });
    await scene.apply({ ...scene.plan(), places: [] });
    if (isTaken) scene.tree.user.write('one', 'of a person');
    scene.remove(2);
    await scene.apply({ ...scene.plan(), places: [] });
    expect([scene.contentOf(`${place}/kept`), scene.gone, scene.trashed]).toEqual(['kept in one', [], []]);
    expect([scene.state.baseline.get(2), scene.isCheckDue]).toEqual([undefined, true]);
  },
);

test.each([
  ['its name is taken', { 3: 'a' }, []],
  ['its folder goes', {}, [4]],
] as const)(
  'what could not be renamed is in the trash in any case, although there is none: %s',
  async (_case, renamed, removed) => {
    const scene = new Scene();
    const { tree, state } = scene;
    scene.keepNoTrash();
    for (const name of ['a', 'b']) tree.user.write(name, `content of ${name}`);
    tree.user.mkdir('d');
    scene.tell(2, 'a', 2);
    scene.tell(3, 'b', 3);
    scene.tell(4, 'd', 4, 'directory');
    if (removed.length > 0) {
      tree.user.rename('a', 'd/a');
      const { disk, ...before } = state.baseline.get(2) ?? fail();
      const stat = tree.stat('d/a') ?? fail();
      state.transact(() =>
        state.baseline.put({ ...before, parentId: 4, disk: { ...disk, ctimeNs: stat.ctimeNs } }),
      );
    }
    scene.change(2, { name: 'c' });
    for (const [id, name] of Object.entries(renamed)) scene.change(Number(id), { name });
    for (const id of removed) scene.remove(id);
    // The move of the first one failed.
    await scene.apply({ ...scene.plan(), moves: [] });
    const kept = tree.trashed().map(({ bytes }) => Buffer.from(bytes).toString());
    expect([kept, state.isDirty(2)]).toEqual([['content of a'], true]);
  },
);

test('what somebody wrote where a parked folder gets its place is in the trash once, with its true reason', async () => {
  const scene = new Scene();
  for (const name of ['one', 'two']) scene.tree.user.mkdir(name);
  scene.tell(2, 'one', 2, 'directory');
  scene.tell(3, 'two', 3, 'directory');
  scene.change(2, { name: 'two' });
  scene.change(3, { name: 'one' });
  const plan = scene.plan();
  expect(plan.parks).toHaveLength(2);
  await scene.apply({ ...plan, places: [] });
  scene.tree.user.write('two', 'of a person');
  await scene.apply({ ...plan, parks: [] });
  expect(scene.trashed).toEqual(['two extra']);
  expect(scene.renamed.sort()).toEqual(['one -> two', 'two -> one']);
});

describe('a link that the source made anew', () => {
  const linkTo = (linkTarget: string, version: number): SourceEntry => ({
    ...{ id: 2, parentId: ROOT, name: 'link', kind: 'link', sequence: version, version, sizeBytes: 0 },
    ...{ linkTarget, mtimeUs: 0, mode: 0o777 },
  });

  /** What became of what stood at its place, after `edit` was done to it. */
  async function reasons(edit: (tree: MemoryTree) => void): Promise<string[]> {
    const tree = createMemoryTree();
    const state = new MirrorState(createMemoryStore());
    const clock = new ProcessClock(new Scheduler(1, () => undefined));
    const target = new TargetFolder(tree, state, clock, SILENT);
    const found: string[] = [];
    const told: WritableTree = tree;
    const putAway = told.putAway.bind(tree);
    told.putAway = (path, reason) => {
      found.push(`${path} ${reason}`);
      return putAway(path, reason);
    };
    const root = tree.rootStat();
    if (root === undefined) throw new Error('no root');
    const rootEntry = { ...linkTo('', 1), id: ROOT, parentId: 0, name: '', kind: 'directory' } as const;
    state.transact(() => state.view.put(rootEntry));
    target.record(rootEntry, root, null);
    target.record(linkTo('before', 2), tree.makeLink('link', 'before', 0), null);
    edit(tree);
    state.transact(() => {
      state.view.put(linkTo('after', 5));
      state.markDirty(2);
    });
    const plan = reconcile(state.dirtyIds(), state.baseline, state.view, ROOT);
    const fail = (_id: number, _path: string, error: Error): void => {
      throw error;
    };
    await new Structure(target, fail, { isStopped: never, isGone: never }).apply(plan, plan.removals);
    expect(tree.readLink('link')).toBe('after');
    return found;
  }

  test('replaces the one of before', async () => {
    expect(await reasons(() => undefined)).toEqual(['link replaced']);
  });

  test('finds one that was edited on the mirror, and what is kept says so', async () => {
    const edited = await reasons((tree) => {
      tree.user.remove('link');
      tree.user.symlink('link', 'edited here');
    });
    expect(edited).toEqual(['link edited']);
  });

  test('finds a file that was put there on the mirror, and what is kept says so', async () => {
    const edited = await reasons((tree) => {
      tree.user.remove('link');
      tree.user.write('link', 'written here');
    });
    expect(edited).toEqual(['link edited']);
  });
});

test('what was found here and the source never had is not said to be deleted there', async () => {
  const scene = new Scene();
  scene.tree.user.write('own', 'mine');
  scene.tell(-7, 'own', 0);
  scene.remove(-7);
  scene.tree.user.write('ours', 'of the source');
  scene.tell(2, 'ours', 2);
  scene.remove(2);
  await scene.apply(scene.plan());
  expect(scene.gone.sort()).toEqual(['deleted ours', 'extra own']);
});

test('an extra that somebody took away himself is forgotten, and the history tells nothing of it', async () => {
  const scene = new Scene();
  const { tree, state } = scene;
  const EXTRA = -7;
  for (const is of ['there', 'gone']) {
    tree.user.write('own', 'mine');
    scene.tell(EXTRA, 'own', 0);
    scene.remove(EXTRA);
    if (is === 'gone') tree.user.remove('own');
    await scene.apply(scene.plan());
    expect(state.baseline.get(EXTRA)).toBeUndefined();
  }
  const told = [...state.history.newestFirst()].flat().map(({ operation, path }) => `${operation} ${path}`);
  expect([scene.trashed, told]).toEqual([['own extra'], ['put-away own']]);
});

test('a folder that the source moved on meanwhile, to where another one stands, waits for the next plan', async () => {
  const scene = new Scene();
  const { tree, state } = scene;
  tree.user.write('A/x', 'kept until somebody decides');
  scene.tell(2, 'A', 2, 'directory');
  scene.tell(3, 'new', 3, 'directory');
  const plan = scene.plan();
  expect(plan.places).toEqual([3]);
  scene.remove(2);
  scene.change(3, { name: 'A' });
  await scene.apply(plan);
  expect([scene.trashed, state.isDirty(3), state.baseline.get(3)]).toEqual([[], true, undefined]);
  expect(scene.contentOf('A/x')).toBe('kept until somebody decides');
});
