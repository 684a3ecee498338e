import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { NodeSight } from './clean-source.ts';
import { judgeTrashed, type TrashedFile, type TrashTime } from './source-trash.ts';

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`source-trash.test SEED=${SEED}`);

const look = { sizeBytes: 3, mtimeUs: 5 };
const node: NodeSight = {
  ...{ kind: 'file', dev: 1n, ino: 7n, sizeBytes: 3, mtimeNs: 5_000n, ctimeNs: 9_000n, links: 1 },
};
const sight: fc.Arbitrary<NodeSight> = fc.record({
  ...{ kind: fc.constantFrom('file', 'link'), dev: fc.constant(1n), ino: fc.constant(7n) },
  ...{ sizeBytes: fc.constantFrom(3, 4), mtimeNs: fc.constantFrom(5_000n, 6_000n), ctimeNs: fc.constant(9n) },
  links: fc.constant(1),
});
const like = fc.record({ sizeBytes: fc.constantFrom(3, 4), mtimeUs: fc.constantFrom(5, 6) });
const trashed: fc.Arbitrary<TrashedFile> = fc
  .record({
    taken: fc.option(
      like.chain((one) => fc.nat(20).map((ageMs) => ({ ...one, ageMs }))),
      { nil: undefined },
    ),
    trashedMs: fc.nat(20),
    now: sight,
    lastWrittenUs: fc.constantFrom(undefined, 5, 6),
    copies: fc.array(fc.record({ row: like, there: fc.option(sight, { nil: undefined }) }), { maxLength: 2 }),
  })
  .map((one) => ({ ...one, copies: () => one.copies }));
const time: fc.Arbitrary<TrashTime> = fc.record({
  ...{ keepMs: fc.nat(10), wallMs: fc.nat(40), ageMs: fc.nat(40) },
});

const isLike = (there: NodeSight, { sizeBytes, mtimeUs }: typeof look): boolean =>
  there.kind === 'file' && there.sizeBytes === sizeBytes && there.mtimeNs === BigInt(mtimeUs) * 1000n;

test('nothing goes but what is as it was taken, after its time by both clocks, with its copy in its place', () => {
  let gone = 0;
  fc.assert(
    fc.property(trashed, time, (file, when) => {
      const verdict = judgeTrashed(file, when);
      const { taken, now, trashedMs } = file;
      const isLater = now.mtimeNs > BigInt(file.lastWrittenUs ?? Number.MAX_SAFE_INTEGER) * 1000n;
      expect(verdict === 'written').toBe(taken === undefined ? isLater : !isLike(now, taken));
      if (verdict === 'anew') expect(taken?.ageMs).toBeGreaterThan(when.ageMs);
      if (verdict !== 'go') return;
      gone += 1;
      expect(when.keepMs).toBeGreaterThan(0);
      expect(when.wallMs - trashedMs).toBeGreaterThanOrEqual(when.keepMs);
      expect(when.ageMs - (taken?.ageMs ?? Number.NaN)).toBeGreaterThanOrEqual(when.keepMs);
      const standing = file.copies().filter(({ row, there }) => there !== undefined && isLike(there, row));
      expect(standing.map(({ row }) => row.sizeBytes)).toContain(now.sizeBytes);
    }),
    { seed: SEED, numRuns: 5000 },
  );
  expect(gone).toBeGreaterThan(0);
});

test('what stays has the reason that a person can do something about', () => {
  const file: TrashedFile = { taken: { ...look, ageMs: 0 }, trashedMs: 0, now: node, copies: () => [] };
  const over: TrashTime = { keepMs: 10, wallMs: 10, ageMs: 10 };
  const copies = (there: NodeSight | undefined) => () => [{ row: look, there }];
  expect(judgeTrashed(file, over)).toBe('NO_ROW');
  expect(judgeTrashed({ ...file, copies: copies(undefined) }, over)).toBe('NO_COPY');
  expect(judgeTrashed({ ...file, copies: copies({ ...node, mtimeNs: 6_000n }) }, over)).toBe('NO_COPY');
  expect(judgeTrashed({ ...file, taken: undefined }, over)).toBe('NOT_NOTED');
  expect(judgeTrashed({ ...file, copies: copies(node) }, over)).toBe('go');
  expect(judgeTrashed({ ...file, copies: copies(node) }, { ...over, ageMs: 9 })).toBe('later');
  expect(judgeTrashed({ ...file, copies: copies(node) }, { ...over, wallMs: Number.NaN })).toBe('later');
});

test('an age in the future of the clock begins anew, where the target has the copy, and not while files stay for ever', () => {
  const copies = (there: NodeSight | undefined) => () => [{ row: look, there }];
  const file: TrashedFile = { taken: { ...look, ageMs: 50 }, trashedMs: 0, now: node, copies: copies(node) };
  const soon: TrashTime = { keepMs: 10, wallMs: 1, ageMs: 49 };
  expect(judgeTrashed(file, soon)).toBe('anew');
  expect(judgeTrashed({ ...file, copies: copies(undefined) }, soon)).toBe('later');
  expect(judgeTrashed(file, { ...soon, keepMs: 0 })).toBe('later');
  expect(judgeTrashed(file, { ...soon, ageMs: 50 })).toBe('later');
});
