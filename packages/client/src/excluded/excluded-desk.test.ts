import { MIRROR_DELETES } from '@lanmirror/engine/core';
import { createMemoryStore } from '@lanmirror/engine/store';
import { loadHash } from '@lanmirror/engine/tree';
import { systemClock } from '@lanmirror/engine/wire';
import type { EntryKind } from '@lanmirror/protocol';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createMemoryTree, type MemoryTree } from '../../../engine/src/tree/memory/memory-tree.ts';
import { emptyRecord } from '../clean/cleaned-record.ts';
import { MirrorState } from '../state/mirror-state.ts';
import { type DeskHost, ExcludedDesk, type Removal } from './excluded-desk.ts';
import type { ExcludedNode } from './find-excluded.ts';

const ROOT = 1;
const SUB = 2;

let state: MirrorState;
let tree: MemoryTree;

beforeAll(async () => {
  await loadHash();
});
beforeEach(() => {
  state = new MirrorState(createMemoryStore());
  tree = createMemoryTree();
  const cursor = { indexId: 'i', generation: 1, sequence: 1, told: 1 };
  state.setMeta({ cursor, rulesHeardMs: 123 });
  put(ROOT, 0, '', 'directory');
  put(SUB, ROOT, 'sub', 'directory');
  put(3, SUB, 'mirrored.tmp', 'file');
  tree.user.mkdir('sub');
  for (const path of ['a', 'b.tmp', 'sub/mirrored.tmp', 'sub/c.tmp'])
    tree.user.write(path, `content of ${path}`);
  tree.user.mkdir('cache');
  tree.user.mkdir('cache/deep');
  tree.user.write('cache/deep/d', 'content of d');
  setRules(['*.tmp', '/cache/']);
});

function put(id: number, parentId: number, name: string, kind: EntryKind): void {
  const facts = { version: 1, sizeBytes: 0, mtimeUs: 0, mode: 0o755, linkTarget: '' };
  const entry = { id, parentId, name, kind, ...facts };
  const disk = { ino: 0n, mtimeNs: 0n, ctimeNs: 0n, sizeBytes: 0 };
  state.transact(() => {
    state.view.put({ ...entry, sequence: 1 });
    state.baseline.put({ ...entry, hash: null, disk, bornMs: 0, checkpoint: 0 });
  });
}

function setRules(lines: readonly string[]): void {
  const rules = lines.map((line) => ({ line, folder: '', origin: 'server.ini line 2' }));
  state.transact(() => {
    state.shareRules.replace({ path: '', ignoresCase: false, rules });
    // A head was reached by them.
    state.shareRules.settle();
  });
}

function deskWith(changes: Partial<DeskHost> = {}): ExcludedDesk {
  return new ExcludedDesk({
    ...{ state, tree, clock: systemClock, isConnected: () => false, moved: () => undefined },
    cleaned: emptyRecord(),
    deleteRule: () => MIRROR_DELETES,
    inTurn: (work) => work(),
    ...changes,
  });
}

async function show(desk: ExcludedDesk, typed = ''): Promise<{ nodes: ExcludedNode[]; token: number }> {
  const nodes: ExcludedNode[] = [];
  const { token } = await desk.show(typed, async (node) => void nodes.push(node));
  return { nodes, token };
}

async function remove(desk: ExcludedDesk, token: number): Promise<string[]> {
  const removals: Removal[] = [];
  await desk.remove(token, async (removal) => void removals.push(removal));
  return removals.map(({ path, outcome }) => `${path} ${outcome}`);
}

const trashed = (): string[] =>
  tree
    .trashed()
    .map(({ path }) => path)
    .sort();

describe('what is shown', () => {
  test('is the tops of what is left out, with what is in them, and nothing that is mirrored or extra', async () => {
    const { nodes } = await show(deskWith());
    expect(nodes.map(({ path, files, folders, sizeBytes }) => [path, files, folders, sizeBytes])).toEqual([
      ['b.tmp', 1, 0, 16],
      ['cache', 1, 2, 12],
      ['sub/c.tmp', 1, 0, 20],
    ]);
    expect((await show(deskWith(), 'sub')).nodes.map(({ path }) => path)).toEqual(['sub/c.tmp']);
  });

  test('is told with the time of the rules when there is no connection, and with the folder that holds what is meant', async () => {
    const give = async (): Promise<void> => undefined;
    expect(await deskWith().show('cache/deep/d', give)).toMatchObject({ rulesHeardMs: 123, holder: 'cache' });
    const connected = deskWith({ isConnected: () => true });
    expect(await connected.show('', give)).toMatchObject({ rulesHeardMs: null, holder: '', unreadable: [] });
  });

  test('names what could not be looked at', async () => {
    tree.failNext('sub', 'DENIED');
    const shown = await deskWith().show('', async () => undefined);
    expect(shown.unreadable).toEqual(['sub (DENIED)']);
  });

  test('is nothing while nobody knows what the source has', async () => {
    state.setMeta({ isCompareDue: true });
    await expect(show(deskWith())).rejects.toMatchObject({ code: 'SOURCE_UNKNOWN' });
    state.setMeta({ isCompareDue: false });
    state.transact(() => state.shareRules.replace({ path: '', ignoresCase: false, rules: [] }));
    await expect(show(deskWith())).rejects.toMatchObject({ code: 'SOURCE_UNKNOWN' });
  });
});

