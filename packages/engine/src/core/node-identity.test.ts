import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  compareNode,
  identityKey,
  isSameNode,
  isTimeProof,
  microseconds,
  NO_NODE_NUMBER,
  type NodeFacts,
} from './node-identity.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`node-identity.test SEED=${seed}`);

const MS = 1_000_000n;
const NOON = 1_700_000_000_000n * MS;

/** A file that was born, and changed some time later. */
const FILE: NodeFacts = {
  kind: 'file',
  dev: 2049n,
  ino: 12n,
  birthtimeNs: NOON,
  sizeBytes: 100,
  mtimeNs: NOON + 5n * MS,
  ctimeNs: NOON + 5n * MS,
  mode: 0o644,
  links: 1,
};
const FOLDER: NodeFacts = { ...FILE, kind: 'directory', links: 3, mode: 0o755 };
const LINK: NodeFacts = { ...FILE, kind: 'link', mode: 0o777 };
/** What a rename does to a node. */
const renamed = (node: NodeFacts): NodeFacts => ({ ...node, ctimeNs: node.ctimeNs + 1000n * MS });

const facts: fc.Arbitrary<NodeFacts> = fc.record({
  kind: fc.constantFrom('directory', 'file', 'link', 'other'),
  dev: fc.constantFrom(1n, 2n),
  ino: fc.constantFrom(1n, 2n),
  birthtimeNs: fc.constantFrom(0n, NOON, NOON + 1n),
  sizeBytes: fc.constantFrom(0, 1),
  mtimeNs: fc.constantFrom(NOON, NOON + 1n),
  ctimeNs: fc.constantFrom(NOON, NOON + 1n),
  mode: fc.constantFrom(0o600, 0o644),
  links: fc.constantFrom(1, 2),
});

describe('identityKey', () => {
  test('is equal exactly when device and inode are', () => {
    const numbers = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    fc.assert(
      fc.property(numbers, numbers, numbers, numbers, (dev, ino, otherDev, otherIno) => {
        const isSame = dev === otherDev && ino === otherIno;
        expect(identityKey({ dev, ino }) === identityKey({ dev: otherDev, ino: otherIno })).toBe(isSame);
        expect(identityKey({ dev, ino })).toBe(identityKey({ dev, ino }));
      }),
      { seed },
    );
    expect(identityKey({ dev: 1n, ino: 23n })).not.toBe(identityKey({ dev: 12n, ino: 3n }));
  });
});

describe('isTimeProof', () => {
  test('a time in whole seconds proves nothing of a write within the same step of the coarsest clock', () => {
    const whole: NodeFacts = { ...FILE, mtimeNs: NOON, ctimeNs: NOON + 500n * MS };
    expect(isTimeProof(whole)).toBe(false);
    expect(isTimeProof({ ...whole, ctimeNs: NOON + 2000n * MS })).toBe(false);
    expect(isTimeProof({ ...whole, ctimeNs: NOON + 2001n * MS })).toBe(true);
    expect(isTimeProof({ ...whole, mtimeNs: NOON + 1n })).toBe(true);
    const chmodded = { ...whole, mode: 0o600, ctimeNs: NOON + 900n * MS };
    expect(compareNode(whole, chmodded)).toBe('content');
    // The change time that counts is the one seen before: the write may have come between, and the chmod later.
    expect(compareNode(whole, { ...chmodded, ctimeNs: NOON + 3000n * MS })).toBe('content');
    const seenLate = { ...whole, ctimeNs: NOON + 3000n * MS };
    expect(compareNode(seenLate, { ...chmodded, ctimeNs: NOON + 9000n * MS })).toBe('metadata');
    const linked = { ...whole, links: 2, ctimeNs: NOON + 900n * MS };
    expect(compareNode(whole, linked)).toBe('content');
    expect(compareNode(seenLate, { ...linked, ctimeNs: NOON + 9000n * MS })).toBe('identity');
  });
});

