import { type Connection, MAX_FRAME_BYTES, readRecords, SMALL_FILE_BYTES } from '@lanmirror/protocol';
import { beforeAll, expect, test, vi } from 'vitest';
import { createMemoryStore } from '../../store/index.ts';
import { loadHash, type ReadableTree, type ReadHandle, TreeError } from '../../tree/index.ts';
import { createMemoryTree } from '../../tree/memory/memory-tree.ts';
import { systemClock } from '../../wire/index.ts';
import { TreeIndex } from '../index/tree-index.ts';
import { Looker } from '../publish/look.ts';
import { ProblemList } from '../publish/problem-list.ts';
import { ContentFeed } from './content-feed.ts';
import type { FrameGate } from './content-turns.ts';

beforeAll(() => loadHash());

/** A feed that is in the middle of a read of a large file; like a real one, the read fails when the file is closed. */
async function midRead() {
  const { feed, failures, over, isReading } = feedOf({ bufferedBytes: () => 0, send: () => undefined });
  await isReading;
  return { feed, failures, over };
}

/** A feed that was asked for a large file. */
function feedOf(line: Partial<Connection>, gate?: FrameGate, held?: () => void) {
  const memory = createMemoryTree();
  memory.user.write('large', new Uint8Array(2 * SMALL_FILE_BYTES));
  const index = TreeIndex.open(
    createMemoryStore(),
    () => 'index',
    () => 1,
  );
  new Looker(memory, index, new ProblemList(), () => 0).lookAt(['', 'large'], () => true, true);
  const { id, version } = index.byPath('large') ?? { id: 0, version: 0 };
  let ended = (): void => undefined;
  const over = new Promise<void>((resolve) => {
    ended = resolve;
  });
  let reading = (): void => undefined;
  const isReading = new Promise<void>((resolve) => {
    reading = resolve;
  });
  const open = (path: string): ReadHandle => {
    const handle = memory.open(path);
    let fail: (error: Error) => void = () => undefined;
    const read = (): Promise<number> =>
      new Promise((_resolve, reject) => {
        fail = reject;
        reading();
      });
    const close = (): void => {
      handle.close();
      fail(new Error('the file is closed already'));
    };
    return { opened: handle.opened, stat: () => handle.stat(), readSync: () => 0, read, close };
  };
  const tree = { open, release: () => ended() } as Partial<ReadableTree> as ReadableTree;
  const ignore = (): void => undefined;
  const misread = () => 'doubted' as const;
  const isLeftOut = () => false;
  const host = {
    tree,
    index,
    clock: systemClock,
    isRootAway: () => false,
    isRootAwayNow: () => false,
    isLeftOut,
    suspect: ignore,
    misread,
    sent: ignore,
    readFresh: ignore,
  };
  const failures: unknown[] = [];
  const feed = new ContentFeed(line as Connection, host, (error) => failures.push(error), gate, held);
  feed.start({ type: 'fetch', request: 7, items: [{ id, version, offset: 0, hash: null, baseBytes: 0 }] });
  return { feed, failures, over, isReading };
}

test.each([
  ['a client that goes away', (feed: ContentFeed) => feed.close()],
  ['a fetch that is cancelled', (feed: ContentFeed) => feed.cancel(7)],
])('%s in the middle of a large file is no failure of the session', async (_what, end) => {
  const { feed, failures, over } = await midRead();
  end(feed);
  await over;
  await systemClock.turn();
  expect(failures).toEqual([]);
  expect(feed.isIdle).toBe(true);
});

let feed: ContentFeed;

