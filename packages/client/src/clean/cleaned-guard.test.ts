import { createMemoryStore } from '@lanmirror/engine/store';
import { hashBytes, loadHash, TreeError } from '@lanmirror/engine/tree';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { createMemoryTree, type MemoryTree } from '../../../engine/src/tree/memory/memory-tree.ts';
import { diskFacts } from '../state/baseline-entry.ts';
import { MirrorState } from '../state/mirror-state.ts';
import { CleanedGuard } from './cleaned-guard.ts';
import { type CleanedRecord, type CleanedRow, emptyRecord } from './cleaned-record.ts';

let state: MirrorState;
let tree: MemoryTree;
let record: CleanedRecord;
let guard: CleanedGuard;

beforeAll(loadHash);
beforeEach(() => {
  state = new MirrorState(createMemoryStore());
  tree = createMemoryTree();
  record = emptyRecord();
  guard = new CleanedGuard(record, { tree, state });
});

const row = (path: string, text: string): CleanedRow => ({
  ...{ path, sizeBytes: text.length, mtimeUs: 1, cleanedMs: 1 },
  hash: Buffer.from(hashBytes(new TextEncoder().encode(text))).toString('hex'),
});

/** A file of this content that both ends have, as far as the books say. */
function mirror(name: string, text: string): void {
  tree.user.write(name, text);
  const facts = { mode: 0o644, mtimeUs: 1, linkTarget: '', sequence: 1, version: 1 };
  const root = { ...facts, id: 1, parentId: 0, name: '', kind: 'directory' as const, sizeBytes: 0 };
  const file = { ...facts, id: 2, parentId: 1, name, kind: 'file' as const, sizeBytes: text.length };
  state.transact(() => {
    for (const entry of [root, file]) {
      const stat = entry === file ? tree.stat(name) : undefined;
      const disk = stat ? diskFacts(stat) : { ino: 0n, mtimeNs: 0n, ctimeNs: 0n, sizeBytes: 0 };
      const hash = entry === file ? hashBytes(new TextEncoder().encode(text)) : null;
      state.view.put(entry);
      state.baseline.put({ ...entry, hash, disk, bornMs: 0, checkpoint: 0 });
      state.markClean(entry.id);
    }
    state.setMeta({ rootId: 1 });
  });
}

test('what could not be parked has its rows where they were', () => {
  const rows = [row('d/a', 'a'), row('e', 'e')];
  record.add(rows);
  const park = (): void => {
    throw new TreeError('IO', 'd', 'no');
  };
  expect(() => guard.parking('d', 7, park)).toThrow('no');
  expect(record.rows()).toEqual(expect.arrayContaining(rows));
  expect(record.count).toBe(2);
});

test('what came by a rename is what the source has there, unless it is what was cleaned: the source may have lost it just now', () => {
  mirror('p', 'new');
  record.add([row('p', 'old')]);
  guard.cameTo('p');
  expect([record.isReturned('p'), record.takeSuspects()]).toEqual([true, ['p']]);
  record.add([row('p', 'new')]);
  guard.cameTo('p');
  expect([record.isReturned('p'), record.takeSuspects()]).toEqual([false, ['p']]);
  tree.user.write('p', 'edited by a person');
  guard.cameTo('p');
  expect([record.isReturned('p'), record.takeSuspects()]).toEqual([false, []]);
});
