import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { hashBytes, loadHash, openCleanableSource, openOwnJournal } from '@lanmirror/engine/tree';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CleanedRecord } from './cleaned-record.ts';
import { explainAbsence } from './explain-absence.ts';

await loadHash();

const WALL_MS = new Date(2025, 2, 31, 12).getTime();
const MTIME_S = 1_600_000_001;
const text = new TextEncoder().encode('content');

let dir: string;
let sourceDir: string;
let targetDir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lanmirror-explain-'));
  [sourceDir, targetDir] = [join(dir, 'source'), join(dir, 'target')];
  for (const folder of [sourceDir, join(targetDir, '.lanmirror')]) mkdirSync(folder, { recursive: true });
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const entry = {
  ...{ id: 2, parentId: 1, name: 'x', kind: 'file' as const, sequence: 1, version: 1, mode: 0o644 },
  ...{ linkTarget: '', movedIn: 0, isFresh: false, hash: hashBytes(text) },
  ...{ sizeBytes: text.length, mtimeUs: MTIME_S * 1e6, mtimeNs: BigInt(MTIME_S) * 1_000_000_000n },
  ...{ ctimeNs: 0n, birthtimeNs: 0n, dev: 1n, ino: 2n, links: 1 },
};

/** What a cleaner leaves that took `path`; of a target that keeps times to two seconds. */
function clean(path: string): void {
  const file = join(sourceDir, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  utimesSync(file, MTIME_S, MTIME_S);
  const source = openCleanableSource(sourceDir, () => WALL_MS);
  source.prepare();
  source.keep(source.take(path));
  source.release();
  const hash = Buffer.from(hashBytes(text)).toString('hex');
  const record = new CleanedRecord(openOwnJournal(targetDir, 'cleaned'));
  record.add([{ path, sizeBytes: text.length, mtimeUs: (MTIME_S - 1) * 1e6, hash, cleanedMs: WALL_MS }]);
}

test('a file is explained by its row on the target and by itself in the trash of the source', () => {
  clean('d/x');
  const isExplained = explainAbsence(sourceDir, targetDir);
  expect(isExplained('d/x', entry)).toBe(true);
  expect(isExplained('d/x', { ...entry, hash: null })).toBe(true);
});

test.each([
  ['another size', { sizeBytes: 8 }],
  ['another time', { mtimeUs: entry.mtimeUs + 1 }],
  ['another content', { hash: hashBytes(new Uint8Array(7)) }],
  ['another kind', { kind: 'link' as const }],
])('one that the index has with %s is not: it was another version that went', (_what, other) => {
  clean('d/x');
  expect(explainAbsence(sourceDir, targetDir)('d/x', { ...entry, ...other })).toBe(false);
});

test('without its row, or without the trash in the folder that stands there, nothing is', () => {
  clean('x');
  expect(explainAbsence(sourceDir, targetDir)('y', entry)).toBe(false);
  rmSync(join(sourceDir, '.lanmirror/trash'), { recursive: true });
  expect(explainAbsence(sourceDir, targetDir)('x', entry)).toBe(false);
  rmSync(sourceDir, { recursive: true });
  expect(explainAbsence(sourceDir, targetDir)('x', entry)).toBe(false);
});

test('a target that is away, or a row that has ended, explains nothing', () => {
  clean('x');
  const record = new CleanedRecord(openOwnJournal(targetDir, 'cleaned'));
  record.refresh();
  record.end(['x']);
  expect(explainAbsence(sourceDir, targetDir)('x', entry)).toBe(false);
  rmSync(targetDir, { recursive: true });
  expect(explainAbsence(sourceDir, targetDir)('x', entry)).toBe(false);
});
