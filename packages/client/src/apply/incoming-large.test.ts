import { createMemoryStore } from '@lanmirror/engine/store';
import { type ByteSource, hashBytes, loadHash, type StagedFile, TreeError } from '@lanmirror/engine/tree';
import {
  BLOCK_DIGEST_BYTES,
  blockBytesOf,
  MIN_BLOCK_BYTES,
  type RecordKind,
  type SourceEntry,
} from '@lanmirror/protocol';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { createMemoryTree, type MemoryTree } from '../../../engine/src/tree/memory/memory-tree.ts';
import { MirrorState } from '../state/mirror-state.ts';
import { findBase, listBlocks } from './base.ts';
import type { Ending } from './incoming-file.ts';
import { IncomingLargeFile } from './incoming-large.ts';
import type { TargetFolder } from './target-folder.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`incoming-large.test SEED=${seed}`);

beforeAll(() => loadHash());

const STAGED = 'part';
const hashOf = (bytes: Uint8Array): Uint8Array => new Uint8Array(hashBytes(bytes));
const isEqual = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

type Told = readonly [RecordKind, Uint8Array];

function run(kind: 'same' | 'zeros', length: number): Told {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(length);
  return [kind, payload];
}

/** What a server says of `bytes` to who has a base with these digests. */
function* answer(bytes: Uint8Array, baseBytes: number, digests: Uint8Array): Generator<Told> {
  yield ['start', new Uint8Array(8)];
  const blockBytes = blockBytesOf(baseBytes);
  for (let at = 0; at < bytes.length; ) {
    const end = at < baseBytes ? Math.min(at + blockBytes, baseBytes) : bytes.length;
    const part = bytes.subarray(at, end);
    const digest = digests.subarray((at / blockBytes) * BLOCK_DIGEST_BYTES).subarray(0, BLOCK_DIGEST_BYTES);
    const isSame = at < baseBytes && at + part.length === end;
    if (isSame && isEqual(hashOf(part).subarray(0, BLOCK_DIGEST_BYTES), digest))
      yield run('same', part.length);
    else if (part.every((byte) => byte === 0)) yield run('zeros', part.length);
    else yield ['bytes', part];
    at += part.length;
  }
  yield ['end', hashOf(bytes)];
}

interface Here {
  readonly before?: Uint8Array | undefined;
  readonly partial?: Uint8Array | undefined;
  readonly sharesBlocks?: boolean;
}

/** A target with a file `f`, and what an interruption left of the next one. */
async function begin({ before, partial, sharesBlocks = false }: Here, bytes: Uint8Array) {
  const tree = createMemoryTree({ sharesBlocks });
  if (before !== undefined) tree.user.write('f', before);
  if (partial !== undefined) {
    const staged = tree.createStaged(STAGED);
    staged.writeSync(partial, 0);
    staged.keep();
  }
  const entry: SourceEntry = {
    ...{ id: 2, parentId: 1, name: 'f', kind: 'file', linkTarget: '', sequence: 9, version: 9 },
    ...{ sizeBytes: bytes.length, mtimeUs: 0, mode: 0o644 },
  };
  const target = {
    tree,
    state: new MirrorState(createMemoryStore()),
  } as Partial<TargetFolder> as TargetFolder;
  const staged = tree.openStaged(STAGED);
  const base = await findBase(
    { target, worked: () => undefined, isStopped: () => false },
    entry,
    'f',
    staged,
  );
  const host = { tree, stagedName: () => STAGED, progress: () => undefined, staging: () => undefined };
  const file = new IncomingLargeFile(entry, base, host, staged);
  const { baseBytes } = file.item;
  return { tree, file, told: [...answer(bytes, baseBytes, file.digests ?? new Uint8Array(0))] };
}

async function takeAll(file: IncomingLargeFile, told: readonly Told[]): Promise<Ending> {
  await Promise.all(told.map(([kind, payload]) => file.take(kind, payload)));
  return file.finish();
}

