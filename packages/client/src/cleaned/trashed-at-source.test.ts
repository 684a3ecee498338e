import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TRASH } from '@lanmirror/engine/tree';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CleanedFile } from './cleaned-desk.ts';
import { trashedText } from './trashed-at-source.ts';

let source: string;
beforeEach(() => {
  source = mkdtempSync(join(tmpdir(), 'lanmirror-trashed-'));
});
afterEach(() => rmSync(source, { recursive: true, force: true }));

const DAY = '2026-11-21';

function putIntoTrash(path: string, hash: string, why: 'cleaned' | 'deleted' = 'cleaned'): void {
  const trash = join(source, TRASH);
  for (const folder of [DAY, 'journal']) mkdirSync(join(trash, folder), { recursive: true });
  writeFileSync(join(trash, DAY, path), 'x');
  const line = { at: `${DAY}/${path}`, path, ms: 1, why, size: 1, us: 1, hash, age: 1 };
  appendFileSync(join(trash, 'journal', `${DAY}.jsonl`), `\n${JSON.stringify(line)}`);
}

const file = (path: string, hash: string): CleanedFile => ({
  ...{ path, hash, standing: 'gone', why: '', kind: null, sizeBytes: 1 },
  ...{ cleanedMs: 1, vacantPath: '', isAtSource: false, hasNoPlace: false },
});

test('a person is told how many are still in the trash of the source, by path or by content, and where', async () => {
  expect(await trashedText('', [file('a', '0a')])).toBe('');
  const where = join(source, TRASH);
  mkdirSync(where, { recursive: true });
  expect(await trashedText(source, [file('a', '0a')])).toBe(
    `The trash of the source, ${where}, has none of it any more.`,
  );
  putIntoTrash('a', '0a');
  putIntoTrash('b', '0b');
  putIntoTrash('not cleaned', '0c', 'deleted');
  const left = `still in the trash of the source, ${where}, which is left as it is.`;
  expect(await trashedText(source, [file('a', '')])).toBe(`It is ${left}`);
  expect(await trashedText(source, [file('a', '0a'), file('renamed b', '0b')])).toBe(`All 2 are ${left}`);
  expect(await trashedText(source, [file('a', '0a'), file('not cleaned', '0c')])).toBe(
    `1 of the 2 is ${left}`,
  );
});

test('what cannot be read of that trash is told as not known', async () => {
  putIntoTrash('a', '0a');
  rmSync(join(source, TRASH), { recursive: true });
  writeFileSync(join(source, TRASH), 'no folder');
  expect(await trashedText(source, [file('a', '0a')])).toContain('is not known');
});

test('of a source that is away, or of which the trash was deleted, nobody says that it has none of it', async () => {
  for (const dir of [source, join(source, 'not mounted')])
    expect(await trashedText(dir, [file('a', '0a')])).toBe(
      `Whether the trash of the source has any of it is not known: ${join(dir, TRASH)} is not there now, because the source is away, or because that was deleted.`,
    );
});
