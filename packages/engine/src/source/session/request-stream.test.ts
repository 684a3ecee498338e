import {
  type Connection,
  type FetchItem,
  MAX_BLOCK_LISTS,
  MAX_FRAME_BYTES,
  MIN_BLOCK_BYTES,
  ProtocolError,
  readRecords,
  SMALL_FILE_BYTES,
} from '@lanmirror/protocol';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { createMemoryStore } from '../../store/index.ts';
import { hashBytes, loadHash } from '../../tree/index.ts';
import { createMemoryTree } from '../../tree/memory/memory-tree.ts';
import { systemClock } from '../../wire/index.ts';
import { TreeIndex } from '../index/tree-index.ts';
import { Looker } from '../publish/look.ts';
import { ProblemList } from '../publish/problem-list.ts';
import type { Misread } from '../publish/scrub.ts';
import { SourceFilter } from '../publish/source-filter.ts';
import { ContentFeed } from './content-feed.ts';
import { type ContentHost, RequestStream } from './request-stream.ts';

const ROOT_IS_THERE = { isRootAway: () => false, isRootAwayNow: () => false };

beforeAll(() => loadHash());

const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);

const hashOf = (bytes: Uint8Array): Uint8Array => new Uint8Array(hashBytes(bytes));
const decoder = new TextDecoder();

/** A file that was read once, whose disk gives another byte now. */
function rotten(sizeBytes: number, made: Misread = 'doubted', filter = new SourceFilter()) {
  const tree = createMemoryTree();
  const bytes = new Uint8Array(sizeBytes).fill(7);
  tree.user.write('f', bytes);
  const index = TreeIndex.open(
    createMemoryStore(),
    () => 'index',
    () => 1,
  );
  new Looker(tree, index, new ProblemList(), () => 0).lookAt(['', 'f'], () => true, true);
  const { id, version } = index.byPath('f') ?? { id: 0, version: 0 };
  index.transact(() => index.learnHash(id, version, hashOf(bytes)));
  const node = tree.disk.find('f');
  if (node?.kind === 'file') node.bytes[sizeBytes - 1] = 8;
  const seen = { misread: 0, sent: 0 };
  const host: ContentHost = {
    ...{ tree, index, clock: systemClock, ...ROOT_IS_THERE },
    isLeftOut: (path, entry) => filter.isLeftOut(path, entry),
    suspect: () => undefined,
    misread: () => {
      seen.misread += 1;
      return made;
    },
    sent: () => {
      seen.sent += 1;
    },
    readFresh: () => undefined,
  };
  const answer = async (offer: Partial<FetchItem> = {}): Promise<string[]> => {
    const item = { id, version, offset: 0, hash: null, baseBytes: 0, ...offer };
    const stream = new RequestStream({ type: 'fetch', request: 1, items: [item] }, host);
    const said: string[] = [];
    for (let turn = 0; turn < 100; turn += 1) {
      const frame = await stream.fill(new Uint8Array(MAX_FRAME_BYTES));
      if (frame === undefined) return said;
      for (const { kind, payload } of readRecords(frame))
        said.push(kind === 'unreadable' ? `${kind} ${decoder.decode(payload)}` : kind);
    }
    throw new Error('the answer has no end');
  };
  return { answer, seen, index, id, version, hash: hashOf(bytes) };
}

test('what is left out for its size is not sent, by whatever version it is asked for', async () => {
  const { answer, index, seen, id } = rotten(1000);
  index.transact(() => {
    const entry = index.byId(id);
    if (entry !== undefined) index.setExcluded(entry, true);
  });
  expect([await answer(), seen]).toEqual([['changed'], { misread: 0, sent: 0 }]);
});

test.each([
  ['by its name', new SourceFilter([{ line: 'f', origin: '' }])],
  ['for its size', new SourceFilter([], { maxBytes: 999 })],
])(
  'what is left out %s is not sent, although the index may have it until the first scan is over',
  async (_why, filter) => {
    const { answer, seen, hash } = rotten(1000, 'doubted', filter);
    expect([await answer(), seen]).toEqual([['changed'], { misread: 0, sent: 0 }]);
    expect(await answer({ offset: 1000, hash })).toEqual(['changed']);
  },
);

