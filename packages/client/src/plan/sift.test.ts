/** Whatever the server tells in whatever order, the view has what the own rules leave in, and nothing told is lost. */
import { type AgeLimits, ageVerdict, isSizeExcluded, PathFilter } from '@lanmirror/engine/core';
import { createMemoryStore } from '@lanmirror/engine/store';
import { loadHash } from '@lanmirror/engine/tree';
import { joinPath, type SourceEntry } from '@lanmirror/protocol';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { MirrorState } from '../state/mirror-state.ts';
import { NO_OWN_RULES, type OwnRuleSet } from '../state/own-rules.ts';
import { siftAges, siftAll } from './sift.ts';
import { Stage } from './stage.ts';
import { useOwnRules } from './use-own-rules.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`sift.test SEED=${seed}`);

beforeAll(async () => {
  await loadHash();
});

const ROOT = 1;
const disk = { ino: 0n, mtimeNs: 0n, ctimeNs: 0n, sizeBytes: 0 };
const NAMES = ['a', 'b', 'c'];
/** Ids of folders, and of files. */
const FOLDERS = [2, 3, 4];
const FILES = [5, 6, 7, 8];

interface Place {
  readonly parentId: number;
  readonly name: string;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
}
type Step =
  | { readonly do: 'put'; readonly id: number; readonly to: Place }
  | { readonly do: 'remove'; readonly id: number }
  | {
      readonly do: 'rules';
      readonly lines: readonly string[];
      readonly maxBytes: number;
      readonly ages: AgeLimits;
    }
  | { readonly do: 'time'; readonly nowMs: number }
  | { readonly do: 'head' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('put' as const),
      id: fc.constantFrom(...FOLDERS, ...FILES),
      to: fc.record({
        parentId: fc.constantFrom(ROOT, ROOT, ...FOLDERS),
        name: fc.constantFrom(...NAMES),
        sizeBytes: fc.constantFrom(1, 100),
        mtimeMs: fc.nat(20),
      }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('remove' as const), id: fc.constantFrom(...FOLDERS, ...FILES) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('rules' as const),
      lines: fc.array(fc.constantFrom('a', '/b/', 'a/b', '!c', '*', '!*/', 'c/**'), { maxLength: 3 }),
      maxBytes: fc.constantFrom(0, 0, 10),
      ages: fc.constantFrom(
        { minAgeMs: 0, maxAgeMs: 0 },
        { minAgeMs: 5, maxAgeMs: 0 },
        { minAgeMs: 0, maxAgeMs: 10 },
        { minAgeMs: 5, maxAgeMs: 15 },
      ),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ do: 'head' as const }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('time' as const), nowMs: fc.nat(40) }) },
);

const rulesOf = (lines: readonly string[], maxBytes: number, ages: Partial<AgeLimits> = {}): OwnRuleSet => ({
  ...NO_OWN_RULES,
  rules: lines.map((line) => ({ line, origin: 'test' })),
  ...{ maxBytes, ...ages },
});

/** The source as a server has it: no two names in a folder, and no folder in itself. */
class Source {
  readonly entries = new Map<number, SourceEntry>();
  /** No id is ever another entry's. */
  readonly #gone = new Set<number>();
  sequence = 1;

  put(id: number, { parentId, name, sizeBytes, mtimeMs }: Place): void {
    const isFolderThere = parentId === ROOT || this.entries.has(parentId);
    const isTaken = [...this.entries.values()].some(
      (one) => one.id !== id && one.parentId === parentId && one.name === name,
    );
    if (this.#gone.has(id) || !isFolderThere || isTaken || this.isWithin(parentId, id)) return;
    this.sequence += 1;
    const kind = FOLDERS.includes(id) ? 'directory' : 'file';
    this.entries.set(id, {
      ...{ id, parentId, name, kind, sequence: this.sequence, version: this.sequence },
      ...{ sizeBytes: kind === 'file' ? sizeBytes : 0, mode: 0o755, linkTarget: '' },
      mtimeUs: mtimeMs * 1000,
    });
  }

  isWithin(id: number, folderId: number): boolean {
    for (let at = id; at !== ROOT; at = this.entries.get(at)?.parentId ?? ROOT)
      if (at === folderId) return true;
    return false;
  }

  remove(id: number): void {
    this.sequence += 1;
    for (const other of [...this.entries.keys()].filter((one) => this.isWithin(one, id))) {
      this.#gone.add(other);
      this.entries.delete(other);
    }
  }

  pathOf(id: number): string {
    const entry = this.entries.get(id);
    return entry === undefined ? '' : joinPath(this.pathOf(entry.parentId), entry.name);
  }
}

/** Tells all changes since the last head, children and parents in any order. */
class Feed {
  readonly #stage: Stage;
  readonly #source: Source;
  #told = new Map<number, SourceEntry>();
  #upTo = 1;

