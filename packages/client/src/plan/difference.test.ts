import { createMemoryStore } from '@lanmirror/engine/store';
import type { SourceEntry } from '@lanmirror/protocol';
import { expect, test } from 'vitest';
import { MirrorState } from '../state/mirror-state.ts';
import { countMirroredFiles, summarizeAdoption } from './difference.ts';

const FOLDER = 2;

test('of a share of which only a folder is mirrored, only what is below that folder is counted', () => {
  const state = new MirrorState(createMemoryStore());
  const put = (id: number, parentId: number, name: string, kind: SourceEntry['kind']): void => {
    const entry: SourceEntry = {
      ...{ id, parentId, name, kind, linkTarget: '' },
      ...{ sequence: id, version: id, sizeBytes: 0, mtimeUs: 0, mode: 0o644 },
    };
    state.transact(() => state.view.put(entry));
  };
  put(1, 0, '', 'directory');
  put(FOLDER, 1, 'wanted', 'directory');
  put(3, FOLDER, 'deeper', 'directory');
  put(4, FOLDER, 'a', 'file');
  put(5, 3, 'b', 'file');
  put(6, FOLDER, 'link', 'link');
  put(7, 1, 'elsewhere', 'file');
  put(8, FOLDER, '.lanmirror', 'directory');
  put(9, 8, 'reserved', 'file');
  expect(countMirroredFiles(state)).toBe(4);
  state.setMeta({ rootId: FOLDER });
  expect(countMirroredFiles(state)).toBe(2);
  expect(summarizeAdoption(state, () => false).toFetch).toBe(2);
});
