import { MIRROR_DELETES, targetKindOf } from '@lanmirror/engine/core';
import type { PathPattern } from '@lanmirror/engine/host';
import { createMemoryStore } from '@lanmirror/engine/store';
import { hashBytes, loadHash, TreeError } from '@lanmirror/engine/tree';
import type { FetchItem, SourceEntry } from '@lanmirror/protocol';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { ProcessClock, Scheduler } from '../../../../tests/simulation/scheduler.ts';
import { createMemoryTree, type MemoryTree } from '../../../engine/src/tree/memory/memory-tree.ts';
import { EarlyAnswers } from '../session/early-answers.ts';
import type { Fetcher } from '../session/fetcher.ts';
import type { Link } from '../session/link.ts';
import { MirrorState } from '../state/mirror-state.ts';
import { Mirror } from './mirror.ts';
import type { MirrorOptions, MirrorReport } from './mirror-options.ts';
import { Planning } from './planning.ts';

beforeAll(async () => {
  await loadHash();
});

const SILENT = new Proxy({} as MirrorReport, { get: () => () => undefined });

const reportAsking = (confirm: () => Promise<boolean>): MirrorReport =>
  new Proxy({} as MirrorReport, { get: (_report, name) => (name === 'confirm' ? confirm : () => undefined) });

function newScheduler(): Scheduler {
  return new Scheduler(1, (error) => {
    throw error;
  });
}

interface Run {
  /** What is asked of a person before the target is taken over; without it the target was joined before. */
  readonly confirm?: () => Promise<boolean>;
  readonly scheduler?: Scheduler;
  readonly tree?: MemoryTree;
  readonly isDryRun?: boolean;
  readonly isTargetThere?: () => boolean;
  /** The only part that is dealt with. */
  readonly only?: MirrorOptions['only'];
  readonly findTargetKind?: MirrorOptions['findTargetKind'];
}

/** A mirror that sees no server. */
function open(state: MirrorState, options: Run = {}): Mirror {
  const {
    scheduler = newScheduler(),
    tree = createMemoryTree(),
    isDryRun = false,
    only,
    findTargetKind,
  } = options;
  return new Mirror(
    {
      ...{ tree, state, clock: new ProcessClock(scheduler), random: Math.random },
      ...{
        report: options.confirm === undefined ? SILENT : reportAsking(options.confirm),
        policy: { holdPercent: 50, holdMin: 100 },
        maxWorkers: { most: 5, large: 5 },
        minFreeSpace: 0,
        deleteRule: MIRROR_DELETES,
        keepsTrash: true,
        historyDays: 30,
        isDryRun,
        ...(only && { only }),
        findTargetKind,
      },
      checkIntervalMs: 0,
      ...{ mode: 'incremental', isCheckedFirst: true, isAdoption: options.confirm !== undefined },
      isTargetThere: async () => options.isTargetThere?.() ?? true,
    },
    (error) => {
      throw error;
    },
  );
}

/** One run. Returns whether the state counts as cleanly left afterwards. */
async function run(state: MirrorState, isDryRun: boolean): Promise<boolean> {
  const mirror = open(state, { isDryRun });
  await mirror.start();
  await mirror.stop();
  return state.meta.isClean;
}

test('a dry run leaves the check after an unclean stop to a run that can mend what it finds', async () => {
  const state = new MirrorState(createMemoryStore());
  state.setMeta({ isClean: false });
  expect(await run(state, true)).toBe(false);
  expect(await run(state, false)).toBe(true);
});

const FOLDER = 2;
const FILE = 3;

/** A target with a file in a folder that is opaque at the source, and so is kept. */
function keptFile(tree: MemoryTree): MirrorState {
  const state = new MirrorState(createMemoryStore());
  const source = { linkTarget: '', sequence: 1, version: 1, sizeBytes: 0, mtimeUs: 0, mode: 0o755 };
  const facts = {
    hash: null,
    disk: { ino: 0n, mtimeNs: 0n, ctimeNs: 0n, sizeBytes: 0 },
    bornMs: 0,
    checkpoint: 0,
  };
  tree.makeDirectory('folder', 0o755);
  tree.createStaged('file').publish('folder/file', { replace: false });
  const root = { ...source, id: 1, parentId: 0, name: '', kind: 'directory' } as const;
  const folder = { ...source, id: FOLDER, parentId: 1, name: 'folder', kind: 'directory' } as const;
  const file = { ...source, id: FILE, parentId: FOLDER, name: 'file', kind: 'file' } as const;
  state.transact(() => {
    for (const entry of [root, { ...folder, isOpaque: true as const }]) state.view.put(entry);
    for (const entry of [root, folder, file]) state.baseline.put({ ...entry, ...facts });
    state.markDirty(FILE);
    state.setMeta({ indexId: 'index', cursor: { indexId: 'index', generation: 1, sequence: 1, told: 1 } });
  });
  return state;
}

