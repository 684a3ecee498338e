/** Nobody who can write in a tree gets us to act outside it, neither by a planted link nor by a race. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TreeError } from '../error.ts';
import type { WritableTree } from '../port.ts';
import { codeOf, put, textAt } from '../tree-conformance.suite.ts';
import { canHold } from './directories.ts';
import { openLocalTarget } from './index.ts';

let scratch: string;
let root: string;
let outside: string;
let tree: WritableTree;

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'lanmirror-race-'));
  root = join(scratch, 'root');
  outside = join(scratch, 'outside');
  for (const folder of [root, outside, join(root, '.lanmirror')]) mkdirSync(folder);
  writeFileSync(join(outside, 'canary'), 'untouched', { mode: 0o644 });
  utimesSync(join(outside, 'canary'), 1000, 1000);
  tree = openLocalTarget(root);
});

afterEach(() => {
  tree.release();
  rmSync(scratch, { recursive: true, force: true });
});

function expectOutsideUntouched(): void {
  expect(readdirSync(outside)).toEqual(['canary']);
  expect(readFileSync(join(outside, 'canary'), 'utf8')).toBe('untouched');
  expect(lstatSync(join(outside, 'canary'))).toMatchObject({ mtimeMs: 1_000_000, nlink: 1 });
  expect(lstatSync(join(outside, 'canary')).mode & 0o777).toBe(0o644);
}

/** Every operation on a name below `folder`, each allowed to fail but not to do anything elsewhere. */
function tryEverything(folder: string): void {
  const name = `${folder}/canary`;
  const attempts = [
    () => put(tree, `${folder}/new`, 'x'),
    () => put(tree, name, 'overwritten', true),
    () => tree.makeDirectory(`${folder}/sub`, 0o755),
    () => tree.makeLink(`${folder}/link`, 'x', 0),
    () => tree.setMetadata(name, { mode: 0o600, mtimeUs: 5 }),
    () => tree.keepVersion(name),
    () => tree.putAway(name),
    () => tree.move(`${folder}/new`, 'taken', { replace: true }),
    () => tree.move('taken', `${folder}/back`, { replace: true }),
    () => tree.putAway(`${folder}/back`),
    () => tree.putAway(`${folder}/sub`),
    () => tree.putAway(`${folder}/link`),
    () => expect(textAt(tree, name)).not.toBe('untouched'),
    () => expect(tree.list(folder).names).not.toContain('canary outside'),
  ];
  for (const attempt of attempts) {
    try {
      attempt();
    } catch (error) {
      if (!(error instanceof TreeError)) throw error;
    } finally {
      tree.release();
    }
  }
}

/** Swaps `root/sub` for a link to the folder outside and back, as fast as it can, until it is killed. */
async function startAttacker(): Promise<ChildProcess> {
  const script = `
    const fs = require('node:fs');
    const [sub, real, outside] = process.argv.slice(1);
    process.stdout.write('ready');
    const deadline = Date.now() + 60000;
    while (Date.now() < deadline) {
      fs.renameSync(sub, real);
      fs.symlinkSync(outside, sub);
      fs.unlinkSync(sub);
      fs.renameSync(real, sub);
    }`;
  const attacker = spawn(process.execPath, ['-e', script, join(root, 'sub'), join(root, 'real'), outside], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(attacker.stdout, 'data');
  return attacker;
}

/** A writer that trusts paths, until one of its files is found outside. Returns whether that happened. */
function naiveWriterEscapes(deadline: number): boolean {
  while (Date.now() < deadline) {
    try {
      writeFileSync(join(root, 'sub', 'escaped'), 'x');
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
    if (existsSync(join(outside, 'escaped'))) {
      rmSync(join(outside, 'escaped'));
      return true;
    }
  }
  return false;
}

describe.skipIf(!canHold())(
  'a folder swapped for a link again and again (skipped without descriptors to walk)',
  () => {
    test('leads a naive writer outside, and never us', async () => {
      mkdirSync(join(root, 'sub'));
      const attacker = await startAttacker();
      try {
        expect(naiveWriterEscapes(Date.now() + 20_000)).toBe(true);
        let rounds = 0;
        for (const deadline = Date.now() + 2500; Date.now() < deadline; rounds++) tryEverything('sub');
        expect(rounds).toBeGreaterThan(10);
        expect(naiveWriterEscapes(Date.now() + 20_000)).toBe(true);
        expectOutsideUntouched();
      } finally {
        attacker.kill('SIGKILL');
        await once(attacker, 'exit');
      }
    });
  },
);

describe.each(['held', 'checked'] as const)('planted links, walk %s', (walk) => {
  beforeEach(() => {
    tree = openLocalTarget(root, { walk });
  });

  test('a link on the way is never followed', () => {
    symlinkSync(outside, join(root, 'link'));
    mkdirSync(join(root, 'folder'));
    symlinkSync(outside, join(root, 'folder', 'link'));
    tryEverything('link');
    tryEverything('folder/link');
    expectOutsideUntouched();
  });

  test('a link at the name itself is replaced or put away, never what it points to', () => {
    symlinkSync(join(outside, 'canary'), join(root, 'name'));
    expect(codeOf(() => tree.open('name'))).toBe('NOT_A_FILE');
    tree.setMetadata('name', { mode: 0o600, mtimeUs: 5 });
    tree.keepVersion('name');
    put(tree, 'name', 'new', true);
    expect(textAt(tree, 'name')).toBe('new');
    expectOutsideUntouched();
  });

  test.each(['.lanmirror', '.lanmirror/tmp', '.lanmirror/trash'])(
    'a planted %s is refused, and named',
    (planted) => {
      if (!planted.includes('/')) rmSync(join(root, planted), { recursive: true });
      writeFileSync(join(root, 'file'), 'x');
      symlinkSync(outside, join(root, planted));
      const attempts: Record<string, () => unknown> = {
        tmp: () => tree.createStaged('s'),
        'lanmirror/tmp': () => tree.park('file', 'p'),
        trash: () => tree.putAway('file'),
      };
      for (const [folder, attempt] of Object.entries(attempts)) {
        if (planted.includes('/') && !planted.endsWith(folder)) continue;
        expect(attempt).toThrow(
          expect.objectContaining({ code: 'NOT_A_FILE', message: expect.stringContaining(planted) }),
        );
      }
      expect(textAt(tree, 'file')).toBe('x');
      expectOutsideUntouched();
    },
  );

  test('a day of the trash that is a planted link is not followed', () => {
    const today = openLocalTarget(root, { walk, wallMs: () => 0 });
    writeFileSync(join(root, 'file'), 'precious');
    mkdirSync(join(root, '.lanmirror/trash'), { recursive: true });
    for (const day of ['1969-12-31', '1970-01-01']) symlinkSync(outside, join(root, '.lanmirror/trash', day));
    const told = today.putAway('file');
    expect(readFileSync(join(root, told), 'utf8')).toBe('precious');
    expectOutsideUntouched();
  });

  test('a staged name that is a planted link is not written through', () => {
    mkdirSync(join(root, '.lanmirror/tmp'), { recursive: true });
    symlinkSync(join(outside, 'canary'), join(root, '.lanmirror/tmp/s'));
    expect(codeOf(() => tree.createStaged('s'))).toBe('EXISTS');
    expect(codeOf(() => tree.openStaged('s'))).toBe('NOT_A_FILE');
    tree.sweepStaged('s');
    expectOutsideUntouched();
  });
});
