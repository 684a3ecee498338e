import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openLocalSource } from './index.ts';
import { escapeName } from './name-list.ts';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lanmirror-names-'));
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

const raw = (...parts: (string | number)[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'number' ? Buffer.from([part]) : Buffer.from(part))));

describe.skipIf(process.platform !== 'linux')(
  'names that are not UTF-8 (skipped where there are none)',
  () => {
    test('are told apart from names that really contain a replacement character', () => {
      writeFileSync(raw(`${root}/caf`, 0xe9, '.txt'), 'x');
      writeFileSync(join(root, 'real \ufffd'), 'x');
      writeFileSync(join(root, 'café'), 'x');
      const { names, undecodable } = openLocalSource(root).list('');
      expect([...names].sort()).toEqual(['café', 'real \ufffd']);
      expect(undecodable).toEqual(['caf\\xe9.txt']);
    });

    test('do not hide the names beside them in a folder of their own', () => {
      mkdirSync(raw(`${root}/`, 0xff, 0xfe));
      for (let at = 0; at < 100; at++) writeFileSync(join(root, `file ${at}`), 'x');
      const { names, undecodable } = openLocalSource(root).list('');
      expect(names).toHaveLength(100);
      expect(undecodable).toEqual(['\\xff\\xfe']);
    });
  },
);

test('every byte outside of a valid sequence is escaped, the rest stays readable', () => {
  expect(escapeName(raw('caf', 0xe9, '.txt'))).toBe('caf\\xe9.txt');
  expect(escapeName(raw('é', 0xc3, '文', 0xe6, 0x96, '🎬', 0xf0))).toBe('é\\xc3文\\xe6\\x96🎬\\xf0');
  expect(escapeName(raw(0xed, 0xa0, 0x80))).toBe('\\xed\\xa0\\x80');
  expect(escapeName(raw('\ufeffbom', 0x80))).toBe('\ufeffbom\\x80');
});