test('while the source is being told anew nothing is planned, also when the target comes back in between', async () => {
  const [scheduler, tree] = [newScheduler(), createMemoryTree()];
  const state = keptFile(tree);
  let isThere = true;
  const mirror = open(state, { scheduler, tree, isTargetThere: () => isThere });
  await mirror.start();
  state.transact(() => state.clearView());
  for (const there of [false, true]) {
    isThere = there;
    const endMs = scheduler.nowMs + 5000;
    while (await scheduler.step(endMs));
  }
  await mirror.stop();
  expect(tree.snapshot().has('folder/file')).toBe(true);
  expect(state.isDirty(FILE)).toBe(true);
});

/** A session that tells what it is given, and has no contents. */
function emptyLink(): Link {
  const welcome = { feed: 'snapshot', indexId: 'index', generation: 1, rootId: 1, reason: 'first' };
  const early = { ask: () => undefined };
  return { welcome, early, close: () => undefined, applied: () => undefined } as unknown as Link;
}

describe('a folder with files that was never a mirror, while a person is asked', () => {
  const root = { id: 1, parentId: 0, name: '', kind: 'directory', linkTarget: '' } as const;
  const folder = { ...root, id: 2, parentId: 1, name: 'new' };
  const facts = { sizeBytes: 0, mtimeUs: 0, mode: 0o755 };
  const part = { type: 'changes', head: true, removed: [] } as const;

  /** Names in the target after the answer; meanwhile the source changes, and a repair is asked for. */
  async function namesAfter(answer: boolean): Promise<readonly string[]> {
    const [scheduler, tree] = [newScheduler(), createMemoryTree()];
    tree.user.write('mine', 'precious');
    let answerIt: (answer: boolean) => void = () => undefined;
    const answered = new Promise<boolean>((resolve) => {
      answerIt = resolve;
    });
    const state = new MirrorState(createMemoryStore());
    const mirror = open(state, { scheduler, tree, confirm: () => answered });
    const goOn = async (): Promise<void> => {
      const endMs = scheduler.nowMs + 5000;
      while (await scheduler.step(endMs));
    };
    await mirror.start();
    mirror.connected(emptyLink());
    mirror.changes({ ...part, after: 0, upTo: 1, entries: [{ ...root, ...facts, sequence: 1, version: 1 }] });
    await goOn();
    mirror.changes({
      ...part,
      after: 1,
      upTo: 2,
      entries: [{ ...folder, ...facts, sequence: 2, version: 2 }],
    });
    const repaired = mirror.requests.check();
    answerIt(answer);
    await goOn();
    await repaired;
    await mirror.stop();
    return [...tree.snapshot().keys()];
  }

  test('a no changes nothing, whatever was waiting behind the question', async () => {
    expect(await namesAfter(false)).toEqual(['mine']);
  });

  test('a yes takes it over, with what was waiting', async () => {
    expect(await namesAfter(true)).toEqual(['new']);
  });
});

test('removals that are told one by one while many wait are planned together, and are held together', async () => {
  const [scheduler, tree] = [newScheduler(), createMemoryTree()];
  const state = new MirrorState(createMemoryStore());
  const mirror = open(state, { scheduler, tree });
  const goOn = async (durationMs: number): Promise<void> => {
    const endMs = scheduler.nowMs + durationMs;
    while (await scheduler.step(endMs));
  };
  const facts = { kind: 'directory', linkTarget: '', sizeBytes: 0, mtimeUs: 0, mode: 0o755 } as const;
  const folders = Array.from({ length: 1000 }, (_, at) => ({
    ...{ ...facts, id: at + 2, parentId: 1, name: `f${at}`, sequence: at + 2, version: 1 },
  }));
  const root = { ...facts, id: 1, parentId: 0, name: '', sequence: 1, version: 1 };
  await mirror.start();
  mirror.connected(emptyLink());
  const part = { type: 'changes', head: true } as const;
  mirror.changes({ ...part, after: 0, upTo: 1001, entries: [root, ...folders], removed: [] });
  await goOn(3_600_000);
  const plans = vi.spyOn(Planning.prototype, 'plan');
  for (const [at, { id }] of folders.slice(0, 900).entries())
    mirror.changes({
      ...part,
      after: 1001 + at,
      upTo: 1002 + at,
      entries: [],
      removed: [{ id, sequence: 1002 + at }],
    });
  await goOn(60_000);
  await mirror.stop();
  expect(plans.mock.calls.length).toBeLessThan(400);
  plans.mockRestore();
  expect(mirror.hold.isHeld).toBe(true);
});

const CONTENT = new TextEncoder().encode('abc');

/** A session with a server that has `CONTENT`, and all that it is asked for. */
function linkWithContent(content = CONTENT) {
  const asked: (readonly FetchItem[])[] = [];
  const fetch: Fetcher['fetch'] = (items, sinks) => {
    asked.push(items);
    for (const sink of sinks) {
      void sink('start', new Uint8Array(8));
      void sink('bytes', content);
      void sink('end', new Uint8Array(hashBytes(content)));
    }
    return { done: Promise.resolve(), cancel: () => undefined };
  };
  const lines = {
    urgent: { fetch },
    bulk: { fetch },
    early: new EarlyAnswers({ fetch }, { nowMs: () => 0 }),
  };
  return { link: { ...emptyLink(), ...lines } as unknown as Link, asked };
}

