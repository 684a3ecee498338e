import { type Connection, decodeServerMessage } from '@lanmirror/protocol';
import fc from 'fast-check';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { createMemoryStore } from '../../store/index.ts';
import { loadHash } from '../../tree/index.ts';
import type { Observed } from '../index/index-entry.ts';
import { TreeIndex } from '../index/tree-index.ts';
import { ChangeFeed } from './change-feed.ts';
import { ChangeParts } from './change-parts.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`change-parts.test SEED=${seed}`);

beforeAll(() => loadHash());

const seen = (kind: 'directory' | 'file', sizeBytes = 0): Observed => ({
  ...{ kind, sizeBytes, mtimeNs: 0n, ctimeNs: 0n, birthtimeNs: 0n, mtimeUs: 0, mode: 0o644, linkTarget: '' },
  ...{ dev: 1n, ino: 1n, links: 1, isFresh: false },
});

function openWithRoot(): TreeIndex {
  const index = TreeIndex.open(
    createMemoryStore(),
    () => 'index',
    () => 1,
  );
  index.transact(() => index.create(0, '', seen('directory')));
  return index;
}

const create = (index: TreeIndex, name: string): void =>
  void index.transact(() => index.create(1, name, seen('file')));

/** A client that is never behind with reading. */
function follow(parts: ChangeParts, from: number) {
  const sent: Uint8Array[] = [];
  const connection = {
    send: (bytes: Uint8Array) => sent.push(bytes),
    bufferedBytes: () => 0,
  } as Partial<Connection> as Connection;
  const lost = (): never => {
    throw new Error('nothing is lost');
  };
  return { sent, feed: new ChangeFeed(connection, parts, { from, feed: 'snapshot' }, () => true, lost) };
}

/** What a client that began at `from` was told: by id, the name and size it knows last; removed ones are left out. */
function told(messages: readonly Uint8Array[]): Map<number, string> {
  const known = new Map<number, string>();
  for (const bytes of messages) {
    const message = decodeServerMessage(bytes);
    if (message.type !== 'changes') throw new Error(message.type);
    for (const { id, name, sizeBytes } of message.entries) known.set(id, `${name} ${sizeBytes}`);
    for (const { id } of message.removed) known.delete(id);
  }
  return known;
}

describe('parts of the index as messages', () => {
  test('a hundred clients at one position cost one reading of the index, and all get the same bytes', () => {
    const index = openWithRoot();
    create(index, 'a');
    const read = vi.spyOn(index, 'changesSince');
    const parts = new ChangeParts(index);
    const clients = Array.from({ length: 100 }, () => follow(parts, 0));
    for (const { feed } of clients) feed.pump();
    expect(read).toHaveBeenCalledTimes(1);
    create(index, 'b');
    for (const { feed } of clients) feed.pump();
    expect(read).toHaveBeenCalledTimes(2);
    const [first] = clients;
    expect(first?.sent).toHaveLength(2);
    for (const { sent } of clients) {
      expect(sent).toHaveLength(2);
      for (const [at, bytes] of sent.entries()) expect(bytes).toBe(first?.sent[at]);
    }
  });

  test('whatever changes in between, a client is told what is there', () => {
    const act = fc.constantFrom('create', 'update', 'remove', 'join', 'pump', 'undone', 'expire');
    const acts = fc.array(fc.record({ act, pick: fc.nat(20) }), { maxLength: 60 });
    fc.assert(
      fc.property(acts, (list) => {
        const index = openWithRoot();
        const parts = new ChangeParts(index);
        const clients = [follow(parts, 0)];
        let born = 0;
        for (const { act: what, pick } of list) {
          const some = index.childrenAfter(1, '', 100)[pick];
          if (what === 'create') create(index, `f${born++}`);
          if (what === 'join') clients.push(follow(parts, 0));
          if (what === 'pump') clients[pick % clients.length]?.feed.pump();
          if (what === 'update' && some)
            index.transact(() => index.update(some, seen('file', some.sizeBytes + 1), true));
          if (what === 'remove' && some) index.transact(() => index.remove(some, 0));
          if (what === 'undone')
            expect(() =>
              index.transact(() => {
                index.create(1, `f${born}`, seen('file'));
                throw new Error('undone');
              }),
            ).toThrow('undone');
          // Everybody has heard of what is forgotten, or nothing could be said of it any more.
          if (what === 'expire') {
            for (const { feed } of clients) feed.pump();
            index.transact(() => index.expireTombstones(1, 1000, 10));
          }
        }
        const truth = new Map(
          index.entriesAfter(0, 1000).map((one) => [one.id, `${one.name} ${one.sizeBytes}`]),
        );
        for (const { feed } of clients) feed.pump();
        for (const { sent } of clients) expect(told(sent)).toEqual(truth);
      }),
      { seed, numRuns: 300 },
    );
  });
});
