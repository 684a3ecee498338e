/**
 * What every ordered store must do. Run it from a `*.test.ts` with a way to open an empty store.
 * The random test prints its seed when it fails and takes one from the environment variable SEED.
 */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compareKeys } from './key.ts';
import { msgpackCodec } from './msgpack-codec.ts';
import type { Key, KeyPart, OrderedStore, RangeOptions, Table, ValueCodec } from './port.ts';

export interface StoreFixture {
  open(): OrderedStore;
  /** Closes the store, opens what it left. */
  reopen(store: OrderedStore): Promise<OrderedStore>;
  /** Removes everything. */
  dispose(store: OrderedStore): Promise<void>;
}

const SEED = process.env.SEED === undefined ? undefined : Number(process.env.SEED);

export function describeStore(name: string, makeFixture: () => StoreFixture): void {
  describe(`${name} keeps the rules of an ordered store`, () => {
    let fixture: StoreFixture;
    let store: OrderedStore;
    beforeEach(() => {
      fixture = makeFixture();
      store = fixture.open();
    });
    afterEach(() => fixture.dispose(store));

    const open = <K extends Key = number>(table = 'a') => store.table<K, string>(table, msgpackCodec());
    const fill = <K extends Key>(table: Table<K, string>, ...keys: K[]) =>
      store.transact(() => {
        for (const key of keys) table.put(key, `v${String(key)}`);
      });
    const keysOf = <K extends Key>(table: Table<K, string>, options?: RangeOptions<K>) =>
      [...table.range(options)].map(({ key }) => key);

    it('gives back what was put, also inside the transaction', () => {
      const table = open();
      store.transact(() => {
        table.put(1, 'one');
        expect(table.get(1)).toBe('one');
        expect([...table.range()]).toEqual([{ key: 1, value: 'one' }]);
        expect(table.count()).toBe(1);
        table.put(1, 'uno');
        table.put(2, 'two');
        table.remove(2);
        table.remove(99);
      });
      expect(table.get(1)).toBe('uno');
      expect(table.get(2)).toBeUndefined();
      expect(table.count()).toBe(1);
    });

    it('undoes everything when the work throws, and throws the same error', () => {
      const [table, other] = [open('a'), open('b')];
      fill(table, 1, 2);
      fill(other, 3);
      const failure = new Error('on purpose');
      expect(() =>
        store.transact(() => {
          table.put(1, 'changed');
          table.put(5, 'new');
          table.remove(2);
          other.clear();
          other.put(4, 'new');
          throw failure;
        }),
      ).toThrow(failure);
      expect([...table.range()]).toEqual([
        { key: 1, value: 'v1' },
        { key: 2, value: 'v2' },
      ]);
      expect(keysOf(other)).toEqual([3]);
    });

    it('returns what the work returns', () => {
      expect(store.transact(() => 42)).toBe(42);
    });

    it('refuses a write outside a transaction', () => {
      const table = open();
      expect(() => table.put(1, 'x')).toThrow(/outside a transaction/);
      expect(() => table.remove(1)).toThrow(/outside a transaction/);
      expect(() => table.clear()).toThrow(/outside a transaction/);
      expect(table.count()).toBe(0);
    });

    it('refuses a transaction inside a transaction, and undoes the outer one', () => {
      const table = open();
      expect(() =>
        store.transact(() => {
          table.put(1, 'x');
          store.transact(() => undefined);
        }),
      ).toThrow(/inside a transaction/);
      expect(table.count()).toBe(0);
      fill(table, 1);
      expect(table.count()).toBe(1);
    });

    it('refuses work that returns a promise, and undoes it', () => {
      const table = open();
      expect(() =>
        store.transact(() => {
          table.put(1, 'x');
          return Promise.resolve();
        }),
      ).toThrow(/must not return a promise/);
      expect(table.count()).toBe(0);
    });

    it('keeps tables apart, and the same name is the same table', () => {
      const [first, second, again] = [open('a'), open('b'), open('a')];
      fill(first, 1);
      expect(second.count()).toBe(0);
      expect(again.get(1)).toBe('v1');
      store.transact(() => again.clear());
      expect(first.count()).toBe(0);
    });

    it('sorts numbers by value', () => {
      const table = open();
      const sorted = [
        Number.NEGATIVE_INFINITY,
        -1e300,
        -2.5,
        -1,
        0,
        5e-324,
        1,
        2,
        10,
        2 ** 31,
        2 ** 32,
        2 ** 53,
      ];
      fill(table, ...[...sorted].reverse());
      expect(keysOf(table)).toEqual(sorted);
      expect(table.get(-0)).toBe('v0');
    });

    it('sorts strings by code unit, whatever they contain, and gives them back unchanged', () => {
      const table = open<string>();
      const sorted = [
        '',
        '\0',
        '\0\0',
        '\0\x01',
        '\x01',
        '\x1b',
        ' ',
        'A',
        'a',
        'a\0',
        'a\0b',
        'a\x01',
        'aa',
        'b',
      ];
      sorted.push('\x7f', '\x80', 'é', '\u07ff', '文件', '\ud7ff', '😀', '\ue000', '\uffff');
      fill(table, ...[...sorted].reverse());
      expect(keysOf(table)).toEqual(sorted);
      expect(sorted).toEqual([...sorted].sort());
    });

    it('sorts tuples part by part, the shorter one first, numbers before strings', () => {
      const table = open<readonly KeyPart[]>();
      const sorted = [[1], [1, 'a'], [1, 'a', 0], [1, 'a\0'], [1, 'b'], [2, 'a'], [10, ''], ['1'], ['1', 1]];
      fill(table, ...[...sorted].reverse());
      expect(keysOf(table)).toEqual(sorted);
      expect(table.get([1, 'a'])).toBe('v1,a');
    });

    it('takes names of 255 bytes in any script as a part of a key', () => {
      const table = open<readonly [number, string]>();
      const names = ['a'.repeat(255), '文'.repeat(85), '😀'.repeat(63), '\x01'.repeat(255), '\n'.repeat(64)];
      fill(table, ...names.map((name): [number, string] => [7, name]));
      for (const name of names) expect(table.get([7, name])).toBe(`v7,${name}`);
      expect(keysOf(table).map(([, name]) => name)).toEqual([...names].sort());
    });

    it('refuses a key that is too long instead of cutting it', () => {
      const table = open<string>();
      expect(() => fill(table, 'x'.repeat(5000))).toThrow(/longer than/);
      expect(() => fill(table, '文'.repeat(700))).toThrow(/longer than/);
      expect(table.count()).toBe(0);
    });

    it('ranges from start, included, to end, not included, in both directions', () => {
      const table = open();
      fill(table, 1, 2, 3, 4, 5);
      expect(keysOf(table, { start: 2, end: 4 })).toEqual([2, 3]);
      expect(keysOf(table, { start: 2, end: 4, reverse: true })).toEqual([3, 2]);
      expect(keysOf(table, { start: 1.5, end: 4.5 })).toEqual([2, 3, 4]);
      expect(keysOf(table, { start: 1.5, end: 4.5, reverse: true })).toEqual([4, 3, 2]);
      expect(keysOf(table, { start: 4, limit: 1 })).toEqual([4]);
      expect(keysOf(table, { reverse: true, limit: 2 })).toEqual([5, 4]);
      expect(keysOf(table, { limit: 0 })).toEqual([]);
      expect(keysOf(table, { start: 4, end: 2 })).toEqual([]);
      expect(keysOf(table, { end: 1 })).toEqual([]);
      expect(keysOf(table, { start: 6 })).toEqual([]);
    });

    it('ranges over many entries completely and in order', () => {
      const table = open();
      const keys = Array.from({ length: 5000 }, (_, index) => index);
      fill(table, ...keys);
      expect(keysOf(table)).toEqual(keys);
      expect(keysOf(table, { reverse: true })).toEqual([...keys].reverse());
      expect(keysOf(table, { start: 10, end: 4000, limit: 3000 })).toEqual(keys.slice(10, 3010));
    });

    it('an iteration goes on after its last key while the table changes, also across awaits', async () => {
      const table = open();
      fill(table, ...Array.from({ length: 3000 }, (_, index) => index));
      const seen: number[] = [];
      for (const { key } of table.range()) {
        seen.push(key);
        if (key % 500 === 0) await new Promise((resolve) => setImmediate(resolve));
        store.transact(() => table.remove(key));
      }
      expect(seen).toEqual(Array.from({ length: 3000 }, (_, index) => index));
      expect(table.count()).toBe(0);
    });

    it('keeps bigints, numbers and bytes as what they were', () => {
      const value = {
        mtimeNs: 1_700_000_000_123_456_789n,
        low: -(2n ** 63n),
        small: 3n,
        size: 2 ** 40,
        bytes: Uint8Array.of(1, 2),
      };
      const table = store.table<number, typeof value>('typed', msgpackCodec());
      store.transact(() => {
        table.put(1, value);
        table.put(2, { ...value, bytes: Uint8Array.of(9, 9) });
      });
      const first = table.get(1);
      table.get(2);
      expect(first).toStrictEqual(value);
      expect(first?.bytes.buffer.byteLength).toBe(2);
    });

    it('keeps values of many sizes', () => {
      const table = store.table<number, Uint8Array>('sizes', msgpackCodec());
      const sizes = [0, 1, 2000, 4096, 8192, 70_000, 1_000_000];
      store.transact(() => {
        for (const size of sizes) table.put(size, new Uint8Array(size).fill(size % 251));
      });
      for (const size of sizes) {
        const read = table.get(size);
        expect(read && Buffer.compare(read, new Uint8Array(size).fill(size % 251))).toBe(0);
      }
      expect([...table.range()].map(({ value }) => value.length)).toEqual(sizes);
    });

    it('says which table holds a value that cannot be read', () => {
      const broken: ValueCodec<string> = {
        encode: (value) => Buffer.from(value),
        decode: () => {
          throw new Error('no');
        },
      };
      const table = store.table<number, string>('broken', broken);
      store.transact(() => table.put(1, 'x'));
      expect(() => table.get(1)).toThrow(/"broken" cannot be read/);
    });

    it('has everything again after it was closed and opened', async () => {
      const table = open<readonly [number, string]>();
      fill(table, [1, 'a'], [1, '文']);
      await store.flushed();
      store = await fixture.reopen(store);
      expect(keysOf(open<readonly [number, string]>())).toEqual([
        [1, 'a'],
        [1, '文'],
      ]);
    });

    it('cannot be used after it was closed; closing twice is no error', async () => {
      const table = open();
      await store.close();
      await store.close();
      expect(() => table.get(1)).toThrow(/closed/);
      expect(() => [...table.range()]).toThrow(/closed/);
      expect(() => store.transact(() => 1)).toThrow(/closed/);
      expect(() => open()).toThrow(/closed/);
    });

    it.each([false, true])(
      'behaves as a sorted map under random transactions, values remembered: %s',
      (isRemembered) => {
        fc.assert(
          fc.property(fc.array(transaction, { maxLength: 12 }), (transactions) => {
            const table = store.table<Key, string>(`model-${isRemembered}`, msgpackCodec(), { isRemembered });
            const seen = new Map<string, Key>();
            store.transact(() => table.clear());
            let model: Model = [];
            for (const { steps, fails } of transactions) {
              const attempt = model.slice();
              const run = () =>
                store.transact(() => {
                  for (const step of steps) {
                    if ('key' in step) seen.set(JSON.stringify(step.key), step.key);
                    applyBoth(step, table, attempt);
                  }
                  if (fails) throw new Error('undo');
                });
              if (fails) expect(run).toThrow('undo');
              else run();
              if (!fails) model = attempt;
              expect([...table.range()]).toEqual(model);
              expect(table.count()).toBe(model.length);
              for (const key of seen.values()) expect(table.get(key)).toBe(valueAt(model, key));
            }
          }),
          { numRuns: 150, ...(SEED === undefined ? {} : { seed: SEED }) },
        );
      },
    );
  });
}

