import type { Cursor } from '@lanmirror/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decideFeed, FEED_TABLE, type FeedReason, type IndexPosition } from './cursor.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`cursor.test SEED=${seed}`);

const index: IndexPosition = {
  indexId: 'i',
  generation: 3,
  head: 100,
  oldestTombstone: 20,
  opened: [
    { generation: 1, sequence: 0 },
    { generation: 2, sequence: 40 },
    { generation: 3, sequence: 70 },
  ],
};
const cursor = (generation: number, sequence: number, indexId = 'i', told = sequence): Cursor => ({
  indexId,
  generation,
  sequence,
  told,
});

describe('decideFeed', () => {
  test.each<[string, Cursor | null, FeedReason]>([
    ['no cursor', null, 'none'],
    ['another index, even with plausible numbers', cursor(3, 100, 'j'), 'other-index'],
    ['at the head', cursor(3, 100), 'equal'],
    ['below the head', cursor(3, 99), 'behind'],
    ['just at the last lost tombstone, which it has seen', cursor(3, 20), 'behind'],
    ['one before the last lost tombstone', cursor(3, 19), 'older-than-tombstones'],
    ['the very beginning, with tombstones lost', cursor(1, 0), 'older-than-tombstones'],
    ['above the head', cursor(3, 101), 'ahead'],
    ['a generation not opened yet', cursor(4, 10), 'ahead'],
    ['the generation before, at what was durable', cursor(2, 70), 'behind'],
    ['the generation before, above what was durable', cursor(2, 71), 'unflushed'],
    ['the generation before, above the head', cursor(2, 500), 'unflushed'],
    ['two generations before, at what was durable then', cursor(1, 40), 'behind'],
    ['two generations before, above it although below the later one', cursor(1, 41), 'unflushed'],
    ['durable itself, but told of what was lost', cursor(2, 60, 'i', 71), 'unflushed'],
    ['told of nothing that was lost', cursor(2, 60, 'i', 70), 'behind'],
    ['told of more than the head', cursor(3, 99, 'i', 101), 'ahead'],
    ['a generation of which there is no record: another copy of the index opened it', cursor(0, 30), 'ahead'],
  ])('%s', (_case, held, reason) => {
    expect(decideFeed(held, index)).toEqual({ feed: FEED_TABLE[reason].feed, reason });
  });

  test('an unclean start that issued nothing new leaves a durable cursor equal', () => {
    const restarted = { ...index, head: 70, oldestTombstone: 0 };
    expect(decideFeed(cursor(2, 70), restarted)).toEqual({ feed: 'continue', reason: 'equal' });
  });

  test('an empty index that lost nothing lets a cursor at zero go on', () => {
    const fresh = {
      ...index,
      generation: 1,
      head: 0,
      oldestTombstone: 0,
      opened: [{ generation: 1, sequence: 0 }],
    };
    expect(decideFeed(cursor(1, 0), fresh)).toEqual({ feed: 'continue', reason: 'equal' });
  });

  test('only equal and behind go on, and only forgotten removals are searched for; every reason has words of its own', () => {
    const reasonsOf = (feed: string): string[] =>
      Object.entries(FEED_TABLE).flatMap(([reason, row]) => (row.feed === feed ? [reason] : []));
    expect(reasonsOf('continue').sort()).toEqual(['behind', 'equal']);
    expect(reasonsOf('walk')).toEqual(['older-than-tombstones']);
    expect(new Set(Object.values(FEED_TABLE).map((row) => row.message)).size).toBe(7);
  });
});

type Row = { readonly value: number | undefined; readonly sequence: number };

/** A server's index in small: the last change of each key, with tombstones, a durable copy and generations. */
class ModelIndex {
  rows = new Map<number, Row>();
  generation = 1;
  head = 0;
  oldestTombstone = 0;
  opened = [{ generation: 1, sequence: 0 }];
  #saved = { rows: new Map<number, Row>(), head: 0, oldestTombstone: 0 };
  #value = 0;

