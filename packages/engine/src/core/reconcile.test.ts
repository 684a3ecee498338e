import type { EntryKind } from '@lanmirror/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  isEmptyPlan,
  type Move,
  PARKED_PARENT,
  type Placed,
  type Plan,
  reconcile,
  type TreeView,
} from './reconcile.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`reconcile.test SEED=${seed}`);

const ROOT = 1;
/** Plans after which nothing may be left, whatever an interruption left behind. */
const MAX_PLANS = 6;
const NAMES = ['a', 'b', 'c', 'd'];

/** A tree by id and by place, as the planner reads it. */
class Tree implements TreeView {
  readonly entries = new Map<number, Placed>();
  readonly #names = new Map<string, number>();

  static of(...entries: readonly Placed[]): Tree {
    const tree = new Tree();
    for (const entry of [node(ROOT, 0, '', 'directory'), ...entries]) tree.put(entry);
    return tree;
  }

  get(id: number): Placed | undefined {
    return this.entries.get(id);
  }

  childId(parentId: number, name: string): number | undefined {
    return this.#names.get(`${parentId}/${name}`);
  }

  children(id: number): Placed[] {
    return [...this.entries.values()].filter((entry) => entry.parentId === id);
  }

  put(entry: Placed): void {
    this.remove(entry.id);
    const key = `${entry.parentId}/${entry.name}`;
    if (this.#names.has(key)) throw new Error(`two entries under one name: ${key}`);
    this.entries.set(entry.id, entry);
    this.#names.set(key, entry.id);
  }

  remove(id: number): void {
    const before = this.entries.get(id);
    if (before === undefined) return;
    this.#names.delete(`${before.parentId}/${before.name}`);
    this.entries.delete(id);
  }

  /** An entry and all below it, from the bottom up. */
  below(id: number): Placed[] {
    const entry = this.get(id);
    return entry === undefined ? [] : [...this.children(id).flatMap((child) => this.below(child.id)), entry];
  }

  isWithin(id: number, ancestorId: number): boolean {
    for (let at: number | undefined = id; at !== undefined; at = this.get(at)?.parentId)
      if (at === ancestorId) return true;
    return false;
  }

  /** undefined for what is parked, or in something parked, or has no folder. */
  pathOf(id: number): string | undefined {
    if (id === ROOT) return '';
    const entry = this.get(id);
    if (entry === undefined || entry.parentId === PARKED_PARENT) return undefined;
    const folder = this.pathOf(entry.parentId);
    return folder === undefined ? undefined : `${folder}/${entry.name}`;
  }

  copy(): Tree {
    const copy = new Tree();
    for (const entry of this.entries.values()) copy.put(entry);
    return copy;
  }
}

function node(
  id: number,
  parentId: number,
  name: string,
  kind: EntryKind,
  change: Partial<Placed> = {},
): Placed {
  const linkTarget = kind === 'link' ? 'target' : '';
  return { id, parentId, name, kind, version: id, mtimeUs: 0, mode: 0o644, linkTarget, ...change };
}

const folder = (id: number, parentId: number, name: string) => node(id, parentId, name, 'directory');
const file = (id: number, parentId: number, name: string, version = id) =>
  node(id, parentId, name, 'file', { version });

/** Thrown where the run is cut, as a kill does it: between two steps. */
class Killed extends Error {}

/** What the disk refused or what would have been lost. */
class Refused extends Error {}

/** What stands at a path. */
interface Standing {
  readonly kind: EntryKind;
  readonly owner: number;
  readonly content: number | string;
}

/**
 * A target folder in memory, with its baseline. Applies a plan in the steps and the order in which the
 * client does, and refuses what a file system refuses.
 */
class Target {
  /** Path -> what stands there; parked nodes are below `park-<id>`. */
  readonly disk = new Map<string, Standing>();
  readonly baseline: Tree;
  readonly source: Tree;
  /** Contents that were asked for: in the client these bytes may travel. */
  readonly fetched: number[] = [];
  /** After every step. */
  watch: () => void = () => undefined;
  stepsLeft = Number.POSITIVE_INFINITY;
  /** Whether content that the source has may be lost (and come again). */
  mayLose = false;