test('a turn that was given while the line was full is given back when the client goes', async () => {
  let buffered = 0;
  const spent: number[] = [];
  const granted = new Promise<void>((resolve) => {
    const gate: FrameGate = {
      async turn() {
        buffered = 100 << 20;
        resolve();
        return true;
      },
      frameBytes: MAX_FRAME_BYTES,
      sent: (bytes) => void spent.push(bytes),
    };
    const line = { bufferedBytes: () => buffered, send: () => undefined };
    feed = feedOf(line, gate).feed;
  });
  await granted;
  feed.close();
  // The line is as full as it was: nothing of it leaves any more.
  await systemClock.turn();
  expect(spent).toEqual([0]);
  expect(feed.isIdle).toBe(true);
});

test('while a fetch waits for its turn that is said every few seconds, and not any more when it has had it', async () => {
  vi.useFakeTimers();
  try {
    let signs = 0;
    let grant = (_isGranted: boolean): void => undefined;
    const gate: FrameGate = {
      turn: () =>
        new Promise((resolve) => {
          grant = resolve;
        }),
      frameBytes: MAX_FRAME_BYTES,
      sent: () => undefined,
    };
    const { feed: held } = feedOf({ bufferedBytes: () => 0, send: () => undefined }, gate, () => {
      signs += 1;
    });
    await vi.advanceTimersByTimeAsync(29_000);
    expect(signs).toBeGreaterThanOrEqual(4);
    const before = signs;
    grant(false);
    await vi.advanceTimersByTimeAsync(29_000);
    expect([signs, held.isIdle]).toEqual([before, true]);
  } finally {
    vi.useRealTimers();
  }
});

test.each(['absent', 'another one'] as const)(
  'while the root of the source is away nothing is said of a file that is %s there, and its bytes come when it is back',
  async (sight) => {
    const memory = createMemoryTree();
    for (const name of ['first', 'second']) memory.user.write(name, new Uint8Array(10));
    const index = TreeIndex.open(
      createMemoryStore(),
      () => 'index',
      () => 1,
    );
    new Looker(memory, index, new ProblemList(), () => 0).lookAt(['', 'first', 'second'], () => true, true);
    const world = { isAway: false, isKnown: false };
    const suspects: string[] = [];
    const open = (path: string): ReadHandle => {
      const handle = memory.open(path);
      if (!world.isAway) {
        // It goes when the first file was read.
        world.isAway = path === 'first';
        return handle;
      }
      if (sight === 'absent') throw new TreeError('ABSENT', path, 'not there');
      return Object.assign(handle, { opened: { ...handle.opened, ino: 77n } });
    };
    const tree = { open, release: () => undefined } as Partial<ReadableTree> as ReadableTree;
    const host = {
      ...{ tree, index, clock: systemClock },
      isRootAway: () => world.isKnown,
      isRootAwayNow: () => {
        world.isKnown = world.isAway;
        return world.isAway;
      },
      isLeftOut: () => false,
      suspect: (path: string) => void suspects.push(path),
      misread: () => 'doubted' as const,
      sent: () => undefined,
      readFresh: () => undefined,
    };
    const said: string[] = [];
    const send: Connection['send'] = (frame, sent) => {
      for (const { item, kind } of readRecords(frame)) said.push(`${item} ${kind}`);
      sent?.();
    };
    const line = { bufferedBytes: () => 0, send } as Partial<Connection> as Connection;
    const failures: unknown[] = [];
    const away = new ContentFeed(line, host, (error) => failures.push(error));
    const items = ['first', 'second'].map((name) => {
      const { id = 0, version = 0 } = index.byPath(name) ?? {};
      return { id, version, offset: 0, hash: null, baseBytes: 0 };
    });
    away.start({ type: 'fetch', request: 1, items });
    await expect.poll(() => world.isKnown).toBe(true);
    away.look();
    await systemClock.turn();
    expect([said, away.isIdle]).toEqual([['0 start', '0 bytes', '0 end'], false]);
    Object.assign(world, { isAway: false, isKnown: false });
    away.look();
    await expect.poll(() => away.isIdle).toBe(true);
    expect(said.slice(3)).toEqual(['1 start', '1 bytes', '1 end']);
    expect([suspects, failures]).toEqual([[], []]);
  },
);
