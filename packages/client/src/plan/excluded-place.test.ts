import { PLAIN_NAMES, sideName } from '@lanmirror/engine/core';
import { createMemoryStore } from '@lanmirror/engine/store';
import { hashText, loadHash } from '@lanmirror/engine/tree';
import type { EntryKind, SourceEntry } from '@lanmirror/protocol';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { createMemoryTree } from '../../../engine/src/tree/memory/memory-tree.ts';
import { MirrorState } from '../state/mirror-state.ts';
import { NO_OWN_RULES } from '../state/own-rules.ts';
import { useTraits } from '../state/placement.ts';
import { excludedPlace } from './excluded-place.ts';
import { concerning } from './left-alone.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`excluded-place.test SEED=${seed}`);

beforeAll(async () => {
  await loadHash();
});

const ROOT = 1;
const root = { id: ROOT, path: '' };
const disk = { ino: 0n, mtimeNs: 0n, ctimeNs: 0n, sizeBytes: 0 };

function told(id: number, name: string, facts: Partial<SourceEntry> = {}): SourceEntry {
  const kind: EntryKind = 'file';
  const entry = { id, parentId: ROOT, name, kind, sequence: 1, version: 1, sizeBytes: 0, mtimeUs: 0 };
  return { ...entry, mode: 0o644, linkTarget: '', ...facts };
}

function rootState(): MirrorState {
  const state = new MirrorState(createMemoryStore());
  state.transact(() => {
    state.view.put(told(ROOT, '', { parentId: 0, kind: 'directory' }));
    mirror(state, told(ROOT, '', { parentId: 0, kind: 'directory' }));
  });
  return state;
}

function mirror(state: MirrorState, { sequence: _not, ...entry }: SourceEntry): void {
  state.transact(() => state.baseline.put({ ...entry, hash: null, disk, bornMs: 0, checkpoint: 0 }));
}

function setRules(
  state: MirrorState,
  share: readonly string[],
  own: Partial<typeof NO_OWN_RULES> = {},
): void {
  const rules = share.map((line) => ({ line, folder: '', origin: 'server.ini line 2' }));
  state.transact(() => {
    state.shareRules.replace({ path: '', ignoresCase: false, rules });
    state.ownRules.replace({ ...NO_OWN_RULES, ...own });
  });
}

const name = fc.constantFrom('a', 'b', 'c', 'D', '.lanmirror');
const names = fc.uniqueArray(name, { maxLength: 3 });
const lines = fc.array(fc.constantFrom('a', '/b/', 'c', '!c', '*', '!*/', 'D/', '*.x'), { maxLength: 4 });
const kinds = fc.constantFrom<EntryKind>('file', 'directory', 'link');
const where = { mirrored: names, kept: names, sized: names, unwanted: names };

describe('a rule is named', () => {
  test('for what is left alone only, never for what is mirrored, kept, our own, or named by no rule', () => {
    fc.assert(
      fc.property(lines, lines, fc.record(where), name, kinds, (share, own, made, one, kind) => {
        const state = rootState();
        let id = ROOT;
        const next = (called: string): SourceEntry => {
          id += 1;
          return told(id, called, { sizeBytes: 9 });
        };
        for (const called of made.mirrored) mirror(state, next(called));
        state.transact(() => {
          for (const called of made.kept) {
            const { sequence: _not, ...entry } = next(called);
            state.kept.put({ ...entry, hash: null, disk, bornMs: 0, checkpoint: 0, goneAtMs: 1 });
          }
          for (const called of made.sized) state.excluded.put(next(called));
          for (const called of made.unwanted) state.unwanted.put(next(called));
        });
        setRules(state, share, { rules: own.map((line) => ({ line, origin: 'x' })), maxBytes: 5 });
        const tree = createMemoryTree();
        if (one !== '.lanmirror') {
          if (kind === 'directory') tree.user.mkdir(one);
          else tree.user.write(one, '');
        }
        const stands = kind === 'link' ? 'file' : kind;
        const found = excludedPlace(state, root, one, stands);
        const isOurs = one === '.lanmirror' || made.mirrored.includes(one) || made.kept.includes(one);
        if (isOurs) expect(found).toBeUndefined();
        else if (found !== undefined) expect(concerning({ state, tree }, ROOT, [one])).toEqual([]);
        const isByName = state.leftOut.isExcluded(one, stands);
        const isByFacts = stands === 'file' && (made.sized.includes(one) || made.unwanted.includes(one));
        expect(found !== undefined).toBe(!isOurs && (isByName || isByFacts));
        if (found?.rule.kind === 'pattern') expect(isByName).toBe(true);
      }),
      { seed, numRuns: 2000 },
    );
  });

  test('by its kind: size and age of what the source has there, and only of files', () => {
    const state = rootState();
    setRules(state, [], { maxBytes: 10, maxAgeMs: 1000, minAgeMs: 10 });
    state.transact(() => {
      state.ownRules.aging.moveTo(5000);
      state.excluded.put(told(2, 'large at the server'));
      state.unwanted.put(told(3, 'large', { sizeBytes: 11, mtimeUs: 4_900_000 }));
      state.unwanted.put(told(4, 'old', { mtimeUs: 3_000_000 }));
      state.unwanted.put(told(5, 'young', { mtimeUs: 4_999_000 }));
    });
    const ruleOf = (one: string, kind: 'file' | 'directory' = 'file') => {
      const { by, kind: why } = excludedPlace(state, root, one, kind)?.rule ?? {};
      return [by, why];
    };
    expect(ruleOf('large at the server')).toEqual(['server', 'size']);
    expect(ruleOf('large')).toEqual(['own', 'size']);
    expect(ruleOf('old')).toEqual(['own', 'age']);
    expect(ruleOf('young')).toEqual([undefined, undefined]);
    expect(ruleOf('large', 'directory')).toEqual([undefined, undefined]);
  });

  test('with its line and its owner, those of the source first', () => {
    const state = rootState();
    setRules(state, ['*.tmp'], { rules: [{ line: '*.tmp', origin: 'client.ini line 3' }] });
    const rule = { by: 'server', kind: 'pattern', line: '*.tmp', origin: 'server.ini line 2' };
    expect(excludedPlace(state, root, 'a.tmp', 'other')).toEqual({ path: 'a.tmp', rule });
  });

  test('on a target that folds names: not for another spelling of what is mirrored, nor for a side name', () => {
    const state = rootState();
    useTraits(state, { ...state.meta.traits, names: { ...PLAIN_NAMES, foldsCase: true } });
    mirror(state, told(2, 'Film'));
    setRules(state, ['*']);
    expect(excludedPlace(state, root, 'film', 'file')).toBeUndefined();
    expect(excludedPlace(state, root, '.LANMIRROR', 'directory')).toBeUndefined();
    const side = sideName(state.meta.traits.names, 'stood aside', hashText);
    expect(excludedPlace(state, root, side, 'file')).toBeUndefined();
    expect(excludedPlace(state, root, 'other', 'file')?.path).toBe('other');
  });
});