  constructor(baseline: Tree, source: Tree) {
    this.baseline = baseline;
    this.source = source;
    for (const { id } of baseline.entries.values()) {
      const at = this.#placeOnDisk(id);
      if (at !== undefined) this.disk.set(at, this.#nodeFor(baseline.get(id) as Placed));
    }
  }

  /** Plans and applies until nothing is left; returns the plans. */
  converge(dirtyOf: (target: Target) => Iterable<number>): Plan[] {
    const plans: Plan[] = [];
    for (let round = 0; round < MAX_PLANS; round++) {
      const plan = reconcile(dirtyOf(this), this.baseline, this.source, ROOT);
      if (isEmptyPlan(plan)) return plans;
      plans.push(plan);
      this.apply(plan);
    }
    throw new Error(`still something to do after ${MAX_PLANS} plans`);
  }

  apply(plan: Plan): void {
    for (const move of plan.moves) this.#step(() => this.#move(move));
    for (const id of plan.parks) this.#step(() => this.#park(id));
    for (const id of plan.removals) this.#step(() => this.#remove(id));
    for (const id of plan.places) this.#step(() => this.#place(id));
    for (const id of plan.metadata) this.#step(() => this.#setMetadata(id));
    for (const id of plan.contents) this.#step(() => this.#bringContent(id));
  }

  /** The disk holds what the baseline says and nothing else. */
  expectTruth(): void {
    const said: Target['disk'] = new Map();
    for (const entry of this.baseline.entries.values()) {
      const at = this.#placeOnDisk(entry.id);
      if (at === undefined) throw new Refused(`entry ${entry.id} is nowhere`);
      said.set(at, this.#nodeFor(entry));
    }
    // Asked after every step: the matcher, which is slow, is only there to show how they differ.
    if (said.size === this.disk.size && [...said].every(([at, node]) => standsAlike(node, this.disk.get(at))))
      return;
    expect(new Map([...this.disk].sort())).toEqual(new Map([...said].sort()));
  }

  #step(work: () => void): void {
    if (this.stepsLeft-- <= 0) throw new Killed();
    work();
    this.expectTruth();
    this.watch();
  }

  #nodeFor(entry: Placed): Standing {
    const content = entry.kind === 'file' ? entry.version : entry.linkTarget;
    return { kind: entry.kind, owner: entry.id, content };
  }

  #placeOnDisk(id: number): string | undefined {
    const entry = this.baseline.get(id);
    if (id === ROOT) return '';
    if (entry === undefined) return undefined;
    if (entry.parentId === PARKED_PARENT) return `park-${id}`;
    const above = this.#placeOnDisk(entry.parentId);
    return above === undefined ? undefined : `${above}/${entry.name}`;
  }

