import type { EntryKind } from '@lanmirror/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ageTurns, ageVerdict } from './age-limit.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`age-limit.test SEED=${seed}`);

const limits = fc
  .tuple(fc.nat(50), fc.nat(50))
  .map(([minAgeMs, more]) => ({ minAgeMs, maxAgeMs: more === 0 ? 0 : minAgeMs + more }));
const mtimeUs = fc.integer({ min: -100_000, max: 100_000 });
const nowMs = fc.integer({ min: -200, max: 200 });

test('of files exactly those younger or older than the limits are left out, and nothing else; 0 is no limit', () => {
  fc.assert(
    fc.property(
      ...[limits, mtimeUs, nowMs, fc.constantFrom<EntryKind>('file', 'directory', 'link')],
      (limit, mtime, now, kind) => {
        const ageMs = now - Math.floor(mtime / 1000);
        const isYoung = limit.minAgeMs > 0 && ageMs < limit.minAgeMs;
        const isOld = limit.maxAgeMs > 0 && ageMs >= limit.maxAgeMs;
        const wanted = isYoung ? 'young' : isOld ? 'old' : 'in';
        expect(ageVerdict(limit, { kind, mtimeUs: mtime }, now)).toBe(kind === 'file' ? wanted : 'in');
      },
    ),
    { seed, numRuns: 2000 },
  );
});

test('between two instants a verdict changes only where one of its turns lies behind the first and not behind the second', () => {
  fc.assert(
    fc.property(limits, mtimeUs, nowMs, nowMs, (limit, mtime, one, other) => {
      const entry = { kind: 'file' as const, mtimeUs: mtime };
      const [from, to] = [Math.min(one, other), Math.max(one, other)];
      const turns = Object.values(ageTurns(limit, entry)).filter((at) => at > from && at <= to);
      const isChanged = ageVerdict(limit, entry, from) !== ageVerdict(limit, entry, to);
      expect(turns.length > 0).toBe(isChanged);
    }),
    { seed, numRuns: 2000 },
  );
});

test('a file of the future is too young until its time has come', () => {
  const future = { kind: 'file' as const, mtimeUs: 5_000_000 };
  expect(ageVerdict({ minAgeMs: 1000, maxAgeMs: 0 }, future, 0)).toBe('young');
  expect(ageVerdict({ minAgeMs: 0, maxAgeMs: 1000 }, future, 0)).toBe('in');
  expect(ageVerdict({ minAgeMs: 1000, maxAgeMs: 0 }, future, 6000)).toBe('in');
});