describe.each([
  ['small', 1000],
  ['large', 2 * SMALL_FILE_BYTES],
])('a %s file of which the disk gives other bytes than before', (_size, sizeBytes) => {
  test('is never said to be complete', async () => {
    const { answer, seen } = rotten(sizeBytes);
    const said = await answer();
    expect(said.at(-1)).toBe('unreadable damaged');
    expect(said).not.toContain('end');
    expect(seen).toEqual({ misread: 1, sent: 0 });
  });

  test('changed, if it was written', async () => {
    const { answer } = rotten(sizeBytes, 'written');
    expect((await answer()).at(-1)).toBe('changed');
  });

  test('is right on a mirror that has the content of before', async () => {
    const { answer, hash } = rotten(sizeBytes);
    expect(await answer({ offset: sizeBytes, hash })).toEqual(['start', 'end']);
  });

  test('is not read any more when it is known to be damaged', async () => {
    const { answer, seen, index, id, version, hash } = rotten(sizeBytes);
    index.transact(() => index.setDamaged(id, version, true));
    expect(await answer()).toEqual(['unreadable damaged']);
    expect(await answer({ offset: sizeBytes, hash })).toEqual(['start', 'end']);
    expect(seen.misread).toBe(0);
  });
});

interface Asked {
  readonly size: number;
  readonly offer: 'none' | 'right' | 'wrong';
  readonly held: number;
}

const asked = fc.record<Asked>({
  size: fc.oneof(
    fc.nat(40),
    fc.nat(9000),
    fc.integer({ min: SMALL_FILE_BYTES - 2, max: SMALL_FILE_BYTES + 2 }),
  ),
  offer: fc.constantFrom('none', 'right', 'wrong'),
  held: fc.nat(100),
});

/** What a client that asks for all of these at once puts together. */
async function fetchAll(
  files: readonly Asked[],
  wantedBytes: number,
): Promise<{ got: Uint8Array[]; want: Uint8Array[] }> {
  const tree = createMemoryTree();
  const want = files.map(({ size }, at) => new Uint8Array(size).map((_, i) => (i * 7 + at) % 256));
  for (const [at, bytes] of want.entries()) tree.user.write(`f${at}`, bytes);
  const index = TreeIndex.open(
    createMemoryStore(),
    () => 'index',
    () => 1,
  );
  const paths = want.map((_, at) => `f${at}`);
  new Looker(tree, index, new ProblemList(), () => 0).lookAt(['', ...paths], () => true, true);
  const items = files.map(({ size, offer, held }, at): FetchItem => {
    const offset = offer === 'none' ? 0 : Math.min(held, size);
    const prefix = (want[at] ?? new Uint8Array(0)).subarray(0, offset);
    const hash = offer === 'none' ? null : offer === 'right' ? hashOf(prefix) : new Uint8Array(32);
    const { id = 0, version = 0 } = index.byPath(`f${at}`) ?? {};
    return { id, version, offset, hash, baseBytes: 0 };
  });
  const ignore = (): void => undefined;
  const isLeftOut = () => false;
  const host = {
    tree,
    index,
    clock: systemClock,
    ...ROOT_IS_THERE,
    isLeftOut,
    suspect: ignore,
    sent: ignore,
    readFresh: ignore,
  };
  const stream = new RequestStream(
    { type: 'fetch', request: 1, items },
    { ...host, misread: () => 'doubted' },
  );
  const got: Uint8Array[] = files.map(() => new Uint8Array(0));
  const buffer = new Uint8Array(MAX_FRAME_BYTES);
  for (;;) {
    const frame = await stream.fill(buffer, wantedBytes);
    if (frame === undefined) break;
    const records = [...readRecords(frame)];
    const isOneFile = new Set(records.map(({ item }) => item)).size === 1;
    // Only a small file, which goes whole, may take more, and it goes alone then.
    if (!isOneFile) expect(frame.length).toBeLessThanOrEqual(wantedBytes);
    for (const { item, kind, payload } of readRecords(frame)) {
      const before = got[item] ?? new Uint8Array(0);
      if (kind === 'start')
        got[item] = (want[item] ?? before).slice(
          0,
          Number(new DataView(payload.slice().buffer).getBigUint64(0)),
        );
      else if (kind === 'bytes') got[item] = Buffer.concat([before, payload]);
      else expect([kind, Buffer.compare(hashOf(before), payload)]).toEqual(['end', 0]);
    }
  }
  return { got, want };
}