async function bytesOf(staged: StagedFile): Promise<Uint8Array> {
  const buffer = Buffer.alloc(staged.sizeBytes());
  await staged.read(buffer, 0, buffer.length, 0);
  return buffer;
}

const sourceOf = (bytes: Uint8Array): ByteSource => ({
  read: async (buffer, offset, length, position) => {
    const part = bytes.subarray(position, position + length);
    buffer.set(part, offset);
    return part.length;
  },
});

const contentOf = (tree: MemoryTree): Uint8Array | undefined => tree.disk.find('f')?.bytes;

const part = fc.record({
  length: fc.oneof(fc.constant(MIN_BLOCK_BYTES), fc.nat(2 * MIN_BLOCK_BYTES)),
  fill: fc.nat(3),
});
const content = fc
  .array(part, { minLength: 1, maxLength: 6 })
  .map((parts) => Buffer.concat(parts.map(({ length, fill }) => Buffer.alloc(length, fill))));
const here = fc.record({
  before: fc.option(content, { nil: undefined }),
  partial: fc.option(content, { nil: undefined }),
  sharesBlocks: fc.boolean(),
});

test('whatever is here, what is staged is the content of the source with its block list, or the file at its place is', async () => {
  await fc.assert(
    fc.asyncProperty(here, content, async (what, bytes) => {
      fc.pre(bytes.length > 0);
      const { tree, file, told } = await begin(what, bytes);
      const standing = contentOf(tree);
      const ending = await takeAll(file, told);
      if (ending.kind === 'staged') {
        expect(isEqual(await bytesOf(ending.staged), bytes)).toBe(true);
        expect(ending.blocks).toEqual(await listBlocks(sourceOf(bytes), bytes.length, () => true));
      } else expect([ending.kind, isEqual(what.before ?? Buffer.alloc(0), bytes)]).toEqual(['held', true]);
      expect(contentOf(tree)).toBe(standing);
    }),
    { seed, numRuns: 150 },
  );
});

test('an interrupted answer leaves a base: what came of it does not come again', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(8), fc.boolean(), async (cut, sharesBlocks) => {
      const before = distinct(8 * MIN_BLOCK_BYTES, 'before');
      const bytes = Buffer.from(before);
      bytes.set(distinct(5 * MIN_BLOCK_BYTES, 'after'), MIN_BLOCK_BYTES);
      const first = await begin({ before, sharesBlocks }, bytes);
      const came = first.told.slice(0, 1 + cut);
      expect((await takeAll(first.file, came)).kind).toBe('stale');
      const staged = first.tree.openStaged(STAGED);
      const partial = staged && (await bytesOf(staged));
      const second = await begin({ before, partial }, bytes);
      const sent = (told: readonly Told[]): number =>
        told.filter(([kind]) => kind === 'bytes').reduce((sum, [, { length }]) => sum + length, 0);
      expect(sent(came) + sent(second.told)).toBe(5 * MIN_BLOCK_BYTES);
      const ending = await takeAll(second.file, second.told);
      expect(ending.kind === 'staged' && isEqual(await bytesOf(ending.staged), bytes)).toBe(true);
    }),
    { seed, numRuns: 30 },
  );
});

/** No two blocks of it are equal, and none is like one with another label. */
function distinct(sizeBytes: number, label: string): Buffer {
  const bytes = Buffer.alloc(sizeBytes, label);
  for (let at = 0; at + 4 <= sizeBytes; at += 4096) bytes.writeUInt32LE(at + 1, at);
  return bytes;
}

