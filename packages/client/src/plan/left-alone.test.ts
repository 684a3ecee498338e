import { type NameRule, PLAIN_NAMES } from '@lanmirror/engine/core';
import { createMemoryStore } from '@lanmirror/engine/store';
import { loadHash } from '@lanmirror/engine/tree';
import type { EntryKind, SourceEntry } from '@lanmirror/protocol';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { PathFilter } from '../../../engine/src/core/filter/path-filter.ts';
import { createMemoryTree } from '../../../engine/src/tree/memory/memory-tree.ts';
import { MirrorState } from '../state/mirror-state.ts';
import { placed, useTraits } from '../state/placement.ts';
import { concerning, forgetExcluded, forgetUnnamed, leftAloneAt } from './left-alone.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`left-alone.test SEED=${seed}`);

beforeAll(async () => {
  await loadHash();
});

const ROOT = 1;
const disk = { ino: 0n, mtimeNs: 0n, ctimeNs: 0n, sizeBytes: 0 };

function put(state: MirrorState, id: number, parentId: number, name: string, kind: EntryKind): void {
  const facts = { version: 1, sizeBytes: 0, mtimeUs: 0, mode: 0o644, linkTarget: '' };
  const entry = { id, parentId, name, kind, ...facts };
  state.transact(() => {
    state.view.put({ ...entry, sequence: 1 });
    state.baseline.put({ ...entry, hash: null, disk, bornMs: 0, checkpoint: 0 });
  });
}

/** A mirror of these folders and of a file `f` in each of them. */
function mirrorOf(folders: readonly (readonly string[])[]): MirrorState {
  const state = new MirrorState(createMemoryStore());
  put(state, ROOT, 0, '', 'directory');
  let id = ROOT;
  const make = (parentId: number, name: string, kind: EntryKind): number => {
    const known = state.baseline.childId(parentId, name);
    if (known !== undefined) return known;
    id += 1;
    put(state, id, parentId, name, kind);
    return id;
  };
  for (const names of folders) {
    const folderId = names.reduce((parentId, name) => make(parentId, name, 'directory'), ROOT);
    make(folderId, 'f', 'file');
  }
  return state;
}

function tellRules(
  state: MirrorState,
  lines: readonly string[],
  { path = '', origin = '', folder = '' } = {},
): boolean {
  const rules = lines.map((line) => ({ line, folder, origin }));
  return state.transact(() => state.shareRules.replace({ path, ignoresCase: false, rules }));
}

/** As of the head that follows. */
function useRules(state: MirrorState, lines: readonly string[], path = '', origin = ''): boolean {
  const isOther = tellRules(state, lines, { path, origin });
  state.transact(() => state.shareRules.settle());
  return isOther;
}

const pathsIn = (state: MirrorState): string[] =>
  [...state.baseline.all()].flatMap(({ id }) => state.baseline.pathOf(id) || []).sort();