  #placeOf(after: Placed): string | undefined {
    const above = this.baseline.pathOf(after.parentId);
    return above === undefined ? undefined : `${above}/${after.name}`;
  }

  // --- the disk -----------------------------------------------------------------------------------

  #requireFolder(path: string): void {
    const parent = path.slice(0, Math.max(0, path.lastIndexOf('/')));
    if (path.startsWith('/') && this.disk.get(parent)?.kind !== 'directory')
      throw new Refused(`no folder for ${path}`);
  }

  #rename(from: string, to: string, mayReplace: boolean): void {
    if (!this.disk.has(from)) throw new Refused(`nothing at ${from}`);
    if (from === to) return;
    if (to.startsWith(`${from}/`)) throw new Refused(`${from} cannot move into itself`);
    this.#requireFolder(to);
    const there = this.disk.get(to);
    if (there !== undefined && !(mayReplace && there.kind !== 'directory'))
      throw new Refused(`${to} is occupied`);
    if (there !== undefined) this.#lose(to);
    for (const [path, found] of [...this.disk]) {
      if (path !== from && !path.startsWith(`${from}/`)) continue;
      this.disk.delete(path);
      this.disk.set(to + path.slice(from.length), found);
    }
  }

  /** To the trash. Only what the source does not have any more may go there. */
  #putAway(path: string): void {
    for (const at of [...this.disk.keys()]) if (at === path || at.startsWith(`${path}/`)) this.#lose(at);
  }

  #lose(path: string): void {
    const owner = this.disk.get(path)?.owner ?? 0;
    if (!this.mayLose && this.source.get(owner) !== undefined)
      throw new Refused(`${path} is still in the source (${owner})`);
    this.disk.delete(path);
  }

  #make(path: string, made: Placed): void {
    if (this.disk.has(path)) throw new Refused(`${path} is occupied`);
    this.#requireFolder(path);
    this.disk.set(path, this.#nodeFor(made));
  }

  /** Whether a file or link is to be replaced in one step. */
  #clearPlace(path: string): boolean {
    const there = this.disk.get(path);
    if (there?.kind !== 'directory') return there !== undefined;
    this.#putAway(path);
    return false;
  }

  // --- the steps ----------------------------------------------------------------------------------

  #forgetTree(id: number): void {
    for (const entry of this.baseline.below(id)) {
      if (!this.mayLose && this.source.get(entry.id) !== undefined)
        throw new Refused(`${entry.id} is forgotten`);
      this.baseline.remove(entry.id);
    }
  }

  #record(entry: Placed): void {
    const occupant = this.baseline.childId(entry.parentId, entry.name);
    if (occupant !== undefined && occupant !== entry.id) this.#forgetTree(occupant);
    this.baseline.put(entry);
  }

  #recordMove(before: Placed, after: Placed): void {
    this.#record({ ...before, parentId: after.parentId, name: after.name });
  }

  #move({ id, replaces, waits }: Move): void {
    const before = this.baseline.get(id);
    const after = this.source.get(id);
    const from = this.baseline.pathOf(id);
    const to = after && this.#placeOf(after);
    if (before === undefined || after === undefined || from === undefined || to === undefined) return;
    if (waits && from !== to) throw new Refused(`${from} was to wait`);
    this.#rename(from, to, replaces !== undefined);
    this.#recordMove(before, after);
  }

  #park(id: number): void {
    const before = this.baseline.get(id);
    const path = this.baseline.pathOf(id);
    if (before === undefined || path === undefined) return;
    this.#rename(path, `park-${id}`, false);
    this.baseline.put({ ...before, parentId: PARKED_PARENT, name: `park-${id}` });
  }

  #remove(id: number): void {
    const path = this.baseline.pathOf(id);
    if (path !== undefined) this.#putAway(path);
    // What is parked goes to the trash at the next start: here at once.
    else if (this.disk.has(`park-${id}`)) this.#putAway(`park-${id}`);
    this.#forgetTree(id);
  }

  #place(id: number): void {
    const after = this.source.get(id);
    if (after === undefined) return;
    const before = this.baseline.get(id);
    if (before !== undefined && before.parentId !== PARKED_PARENT && before.kind === 'directory') return;
    if (this.baseline.pathOf(after.parentId) === undefined) this.#place(after.parentId);
    const path = this.#placeOf(after);
    if (path === undefined) throw new Refused(`the folder of ${id} could not be made`);
    if (before?.parentId === PARKED_PARENT) {
      if (this.#clearPlace(path)) this.#putAway(path);
      this.#rename(`park-${id}`, path, false);
      this.#recordMove(before, after);
    } else if (after.kind === 'directory') this.#makeDirectory(after, path);
    else if (after.kind === 'link') this.#makeLink(after, path);
  }

  #makeDirectory(after: Placed, path: string): void {
    const there = this.disk.get(path);
    if (there?.kind !== 'directory' || there.owner !== after.id) {
      if (there !== undefined) this.#putAway(path);
      this.#make(path, after);
    }
    this.#record({ ...after, mode: 0o700, mtimeUs: -1 });
  }

  #makeLink(after: Placed, path: string): void {
    const there = this.disk.get(path);
    if (there?.owner === after.id) this.disk.delete(path);
    else if (there !== undefined) this.#putAway(path);
    this.#make(path, after);
    this.#record(after);
  }

  #setMetadata(id: number): void {
    const before = this.baseline.get(id);
    const after = this.source.get(id);
    const path = this.baseline.pathOf(id);
    if (before === undefined || after === undefined || path === undefined) return;
    if (after.kind === 'file' && before.version !== after.version) return;
    if (this.disk.get(path)?.owner !== id) throw new Refused(`${path} is not ${id}`);
    this.#record({ ...after, linkTarget: before.linkTarget });
  }

  #bringContent(id: number): void {
    const after = this.source.get(id);
    if (after?.kind !== 'file' || this.baseline.get(id)?.version === after.version) return;
    this.fetched.push(id);
    const path = this.#placeOf(after);
    if (path === undefined) throw new Refused(`no folder for the content of ${id}`);
    const standsAt = this.baseline.pathOf(id);
    if (this.baseline.get(id) !== undefined && standsAt !== path) return;
    if (this.disk.get(path)?.owner === id) this.disk.delete(path);
    if (this.#clearPlace(path)) this.#lose(path);
    this.#make(path, after);
    this.#record(after);
  }
}

