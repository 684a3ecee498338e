/** Checks of a real folder whose looks are known. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryStore } from '@lanmirror/engine/store';
import { loadHash, openLocalTarget, type WritableTree } from '@lanmirror/engine/tree';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../../engine/src/wire/system-clock.ts';
import { MirrorState } from '../state/mirror-state.ts';
import type { CheckResult } from './node-check.ts';
import { checkTarget } from './target-check.ts';

const ROOT = 1;

let place: string;
let target: string;
let tree: WritableTree;
let state: MirrorState;

beforeEach(async () => {
  await loadHash();
  place = mkdtempSync(join(tmpdir(), 'lanmirror-check-'));
  target = join(place, 'target');
  mkdirSync(target);
  tree = openLocalTarget(target, { durability: 'none' });
  state = new MirrorState(createMemoryStore());
  state.transact(() =>
    state.view.put({
      ...{ id: ROOT, parentId: 0, name: '', kind: 'directory', linkTarget: '', sequence: 1, version: 1 },
      ...{ sizeBytes: 0, mtimeUs: 0, mode: 0o755 },
    }),
  );
});
afterEach(() => {
  tree.release();
  // Node removes no tree as deep as one of these.
  execFileSync('rm', ['-rf', place]);
});

function check(): Promise<CheckResult> {
  return checkTarget({ tree, state, clock: systemClock, isStopped: () => false, looked: () => undefined });
}

const QUIET = { changed: [], missing: [], ids: [], added: 0, unreadable: [] };

test('a folder that became a link to the same folder elsewhere is not the one that was known', async () => {
  mkdirSync(join(target, 'a', 'b'), { recursive: true });
  writeFileSync(join(target, 'a', 'b', 'file'), 'x');
  await check();
  expect(await check()).toEqual(QUIET);
  renameSync(join(target, 'a'), join(place, 'away'));
  symlinkSync(join(place, 'away'), join(target, 'a'));
  expect((await check()).changed).toEqual(['a']);
  expect(state.baseline.idAt('a/b/file')).toBeUndefined();
});

test.skipIf(process.platform !== 'linux')(
  'a tree deeper than the longest path of the system is checked to its end, known or not',
  async () => {
    const name = 'n'.repeat(250);
    const path = Array.from({ length: 20 }, () => name);
    for (let depth = 1; depth <= path.length; depth += 1)
      tree.makeDirectory(path.slice(0, depth).join('/'), 0o755);
    tree.makeLink([...path, 'link'].join('/'), 'nowhere', 0);
    expect((await check()).added).toBe(path.length + 1);
    for (let time = 0; time < 2; time += 1) expect(await check()).toEqual(QUIET);
  },
);