describe('what a share leaves out', () => {
  const name = fc.constantFrom('a', 'b', 'c');
  const folders = fc.array(fc.array(name, { maxLength: 3 }), { maxLength: 8 });
  const lines = fc.array(fc.constantFrom('a', '/b/', 'a/b', '!c', '**/c', 'f', '/f', '!/a/f', '*', '!*/'));

  test('is forgotten exactly, and the paths that are named cover all of it', () => {
    fc.assert(
      fc.property(folders, lines, (made, rules) => {
        const state = mirrorOf(made);
        const before = pathsIn(state);
        useRules(state, rules);
        const left = state.transact(() => forgetExcluded(state));
        const filter = new PathFilter(rules.map((line) => ({ line, origin: '' })));
        const kindOf = (path: string): EntryKind => (path.endsWith('f') ? 'file' : 'directory');
        expect(pathsIn(state)).toEqual(before.filter((path) => !filter.isExcluded(path, kindOf(path))));
        const gone = before.filter((path) => filter.isExcluded(path, kindOf(path)));
        const isNamed = (path: string): boolean =>
          left.some((top) => top === path || (top.endsWith('/') && `${path}/`.startsWith(top)));
        expect(gone.every(isNamed)).toBe(true);
        expect(left.every((top) => gone.includes(top.replace(/\/$/, '')))).toBe(true);
      }),
      { seed, numRuns: 1000 },
    );
  });

  test('is remembered over a restart, and said to be new only when it is', () => {
    const store = createMemoryStore();
    expect(useRules(new MirrorState(store), ['x'], 'top')).toBe(true);
    const state = new MirrorState(store);
    expect(useRules(state, ['x'], 'top', 'another line of the file')).toBe(false);
    expect([state.shareRules.isExcluded('x'), state.shareRules.isEmpty]).toEqual([true, false]);
    expect(useRules(state, [], 'top')).toBe(true);
    expect(state.shareRules.isExcluded('x')).toBe(false);
  });

  test('is what the rules of before or of now leave out, until a head was reached by those of now', () => {
    const store = createMemoryStore();
    useRules(new MirrorState(store), ['x']);
    tellRules(new MirrorState(store), ['y']);
    tellRules(new MirrorState(store), ['z']);
    const state = new MirrorState(store);
    const { shareRules } = state;
    const excluded = (): string[] => ['x', 'y', 'z'].filter((path) => shareRules.isExcluded(path));
    expect([shareRules.isChanging, excluded()]).toEqual([true, ['x', 'z']]);
    state.transact(() => shareRules.settle());
    expect([shareRules.isChanging, excluded()]).toEqual([false, ['z']]);
  });

  test('is judged by where its folder is at the source: it may have another name here still', () => {
    const state = mirrorOf([['a', 'b']]);
    const id = state.view.childId(ROOT, 'a') ?? 0;
    state.transact(() => state.view.put({ ...(state.view.get(id) as SourceEntry), name: 'c' }));
    const inFolder = (): readonly string[] =>
      concerning({ state, tree: createMemoryTree() }, id, ['b', 'secret']);
    tellRules(state, ['secret'], { folder: 'c' });
    expect(inFolder()).toEqual(['b']);
    state.transact(() => state.shareRules.settle());
    expect(inFolder()).toEqual(['b']);
    tellRules(state, ['b', 'secret'], { folder: 'a' });
    state.transact(() => state.shareRules.settle());
    expect(state.transact(() => forgetExcluded(state))).toEqual([]);
    expect([inFolder(), pathsIn(state)]).toEqual([
      ['b', 'secret'],
      ['a', 'a/b', 'a/b/f'],
    ]);
  });

  test('is judged by its path from the top of the share', () => {
    const state = new MirrorState(createMemoryStore());
    useRules(state, ['/films/x'], 'films');
    expect([state.shareRules.isExcluded('x'), state.shareRules.isExcluded('films/x')]).toEqual([true, false]);
  });

  test('is not removed with the name that the source does not say any more, also where its folder is now', () => {
    const state = mirrorOf([['old']]);
    useRules(state, ['/new/f']);
    const folderId = state.view.childId(ROOT, 'old') ?? 0;
    const fileId = state.view.childId(folderId, 'f') ?? 0;
    expect(forgetUnnamed(state, [fileId])).toEqual([]);
    state.transact(() => {
      const folder = state.view.get(folderId);
      if (folder !== undefined) state.view.put({ ...folder, name: 'new' });
      state.view.remove(fileId);
    });
    expect(state.transact(() => forgetUnnamed(state, [ROOT, fileId]))).toEqual(['new/f']);
    expect(state.baseline.get(fileId)).toBeUndefined();
  });

  test('is no business of a check of the target, by its kind where the rule has one', () => {
    const tree = createMemoryTree();
    tree.user.mkdir('build');
    tree.user.write('x', '');
    const state = mirrorOf([]);
    const names = ['build', 'x', 'y', 'z'];
    expect(concerning({ state, tree }, ROOT, names)).toEqual(names);
    useRules(state, ['build/', 'x', 'y/']);
    expect(concerning({ state, tree }, ROOT, names)).toEqual(['y', 'z']);
  });

  test('for its size is passed over, too, unless the source has something else under the name by now', () => {
    const tree = createMemoryTree();
    const state = mirrorOf([]);
    const facts = { version: 1, sizeBytes: 9, mtimeUs: 0, mode: 0o644, linkTarget: '', sequence: 1 };
    const file = { ...facts, parentId: ROOT, kind: 'file' } as const;
    state.transact(() => {
      state.excluded.put({ ...file, id: 100, name: 'large' });
      state.excluded.put({ ...file, id: 101, name: 'taken' });
      state.view.put({ ...file, id: 102, name: 'taken' });
    });
    expect(concerning({ state, tree }, ROOT, ['large', 'taken', 'other'])).toEqual(['taken', 'other']);
  });
});