  constructor(state: MirrorState, source: Source) {
    this.#stage = new Stage(state);
    this.#source = source;
  }

  head(nowMs: number): void {
    const { entries, sequence } = this.#source;
    const changed = [...entries.values()].filter((entry) => this.#told.get(entry.id) !== entry);
    const gone = [...this.#told.keys()].filter((id) => !entries.has(id));
    const halves = [changed.filter(({ id }) => id % 2 === 0), changed.filter(({ id }) => id % 2 === 1)];
    for (const [at, part] of halves.entries())
      this.#stage.take(
        {
          ...{ type: 'changes', after: this.#upTo, upTo: sequence, head: at === 1, entries: part },
          removed: at === 0 ? [] : gone.map((id) => ({ id, sequence })),
        },
        nowMs,
      );
    this.#upTo = sequence;
    this.#told = new Map(entries);
  }

  /** The path of an entry, by what the client was told. */
  pathOf(id: number): string {
    const entry = this.#told.get(id);
    return entry === undefined ? '' : joinPath(this.pathOf(entry.parentId), entry.name);
  }

  /** Ids that the client knows of, by what it was told. */
  get told(): ReadonlyMap<number, SourceEntry> {
    return this.#told;
  }
}

/** What a running client does from time to time. A look that finds nothing due would change nothing. */
function pass(state: MirrorState, nowMs: number): void {
  const sifted = { ids: [], left: [], revealed: [] };
  const isDue = state.ownRules.aging.isDueAt(nowMs);
  state.transact(() => siftAges(state, nowMs, sifted));
  if (!isDue) expect(sifted).toEqual({ ids: [], left: [], revealed: [] });
}

test('the view has exactly what the rules leave in at this hour, and the rest is beside it', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 3, maxLength: 30 }), (steps) => {
      const state = new MirrorState(createMemoryStore());
      const root = { id: ROOT, parentId: 0, name: '', kind: 'directory' as const, version: 1 };
      const facts = { sizeBytes: 0, mtimeUs: 0, mode: 0o755, linkTarget: '' };
      state.transact(() => {
        state.view.put({ ...root, ...facts, sequence: 1 });
        state.baseline.put({ ...root, ...facts, hash: null, disk, bornMs: 0, checkpoint: 0 });
        state.setMeta({ cursor: { indexId: '', generation: 0, sequence: 1, told: 1 } });
      });
      const source = new Source();
      const feed = new Feed(state, source);
      let rules = rulesOf([], 0);
      // A clock may be set back.
      let nowMs = 20;
      for (const one of [...steps, { do: 'head' as const }]) {
        if (one.do === 'put') source.put(one.id, one.to);
        else if (one.do === 'remove') source.remove(one.id);
        else if (one.do === 'head') feed.head(nowMs);
        else if (one.do === 'time') nowMs = one.nowMs;
        else {
          rules = rulesOf(one.lines, one.maxBytes, one.ages);
          useOwnRules(state, rules, nowMs);
        }
        if (one.do === 'time') pass(state, nowMs);
        if (one.do === 'put' || one.do === 'remove') continue;
        const filter = new PathFilter(rules.rules);
        const isIn = (entry: SourceEntry): boolean =>
          !filter.isExcluded(feed.pathOf(entry.id), entry.kind) &&
          !isSizeExcluded(rules, entry) &&
          ageVerdict(rules, entry, nowMs) === 'in';
        const [inside, outside] = [[...feed.told.values()].filter(isIn), [...feed.told.values()]];
        const sorted = (entries: Iterable<SourceEntry>): SourceEntry[] =>
          [...entries].sort((a, b) => a.id - b.id);
        expect([...state.view.all()].filter(({ id }) => id !== ROOT)).toEqual(sorted(inside));
        expect([...state.unwanted.all()]).toEqual(sorted(outside.filter((entry) => !isIn(entry))));
      }
    }),
    { seed, numRuns: 3000 },
  );
});