const frameBytes = fc.constantFrom(16_384, 100_000, MAX_FRAME_BYTES);

test(`every file of a fetch arrives as it is, whatever is held of it already (SEED=${SEED})`, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(asked, { minLength: 1, maxLength: 8 }), frameBytes, async (files, bytes) => {
      const { got, want } = await fetchAll(files, bytes);
      expect(got.map((bytes, at) => Buffer.compare(bytes, want[at] ?? bytes))).toEqual(files.map(() => 0));
    }),
    { seed: SEED, numRuns: 30 },
  );
});

/** A large file that is as it was when it was looked at, and a feed that answers for it. */
function feedOf(sizeBytes: number) {
  const tree = createMemoryTree();
  const bytes = new Uint8Array(sizeBytes).fill(7);
  tree.user.write('f', bytes);
  const index = TreeIndex.open(
    createMemoryStore(),
    () => 'index',
    () => 1,
  );
  new Looker(tree, index, new ProblemList(), () => 0).lookAt(['', 'f'], () => true, true);
  const { id, version } = index.byPath('f') ?? { id: 0, version: 0 };
  const said: string[] = [];
  let over = (): void => undefined;
  const ended = new Promise<void>((resolve) => {
    over = resolve;
  });
  const send: Connection['send'] = (frame, sent) => {
    for (const { kind } of readRecords(frame)) said.push(kind);
    if (said.at(-1) === 'end') over();
    sent?.();
  };
  const connection = { bufferedBytes: () => 0, send } as Partial<Connection> as Connection;
  const ignore = (): void => undefined;
  const host: ContentHost = {
    ...{ tree, index, clock: systemClock, suspect: ignore, misread: () => 'doubted', sent: ignore },
    readFresh: ignore,
    ...ROOT_IS_THERE,
    isLeftOut: () => false,
  };
  const feed = new ContentFeed(connection, host, (error) => {
    throw error;
  });
  const fetch = (request: number, baseBytes: number): void =>
    feed.start({
      ...{ type: 'fetch', request },
      items: [{ id, version, offset: 0, hash: null, baseBytes }],
    });
  const blocks = (request: number, digests: Uint8Array): void =>
    feed.blocks({ type: 'blocks', request, digests });
  return {
    feed,
    fetch,
    blocks,
    said,
    ended,
    digest: hashOf(bytes.subarray(0, MIN_BLOCK_BYTES)).subarray(0, 16),
  };
}

describe('a fetch with a block list', () => {
  test('is answered when the list is complete, and not before', async () => {
    const { fetch, blocks, said, ended, digest } = feedOf(2 * MIN_BLOCK_BYTES);
    fetch(1, 2 * MIN_BLOCK_BYTES);
    blocks(1, digest);
    await systemClock.turn();
    expect(said).toEqual([]);
    blocks(1, digest);
    await ended;
    expect(said).toEqual(['start', 'same', 'end']);
  });

  test('digests for a fetch without a list, and more than were announced, are refused; for none they mean nothing', () => {
    const { feed, fetch, blocks, digest } = feedOf(2 * MIN_BLOCK_BYTES);
    fetch(1, 0);
    expect(() => blocks(1, digest)).toThrow(ProtocolError);
    fetch(2, 1);
    expect(() => blocks(2, new Uint8Array(32))).toThrow(ProtocolError);
    blocks(3, digest);
    feed.close();
  });

  test('is refused when too many of them are open', () => {
    const { feed, fetch } = feedOf(2 * MIN_BLOCK_BYTES);
    for (let request = 0; request < MAX_BLOCK_LISTS; request += 1) fetch(request, 1);
    fetch(100, 0);
    expect(() => fetch(101, 1)).toThrow(ProtocolError);
    feed.close();
  });
});
