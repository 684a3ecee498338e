import { createMemoryStore } from '@lanmirror/engine/store';
import { loadHash } from '@lanmirror/engine/tree';
import type { SourceEntry } from '@lanmirror/protocol';
import { beforeAll, expect, test } from 'vitest';
import { MirrorState } from '../state/mirror-state.ts';
import { type CleanedRow, emptyRecord } from './cleaned-record.ts';
import { endReturned } from './tend-record.ts';

beforeAll(loadHash);

const disk = { ino: 0n, mtimeNs: 0n, ctimeNs: 0n, sizeBytes: 0 };

function entryOf(id: number, parentId: number, name: string, kind: SourceEntry['kind']): SourceEntry {
  return {
    ...{ id, parentId, name, kind, sequence: id, version: id },
    ...{ sizeBytes: 0, mtimeUs: 0, mode: 0o644, linkTarget: '' },
  };
}

/** The source has a file again at the path of a row, with this hash here. */
function returned(hash: Uint8Array | null = null, row: Partial<CleanedRow> = {}) {
  const state = new MirrorState(createMemoryStore());
  const record = emptyRecord();
  state.transact(() => {
    for (const entry of [entryOf(1, 0, '', 'directory'), entryOf(2, 1, 'f', 'file')]) {
      state.view.put(entry);
      state.baseline.put({ ...entry, hash, disk, bornMs: 0, checkpoint: 0 });
      state.markClean(entry.id);
    }
  });
  record.add([{ path: 'f', sizeBytes: 0, mtimeUs: 0, hash: 'aa', cleanedMs: 0, ...row }]);
  return { state, record, isAtSource: () => true };
}

test('a row ends when the mirror has the file that the source has again', () => {
  const host = returned();
  endReturned(host, ['f']);
  expect(host.record.rowAt('f')).toBeUndefined();
});

test('a row does not end while what stands here is still the copy, because a rule passes the other file over', () => {
  const host = returned();
  host.state.transact(() => host.state.passedOver.note(2, true));
  endReturned(host, ['f']);
  expect(host.record.rowAt('f')).toBeDefined();
  host.state.transact(() => host.state.passedOver.note(2, false));
  endReturned(host, host.record.takeSuspects());
  expect(host.record.rowAt('f')).toBeUndefined();
});

const SAME = Uint8Array.of(0xaa);
const OTHER = Uint8Array.of(0xbb);

test.each<[string, Uint8Array | null, Partial<CleanedRow>, boolean]>([
  ['the same content, whatever its time', SAME, { mtimeUs: 5 }, true],
  ['another content of its size and time', OTHER, {}, false],
  ['another content', OTHER, { sizeBytes: 9 }, false],
  ['a content that nobody knows, with its size and time', null, {}, true],
  ['a content that nobody knows, with another time', null, { mtimeUs: 5 }, false],
])('of a row nothing is left after %s only when that is what was cleaned', (_what, hash, change, isEnded) => {
  const host = returned(hash, change);
  endReturned(host, ['f']);
  expect(host.record.rowAt('f')).toBeUndefined();
  const apart = host.record.rows().map(({ formerPath, hash: known }) => [formerPath, known]);
  expect(apart).toEqual(isEnded ? [] : [['f', 'aa']]);
});