const FACTS: readonly (keyof Placed)[] = [
  ...(['id', 'parentId', 'name', 'kind', 'version', 'mtimeUs', 'mode', 'linkTarget'] as const),
];

function isSame(a: Placed | undefined, b: Placed | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return FACTS.every((fact) => a[fact] === b[fact] || (fact === 'mode' && a.kind === 'link'));
}

/** All ids in which the two differ, in an order of no meaning, and some in which they do not. */
function dirtyIds({ baseline, source }: Target, extra: number): number[] {
  const ids = new Set([...baseline.entries.keys(), ...source.entries.keys()]);
  const dirty = [...ids].filter(
    (id) => (id * 7 + extra) % 5 === 0 || !isSame(baseline.get(id), source.get(id)),
  );
  return dirty.sort((a, b) => ((a * 31 + extra) % 17) - ((b * 31 + extra) % 17));
}

function expectEqual(target: Target): void {
  const sorted = (tree: Tree) =>
    [...tree.entries.values()]
      .map((entry) => (entry.kind === 'link' ? { ...entry, mode: 0 } : entry))
      .sort((a, b) => a.id - b.id);
  expect(sorted(target.baseline)).toEqual(sorted(target.source));
  target.expectTruth();
}

// --- what happens to a source -----------------------------------------------------------------------

/** A change by numbers: what it means depends on the tree it meets. */
interface Change {
  readonly what: 'create' | 'remove' | 'move' | 'swap' | 'replace' | 'remake' | 'edit' | 'touch' | 'rotate';
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

const change: fc.Arbitrary<Change> = fc.record({
  what: fc.constantFrom(
    'create',
    'create',
    'remove',
    'move',
    'move',
    'swap',
    'replace',
    'remake',
    'edit',
    'touch',
    'rotate',
  ),
  a: fc.nat(1000),
  b: fc.nat(1000),
  c: fc.nat(1000),
});
const changes = (min: number, max: number) => fc.array(change, { minLength: min, maxLength: max });

/** Applies changes as users make them; ids are never used twice. */
class Author {
  nextId = 2;
  #version = 1000;

  apply(tree: Tree, list: readonly Change[]): Tree {
    const next = tree.copy();
    for (const one of list) this.#apply(next, one);
    return next;
  }

  #apply(tree: Tree, { what, a, b, c }: Change): void {
    const name = NAMES[c % NAMES.length] as string;
    if (what === 'create') return this.#create(tree, a, name, b);
    const x = pick(tree, a, () => true);
    if (x === undefined) return;
    if (what === 'remove') for (const { id } of tree.below(x.id)) tree.remove(id);
    else if (what === 'move') this.#move(tree, x, (pick(tree, b, isFolder) ?? { id: ROOT }).id, name);
    else if (what === 'edit') this.#edit(tree, x);
    else if (what === 'touch')
      tree.put({ ...x, mtimeUs: b, mode: x.kind === 'link' ? x.mode : 0o600 + (c % 8) });
    else if (what === 'remake') this.#remake(tree, x, b);
    else this.#applyToTwo(tree, x, { what, b, c });
  }

