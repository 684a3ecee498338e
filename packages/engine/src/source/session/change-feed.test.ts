import { type Connection, MAX_FRAME_BYTES } from '@lanmirror/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TreeIndex } from '../index/tree-index.ts';
import { ChangeFeed } from './change-feed.ts';
import type { ChangeParts } from './change-parts.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`change-feed.test SEED=${seed}`);

const PART_BYTES = 32 * 1024;

/** A line that takes one message at a time, whoever queued it. */
function slowLine() {
  const queue: { bytes: Uint8Array; sent: (() => void) | undefined }[] = [];
  const bufferedBytes = (): number => queue.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const send = (bytes: Uint8Array, sent?: () => void): void => void queue.push({ bytes, sent });
  const take = (): void => queue.shift()?.sent?.();
  return {
    connection: { bufferedBytes, send } as Partial<Connection> as Connection,
    bufferedBytes,
    send,
    take,
  };
}

/** A feed over an index that has so many parts, one for each sequence. */
function feedOf(connection: Connection) {
  const index = { head: 0, oldestTombstone: 0 };
  const bytes = new Uint8Array(PART_BYTES);
  const after = (sequence: number) => {
    const upTo = Math.min(sequence + 1, index.head);
    return { bytes, upTo, isHead: upTo === index.head };
  };
  const parts = {
    index: index as Partial<TreeIndex> as TreeIndex,
    after,
  } as Partial<ChangeParts> as ChangeParts;
  const lost = (): never => {
    throw new Error('nothing is lost');
  };
  return { index, feed: new ChangeFeed(connection, parts, { from: 0, feed: 'snapshot' }, () => true, lost) };
}

/** Contents share the line, and fill up again what leaves it. */
function fill({ send, bufferedBytes }: ReturnType<typeof slowLine>): void {
  while (bufferedBytes() < 2 * MAX_FRAME_BYTES) send(new Uint8Array(MAX_FRAME_BYTES));
}

test('changes go on being sent however long contents keep the line full', () => {
  const line = slowLine();
  const { index, feed } = feedOf(line.connection);
  index.head = 1;
  fill(line);
  feed.pump();
  index.head = 20;
  feed.pump();
  for (let turn = 0; turn < 100; turn += 1) {
    line.take();
    fill(line);
  }
  expect(feed.position).toBe(20);
});

test('whatever else is queued, and whenever it leaves, a client is told everything once the line is empty', () => {
  const act = fc.constantFrom('change', 'content', 'take', 'take', 'fill');
  fc.assert(
    fc.property(fc.array(act, { maxLength: 100 }), (acts) => {
      const line = slowLine();
      const { index, feed } = feedOf(line.connection);
      for (const what of acts) {
        if (what === 'content') line.send(new Uint8Array(MAX_FRAME_BYTES));
        if (what === 'fill') fill(line);
        if (what === 'take') line.take();
        if (what === 'change') {
          index.head += 7;
          feed.pump();
        }
      }
      while (line.bufferedBytes() > 0) line.take();
      expect(feed.position).toBe(index.head);
    }),
    { seed, numRuns: 300 },
  );
});

test('a client that reads nothing costs no more than the high water and one message', () => {
  const line = slowLine();
  const { index, feed } = feedOf(line.connection);
  index.head = 1000;
  feed.pump();
  const mostBytes = line.bufferedBytes();
  expect(mostBytes).toBeLessThanOrEqual(256 * 1024 + PART_BYTES);
  for (let turn = 0; turn < 10; turn += 1) {
    line.take();
    expect(line.bufferedBytes()).toBeLessThanOrEqual(mostBytes);
  }
});
