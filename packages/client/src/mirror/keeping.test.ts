import { type Clock, type DeleteRule, MIRROR_DELETES } from '@lanmirror/engine/core';
import { createMemoryStore } from '@lanmirror/engine/store';
import { loadHash } from '@lanmirror/engine/tree';
import { systemClock } from '@lanmirror/engine/wire';
import type { EntryKind } from '@lanmirror/protocol';
import { beforeAll, expect, test } from 'vitest';
import type { TargetFolder } from '../apply/target-folder.ts';
import { emptyRecord } from '../clean/cleaned-record.ts';
import { MirrorState } from '../state/mirror-state.ts';
import { Keeping } from './keeping.ts';

const ROOT = 1;
const TOP = 2;
const FOLDERS = 5;
const FILES = 600;
const ALL = 1 + FOLDERS * (1 + FILES);
const NEVER: DeleteRule = { ...MIRROR_DELETES, choice: 'never', text: 'Delete = never' };

const NOTHING_CLEANED = emptyRecord();

beforeAll(() => loadHash());

/** A target with a folder of folders of files that are gone at the source. */
function goneTree(): { state: MirrorState } {
  const state = new MirrorState(createMemoryStore());
  const disk = { ino: 0n, mtimeNs: 0n, ctimeNs: 0n, sizeBytes: 0 };
  const put = (id: number, parentId: number, name: string, kind: EntryKind): void => {
    const plain = {
      id,
      parentId,
      name,
      kind,
      linkTarget: '',
      version: id,
      sizeBytes: 0,
      mtimeUs: 0,
      mode: 0o755,
    };
    state.baseline.put({ ...plain, hash: null, disk, bornMs: 0, checkpoint: 0 });
    if (id !== ROOT) state.markDirty(id);
  };
  state.transact(() => {
    put(ROOT, 0, '', 'directory');
    put(TOP, ROOT, 'top', 'directory');
    let next = TOP + 1;
    for (let folder = 0; folder < FOLDERS; folder += 1) {
      const id = next;
      put(id, TOP, `d${folder}`, 'directory');
      for (let file = 0; file < FILES; file += 1) put(id + 1 + file, id, `f${file}`, 'file');
      next += 1 + FILES;
    }
  });
  return { state };
}

interface Parts {
  readonly keeping: Keeping;
  readonly told: string[];
}

/** `parts`: so many may be done before the program is gone. */
function keepingOf(state: MirrorState, rule: DeleteRule, parts = Number.POSITIVE_INFINITY): Parts {
  const told: string[] = [];
  let left = parts;
  const clock: Clock = {
    ...systemClock,
    async turn() {
      left -= 1;
      checkWhole(state);
      if (left <= 0) throw new Error('killed');
    },
  };
  const report = { kept: (path: string) => told.push(path) };
  const target = { state, note: () => undefined, report } as unknown as TargetFolder;
  return { keeping: new Keeping(target, rule, clock, NOTHING_CLEANED), told };
}

/** Every entry is one or the other, and stands in a folder that is known. */
function checkWhole({ baseline, kept }: MirrorState): void {
  const strays: number[] = [];
  let count = 0;
  for (const { id, parentId } of baseline.all()) {
    count += 1;
    if (parentId !== 0 && baseline.get(parentId) === undefined) strays.push(id);
  }
  for (const { id, parentId } of kept.all()) {
    count += 1;
    const isHomeless = kept.get(parentId) === undefined && baseline.get(parentId) === undefined;
    if (isHomeless || baseline.get(id) !== undefined) strays.push(id);
  }
  expect([count, strays]).toEqual([1 + ALL, []]);
}

test('a large folder is kept in parts, each right after a kill, and told once', async () => {
  const { state } = goneTree();
  let runs = 0;
  const told: string[] = [];
  for (let isDone = false; !isDone; runs += 1) {
    expect(runs).toBeLessThan(20);
    const before = state.meta.keptEntries;
    const { keeping, told: here } = keepingOf(state, NEVER, 1);
    expect(keeping.judge([TOP])).toEqual({ removals: [], staying: [TOP] });
    isDone = await keeping.keep([TOP]).then(
      () => true,
      () => false,
    );
    expect(state.meta.keptEntries - before).toBeLessThanOrEqual(1000);
    told.push(...here);
    checkWhole(state);
  }
  expect(runs).toBeGreaterThan(2);
  expect([state.meta.keptEntries, state.dirtyIds(), told]).toEqual([ALL, [], ['top']]);
});

test('a large folder goes back in parts when the rule keeps it no longer, each right after a kill', async () => {
  const { state } = goneTree();
  await keepingOf(state, NEVER).keeping.keep([TOP]);
  expect(state.meta.keptEntries).toBe(ALL);
  let runs = 0;
  for (let isDone = false; !isDone; runs += 1) {
    expect(runs).toBeLessThan(20);
    const before = state.meta.keptEntries;
    isDone = await keepingOf(state, MIRROR_DELETES, 1)
      .keeping.takeDue()
      .then(
        () => true,
        () => false,
      );
    expect(before - state.meta.keptEntries).toBeLessThanOrEqual(1000);
    checkWhole(state);
  }
  expect(runs).toBeGreaterThan(2);
  expect([state.meta.keptEntries, state.dirtyIds().length]).toEqual([0, ALL]);
});