  #applyToTwo(tree: Tree, x: Placed, { what, b, c }: Pick<Change, 'what' | 'b' | 'c'>): void {
    const y = pick(tree, b, () => true);
    if (y === undefined || x.id === y.id) return;
    if (what === 'swap') this.#exchange(tree, x, y);
    else if (what === 'replace') this.#replace(tree, x, y);
    else
      this.#rotate(
        tree,
        x,
        y,
        pick(tree, c, () => true),
      );
  }

  #create(tree: Tree, at: number, name: string, kind: number): void {
    const parent = pick(tree, at, isFolder)?.id ?? ROOT;
    if (tree.childId(parent, name) !== undefined) return;
    tree.put(
      node(
        this.nextId,
        parent,
        name,
        (['directory', 'file', 'directory', 'link'] as const)[kind % 4] ?? 'file',
      ),
    );
    this.nextId += 1;
  }

  #move(tree: Tree, x: Placed, parentId: number, name: string): void {
    if (tree.childId(parentId, name) !== undefined || tree.isWithin(parentId, x.id)) return;
    tree.put({ ...x, parentId, name });
  }

  #edit(tree: Tree, x: Placed): void {
    this.#version += 1;
    if (x.kind === 'file') tree.put({ ...x, version: this.#version, mtimeUs: this.#version });
    if (x.kind === 'link') tree.put({ ...x, version: this.#version, linkTarget: `to ${this.#version}` });
  }

  /** Deleted and made again under its name, perhaps as something else. */
  #remake(tree: Tree, x: Placed, kind: number): void {
    for (const { id } of tree.below(x.id)) tree.remove(id);
    tree.put(
      node(this.nextId, x.parentId, x.name, (['directory', 'file', 'link'] as const)[kind % 3] ?? 'file'),
    );
    this.nextId += 1;
  }

  #exchange(tree: Tree, x: Placed, y: Placed): void {
    if (tree.isWithin(x.id, y.id) || tree.isWithin(y.id, x.id)) return;
    tree.remove(x.id);
    tree.put({ ...y, parentId: x.parentId, name: x.name });
    tree.put({ ...x, parentId: y.parentId, name: y.name });
  }

  #replace(tree: Tree, x: Placed, y: Placed): void {
    if (x.kind !== 'file' || y.kind !== 'file') return;
    tree.remove(y.id);
    tree.put({ ...x, parentId: y.parentId, name: y.name });
  }

  #rotate(tree: Tree, x: Placed, y: Placed, z: Placed | undefined): void {
    this.#exchange(tree, x, y);
    const [moved, third] = [tree.get(x.id), tree.get(z?.id ?? 0)];
    if (moved !== undefined && third !== undefined && third.id !== moved.id)
      this.#exchange(tree, moved, third);
  }
}

const isFolder = (entry: Placed): boolean => entry.kind === 'directory';

function pick(tree: Tree, number: number, fits: (entry: Placed) => boolean): Placed | undefined {
  const list = [...tree.entries.values()]
    .filter((entry) => entry.id !== ROOT && fits(entry))
    .sort((a, b) => a.id - b.id);
  return list[number % (list.length + (fits === isFolder ? 1 : 0))];
}

const creations = fc.array(
  change.map((one): Change => ({ ...one, what: 'create' })),
  { minLength: 4, maxLength: 40 },
);
/** Of few histories some file is left that was replaced by another one. */
const replacements = fc.array(
  change.map((one): Change => ({ ...one, what: 'replace' })),
  { minLength: 8, maxLength: 8 },
);
const scene = fc.record({ before: creations, after: changes(1, 25), extra: fc.nat(1000) });

function stage({ before, after }: { before: readonly Change[]; after: readonly Change[] }): {
  target: Target;
  author: Author;
} {
  const author = new Author();
  const baseline = author.apply(Tree.of(), before);
  const source = author.apply(baseline, after);
  return { target: new Target(baseline.copy(), source), author };
}

/** Files that have on the target the content they have in the source, wherever they are. */
function heldFiles({ baseline, source }: Target): Set<number> {
  const held = [...source.entries.values()].filter(
    (e) => e.kind === 'file' && baseline.get(e.id)?.version === e.version,
  );
  return new Set(held.map(({ id }) => id));
}

const RUNS = { seed, numRuns: 1500 } as const;

