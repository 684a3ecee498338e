import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  agreedAgeMs,
  type CleanEvidence,
  type CleanRule,
  cleanableFolders,
  cleanDue,
  isUntouched,
  isUnwritten,
  type NodeSight,
  QUIET_MS,
  quietInMs,
  refusalOf,
} from './clean-source.ts';

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`clean-source.test SEED=${SEED}`);

const DAY_MS = 24 * 3_600_000;

const rule: fc.Arbitrary<CleanRule> = fc.record({
  afterMs: fc.nat(1e9),
  from: fc.constantFrom('synced', 'created'),
  folderLevels: fc.nat(4),
  takesLeftOut: fc.boolean(),
});

describe('when a file is due', () => {
  test('never before its time, by the age that the rule counts; what has no such age never is', () => {
    fc.assert(
      fc.property(
        rule,
        fc.nat(2e9),
        fc.option(fc.nat(2e9), { nil: undefined }),
        (one, syncedForMs, created) => {
          const due = cleanDue(one, { syncedForMs, createdForMs: created });
          const age = one.from === 'synced' ? syncedForMs : created;
          const believedInMs = one.from === 'synced' ? 0 : Math.min(one.afterMs, DAY_MS) - syncedForMs;
          const inMs = Math.max(one.afterMs - (age ?? 0), believedInMs);
          if (age === undefined) expect(due.state).toBe('unknown');
          else if (inMs > 0) expect(due).toEqual({ state: 'later', inMs });
          else expect(due.state).toBe('due');
        },
      ),
      { seed: SEED },
    );
  });

  test('a clock that is wrong at one of two looks makes a file no older than the time that passed', () => {
    fc.assert(
      fc.property(fc.nat(1e6), fc.nat(1e6), fc.nat(1e12), (bornForMs, passedMs, wrongMs) => {
        const really = bornForMs + passedMs;
        expect(agreedAgeMs(bornForMs, really, passedMs)).toBe(really);
        expect(agreedAgeMs(bornForMs + wrongMs, really, passedMs)).toBe(really);
        expect(agreedAgeMs(bornForMs, really + wrongMs, passedMs)).toBe(really);
      }),
      { seed: SEED },
    );
  });

  test('an age that is no number makes nothing due', () => {
    const rule: CleanRule = { afterMs: 0, from: 'synced', folderLevels: 0, takesLeftOut: false };
    expect(cleanDue(rule, { syncedForMs: Number.NaN, createdForMs: 5 }).state).toBe('unknown');
  });
});

const sight: NodeSight = {
  ...{ kind: 'file', dev: 1n, ino: 7n, sizeBytes: 3, mtimeNs: 5_000n, ctimeNs: 9_000n, links: 1 },
};
const hash = Uint8Array.of(1, 2, 3);
const proved: CleanEvidence = {
  sourceDev: 1n,
  source: { before: sight, after: { ...sight }, hash },
  target: { before: { ...sight, dev: 2n }, after: { ...sight, dev: 2n }, hash: Uint8Array.from(hash) },
  known: { sizeBytes: 3, mtimeUs: 5, hash },
};
const changes: readonly (readonly [keyof NodeSight, string | bigint | number])[] = [
  ...([
    ['kind', 'link'],
    ['dev', 3n],
    ['ino', 8n],
    ['sizeBytes', 4],
  ] as const),
  ...([
    ['mtimeNs', 6_000n],
    ['ctimeNs', 9_001n],
    ['links', 2],
  ] as const),
];

describe('what is proved', () => {
  test('the same content at both ends, untouched, and the version that was mirrored', () => {
    expect(refusalOf(proved)).toBeUndefined();
    expect(refusalOf({ ...proved, known: { ...proved.known, hash: null } })).toBeUndefined();
  });

  test.each(changes)('another %s between two looks, of either file, proves nothing', (key, value) => {
    const other = { ...sight, [key]: value };
    const { source, target } = proved;
    for (const sight of ['before', 'after'] as const)
      expect(refusalOf({ ...proved, source: { ...source, [sight]: other } })).toBeDefined();
    expect(refusalOf({ ...proved, target: { ...target, after: { ...target.after, [key]: value } } })).toBe(
      'TARGET_DIFFERS',
    );
    expect(isUntouched(sight, other)).toBe(false);
    expect(isUnwritten(sight, other)).toBe(key === 'ctimeNs' || key === 'links');
  });

  test('of any three hashes, only three equal ones do; an empty one is none', () => {
    const bytes = fc.uint8Array({ maxLength: 2 });
    fc.assert(
      fc.property(bytes, bytes, fc.option(bytes), (a, b, c) => {
        const { source, target, known } = proved;
        const refusal = refusalOf({
          ...proved,
          source: { ...source, hash: a },
          target: { ...target, hash: b },
          known: { ...known, hash: c },
        });
        const [x, y, z] = [a, b, c ?? a].map((one) => one.join());
        expect(refusal === undefined).toBe(a.length > 0 && x === y && x === z);
      }),
      { seed: SEED },
    );
  });

  test('one file under two paths is no copy of itself; the same number on another disk is another file', () => {
    const { source, target } = proved;
    expect(refusalOf({ ...proved, target: source })).toBe('SAME_FILE');
    const other = { ...sight, ino: 8n };
    expect(refusalOf({ ...proved, target: { ...target, before: other, after: other } })).toBeUndefined();
  });

  test('a copy of another size, and a version that was not told, are not it', () => {
    const { target, known } = proved;
    const longer = { ...target.before, sizeBytes: 4 };
    expect(refusalOf({ ...proved, target: { ...target, before: longer, after: longer } })).toBe(
      'TARGET_DIFFERS',
    );
    expect(refusalOf({ ...proved, known: { ...known, mtimeUs: 6 } })).toBe('NOT_KNOWN');
    expect(refusalOf({ ...proved, known: { ...known, sizeBytes: 2 } })).toBe('NOT_KNOWN');
    expect(refusalOf({ ...proved, sourceDev: 4n })).toBe('OTHER_DISK');
  });
});

test('folders go from the lowest up, no more than wanted, and never the source itself', () => {
  const names = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(names, rule, (path, one) => {
      const folders = cleanableFolders(one, path.join('/'));
      const above = path.slice(0, -1).map((_name, at) => path.slice(0, path.length - 1 - at).join('/'));
      expect(folders).toEqual(above.slice(0, one.folderLevels));
      expect(folders).not.toContain('');
    }),
    { seed: SEED },
  );
});

test('a file is quiet a minute after the later of its times, and a time to come is told from a young one', () => {
  const milliseconds = fc.nat(1_000_000);
  fc.assert(
    fc.property(milliseconds, milliseconds, milliseconds, (mtimeMs, ctimeMs, wallMs) => {
      const node = { ...sight, mtimeNs: BigInt(mtimeMs) * 1_000_000n, ctimeNs: BigInt(ctimeMs) * 1_000_000n };
      const inMs = quietInMs(node, wallMs);
      const last = Math.max(mtimeMs, ctimeMs);
      expect(inMs === 0).toBe(wallMs - last >= QUIET_MS);
      expect(inMs > QUIET_MS).toBe(last > wallMs);
      expect(quietInMs(node, wallMs + inMs)).toBe(0);
    }),
    { seed: SEED },
  );
});