  /** `undefined` deletes. */
  change(key: number, remove: boolean): void {
    if (remove && this.rows.get(key)?.value === undefined) return;
    this.rows.set(key, { value: remove ? undefined : this.#value++, sequence: ++this.head });
  }

  flush(): void {
    this.#saved = { rows: new Map(this.rows), head: this.head, oldestTombstone: this.oldestTombstone };
  }

  /** The power fails: what was not flushed is lost, and its sequences are issued again. */
  crash(): void {
    this.rows = new Map(this.#saved.rows);
    this.head = this.#saved.head;
    this.oldestTombstone = this.#saved.oldestTombstone;
    this.generation++;
    this.opened.push({ generation: this.generation, sequence: this.head });
  }

  expireTombstones(upTo: number): void {
    const limit = Math.min(upTo, this.head);
    for (const [key, row] of this.rows)
      if (row.value === undefined && row.sequence <= limit) this.rows.delete(key);
    this.oldestTombstone = Math.max(this.oldestTombstone, limit);
  }

  position(): IndexPosition {
    const { generation, head, oldestTombstone, opened } = this;
    return { indexId: 'i', generation, head, oldestTombstone, opened };
  }

  live(): Map<number, number> {
    const live = new Map<number, number>();
    for (const [key, row] of this.rows) if (row.value !== undefined) live.set(key, row.value);
    return live;
  }
}

class ModelClient {
  cursor: Cursor | null = null;
  view = new Map<number, number>();

  /** Connects and is fed to the head; returns the reason. */
  connect(server: ModelIndex): FeedReason {
    const { feed, reason } = decideFeed(this.cursor, server.position());
    if (feed === 'snapshot') this.view = server.live();
    const from = this.cursor?.sequence ?? 0;
    // What a walk finds: removals, and nothing else.
    for (const key of feed === 'walk' ? [...this.view.keys()] : [])
      if (server.rows.get(key)?.value === undefined) this.view.delete(key);
    for (const [key, row] of feed === 'snapshot' ? [] : server.rows) {
      if (row.sequence <= from) continue;
      if (row.value === undefined) this.view.delete(key);
      else this.view.set(key, row.value);
    }
    this.cursor = cursor(server.generation, server.head);
    return reason;
  }
}

describe('for all histories of generations', () => {
  const step = fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({ kind: fc.constant('change' as const), key: fc.nat(5), remove: fc.boolean() }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('flush' as const) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('crash' as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('expire' as const), upTo: fc.nat(30) }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('connect' as const), client: fc.nat(2) }) },
  );

  test('a client that goes on from its cursor never misses a change', () => {
    const seen = new Map<FeedReason, number>();
    let acrossGenerations = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 10, maxLength: 120 }), (steps) => {
        const server = new ModelIndex();
        const clients = [new ModelClient(), new ModelClient(), new ModelClient()];
        for (const one of [...steps, ...[0, 1, 2].map((client) => ({ kind: 'connect' as const, client }))]) {
          if (one.kind === 'change') server.change(one.key, one.remove);
          else if (one.kind === 'flush') server.flush();
          else if (one.kind === 'crash') server.crash();
          else if (one.kind === 'expire') server.expireTombstones(one.upTo);
          else {
            const client = clients[one.client] ?? new ModelClient();
            const before = client.cursor;
            const reason = client.connect(server);
            seen.set(reason, (seen.get(reason) ?? 0) + 1);
            if (
              before !== null &&
              before.generation < server.generation &&
              FEED_TABLE[reason].feed === 'continue'
            )
              acrossGenerations++;
            expect(client.view).toEqual(server.live());
          }
        }
      }),
      { seed, numRuns: 1500 },
    );
    // The property is worth something only if the histories went through every row that they can reach.
    expect([...seen.keys()].sort()).toEqual([
      'behind',
      'equal',
      'none',
      'older-than-tombstones',
      'unflushed',
    ]);
    expect(acrossGenerations).toBeGreaterThan(50);
  });

  test('every cursor gets an answer, and one from the feed itself is never refused while nothing was lost', () => {
    const whole = fc.nat(50);
    fc.assert(
      fc.property(whole, whole, whole, (head, sequence, generation) => {
        const opened = [{ generation, sequence: 0 }];
        const position = { indexId: 'i', generation, head, oldestTombstone: 0, opened };
        const { feed } = decideFeed(cursor(generation, sequence), position);
        expect(feed).toBe(sequence <= head ? 'continue' : 'snapshot');
      }),
      { seed },
    );
  });
});