describe('for all trees that share entries', () => {
  test('applying plans until none is left gives exactly the source, and few plans are needed', () => {
    fc.assert(
      fc.property(scene, ({ extra, ...parts }) => {
        const { target } = stage(parts);
        const plans = target.converge((now) => dirtyIds(now, extra));
        expect(plans.length).toBeLessThanOrEqual(3);
        expectEqual(target);
        expect(isEmptyPlan(reconcile(dirtyIds(target, 0), target.baseline, target.source, ROOT))).toBe(true);
      }),
      RUNS,
    );
  });

  test('one plan is enough where nothing is removed inside a folder that is parked', () => {
    fc.assert(
      fc.property(scene, ({ extra, ...parts }) => {
        const { target } = stage(parts);
        const plan = reconcile(dirtyIds(target, extra), target.baseline, target.source, ROOT);
        fc.pre(plan.moves.every((move) => move.waits === undefined));
        target.apply(plan);
        expectEqual(target);
      }),
      RUNS,
    );
  });

  test('interrupted at any step and planned anew it still converges, and what is held is not fetched again', () => {
    fc.assert(
      fc.property(scene, fc.array(fc.nat(60), { maxLength: 4 }), ({ extra, ...parts }, cuts) => {
        const { target } = stage(parts);
        const held = heldFiles(target);
        for (const cut of cuts) cutShort(target, cut, extra);
        target.converge((now) => dirtyIds(now, extra));
        expectEqual(target);
        expect(target.fetched.filter((id) => held.has(id))).toEqual([]);
      }),
      RUNS,
    );
  });

  test('files that only moved are never in contents', () => {
    fc.assert(
      fc.property(scene, ({ extra, ...parts }) => {
        const { target } = stage(parts);
        const held = heldFiles(target);
        const plans = target.converge((now) => dirtyIds(now, extra));
        expect(plans.flatMap((plan) => plan.contents).filter((id) => held.has(id))).toEqual([]);
      }),
      RUNS,
    );
  });

  test('only what the source does not have any more is removed or replaced', () => {
    fc.assert(
      fc.property(scene, ({ extra, ...parts }) => {
        const { target } = stage(parts);
        for (const plan of target.converge((now) => dirtyIds(now, extra))) {
          const gone = [...plan.removals, ...plan.moves.flatMap((move) => move.replaces ?? [])];
          expect(gone.filter((id) => target.source.get(id) !== undefined)).toEqual([]);
          expect(gone).not.toContain(ROOT);
        }
      }),
      RUNS,
    );
  });

  test('a file replaced by a rename is never missing in between', () => {
    fc.assert(
      fc.property(scene, replacements, ({ extra, before, after }, more) => {
        const { target } = stage({ before, after: [...after, ...more] });
        const paths = replacedPaths(target);
        fc.pre(paths.length > 0);
        target.watch = () => {
          // Asked so often that the matcher itself would take longer than all else here.
          for (const path of paths) {
            const kind = target.disk.get(path)?.kind;
            if (kind !== 'file') expect.fail(`${path} is ${kind}`);
          }
        };
        target.converge((now) => dirtyIds(now, extra));
      }),
      RUNS,
    );
  });

  test('after a kill among renames and a source that changed since, it converges and leaves nothing behind', () => {
    fc.assert(
      fc.property(scene, changes(1, 15), fc.nat(40), ({ extra, ...parts }, more, cut) => {
        const { target: first, author } = stage(parts);
        cutShort(first, cut, extra);
        const target = new Target(first.baseline, author.apply(first.source, more));
        // What waits in a parked folder that goes, or in whose place something else stands, comes again.
        target.mayLose = [...target.baseline.entries.values()].some(
          (entry) => entry.parentId === PARKED_PARENT,
        );
        target.converge((now) => dirtyIds(now, extra));
        expectEqual(target);
      }),
      RUNS,
    );
  });
});

function standsAlike(a: Standing, b: Standing | undefined): boolean {
  return a.kind === b?.kind && a.owner === b.owner && a.content === b.content;
}

/** Applies the present plan up to a step. */
function cutShort(target: Target, steps: number, extra: number): void {
  target.stepsLeft = steps;
  try {
    target.apply(reconcile(dirtyIds(target, extra), target.baseline, target.source, ROOT));
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
  }
  target.stepsLeft = Number.POSITIVE_INFINITY;
}

