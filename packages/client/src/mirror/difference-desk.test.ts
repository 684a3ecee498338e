import { createMemoryStore } from '@lanmirror/engine/store';
import { loadHash } from '@lanmirror/engine/tree';
import type { Listed, SourceEntry } from '@lanmirror/protocol';
import { beforeAll, expect, test } from 'vitest';
import type { Link } from '../session/link.ts';
import { MirrorState } from '../state/mirror-state.ts';
import { DifferenceDesk } from './difference-desk.ts';

const ROOT = 1;
const HEAD = 9;

beforeAll(() => loadHash());

const entryOf = (id: number, parentId: number, name: string, kind: SourceEntry['kind']): SourceEntry => ({
  ...{ id, parentId, name, kind, linkTarget: '', sequence: id, version: id, sizeBytes: 1 },
  ...{ mtimeUs: 0, mode: 0o644 },
});

/** A mirror at rest whose code is not the server's. `listed`: what the server has in the root folder. */
function differingMirror(listed: readonly SourceEntry[]) {
  const state = new MirrorState(createMemoryStore());
  state.transact(() => state.view.put(entryOf(ROOT, 0, '', 'directory')));
  const told: string[] = [];
  const planned: number[][] = [];
  const answers: (() => void)[] = [];
  let work: Promise<void> = Promise.resolve();
  const link = {
    list: (folders: readonly number[], _after: string, done: (listed: Listed) => void) => {
      const children = listed.map((entry) => ({ entry, digest: null, unknown: 0 }));
      const answer = { id: ROOT, isThere: true, isWhole: true, children };
      answers.push(() =>
        done({ type: 'listed', request: 0, sequence: HEAD, folders: folders.map(() => answer) }),
      );
    },
    broke: (error: Error) => {
      throw error;
    },
  };
  let comparison: 'differs' | 'identical' | 'unknown' = 'differs';
  let codes = '';
  const desk = new DifferenceDesk({
    state,
    report: { differing: (paths, isLeft) => told.push(`${paths.join(' ')} ${isLeft}`) },
    link: () => link as unknown as Link,
    comparison: () => comparison,
    unexplained: () => codes,
    restingAt: () => HEAD,
    queue: (piece) => {
      work = work.then(piece);
    },
    plan: async (ids) => {
      planned.push([...ids]);
      // As far as the mirror knows it is done.
      state.transact(() => {
        for (const id of ids) state.markClean(id);
      });
    },
  });
  /** Everything that the server was asked is answered, and what follows is done. */
  const answer = async (): Promise<number> => {
    await work;
    const asked = answers.splice(0);
    for (const next of asked) next();
    await work;
    return asked.length;
  };
  const isNow = (now: typeof comparison, nowCodes = ''): void => {
    comparison = now;
    codes = nowCodes;
  };
  /** Whether the promise is fulfilled by now. */
  const isOver = (promise: Promise<void>): Promise<boolean> =>
    Promise.race([promise.then(() => true), new Promise<boolean>((resolve) => setImmediate(resolve, false))]);
  return { desk, told, planned, answer, isNow, isOver };
}

test('who waits for the end is told when what differed is put right, and not before', async () => {
  const { desk, told, planned, answer, isNow, isOver } = differingMirror([entryOf(5, ROOT, 'a', 'link')]);
  const end = desk.untilSettled();
  desk.look();
  expect(await isOver(end)).toBe(false);
  await answer();
  expect([told, planned]).toEqual([['a false'], [[5]]]);
  expect(await isOver(end)).toBe(false);
  isNow('identical');
  desk.look();
  expect(await isOver(end)).toBe(true);
});

test('what keeps differing is named as left, and then nobody waits any more', async () => {
  const { desk, told, answer, isOver } = differingMirror([entryOf(5, ROOT, 'a', 'link')]);
  const end = desk.untilSettled();
  for (let walk = 0; walk < 3; walk += 1) {
    desk.look();
    await answer();
    expect(await isOver(end)).toBe(false);
  }
  desk.look();
  expect(await isOver(end)).toBe(true);
  expect([told.at(-1), desk.paths]).toEqual(['a true', ['a']]);
});

test('nobody waits for a difference that a rule or a failed path explains, or longer than the session', async () => {
  const { desk, told, answer, isOver } = differingMirror([]);
  const end = desk.untilSettled();
  desk.look();
  await answer();
  expect([await isOver(end), told]).toEqual([true, []]);
  const others = [desk.untilSettled(), desk.untilSettled()];
  expect(await isOver(others[1] ?? end)).toBe(false);
  desk.sessionEnded();
  expect(await Promise.all(others.map(isOver))).toEqual([true, true]);
});

test('however many wait, the server is asked one question at a time', async () => {
  const { desk, answer, isNow, isOver } = differingMirror([]);
  isNow('identical');
  const first = desk.untilSettled();
  await new Promise(setImmediate);
  const others = [1, 2, 3, 4, 5, 6].map(() => desk.untilSettled());
  expect(await answer()).toBe(1);
  expect(await isOver(first)).toBe(true);
  expect(await answer()).toBe(1);
  expect(await Promise.all(others.map(isOver))).toEqual(others.map(() => true));
});

test('codes that differ for what is passed over are looked into once in a session, and not again while they are the same', async () => {
  const { desk, told, planned, answer, isNow } = differingMirror([entryOf(5, ROOT, 'a', 'link')]);
  isNow('unknown', 'one code and another');
  desk.look();
  expect(await answer()).toBe(1);
  expect([told, planned]).toEqual([['a false'], [[5]]]);
  isNow('unknown', 'other codes');
  desk.look();
  expect(await answer()).toBe(0);
  desk.sessionBegan();
  isNow('unknown', 'one code and another');
  desk.look();
  expect(await answer()).toBe(0);
  isNow('unknown', 'other codes');
  desk.look();
  expect(await answer()).toBe(1);
});
