import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLocalTarget } from '@lanmirror/engine/tree';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { minFreeBytes, RoomKeeper } from './room-keeper.ts';

const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);
const NOON = new Date(2025, 2, 31, 12).getTime();
const HOUR_MS = 3_600_000;
const GIB = 1 << 30;

let target: string;
let now: number;
let said: string[];
let mayPrune: boolean;
/** Bytes that others have taken of the disk of 1,000,000. */
let taken: number;
/** Bytes that have to be free for what waits. */
let missed: number;
let isSnapshotted: boolean;

beforeEach(() => {
  target = mkdtempSync(join(realpathSync(tmpdir()), 'lanmirror-room-'));
  mkdirSync(join(target, '.lanmirror'), { mode: 0o700 });
  now = NOON;
  said = [];
  mayPrune = true;
  isSnapshotted = false;
  taken = 0;
  missed = 0;
});
afterEach(() => rmSync(target, { recursive: true }));

const trash = (): string => join(target, '.lanmirror', 'trash');
const inTrash = new Map<string, number>();

/** A file of so many bytes goes to the trash, so long before noon. */
function throwAway(
  name: string,
  bytes: number,
  hoursAgo: number,
  reason: 'deleted' | 'edited' | 'extra',
): string {
  const tree = openLocalTarget(target, { wallMs: () => NOON - hoursAgo * HOUR_MS });
  mkdirSync(target, { recursive: true });
  writeFileSync(join(target, name), Buffer.alloc(bytes));
  const at = join(target, tree.putAway(name, reason));
  tree.release();
  inTrash.set(at, bytes);
  return at;
}

function keeper(minFree: number | 'auto'): RoomKeeper {
  return new RoomKeeper({
    ...{ job: '', trashDir: trash(), minFree: () => minFree, mayPrune: () => mayPrune, wallMs: () => now },
    space: async () => {
      const held = [...inTrash].filter(([at]) => isSnapshotted || existsSync(at));
      const bytes = held.reduce((sum, [, one]) => sum + one, 0);
      return { totalBytes: 1_000_000, freeBytes: 1_000_000 - taken - bytes };
    },
    missedBytes: () => missed,
    note: (text) => said.push(`note: ${text}`),
    warn: (text) => said.push(`warn: ${text}`),
    mounted: () => undefined,
  });
}

beforeEach(() => inTrash.clear());

test('the oldest goes first, only until there is room, and what went is said', async () => {
  const oldest = throwAway('oldest', 100_000, 72, 'deleted');
  const old = throwAway('old', 100_000, 48, 'deleted');
  const young = throwAway('young', 100_000, 2, 'deleted');
  taken = 600_000;
  await keeper(150_000).look();
  expect([oldest, old, young].map((at) => existsSync(at))).toEqual([false, true, true]);
  expect(said).toHaveLength(1);
  expect(said[0]).toMatch(
    /^note: Only 97\.7 KB were free .*TrashMinFree: 146\.5 KB.*1 file, 97\.7 KB, put there from 2025-03-28 12:00:00/,
  );
});

test('with room enough nothing goes', async () => {
  const at = throwAway('f', 100_000, 72, 'deleted');
  await keeper(150_000).look();
  expect([existsSync(at), said]).toEqual([true, []]);
});

test('what is younger than an hour stays, and so does what was written on the mirror; that is said once', async () => {
  const kept = [
    throwAway('young', 100_000, 0.9, 'deleted'),
    throwAway('edited', 100_000, 900, 'edited'),
    throwAway('extra', 100_000, 900, 'extra'),
  ];
  const gone = throwAway('replaced', 10, 1, 'deleted');
  taken = 690_000;
  const room = keeper(500_000);
  await room.look();
  await room.look();
  expect(kept.map((at) => existsSync(at))).toEqual([true, true, true]);
  expect(existsSync(gone)).toBe(false);
  expect(said.filter((line) => line.startsWith('warn: '))).toEqual([
    expect.stringMatching(
      /^warn: Only 9\.8 KB are free\. What is left in the trash \(293\.0 KB\) .* stays: /,
    ),
  ]);
});