/** Paths at which a file gives way to another that was renamed over it, in folders that nothing happens to. */
function replacedPaths({ baseline, source }: Target): string[] {
  const isQuiet = (id: number): boolean => {
    const [before, after] = [baseline.get(id), source.get(id)];
    if (id === ROOT) return true;
    return (
      before !== undefined &&
      before.parentId === after?.parentId &&
      before.name === after.name &&
      isQuiet(before.parentId)
    );
  };
  const paths: string[] = [];
  for (const after of source.entries.values()) {
    const occupant = baseline.get(baseline.childId(after.parentId, after.name) ?? 0);
    const isReplaced =
      after.kind === 'file' && occupant?.kind === 'file' && source.get(occupant.id) === undefined;
    const isRenamed = baseline.get(after.id) !== undefined;
    if (isReplaced && isRenamed && isQuiet(after.parentId))
      paths.push(baseline.pathOf(occupant.id) as string);
  }
  return paths;
}

/** One plan for everything that differs, ids in ascending order. */
function planFor(baseline: Tree, source: Tree): Plan {
  const ids = new Set([...baseline.entries.keys(), ...source.entries.keys()]);
  return reconcile(
    [...ids].sort((a, b) => a - b),
    baseline,
    source,
    ROOT,
  );
}

const EMPTY: Plan = { moves: [], parks: [], removals: [], places: [], contents: [], metadata: [] };

describe('one thing happened', () => {
  test('nothing: an empty plan, also for entries that are dirty and equal', () => {
    const tree = Tree.of(folder(2, ROOT, 'a'), file(3, 2, 'b'));
    expect(planFor(tree, tree.copy())).toEqual(EMPTY);
    expect(isEmptyPlan(planFor(tree, tree.copy()))).toBe(true);
  });

  test('a folder was renamed: one move, whatever is in it', () => {
    const inside = Array.from({ length: 100 }, (_, at) => file(10 + at, 2, `f${at}`));
    const plan = planFor(Tree.of(folder(2, ROOT, 'a'), ...inside), Tree.of(folder(2, ROOT, 'b'), ...inside));
    expect(plan).toEqual({ ...EMPTY, moves: [{ id: 2 }] });
  });

  test('a file was renamed over another: one move that replaces it', () => {
    const plan = planFor(Tree.of(file(2, ROOT, 'a'), file(3, ROOT, 'b')), Tree.of(file(3, ROOT, 'a')));
    expect(plan).toEqual({ ...EMPTY, moves: [{ id: 3, replaces: 2 }] });
  });

  test('two names were exchanged: both are parked and placed', () => {
    const plan = planFor(
      Tree.of(file(2, ROOT, 'a'), file(3, ROOT, 'b')),
      Tree.of(file(2, ROOT, 'b'), file(3, ROOT, 'a')),
    );
    expect(plan).toEqual({ ...EMPTY, parks: [2, 3], places: [2, 3] });
  });

  test('a folder was removed: its top alone, and first what was moved out of it', () => {
    const plan = planFor(
      Tree.of(folder(2, ROOT, 'a'), folder(3, 2, 'b'), file(4, 3, 'c'), file(5, 3, 'd')),
      Tree.of(file(5, ROOT, 'd')),
    );
    expect(plan).toEqual({ ...EMPTY, moves: [{ id: 5 }], removals: [2] });
  });

  test('only time or mode changed: no content; the mode of a link means nothing', () => {
    const before = Tree.of(file(2, ROOT, 'a'), node(3, ROOT, 'l', 'link'), folder(4, ROOT, 'd'));
    const after = before.copy();
    after.put({ ...file(2, ROOT, 'a'), mtimeUs: 5 });
    after.put({ ...node(3, ROOT, 'l', 'link'), mode: 0o777 });
    after.put({ ...folder(4, ROOT, 'd'), mode: 0o700 });
    expect(planFor(before, after)).toEqual({ ...EMPTY, metadata: [2, 4] });
  });

  test('the content is of a version that nobody knows: it is asked for', () => {
    const plan = planFor(Tree.of(file(2, ROOT, 'a', -1)), Tree.of(file(2, ROOT, 'a')));
    expect(plan).toEqual({ ...EMPTY, contents: [2] });
  });

  test('the mirrored folder itself neither moves nor goes', () => {
    const renamed = Tree.of();
    renamed.put({ ...folder(ROOT, 7, 'share'), version: ROOT });
    expect(planFor(Tree.of(file(2, ROOT, 'a')), new Tree()).removals).toEqual([2]);
    expect(planFor(Tree.of(), renamed)).toEqual(EMPTY);
  });
});