describe('what stays, and why', () => {
  const staying = async (desk: ExcludedDesk): Promise<(readonly [string, string])[]> =>
    (await show(desk)).nodes.flatMap(({ path, stays }) =>
      stays ? [[path, `${stays.why} ${stays.path}`]] : [],
    );

  test('is below a folder into which the source cannot look', async () => {
    const told = state.view.get(SUB);
    if (told !== undefined) state.transact(() => state.view.put({ ...told, isOpaque: true }));
    const desk = deskWith();
    expect(await staying(desk)).toEqual([['sub/c.tmp', 'blind sub/c.tmp']]);
    expect(await remove(desk, (await show(desk)).token)).toEqual(['b.tmp moved', 'cache moved']);
  });

  test('is at a problem, or holds one, but for a place that is taken by what is left out', async () => {
    const problem = { kind: 'failed', message: '', attempts: 1, sinceMs: 0, isTold: true } as const;
    state.transact(() => {
      state.problems.put({ ...problem, id: 7, path: 'cache/deep', code: 'IO' });
      state.problems.put({ ...problem, id: 8, path: 'b.tmp', code: 'PLACE_EXCLUDED' });
    });
    expect(await staying(deskWith())).toEqual([['cache', 'problem cache/deep']]);
  });

  test('is what the rule for deletions keeps, and each folder that holds some of it', async () => {
    const never = { isExcluded: (path: string) => path.endsWith('/d') } as typeof MIRROR_DELETES.never;
    const desk = deskWith({ deleteRule: () => ({ ...MIRROR_DELETES, never }) });
    expect(await staying(desk)).toEqual([['cache', 'never cache/deep/d']]);
    const all = deskWith({ deleteRule: () => ({ ...MIRROR_DELETES, choice: 'never' }) });
    expect((await staying(all)).length).toBe(3);
    expect([await remove(all, (await show(all)).token), trashed()]).toEqual([[], []]);
  });

  test('is what was taken from the source because it is here: it may be the only copy', async () => {
    const cleaned = emptyRecord();
    cleaned.add([{ path: 'cache/deep/d', sizeBytes: 12, mtimeUs: 0, hash: '00', cleanedMs: 0 }]);
    const desk = deskWith({ cleaned });
    expect(await staying(desk)).toEqual([['cache', 'cleaned cache/deep/d']]);
    expect(await remove(desk, (await show(desk)).token)).toEqual(['b.tmp moved', 'sub/c.tmp moved']);
  });

  test('is a folder in which another disk is mounted', async () => {
    const mounted = new Proxy(tree, {
      get(of, key) {
        const value = Reflect.get(of, key) as unknown;
        if (key === 'stat')
          return (path: string) => {
            const stat = of.stat(path);
            return stat && path === 'cache/deep' ? { ...stat, dev: stat.dev + 1n } : stat;
          };
        return typeof value === 'function' ? value.bind(of) : value;
      },
    });
    expect(await staying(deskWith({ tree: mounted }))).toEqual([['cache', 'mounted cache/deep']]);
  });
});

describe('a removal', () => {
  test('moves exactly what was shown to the trash, and writes it down', async () => {
    const desk = deskWith();
    const { token } = await show(desk, '{b.tmp,cache}');
    expect(await remove(desk, token)).toEqual(['b.tmp moved', 'cache moved']);
    expect(trashed()).toEqual(['b.tmp', 'cache/deep/d']);
    expect([...tree.snapshot().keys()].sort()).toEqual(['a', 'sub', 'sub/c.tmp', 'sub/mirrored.tmp']);
    const rows = [...state.history.newestFirst()].flat();
    expect(rows.map(({ operation, path, kind, sizeBytes }) => [operation, path, kind, sizeBytes])).toEqual([
      ['put-away', 'cache', 'directory', 0],
      ['put-away', 'b.tmp', 'file', 16],
    ]);
    expect([...state.touchedFolders]).toEqual([ROOT]);
  });

  test('is refused as a whole when a rule changed since', async () => {
    const desk = deskWith();
    const { token } = await show(desk);
    setRules(['*.tmp', '/cache/', '/other/']);
    await expect(remove(desk, token)).rejects.toMatchObject({ code: 'RULES_CHANGED' });
    expect(trashed()).toEqual([]);
  });

  test('leaves what changed since, also deep in a folder, and goes on with the rest', async () => {
    const desk = deskWith();
    const { token } = await show(desk);
    tree.user.write('cache/deep/d', 'another content');
    tree.user.remove('b.tmp');
    expect(await remove(desk, token)).toEqual(['b.tmp gone', 'cache changed', 'sub/c.tmp moved']);
    expect(trashed()).toEqual(['sub/c.tmp']);
  });

  test('leaves what is mirrored by now', async () => {
    const desk = deskWith();
    const { token } = await show(desk, 'b.tmp');
    put(9, ROOT, 'b.tmp', 'file');
    expect(await remove(desk, token)).toEqual(['b.tmp changed']);
  });

  test('names what could not be moved, and goes on', async () => {
    const desk = deskWith();
    const { token } = await show(desk);
    tree.failNext('cache', 'DENIED', { operation: 'putAway' });
    expect(await remove(desk, token)).toEqual(['b.tmp moved', 'cache failed', 'sub/c.tmp moved']);
  });

  test('takes only the list that was shown last, once, and nothing while nothing may be changed', async () => {
    const desk = deskWith();
    const { token } = await show(desk);
    const { token: second } = await show(desk, 'b.tmp');
    await expect(remove(desk, token)).rejects.toMatchObject({ code: 'NOT_SHOWN' });
    expect(await remove(desk, second)).toEqual(['b.tmp moved']);
    await expect(remove(desk, second)).rejects.toMatchObject({ code: 'NOT_SHOWN' });
    const waiting = deskWith({ inTurn: async () => undefined });
    await expect(remove(waiting, (await show(waiting)).token)).rejects.toMatchObject({ code: 'TARGET_AWAY' });
    expect(trashed()).toEqual(['b.tmp']);
  });
});
