import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PLAIN_TRAITS } from '../core/index.ts';
import { openLocalTarget } from './local/index.ts';
import { Crash } from './memory/index.ts';
import { createMemoryTree } from './memory/memory-tree.ts';
import { MACOS_DISK, WINDOWS_DISK } from './memory/option.ts';
import { probeTraits } from './probe-traits.ts';

describe('a disk in memory is found to be what it is', () => {
  test('plain', () => {
    const tree = createMemoryTree();
    expect(probeTraits(tree)).toEqual(PLAIN_TRAITS);
    expect(tree.listStaged()).toEqual([]);
  });

  test('one of Windows, with the times of FAT', () => {
    const tree = createMemoryTree(WINDOWS_DISK);
    expect(probeTraits(tree)).toEqual({
      names: { foldsCase: true, foldsForm: false, isWindows: true, longest: 255, unit: 'byte' },
      ...{ hasLinks: false, keepsModes: false, mtimeStepUs: 2_000_000 },
    });
    expect(tree.listStaged()).toEqual([]);
  });

  test('one of macOS, whether it decomposes names or only takes both forms for one', () => {
    for (const decomposes of [true, false]) {
      const { names, hasLinks } = probeTraits(createMemoryTree({ ...MACOS_DISK, decomposes }));
      expect(names).toMatchObject({ foldsCase: true, foldsForm: true, isWindows: false });
      expect(hasLinks).toBe(true);
    }
  });

  test.each([1000n, 10_000_000n, 1_000_000_000n])('one that keeps times to %s ns', (stepNs) => {
    const { mtimeStepUs } = probeTraits(createMemoryTree({ mtimeGranularityNs: stepNs }));
    expect(BigInt(mtimeStepUs) * 1000n).toBe(stepNs);
  });
});

test('a kill at any moment of the asking leaves nothing that the next one does not sweep', () => {
  const { changes } = probed();
  for (let n = 1; n <= changes; n += 1) {
    const tree = createMemoryTree(MACOS_DISK);
    tree.fuse(n);
    expect(() => probeTraits(tree)).toThrow(Crash);
    const next = tree.processCrash();
    expect(probeTraits(next).names.foldsCase).toBe(true);
    expect(next.listStaged()).toEqual([]);
  }
});

function probed(): ReturnType<typeof createMemoryTree> {
  const tree = createMemoryTree(MACOS_DISK);
  probeTraits(tree);
  return tree;
}

test('a full disk tells nothing, and that is an error instead of a guess', () => {
  const tree = createMemoryTree();
  tree.disk.isFull = true;
  expect(() => probeTraits(tree)).toThrow('no space left');
});

describe('on a real disk', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'lanmirror-probe-'));
    mkdirSync(join(dir, '.lanmirror'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  test.runIf(process.platform === 'linux')('a usual one of Linux is plain, and nothing is left on it', () => {
    const tree = openLocalTarget(dir, { durability: 'checkpoint' });
    expect(probeTraits(tree)).toEqual(PLAIN_TRAITS);
    tree.release();
    expect(readdirSync(join(dir, '.lanmirror', 'tmp'))).toEqual([]);
  });
});