type Model = { key: Key; value: string }[];

function valueAt(model: Model, key: Key): string | undefined {
  return model.find((row) => compareKeys(row.key, key) === 0)?.value;
}

type Step =
  | { readonly act: 'put'; readonly key: Key; readonly value: string }
  | { readonly act: 'remove'; readonly key: Key }
  | { readonly act: 'clear' }
  | {
      readonly act: 'range';
      readonly start: Key;
      readonly end: Key;
      readonly reverse: boolean;
      readonly limit: number;
    };

const part = fc.oneof(
  fc.constantFrom<KeyPart[]>('', 'a', 'a\0', 'b', 0, 1, 2),
  fc.string({ unit: 'binary', maxLength: 4 }),
  fc.double({ noNaN: true }).map((value) => value + 0),
);
const key: fc.Arbitrary<Key> = fc.oneof(part, fc.array(part, { minLength: 1, maxLength: 3 }));
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ act: fc.constant('put' as const), key, value: fc.string() }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('remove' as const), key }) },
  { weight: 1, arbitrary: fc.constant({ act: 'clear' as const }) },
  {
    weight: 3,
    arbitrary: fc.record({
      act: fc.constant('range' as const),
      start: key,
      end: key,
      reverse: fc.boolean(),
      limit: fc.nat(5),
    }),
  },
);
const transaction = fc.record({ steps: fc.array(step, { maxLength: 12 }), fails: fc.boolean() });

function applyBoth(action: Step, table: Table<Key, string>, model: Model): void {
  if ('key' in action) expect(table.get(action.key)).toBe(valueAt(model, action.key));
  if (action.act === 'put') {
    table.put(action.key, action.value);
    const others = model.filter((row) => compareKeys(row.key, action.key) !== 0);
    const rows = [...others, { key: action.key, value: action.value }];
    model.splice(0, model.length, ...rows.sort((a, b) => compareKeys(a.key, b.key)));
  } else if (action.act === 'remove') {
    table.remove(action.key);
    model.splice(0, model.length, ...model.filter((row) => compareKeys(row.key, action.key) !== 0));
  } else if (action.act === 'clear') {
    table.clear();
    model.splice(0);
  } else {
    const { start, end, reverse, limit } = action;
    const inside = model.filter((row) => compareKeys(row.key, start) >= 0 && compareKeys(row.key, end) < 0);
    const expected = (reverse ? inside.reverse() : inside).slice(0, limit);
    expect([...table.range({ start, end, reverse, limit })]).toEqual(expected);
  }
}
