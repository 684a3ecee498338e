import { createMemoryStore } from '@lanmirror/engine/store';
import { hashBytes, loadHash } from '@lanmirror/engine/tree';
import { type FetchItem, SMALL_FILE_BYTES, type SourceEntry } from '@lanmirror/protocol';
import { beforeAll, describe, expect, test } from 'vitest';
import { ProcessClock, Scheduler } from '../../../../tests/simulation/scheduler.ts';
import { createMemoryTree, type MemoryTree } from '../../../engine/src/tree/memory/memory-tree.ts';
import type { Fetcher, Sink } from '../session/fetcher.ts';
import { MirrorState } from '../state/mirror-state.ts';
import { Contents } from './contents.ts';
import { Room } from './room.ts';
import { TargetFolder } from './target-folder.ts';

const ROOT = 1;
const FILE = 2;

beforeAll(() => loadHash());

const hashOf = (bytes: Uint8Array): Uint8Array => new Uint8Array(hashBytes(bytes));

/** A server that has `bytes`, and believes every offer that is a beginning of them. `meanwhile`: done before it ends. */
function serverOf(bytes: Uint8Array, meanwhile: () => void) {
  const asked: number[] = [];
  const answer = async ({ offset, hash }: FetchItem, sink: Sink): Promise<void> => {
    asked.push(offset);
    const isRight = hash !== null && Buffer.compare(hash, hashOf(bytes.subarray(0, offset))) === 0;
    const from = isRight ? offset : 0;
    const start = new Uint8Array(8);
    new DataView(start.buffer).setBigUint64(0, BigInt(from));
    await sink('start', start);
    if (from < bytes.length) await sink('bytes', bytes.subarray(from));
    meanwhile();
    await sink('end', hashOf(bytes));
  };
  const fetch: Fetcher['fetch'] = (items, sinks) => ({
    done: Promise.all(items.map((item, at) => answer(item, sinks[at] as Sink))).then(() => undefined),
    cancel: () => undefined,
  });
  const fetcher = { fetch } as Partial<Fetcher> as Fetcher;
  return { asked, link: { urgent: fetcher, bulk: fetcher } };
}

/**
 * A mirror that has the first bytes of what the source has now, or (undefined) nothing of it; `isKnown`: and their hash.
 * `meanwhile`: what somebody does on the mirror while the content is on its way, once.
 */
function mirrorOf(
  before: Uint8Array | undefined,
  after: Uint8Array,
  isKnown: boolean,
  meanwhile: (user: MemoryTree['user']) => void = () => undefined,
  isDiskFull = false,
) {
  const scheduler = new Scheduler(1, (error) => {
    throw error;
  });
  const tree = createMemoryTree();
  if (isDiskFull) tree.disk.space = { totalBytes: 1 << 30, freeBytes: 0 };
  const state = new MirrorState(createMemoryStore());
  const ignore = (): void => undefined;
  const target = new TargetFolder(tree, state, new ProcessClock(scheduler), {
    ...{ created: ignore, modified: ignore, deleted: ignore, renamed: ignore },
    ...{
      edited: ignore,
      added: ignore,
      extra: ignore,
      kept: ignore,
      copying: ignore,
      settled: ignore,
      warn: ignore,
    },
  });
  const entryOf = (id: number, version: number, sizeBytes: number): SourceEntry => ({
    ...{ id, parentId: id - 1, name: id === ROOT ? '' : 'f', kind: id === ROOT ? 'directory' : 'file' },
    ...{ linkTarget: '', sequence: version, version, sizeBytes, mtimeUs: 0, mode: 0o644 },
  });
  if (before !== undefined) tree.user.write('f', before);
  for (const [id, name] of [[ROOT, ''] as const, ...(before === undefined ? [] : [[FILE, 'f'] as const])]) {
    const stat = name === '' ? tree.rootStat() : tree.stat(name);
    if (stat === undefined) throw new Error(`no ${name}`);
    target.record(
      entryOf(id, id, before?.length ?? 0),
      stat,
      id === FILE && isKnown && before !== undefined ? hashOf(before) : null,
    );
  }
  state.transact(() => {
    state.view.put(entryOf(ROOT, ROOT, 0));
    state.view.put(entryOf(FILE, 9, after.length));
    state.markDirty(FILE);
  });
  let isDone = false;
  const server = serverOf(after, () => {
    if (!isDone) meanwhile(tree.user);
    isDone = true;
  });
  const failures: string[] = [];
  const fetched = new Promise<void>((resolve, reject) => {
    const contents = new Contents(
      {
        target,
        room: new Room(tree, target.clock, isDiskFull ? 'auto' : 0),
        link: () => server.link,
        failed: (_id, path, code) => failures.push(`${path} ${code}`),
        idle: resolve,
        worked: ignore,
        isStopped: () => false,
        isTargetSame: () => true,
        largeComes: () => undefined,
        failedHard: reject,
      },
      { most: 1, large: 1 },
    );
    queueMicrotask(() => void contents.add([FILE], false));
  });
  const read = (): Buffer => {
    const handle = tree.open('f');
    const buffer = Buffer.alloc(after.length);
    handle.readSync(buffer, 0, after.length, 0);
    handle.close();
    return buffer;
  };
  return { tree, state, asked: server.asked, failures, fetched, read };
}

