/** Contents that are brought to a drive behind a network: slow, coarse in its times, and sometimes failing. */
import { Timers, targetKindOf } from '@lanmirror/engine/core';
import { createMemoryStore } from '@lanmirror/engine/store';
import { hashBytes, loadHash } from '@lanmirror/engine/tree';
import { SMALL_FILE_BYTES, type SourceEntry } from '@lanmirror/protocol';
import { beforeAll, expect, test } from 'vitest';
import { ProcessClock, Scheduler } from '../../../../tests/simulation/scheduler.ts';
import { createMemoryTree } from '../../../engine/src/tree/memory/memory-tree.ts';
import { TargetPace } from '../mirror/target-pace.ts';
import type { Fetcher, Sink } from '../session/fetcher.ts';
import { MirrorState } from '../state/mirror-state.ts';
import { Contents } from './contents.ts';
import { Room } from './room.ts';
import { TargetFolder } from './target-folder.ts';

const ROOT = 1;
const FIRST = 2;
const WANTED = { most: 12, large: 12 };

beforeAll(() => loadHash());

/** `count` new files of `sizeBytes` for a drive of this kind, and what a mirror does with them. */
function driveOf(kind: 'local' | 'network', count: number, sizeBytes: number) {
  const scheduler = new Scheduler(1, (error) => {
    throw error;
  });
  const clock = new ProcessClock(scheduler);
  const tree = createMemoryTree({
    ...{ placesBeside: true, mtimeGranularityNs: 2_000_000_000n, keepsModes: false, hasLinks: false },
    latency: () => scheduler.settle(),
  });
  let besideCount = 0;
  const placeNew = tree.placeNew.bind(tree);
  tree.placeNew = (files) => {
    besideCount += files.length;
    return placeNew(files);
  };
  const state = new MirrorState(createMemoryStore());
  const entryOf = (id: number): SourceEntry => ({
    ...{ id, parentId: id === ROOT ? 0 : ROOT, name: id === ROOT ? '' : `f${id}` },
    ...{ kind: id === ROOT ? 'directory' : 'file', linkTarget: '', sequence: id, version: id },
    ...{ sizeBytes: id === ROOT ? 0 : sizeBytes, mtimeUs: 1_700_000_001_234_567, mode: 0o644 },
  });
  const ids = Array.from({ length: count }, (_, at) => FIRST + at);
  const ignore = (): void => undefined;
  const target = new TargetFolder(tree, state, clock, {
    ...{ created: ignore, modified: ignore, deleted: ignore, renamed: ignore, edited: ignore, added: ignore },
    ...{ extra: ignore, kept: ignore, copying: ignore, warn: ignore, settled: () => pace.succeeded() },
  });
  const root = tree.rootStat();
  if (root === undefined) throw new Error('no root');
  target.record(entryOf(ROOT), root, null);
  state.transact(() => {
    for (const id of [ROOT, ...ids]) state.view.put(entryOf(id));
    for (const id of ids) state.markDirty(id);
  });
  const bytes = new Uint8Array(sizeBytes).fill(7);
  const hash = new Uint8Array(hashBytes(bytes));
  let [running, most, fetched] = [0, 0, 0];
  const answer = async (sink: Sink): Promise<void> => {
    await sink('start', new Uint8Array(8));
    await sink('bytes', bytes);
    await scheduler.settle();
    await sink('end', hash);
  };
  const fetch: Fetcher['fetch'] = (items, sinks) => {
    running += 1;
    most = Math.max(most, running);
    fetched += items.length;
    const done = Promise.all(sinks.map((sink) => answer(sink))).then(() => {
      running -= 1;
    });
    return { done, cancel: () => undefined };
  };
  const fetcher = { fetch } as Partial<Fetcher> as Fetcher;
  const failed: number[] = [];
  const pace = new TargetPace(
    {
      ...{ timers: new Timers(clock), random: () => 0, findKind: () => targetKindOf(kind, undefined) },
      changed: (finding) => {
        target.placesBeside = finding.kind === 'local';
      },
      setWorkers: (workers) => contents.setWorkers(workers),
      warn: () => undefined,
    },
    WANTED,
  );
  const contents = new Contents(
    {
      ...{ target, room: new Room(tree, clock, 0), link: () => ({ urgent: fetcher, bulk: fetcher }) },
      failed: (id, _path, code, message) => {
        failed.push(id);
        pace.failed(code, message);
      },
      ...{ idle: () => undefined, worked: () => undefined, isStopped: () => false, isTargetSame: () => true },
      largeComes: () => undefined,
      failedHard: (error) => {
        throw error;
      },
    },
    WANTED,
  );
  pace.look();
  /** Until nothing is in flight any more: all came, or the pace lets nothing begin. */
  const quiet = async (): Promise<void> => {
    do {
      await contents.stopped();
      await scheduler.settle();
    } while (running > 0);
  };
  return {
    ...{ tree, target, pace, contents, scheduler, ids, failed, entryOf, quiet },
    here: () => ids.filter((id) => state.baseline.get(id) !== undefined).length,
    seen: () => ({ most, fetched, besideCount }),
  };
}

test('a network drive has two files on their way at most, a disk as many as are wanted; both get all of them', async () => {
  for (const [kind, most] of [
    ['network', 2],
    ['local', 12],
  ] as const) {
    const drive = driveOf(kind, 30, SMALL_FILE_BYTES + 1);
    await drive.contents.add(drive.ids, true);
    await drive.quiet();
    expect([drive.here(), drive.seen().most]).toEqual([30, most]);
  }
});

test('no thread places small files on a network drive, and they come all the same', async () => {
  for (const kind of ['network', 'local'] as const) {
    const drive = driveOf(kind, 60, 100);
    await drive.contents.add(drive.ids, true);
    await drive.quiet();
    expect([drive.here(), drive.seen().besideCount]).toEqual([60, kind === 'network' ? 0 : 60]);
  }
});

test('while a network drive fails nothing more is fetched for it, and what failed and what waited comes behind the pause', async () => {
  const drive = driveOf('network', 40, SMALL_FILE_BYTES + 1);
  const broken = drive.ids.slice(0, 12);
  for (const id of broken)
    drive.tree.failNext(`.lanmirror/tmp/${drive.target.stagedName(drive.entryOf(id))}`, 'IO');
  await drive.contents.add(drive.ids, true);
  await drive.quiet();
  expect([drive.pace.facts.speed, drive.contents.isIdle]).toEqual(['pause', false]);
  expect(drive.here()).toBe(0);
  const before = drive.seen().fetched;
  expect(before).toBeLessThan(12);
  expect(await drive.scheduler.step(900)).toBe(false);
  expect(drive.seen().fetched).toBe(before);
  while (!drive.contents.isIdle) {
    await drive.scheduler.step(Number.POSITIVE_INFINITY);
    await drive.quiet();
  }
  await drive.contents.add(drive.failed, false);
  await drive.quiet();
  expect([drive.here(), drive.pace.facts.speed]).toEqual([40, 'full']);
});