describe('a small new file that is told live', () => {
  const root = { id: 1, parentId: 0, name: '', kind: 'directory', linkTarget: '' } as const;
  const facts = { mtimeUs: 0, mode: 0o755, sizeBytes: 0 };
  const file = { ...root, ...facts, id: FILE, parentId: 1, name: 'new', kind: 'file', sizeBytes: 3 } as const;
  const part = { type: 'changes', head: true, removed: [] } as const;

  /** A mirror of a source that has nothing, or `first`, with what it asked for. */
  async function inSync(options: Run = {}, first?: typeof file) {
    const [scheduler, tree] = [newScheduler(), createMemoryTree()];
    const state = new MirrorState(createMemoryStore());
    const mirror = open(state, { ...options, scheduler, tree });
    const goOn = async (): Promise<void> => {
      const endMs = scheduler.nowMs + 5000;
      while (await scheduler.step(endMs));
    };
    const { link, asked } = linkWithContent();
    await mirror.start();
    mirror.connected(link);
    const told = [{ ...root, ...facts }, ...(first === undefined ? [] : [first])];
    mirror.changes({
      ...part,
      ...{ after: 0, upTo: 1, entries: told.map((entry) => ({ ...entry, sequence: 1, version: 1 })) },
    });
    await goOn();
    const tell = (): void =>
      mirror.changes({ ...part, after: 1, upTo: 2, entries: [{ ...file, sequence: 2, version: 2 }] });
    return { mirror, tree, state, asked, goOn, tell };
  }

  test('is asked for before what was told is saved, and not once more when it is planned', async () => {
    const { mirror, tree, state, asked, goOn, tell } = await inSync();
    tell();
    expect(asked).toEqual([[{ id: FILE, version: 2, offset: 0, hash: null, baseBytes: 0 }]]);
    expect(state.view.get(FILE)).toBeUndefined();
    await goOn();
    await mirror.stop();
    expect(asked).toHaveLength(1);
    expect(tree.snapshot().get('new')).toMatchObject({ content: 'abc' });
  });

  test.each([true, false])(
    'that is to be put right is not in sync until it is right (the rest is checked: %s)',
    async (isChecked) => {
      const { mirror, tree, goOn } = await inSync({}, file);
      tree.user.write('new', 'xyz');
      const before = mirror.syncedAt;
      const repaired = mirror.requests.repair([FILE], isChecked).then(() => mirror.syncedAt);
      await goOn();
      const meanwhile = await repaired;
      await mirror.stop();
      expect([before, meanwhile, mirror.syncedAt]).toEqual([1, -1, 1]);
      expect(tree.snapshot().get('new')).toMatchObject({ content: 'abc' });
    },
  );

  const nothing = { text: 'nothing', isMatch: () => false, mayHold: () => false };
  test.each<[string, Run]>([
    ['a dry run', { isDryRun: true }],
    ['a pass over a part', { only: () => nothing }],
  ])('is not asked for by %s', async (_what, options) => {
    const { mirror, asked, goOn, tell } = await inSync(options);
    tell();
    await goOn();
    await mirror.stop();
    expect(asked).toEqual([]);
  });

  test('the part of a pass is chosen when the source is known, and not before', async () => {
    const known: boolean[] = [];
    const only = (isKnown: (path: string) => boolean): PathPattern => {
      known.push(isKnown('new'));
      return nothing;
    };
    const { mirror, tell, goOn } = await inSync({ only }, file);
    tell();
    await goOn();
    await mirror.stop();
    expect(known).toEqual([true]);
  });
});

test('of a drive that goes on failing everything is tried once before anything is tried again, and the pass ends', async () => {
  const [scheduler, tree] = [newScheduler(), createMemoryTree()];
  const tries: string[] = [];
  tree.createStaged = (name) => {
    tries.push(name);
    throw new TreeError('IO', name, 'a sector is bad');
  };
  const findTargetKind = () => targetKindOf('network', undefined);
  const mirror = open(new MirrorState(createMemoryStore()), { scheduler, tree, findTargetKind });
  const content = new Uint8Array(400_000);
  const root = { id: 1, parentId: 0, name: '', kind: 'directory', linkTarget: '' } as const;
  const facts = { mtimeUs: 0, mode: 0o755, sequence: 1, version: 1 };
  const files = Array.from({ length: 30 }, (_, at) => ({
    ...{ ...root, ...facts, id: at + 2, parentId: 1, name: `f${at}` },
    ...{ kind: 'file', sizeBytes: content.length },
  })) satisfies SourceEntry[];
  await mirror.start();
  mirror.connected(linkWithContent(content).link);
  const entries = [{ ...root, ...facts, sizeBytes: 0 }, ...files];
  mirror.changes({ type: 'changes', head: true, removed: [], after: 0, upTo: 1, entries });
  const endMs = scheduler.nowMs + 3_600_000;
  while (mirror.syncedAt < 1 && (await scheduler.step(endMs)));
  await mirror.stop();
  expect(mirror.syncedAt).toBe(1);
  expect(tries.length).toBe(30);
});