test('the oldest goes also for a file that waits for room, but not for one that no emptying would help', async () => {
  const oldest = throwAway('oldest', 100_000, 72, 'deleted');
  const old = throwAway('old', 100_000, 48, 'deleted');
  taken = 500_000;
  missed = 1_000_001;
  await keeper(150_000).look();
  expect([existsSync(oldest), existsSync(old)]).toEqual([true, true]);
  missed = 390_000;
  await keeper(150_000).look();
  expect([existsSync(oldest), existsSync(old)]).toEqual([false, true]);
});

test('nothing goes for a file that all that may go would not be enough for, which is said once', async () => {
  const all = [
    throwAway('oldest', 100_000, 72, 'deleted'),
    throwAway('edited', 300_000, 60, 'edited'),
    throwAway('old', 100_000, 48, 'deleted'),
  ];
  taken = 400_000;
  missed = 301_000;
  const room = keeper(50_000);
  for (let look = 0; look < 3; look += 1) await room.look();
  expect(all.map((at) => existsSync(at))).toEqual([true, true, true]);
  expect(said).toEqual([
    expect.stringMatching(
      /^warn: 293\.9 KB would have to be free .* 97\.7 KB are\. All that may go .* stays\./,
    ),
  ]);
  // What the setting asks for is made all the same, and what waits as soon as it is enough.
  taken = 480_000;
  await room.look();
  expect(all.map((at) => existsSync(at))).toEqual([false, true, true]);
  now += 2 * HOUR_MS;
  taken = 299_000;
  await room.look();
  expect(all.map((at) => existsSync(at))).toEqual([false, true, true]);
  taken = 300_500;
  await room.look();
  expect(all.map((at) => existsSync(at))).toEqual([false, true, false]);
});

test('nothing goes while deletions wait, or when it is switched off', async () => {
  const at = throwAway('f', 100_000, 72, 'deleted');
  taken = 900_000;
  mayPrune = false;
  await keeper(500_000).look();
  mayPrune = true;
  await keeper(0).look();
  expect([existsSync(at), said]).toEqual([true, []]);
  await keeper(500_000).look();
  expect(existsSync(at)).toBe(false);
});

test('where deleting frees nothing, the trash is not emptied for it', async () => {
  isSnapshotted = true;
  const all = Array.from({ length: 10 }, (_, at) => throwAway(`f${at}`, 50_000, 100 - at, 'deleted'));
  taken = 400_000;
  const room = keeper(200_000);
  for (let look = 0; look < 5; look += 1) await room.look();
  expect(all.filter((at) => !existsSync(at))).toHaveLength(2);
  expect(said.filter((line) => line.includes('frees no room'))).toHaveLength(1);
  now += 2 * HOUR_MS;
  await room.look();
  expect(all.filter((at) => !existsSync(at))).toHaveLength(4);
});

test('folders of today stay where they are: something may be on its way into them', async () => {
  mkdirSync(join(target, 'films'));
  const today = throwAway('films/a', 100, 2, 'deleted');
  const earlier = throwAway('films/b', 100, 48, 'deleted');
  taken = 999_000;
  await keeper(900_000).look();
  expect([existsSync(today), existsSync(join(today, '..'))]).toEqual([false, true]);
  expect([existsSync(earlier), existsSync(join(earlier, '..'))]).toEqual([false, false]);
});

test('a trash that is not there is no fault', async () => {
  const room = new RoomKeeper({
    ...{ job: '', trashDir: trash(), minFree: () => 'auto', mayPrune: () => true, wallMs: () => now },
    space: () => Promise.reject(Object.assign(new Error('no such folder'), { code: 'ENOENT' })),
    missedBytes: () => 0,
    ...{ note: (text) => said.push(text), warn: (text) => said.push(text), mounted: () => undefined },
  });
  await room.look();
  expect(said).toEqual([]);
});

test(`never more than half of a disk is asked for, and by itself never more than a twentieth (SEED=${SEED})`, () => {
  fc.assert(
    fc.property(fc.nat({ max: 1e15 }), fc.nat({ max: 1e15 }), (wanted, total) => {
      expect(minFreeBytes(wanted, total)).toBeLessThanOrEqual(Math.min(wanted, total / 2));
      expect(minFreeBytes('auto', total)).toBeLessThanOrEqual(Math.min(GIB, total / 20));
    }),
    { seed: SEED },
  );
  expect(minFreeBytes('auto', 4000 * GIB)).toBe(GIB);
  expect(minFreeBytes(20 * GIB, 100 * GIB)).toBe(20 * GIB);
});
