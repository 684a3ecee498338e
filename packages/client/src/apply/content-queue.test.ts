import { systemClock } from '@lanmirror/engine/wire';
import { SMALL_FILE_BYTES } from '@lanmirror/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ContentQueue, type EntryOf, UNIT_BYTES, type Unit } from './content-queue.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`content-queue.test SEED=${seed}`);

const LARGE = SMALL_FILE_BYTES + 1;

/** A source that a test changes; a file that it does not name has version 1 and no bytes. */
class Source {
  readonly versions = new Map<number, number>();
  readonly gone = new Set<number>();
  readonly sizes = new Map<number, number>();

  readonly entryOf: EntryOf = (id) =>
    this.gone.has(id)
      ? undefined
      : { kind: 'file', version: this.versions.get(id) ?? 1, sizeBytes: this.sizes.get(id) ?? 0 };

  edit(id: number): void {
    this.versions.set(id, (this.versions.get(id) ?? 1) + 1);
  }
}

function queueOf(source: Source): ContentQueue {
  return new ContentQueue(source.entryOf, undefined, systemClock);
}

type Step = { readonly kind: 'add' | 'bulk' | 'edit' | 'remove' | 'take' | 'land'; readonly id: number };

const steps = fc.array(
  fc.record({
    kind: fc.constantFrom<Step['kind']>('add', 'add', 'bulk', 'edit', 'remove', 'take', 'land'),
    id: fc.integer({ min: 1, max: 12 }),
  }),
  { maxLength: 80 },
);
const sizes = fc.array(fc.constantFrom(0, 1000, SMALL_FILE_BYTES, LARGE), { minLength: 12, maxLength: 12 });

describe('what is fetched next', () => {
  test('no file is on its way twice, and each wanted file comes in its last version', async () => {
    await fc.assert(
      fc.asyncProperty(steps, sizes, async (history, bytes) => {
        const source = new Source();
        for (const [at, size] of bytes.entries()) source.sizes.set(at + 1, size);
        const queue = queueOf(source);
        const flying: { readonly unit: Unit; readonly versions: ReadonlyMap<number, number> }[] = [];
        const wanted = new Set<number>();
        const come = new Map<number, number>();
        const take = (): boolean => {
          const unit = queue.take();
          if (unit === undefined) return false;
          for (const id of unit.ids)
            for (const { unit: other } of flying) expect(other.ids).not.toContain(id);
          flying.push({
            unit,
            versions: new Map(unit.ids.map((id) => [id, source.entryOf(id)?.version ?? 0])),
          });
          return true;
        };
        const land = (): boolean => {
          const first = flying.shift();
          if (first === undefined) return false;
          for (const [id, version] of first.versions) come.set(id, version);
          queue.land(first.unit.ids);
          return true;
        };
        for (const { kind, id } of history) {
          if (kind === 'add' || kind === 'bulk') {
            wanted.add(id);
            await queue.add([id], kind === 'bulk');
          } else if (kind === 'edit') source.edit(id);
          else if (kind === 'remove') source.gone.add(id);
          else if (kind === 'take') take();
          else land();
        }
        // What was edited while nothing of it was on its way is planned again, as after every change.
        for (const id of wanted) if (!source.gone.has(id)) await queue.add([id], false);
        while (take() || land());
        expect(queue.isEmpty).toBe(true);
        for (const id of wanted)
          if (!source.gone.has(id)) expect(come.get(id)).toBe(source.entryOf(id)?.version);
      }),
      { seed, numRuns: 300 },
    );
  });

  test('a unit is one large file, or small ones within its bounds', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(0, 1000, SMALL_FILE_BYTES, LARGE)), async (bytes) => {
        const source = new Source();
        const ids = bytes.map((size, at) => {
          source.sizes.set(at + 1, size);
          return at + 1;
        });
        const queue = queueOf(source);
        await queue.add(ids, true);
        const taken: number[] = [];
        for (let unit = queue.take(); unit !== undefined; unit = queue.take()) {
          const total = unit.ids.reduce((sum, id) => sum + (source.sizes.get(id) ?? 0), 0);
          expect(unit.isLarge).toBe(unit.ids.some((id) => source.sizes.get(id) === LARGE));
          if (unit.isLarge) expect(unit.ids).toHaveLength(1);
          else expect(total).toBeLessThanOrEqual(UNIT_BYTES);
          taken.push(...unit.ids);
        }
        expect(taken).toEqual(ids);
      }),
      { seed, numRuns: 200 },
    );
  });

  test('many tiny files are several units', async () => {
    const queue = queueOf(new Source());
    await queue.add(
      Array.from({ length: 300 }, (_, at) => at + 1),
      true,
    );
    expect(queue.take()?.ids).toHaveLength(256);
    expect(queue.take()?.ids).toHaveLength(44);
    expect(queue.take()).toBeUndefined();
  });

  test('a live change goes before the bulk, and says so', async () => {
    const source = new Source();
    for (const id of [1, 2, 3]) source.sizes.set(id, LARGE);
    const queue = queueOf(source);
    await queue.add([1, 2], true);
    await queue.add([3], false);
    expect(queue.take()).toMatchObject({ ids: [3], isLarge: true, isLive: true });
    expect(queue.isLargeNext).toBe(true);
    expect(queue.take()).toMatchObject({ ids: [1], isLarge: true, isLive: false });
  });

  test('only a file on its way whose version is over is cancelled', async () => {
    const source = new Source();
    const queue = queueOf(source);
    await queue.add([1, 2], false);
    queue.take();
    const cancelled: number[] = [];
    for (const id of [1, 2, 3]) queue.onCancel(id, () => cancelled.push(id));
    source.edit(1);
    source.edit(3);
    queue.supersede([1, 2, 3]);
    expect(cancelled).toEqual([1]);
    source.gone.add(2);
    queue.supersede([2]);
    expect(cancelled).toEqual([1, 2]);
  });

  test('what a lost connection gives back is fetched once, whatever it is wanted for', async () => {
    const source = new Source();
    const queue = queueOf(source);
    await queue.add([1], false);
    const unit = queue.take();
    source.edit(1);
    await queue.add([1], false);
    queue.requeue(unit?.ids ?? []);
    queue.land(unit?.ids ?? []);
    expect(queue.take()?.ids).toEqual([1]);
    expect(queue.take()).toBeUndefined();
  });
});