describe.each([false, true])('on a disk that shares blocks: %s', (sharesBlocks) => {
  const before = distinct(4 * MIN_BLOCK_BYTES, 'before');

  test('a file that was only touched is held, and nothing is left in the staging folder', async () => {
    const { tree, file, told } = await begin({ before, sharesBlocks }, before);
    expect((await takeAll(file, told)).kind).toBe('held');
    expect(tree.listStaged()).toEqual([]);
  });

  test('a file that became shorter is staged with its new length', async () => {
    const bytes = before.subarray(0, 2 * MIN_BLOCK_BYTES);
    const { file, told } = await begin({ before, sharesBlocks }, bytes);
    const ending = await takeAll(file, told);
    expect(ending.kind === 'staged' && isEqual(await bytesOf(ending.staged), bytes)).toBe(true);
  });

  test('a base that is written to while it is used is found out, and offered no more', async () => {
    const bytes = Buffer.concat([before, Buffer.from('more')]);
    const { tree, file, told } = await begin({ before, sharesBlocks }, bytes);
    tree.user.write('f', distinct(4 * MIN_BLOCK_BYTES, 'edited'));
    expect(await takeAll(file, told)).toMatchObject({ kind: 'failed', code: 'CORRUPT' });
    expect([file.isOfferLost, tree.listStaged()]).toEqual([true, []]);
  });

  test('a base that is written to when all of it was compared is not said to be held', async () => {
    const { tree, file, told } = await begin({ before, sharesBlocks }, before);
    await Promise.all(told.slice(0, -1).map(([kind, payload]) => file.take(kind, payload)));
    tree.user.touch('f');
    await file.take(...(told.at(-1) as Told));
    expect((await file.finish()).kind).toBe('staged');
  });

  test('a server that says more is the same than was offered, or more than the file has, is not followed', async () => {
    for (const size of [before.length + 10, before.length - 10]) {
      const { file } = await begin({ before, sharesBlocks }, new Uint8Array(size));
      const told = [['start', new Uint8Array(8)] as const, run('same', before.length + 1)];
      expect(await takeAll(file, told)).toMatchObject({ kind: 'failed', code: 'IO' });
    }
  });

  test('zeros are not written where nothing was', async () => {
    const bytes = Buffer.concat([before, Buffer.alloc(3 * MIN_BLOCK_BYTES)]);
    const { file, told } = await begin({ before, sharesBlocks }, bytes);
    // The server says all that is behind the base in one record here.
    expect(told.map(([kind]) => kind)).toEqual(['start', 'same', 'same', 'same', 'same', 'zeros', 'end']);
    const ending = await takeAll(file, told);
    expect(ending.kind === 'staged' && isEqual(await bytesOf(ending.staged), bytes)).toBe(true);
  });
});

/** A disk on which the first write fails when the second begins; what is let go of cannot be written to. */
function failingLate(staged: StagedFile): StagedFile {
  let failFirst: ((error: Error) => void) | undefined;
  let isGone = false;
  return Object.assign(Object.create(staged) as StagedFile, {
    write: (): Promise<void> => {
      if (isGone) throw new Error('the file is closed already');
      failFirst?.(new TreeError('NO_SPACE', STAGED, 'the disk is full'));
      if (failFirst !== undefined) return Promise.resolve();
      return new Promise((_resolve, reject) => {
        failFirst = reject;
      });
    },
    sizeBytes: () => staged.sizeBytes(),
    discard: () => {
      isGone = true;
      staged.discard();
    },
  });
}

test('a write that fails while the base is copied fails the file alone, and leaves nothing', async () => {
  const before = distinct(64 * MIN_BLOCK_BYTES, 'before');
  const bytes = Buffer.from(before);
  bytes.set(distinct(MIN_BLOCK_BYTES, 'after'));
  const { tree, file } = await begin({ before }, bytes);
  const create = tree.createStaged.bind(tree);
  tree.createStaged = (name) => failingLate(create(name));
  const told: Told[] = [
    ['start', new Uint8Array(8)],
    ['bytes', bytes.subarray(0, MIN_BLOCK_BYTES)],
    run('same', bytes.length - MIN_BLOCK_BYTES),
    ['end', hashOf(bytes)],
  ];
  expect(await takeAll(file, told)).toMatchObject({ kind: 'failed', code: 'NO_SPACE' });
  expect(tree.listStaged()).toEqual([]);
});
