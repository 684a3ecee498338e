import { describe, expect, test } from 'vitest';
import {
  type FoundRoot,
  judgeRoot,
  ROOT_FAULT_MESSAGES,
  type RootFault,
  type RootHealth,
} from './root-health.ts';

const identity = { dev: 1n, ino: 2n };
const folder: FoundRoot = { kind: 'directory', ...identity };
const halt = (fault: RootFault): RootHealth => ({ halt: fault });

describe('judgeRoot', () => {
  test.each<[string, Parameters<typeof judgeRoot>[0], RootHealth]>([
    ['the folder it was is healthy', { expected: identity, found: folder, indexedEntries: 5 }, 'healthy'],
    ['gone is missing', { expected: identity, found: undefined, indexedEntries: 5 }, halt('missing')],
    [
      'gone before the first scan is missing',
      { expected: undefined, found: undefined, indexedEntries: 0 },
      halt('missing'),
    ],
    [
      'an error is not an absence',
      { expected: identity, found: 'unreadable', indexedEntries: 5 },
      halt('unreadable'),
    ],
    [
      'a file is no folder',
      { expected: identity, found: { ...folder, kind: 'file' }, indexedEntries: 5 },
      halt('not-a-folder'),
    ],
    [
      'a link is no folder',
      { expected: undefined, found: { ...folder, kind: 'link' }, indexedEntries: 0 },
      halt('not-a-folder'),
    ],
    [
      'a device is no folder',
      { expected: undefined, found: { ...folder, kind: 'other' }, indexedEntries: 0 },
      halt('not-a-folder'),
    ],
    [
      'another inode is another folder',
      { expected: identity, found: { ...folder, ino: 3n }, indexedEntries: 5 },
      halt('replaced'),
    ],
    [
      'another time of birth is another folder, whatever its number',
      {
        expected: { ...identity, birthtimeNs: 5n },
        found: { ...folder, birthtimeNs: 6n },
        indexedEntries: 5,
      },
      halt('replaced'),
    ],
    [
      'a time of birth that is not known proves nothing',
      { expected: { ...identity, birthtimeNs: 5n }, found: folder, indexedEntries: 5 },
      'healthy',
    ],
    [
      'another device is a mount',
      { expected: identity, found: { ...folder, dev: 9n }, indexedEntries: 5 },
      halt('other-file-system'),
    ],
    [
      'a mount has another inode too',
      { expected: identity, found: { ...folder, dev: 9n, ino: 9n }, indexedEntries: 5 },
      halt('other-file-system'),
    ],
    [
      'an empty mount point is a mount first',
      { expected: identity, found: { ...folder, dev: 9n }, indexedEntries: 5, listedEntries: 0 },
      halt('other-file-system'),
    ],
    [
      'numbers may differ across a restart',
      { expected: undefined, found: { ...folder, dev: 9n, ino: 9n }, indexedEntries: 5, listedEntries: 5 },
      'healthy',
    ],
    [
      'once indexed and empty at start',
      { expected: undefined, found: folder, indexedEntries: 1, listedEntries: 0 },
      halt('emptied'),
    ],
    [
      'never indexed and empty is a new root',
      { expected: undefined, found: folder, indexedEntries: 0, listedEntries: 0 },
      'healthy',
    ],
    [
      'one entry left is not emptied',
      { expected: undefined, found: folder, indexedEntries: 9000, listedEntries: 1 },
      'healthy',
    ],
    [
      'without a listing nothing is said about emptiness',
      { expected: identity, found: folder, indexedEntries: 9 },
      'healthy',
    ],
  ])('%s', (_rule, sighting, health) => {
    expect(judgeRoot(sighting)).toEqual(health);
  });

  test('every fault says its cause and the next step, each in its own words', () => {
    const texts = Object.values(ROOT_FAULT_MESSAGES).flatMap(({ cause, next }) => [cause, next]);
    expect(Object.keys(ROOT_FAULT_MESSAGES).sort()).toEqual([
      'emptied',
      'missing',
      'not-a-folder',
      'other-file-system',
      'replaced',
      'unreadable',
    ]);
    expect(new Set(texts).size).toBe(12);
    expect(texts.every((text) => text.length > 20)).toBe(true);
  });
});