test('of what a new rule leaves out the tops are named that stand here, and of what it lets in each path', () => {
  const state = new MirrorState(createMemoryStore());
  const put = (
    id: number,
    parentId: number,
    name: string,
    kind: SourceEntry['kind'],
    sizeBytes = 0,
  ): void => {
    const entry = {
      ...{ id, parentId, name, kind, version: 1, sizeBytes },
      mtimeUs: 0,
      mode: 0o644,
      linkTarget: '',
    };
    state.view.put({ ...entry, sequence: 1 });
    state.baseline.put({ ...entry, hash: null, disk, bornMs: 0, checkpoint: 0 });
  };
  state.transact(() => {
    put(ROOT, 0, '', 'directory');
    put(2, ROOT, 'cache', 'directory');
    put(3, 2, 'x', 'file');
    put(4, ROOT, 'film', 'file', 100);
    put(5, ROOT, 'kept', 'file', 5);
  });
  expect(useOwnRules(state, rulesOf(['cache'], 10), 0)).toEqual({ left: ['cache/', 'film'], back: [] });
  expect([...state.baseline.all()].map(({ name }) => name)).toEqual(['', 'kept']);
  expect(useOwnRules(state, rulesOf(['cache'], 10), 0)).toBeUndefined();
  const moved = { ...rulesOf(['cache'], 10), rules: [{ line: 'cache', origin: 'another line' }] };
  expect(useOwnRules(state, moved, 0)).toBeUndefined();
  expect(state.ownRules.filter.judge('cache', 'directory').rule?.origin).toBe('another line');
  expect(useOwnRules(state, rulesOf([], 0), 0)).toEqual({ left: [], back: ['cache/', 'cache/x', 'film'] });
  expect(state.dirtyIds()).toEqual([2, 3, 4]);
});

test('what is too large by a rule of this mirror stays under its name, and goes from one that it has no more', () => {
  const state = new MirrorState(createMemoryStore());
  const facts = {
    version: 1,
    mtimeUs: 0,
    mode: 0o644,
    linkTarget: '',
    parentId: ROOT,
    kind: 'file' as const,
  };
  const root = { ...facts, id: ROOT, parentId: 0, name: '', kind: 'directory' as const, sizeBytes: 0 };
  state.transact(() => {
    for (const entry of [root, { ...facts, id: 2, name: 'a', sizeBytes: 9 }]) {
      state.view.put({ ...entry, sequence: 1 });
      state.baseline.put({ ...entry, hash: null, disk, bornMs: 0, checkpoint: 0 });
    }
    state.view.put({ ...facts, id: 2, name: 'b', sizeBytes: 99, sequence: 2 });
  });
  expect(useOwnRules(state, rulesOf([], 10), 0)?.left).toEqual([]);
  expect([state.baseline.get(2)?.isGone, state.isDirty(2)]).toEqual([true, true]);
});

test('what comes back to the view is not gone any more', () => {
  const state = new MirrorState(createMemoryStore());
  const facts = { version: 1, sizeBytes: 0, mtimeUs: 0, mode: 0o755, linkTarget: '' };
  const entry = { ...facts, id: 2, parentId: ROOT, name: 'cache', kind: 'directory' as const };
  state.transact(() => {
    state.unwanted.put({ ...entry, sequence: 1 });
    state.baseline.put({ ...entry, hash: null, disk, bornMs: 0, checkpoint: 0, isGone: true });
    expect(siftAll(state, { ids: [], left: [], revealed: [] })).toEqual(['cache/']);
  });
  expect([state.view.get(2)?.name, state.baseline.get(2)?.isGone]).toEqual(['cache', undefined]);
});