describe('folders that are parked', () => {
  const swapped = (inA: readonly Placed[]) => Tree.of(folder(2, ROOT, 'b'), folder(3, ROOT, 'a'), ...inA);
  const before = (inA: readonly Placed[]) => Tree.of(folder(2, ROOT, 'a'), folder(3, ROOT, 'b'), ...inA);

  test('are left by what has to be parked from inside them, and placed before what comes into them', () => {
    const inside = [folder(4, 2, 'c'), folder(5, 2, 'd')];
    const plan = planFor(before(inside), swapped([folder(4, 2, 'd'), folder(5, 2, 'c')]));
    expect(plan.parks).toEqual([4, 5, 2, 3]);
    expect(plan.places).toEqual([2, 3, 4, 5]);
  });

  test('keep what was removed inside them until they have their place: then it goes', () => {
    const target = new Target(before([file(4, 2, 'x')]), swapped([]));
    const [first, second, ...more] = target.converge((now) => dirtyIds(now, 0));
    expect(first).toMatchObject({ removals: [], moves: [{ id: 4, waits: true }] });
    expect(second).toEqual({ ...EMPTY, removals: [4] });
    expect(more).toEqual([]);
    expectEqual(target);
  });

  test('left over by a kill are placed although their place is free and on solid ground', () => {
    const baseline = Tree.of(file(3, 2, 'x'));
    baseline.put({ ...folder(2, PARKED_PARENT, 'park-2'), version: 2 });
    expect(planFor(baseline, Tree.of(folder(2, ROOT, 'a'), file(3, 2, 'x')))).toEqual({
      ...EMPTY,
      parks: [2],
      places: [2],
    });
  });

  test('left over by a kill and gone from the source since are removed', () => {
    const baseline = Tree.of();
    baseline.put(folder(2, PARKED_PARENT, 'park-2'));
    expect(planFor(baseline, Tree.of())).toEqual({ ...EMPTY, removals: [2] });
  });

  test('left over by a kill, with their place inside what they hold, are given up and come anew', () => {
    const baseline = Tree.of(folder(3, 2, 'inner'), file(4, 3, 'x'));
    baseline.put(folder(2, PARKED_PARENT, 'park-2'));
    const target = new Target(
      baseline,
      Tree.of(folder(3, ROOT, 'inner'), file(4, 3, 'x'), folder(2, 3, 'outer')),
    );
    target.mayLose = true;
    target.converge((now) => dirtyIds(now, 0));
    expectEqual(target);
  });
});

describe('a source that nobody checked', () => {
  test('does not keep the planner for ever when its parents form a ring', () => {
    const ring = Tree.of(folder(2, 3, 'a'), folder(3, 2, 'b'), folder(5, ROOT, 'y'), folder(4, ROOT, 'x'));
    const baseline = Tree.of(folder(4, ROOT, 'y'), folder(5, ROOT, 'x'));
    expect(planFor(baseline, ring).parks).toEqual([4, 5]);
  });
});

test('a plan may have more entries than fit on the stack', () => {
  const count = 300_000;
  const source = new Map<number, Placed>([[ROOT, node(ROOT, 0, '', 'directory')]]);
  for (let id = 2; id < count + 2; id += 1) source.set(id, node(id, ROOT, `f${id}`, 'file'));
  const view: TreeView = { get: (id) => source.get(id), childId: () => undefined };
  const empty: TreeView = {
    get: (id) => (id === ROOT ? source.get(ROOT) : undefined),
    childId: () => undefined,
  };
  expect(reconcile(source.keys(), empty, view, ROOT).contents).toHaveLength(count);
});