const WINDOWS: NameRule = { ...PLAIN_NAMES, foldsCase: true, isWindows: true };
const DISKS: Readonly<Record<string, NameRule>> = {
  windows: WINDOWS,
  macos: { ...PLAIN_NAMES, foldsCase: true, foldsForm: true },
  'short names': { ...PLAIN_NAMES, longest: 40 },
};
/** Some are one name to some disk, or none at all. */
const NAMES = [
  ...['a', 'A', 'why?', 'WHY?', 'con', 'x.', 'b:c', '\u00e9', 'e\u0301', '\uf03a'],
  ...['n'.repeat(60), `${'n'.repeat(60)}m`, 'a~case-0123456789abcdef'],
];

/** A mirror on such a disk, in which all of these files stand; with what that shows. */
function mirrorOn(rule: NameRule, names: readonly string[]): { state: MirrorState; shown: string[] } {
  const state = new MirrorState(createMemoryStore());
  put(state, ROOT, 0, '', 'directory');
  useTraits(state, { ...state.meta.traits, names: rule });
  const facts = { kind: 'file', version: 1, sizeBytes: 0, mtimeUs: 0, mode: 0o644, linkTarget: '' } as const;
  const shown = state.transact(() => {
    const entries = names.map((name, at) => ({ ...facts, id: 10 + at, parentId: ROOT, name, sequence: 1 }));
    for (const entry of entries) state.view.put(entry);
    return entries.map((entry) => {
      const standing = placed(state, entry);
      state.baseline.put({ ...standing, hash: null, disk, bornMs: 0, checkpoint: 0 });
      return rule.foldsForm ? standing.name.normalize('NFD') : standing.name;
    });
  });
  return { state, shown };
}

describe('what a share leaves out, on a disk that cannot hold every name,', () => {
  test.each(Object.entries(DISKS))(
    'is passed over whatever it is called there, and nothing else is (%s)',
    (_disk, rule) => {
      fc.assert(
        fc.property(fc.shuffledSubarray(NAMES), fc.subarray(NAMES), (names, left) => {
          const { state, shown } = mirrorOn(rule, names);
          useRules(
            state,
            left.map((name) => `/${name.replace('?', '\\?')}`),
          );
          state.transact(() => forgetExcluded(state));
          const published = shown.filter((_name, at) => !left.includes(names[at] ?? ''));
          expect(concerning({ state, tree: createMemoryTree() }, ROOT, shown)).toEqual(published);
        }),
        { seed, numRuns: 500 },
      );
    },
  );

  test('is passed over for its size, too, where it stood aside for another one', () => {
    const { state, shown } = mirrorOn(WINDOWS, ['a', 'A', 'b']);
    state.transact(() => {
      for (const id of [11, 12]) {
        const file = state.view.get(id);
        state.view.remove(id);
        state.baseline.remove(id);
        if (file !== undefined) state.excluded.put(file);
      }
    });
    expect(concerning({ state, tree: createMemoryTree() }, ROOT, shown)).toEqual(['a']);
  });
});

describe('the place of what is left alone', () => {
  test('is known by the kind that stands there', () => {
    const tree = createMemoryTree();
    tree.user.mkdir('build');
    tree.user.write('file', '');
    const state = mirrorOf([]);
    useRules(state, ['build/', 'file/', 'gone']);
    const places = ['build', 'file', 'gone'].map((path) => leftAloneAt({ state, tree }, path));
    expect(places).toEqual(['build', undefined, undefined]);
  });

  test('is known in every spelling that is one name to the disk', () => {
    const tree = createMemoryTree({ foldsCase: true });
    tree.user.mkdir('Build');
    const { state } = mirrorOn({ ...PLAIN_NAMES, foldsCase: true }, []);
    expect(leftAloneAt({ state, tree }, 'build')).toBeUndefined();
    useRules(state, ['/Build']);
    expect(leftAloneAt({ state, tree }, 'build')).toBe('Build');
  });
});