describe('isSameNode', () => {
  test('a renamed file, folder or link is the same node, whatever else was done to it', () => {
    for (const node of [FILE, FOLDER, LINK]) {
      expect(isSameNode(node, renamed(node))).toBe(true);
      expect(isSameNode(node, { ...renamed(node), sizeBytes: 7, mtimeNs: NOON + 9n * MS, mode: 0o600 })).toBe(
        true,
      );
    }
  });

  test('another device, inode, kind or birth time is another node', () => {
    const others: Partial<NodeFacts>[] = [
      { dev: 1n },
      { ino: 13n },
      { kind: 'link' },
      { birthtimeNs: NOON + 1n },
    ];
    for (const other of others) expect(isSameNode(FILE, { ...renamed(FILE), ...other })).toBe(false);
    expect(isSameNode(FOLDER, { ...renamed(FOLDER), birthtimeNs: NOON + 1n })).toBe(false);
  });

  test('a file that got the inode number of a deleted one is not that file: it was just born', () => {
    const born = NOON + 1000n * MS;
    const next = { ...FILE, birthtimeNs: born, mtimeNs: born, ctimeNs: born };
    expect(isSameNode(FILE, next)).toBe(false);
    // Where no birth time is recorded, size and modification time tell.
    expect(isSameNode({ ...FILE, birthtimeNs: 0n }, { ...next, birthtimeNs: 0n })).toBe(false);
  });

  test('without a birth time, or when it equals the change time, size and modification time must agree', () => {
    const unborn = { ...FILE, birthtimeNs: 0n };
    const fresh = { ...FILE, birthtimeNs: FILE.ctimeNs };
    for (const node of [unborn, fresh]) {
      expect(isSameNode(node, node)).toBe(true);
      expect(isSameNode(node, { ...node, sizeBytes: 101 })).toBe(false);
      expect(isSameNode(node, { ...node, mtimeNs: node.mtimeNs + 1n })).toBe(false);
    }
    expect(isSameNode({ ...FOLDER, birthtimeNs: 0n }, { ...FOLDER, birthtimeNs: 0n, mtimeNs: 1n })).toBe(
      true,
    );
  });

  test('a file or link with several names is never paired; the links of a folder are its subfolders', () => {
    for (const node of [FILE, LINK]) {
      expect(isSameNode({ ...node, links: 2 }, node)).toBe(false);
      expect(isSameNode(node, { ...node, links: 2 })).toBe(false);
    }
    expect(isSameNode(FOLDER, { ...FOLDER, links: 9 })).toBe(true);
  });

  test('a node without a number is paired with none', () => {
    const node = { ...FILE, ino: NO_NODE_NUMBER };
    expect(isSameNode(node, renamed(node))).toBe(false);
  });

  test('a FIFO, socket or device is never paired', () => {
    expect(isSameNode({ ...FILE, kind: 'other' }, { ...FILE, kind: 'other' })).toBe(false);
  });

  test('for all nodes: what is paired agrees in everything that names a node', () => {
    fc.assert(
      fc.property(facts, facts, (before, now) => {
        fc.pre(isSameNode(before, now));
        expect([now.dev, now.ino, now.kind, now.birthtimeNs]).toEqual([
          before.dev,
          before.ino,
          before.kind,
          before.birthtimeNs,
        ]);
        expect(now.kind).not.toBe('other');
      }),
      { seed, numRuns: 500, maxSkipsPerRun: 1000 },
    );
  });
});

