import { createMemoryStore } from '@lanmirror/engine/store';
import { hashBytes, loadHash } from '@lanmirror/engine/tree';
import { systemClock } from '@lanmirror/engine/wire';
import { type FetchItem, MAX_FRAME_BYTES, readRecords, SMALL_FILE_BYTES } from '@lanmirror/protocol';
import { beforeAll, describe, expect, test } from 'vitest';
import { createMemoryTree } from '../../../engine/src/tree/memory/memory-tree.ts';
import { TreeIndex } from '../index/tree-index.ts';
import { Looker } from '../publish/look.ts';
import { ProblemList } from '../publish/problem-list.ts';
import type { Misread } from '../publish/scrub.ts';
import { type ContentHost, RequestStream } from './request-stream.ts';

beforeAll(() => loadHash());

const hashOf = (bytes: Uint8Array): Uint8Array => new Uint8Array(hashBytes(bytes));
const decoder = new TextDecoder();

/** A file that was read once, whose disk gives another byte now. */
function rotten(sizeBytes: number, made: Misread = 'doubted') {
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
    ...{ tree, index, clock: systemClock },
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