describe.each([
  ['small', 1000],
  ['large', 2 * SMALL_FILE_BYTES],
])('a %s file that the disk of the mirror cannot read', (_size, sizeBytes) => {
  const before = new Uint8Array(sizeBytes).fill(1);
  const after = new Uint8Array(sizeBytes + 10).fill(1);

  test.each([
    ['open', 'is not offered'],
    ['read', 'is not offered, though it could be opened'],
  ] as const)('(%s) %s, and comes whole', async (operation, _what) => {
    const { tree, state, asked, failures, fetched, read } = mirrorOf(before, after, false);
    tree.failNext('f', 'IO', { operation, times: Number.POSITIVE_INFINITY });
    await fetched;
    tree.heal('f');
    expect([asked, failures]).toEqual([[0], []]);
    expect(Buffer.compare(read(), after)).toBe(0);
    expect(state.baseline.get(FILE)?.version).toBe(9);
  });

  test('when what was offered is to be used comes whole at once', async () => {
    const { tree, asked, failures, fetched, read } = mirrorOf(before, after, true);
    tree.failNext('f', 'IO', { operation: 'open', times: Number.POSITIVE_INFINITY });
    await fetched;
    tree.heal('f');
    const isListed = sizeBytes > SMALL_FILE_BYTES;
    expect([asked, failures]).toEqual([isListed ? [0] : [sizeBytes, 0], []]);
    expect(Buffer.compare(read(), after)).toBe(0);
  });
});

describe.each([
  ['small', 1000],
  ['large', 2 * SMALL_FILE_BYTES],
])('what somebody puts at the place of a new %s file while that is on its way', (_size, sizeBytes) => {
  const after = new Uint8Array(sizeBytes).fill(1);

  test.each([
    ['file', (user: MemoryTree['user']) => user.write('f', 'his'), ['f']],
    ['link', (user: MemoryTree['user']) => user.symlink('f', 'elsewhere'), ['f']],
    ['folder', (user: MemoryTree['user']) => user.write('f/in it', 'his'), ['f/in it']],
    ['device', (user: MemoryTree['user']) => user.makeOther('f'), ['f']],
  ] as const)('(a %s) is in the trash, and the file in its place', async (_kind, put, trashed) => {
    const { tree, state, failures, fetched, read } = mirrorOf(undefined, after, false, put);
    await fetched;
    expect(failures).toEqual([]);
    expect(Buffer.compare(read(), after)).toBe(0);
    expect(tree.trashed().map(({ path }) => path)).toEqual(trashed);
    expect(state.baseline.get(FILE)?.version).toBe(9);
  });

  test('is taken for the file when it is the same', async () => {
    const { tree, state, failures, fetched } = mirrorOf(undefined, after, false, (user) =>
      user.write('f', after),
    );
    await fetched;
    expect([failures, tree.trashed()]).toEqual([[], []]);
    expect(state.baseline.get(FILE)?.version).toBe(9);
  });
});

describe('where no room is left, a file that stands here with the size of the one at the source', () => {
  const isDiskFull = true;

  test('needs none when it is the same', async () => {
    const bytes = new Uint8Array(1000).fill(1);
    const { state, asked, failures, fetched } = mirrorOf(bytes, bytes, false, undefined, isDiskFull);
    await fetched;
    expect([asked, failures]).toEqual([[1000], []]);
    expect(state.baseline.get(FILE)?.version).toBe(9);
  });

  test.each([
    ['small', 1000],
    ['large', 2 * SMALL_FILE_BYTES],
  ])('(a %s one) is named when it turns out to be another, and stays as it is', async (_size, sizeBytes) => {
    const [mine, theirs] = [1, 2].map((value) => new Uint8Array(sizeBytes).fill(value)) as [
      Uint8Array,
      Uint8Array,
    ];
    const { tree, state, failures, fetched, read } = mirrorOf(mine, theirs, false, undefined, isDiskFull);
    await fetched;
    expect(failures).toEqual(['f NO_SPACE']);
    expect(Buffer.compare(read(), mine)).toBe(0);
    expect([tree.trashed(), tree.listStaged()]).toEqual([[], []]);
    expect(state.baseline.get(FILE)?.version).not.toBe(9);
  });
});

function putFolder(user: MemoryTree['user']): void {
  user.remove('f');
  user.write('f/in it', 'his');
}

describe.each([
  ['small', 1000],
  ['large', 2 * SMALL_FILE_BYTES],
])(
  'what somebody does to a %s file that is offered as a whole, while the source answers',
  (_size, sizeBytes) => {
    const bytes = new Uint8Array(sizeBytes).fill(1);

    test.each([
      ['another content', (user: MemoryTree['user']) => user.write('f', 'his'), ['f']],
      [
        'a content of the same size',
        (user: MemoryTree['user']) => user.write('f', bytes.slice().fill(2)),
        ['f'],
      ],
      ['a folder', putFolder, ['f/in it']],
      ['nothing', (user: MemoryTree['user']) => user.remove('f'), []],
    ] as const)('(%s there) is found, and the file comes again', async (_what, edit, trashed) => {
      const { tree, state, failures, fetched, read } = mirrorOf(bytes, bytes, true, edit);
      await fetched;
      expect(failures).toEqual([]);
      expect(Buffer.compare(read(), bytes)).toBe(0);
      expect(tree.trashed().map(({ path }) => path)).toEqual(trashed);
      expect(state.baseline.get(FILE)?.version).toBe(9);
    });
  },
);