describe('compareNode', () => {
  // biome-ignore format: a table
  const rows: [string, NodeFacts, Partial<NodeFacts>, ReturnType<typeof compareNode>][] = [
    ['a file untouched', FILE, {}, 'same'],
    ['another kind at the path', FILE, { kind: 'directory' }, 'replaced'],
    ['a FIFO at the path', FILE, { kind: 'other' }, 'replaced'],
    ['another size', FILE, { sizeBytes: 101 }, 'content'],
    ['another modification time, by a nanosecond', FILE, { mtimeNs: FILE.mtimeNs + 1n }, 'content'],
    ['an older modification time', FILE, { mtimeNs: FILE.mtimeNs - 1n }, 'content'],
    ['another file of the same size and time', FILE, { ino: 13n }, 'content'],
    ['a write that restored the modification time', FILE, { ctimeNs: FILE.ctimeNs + 1n }, 'content'],
    ['chmod', FILE, { mode: 0o600, ctimeNs: FILE.ctimeNs + 1n }, 'metadata'],
    ['chmod and a write', FILE, { mode: 0o600, sizeBytes: 1 }, 'content'],
    ['a new hard link', FILE, { links: 2, ctimeNs: FILE.ctimeNs + 1n }, 'identity'],
    ['mounted again under another device number', FILE, { dev: 7n }, 'identity'],
    ['a birth time that came to be known', { ...FILE, birthtimeNs: 0n }, { birthtimeNs: NOON }, 'identity'],
    ['a folder untouched', FOLDER, {}, 'same'],
    ['something created in a folder', FOLDER, { mtimeNs: 1n, ctimeNs: 1n }, 'metadata'],
    ['the mode of a folder', FOLDER, { mode: 0o700 }, 'metadata'],
    ['the size of a folder means nothing', FOLDER, { sizeBytes: 8192 }, 'same'],
    ['a folder deleted and made again', FOLDER, { ino: 13n }, 'identity'],
    ['a folder renamed', FOLDER, { ctimeNs: FOLDER.ctimeNs + 1n }, 'identity'],
    ['a link untouched', LINK, {}, 'same'],
    ['a link made again', LINK, { ino: 13n }, 'content'],
    ['a link whose change time moved', LINK, { ctimeNs: LINK.ctimeNs + 1n }, 'content'],
    ['the mode of a link means nothing', LINK, { mode: 0o755 }, 'same'],
    ['the time of a link', LINK, { mtimeNs: 1n }, 'metadata'],
  ];
  test.each(rows)('%s', (_name, before, change, expected) => {
    expect(compareNode(before, { ...before, ...change })).toBe(expected);
  });

  test('for all nodes: equal ones are the same, and what is the same differs in nothing that is mirrored', () => {
    fc.assert(
      fc.property(facts, facts, (before, now) => {
        expect(compareNode(before, { ...before })).toBe('same');
        const found = compareNode(before, now);
        if (found !== 'same' && found !== 'identity') return;
        expect(now.kind).toBe(before.kind);
        expect(now.mtimeNs).toBe(before.mtimeNs);
        if (now.kind === 'file') expect([now.sizeBytes, now.mode]).toEqual([before.sizeBytes, before.mode]);
        if (now.kind === 'directory') expect(now.mode).toBe(before.mode);
      }),
      { seed, numRuns: 5000 },
    );
  });
});

describe('microseconds', () => {
  test('floors, also before 1970', () => {
    const rows: [bigint, number][] = [
      [0n, 0],
      [999n, 0],
      [1000n, 1],
      [1999n, 1],
      [-1n, -1],
      [-1000n, -1],
      [-1001n, -2],
      [-1999n, -2],
    ];
    for (const [ns, us] of rows) expect({ ns, us: microseconds(ns) }).toEqual({ ns, us });
  });

  test('for all times of the next and last 285 years: a whole number, at most a microsecond below', () => {
    const span = 9_000_000_000_000_000_000n;
    fc.assert(
      fc.property(fc.bigInt({ min: -span, max: span }), (ns) => {
        const us = microseconds(ns);
        expect(Number.isSafeInteger(us)).toBe(true);
        const rest = ns - BigInt(us) * 1000n;
        expect(rest >= 0n && rest < 1000n).toBe(true);
      }),
      { seed, numRuns: 5000 },
    );
  });
});
