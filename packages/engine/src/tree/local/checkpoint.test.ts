import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CheckedDirectories } from './checked-directories.ts';
import { syncFileSystems } from './checkpoint.ts';
import { PendingChanges } from './pending-changes.ts';

let scratch: string;

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'lanmirror-checkpoint-'));
});

afterEach(() => rmSync(scratch, { recursive: true, force: true }));

/** A program named sync that notes its arguments and then does `script`. */
function programThat(script: string): string {
  const program = join(scratch, 'sync');
  writeFileSync(program, `#!/bin/sh\necho "called $*" >>${scratch}/calls\n${script}\n`, { mode: 0o755 });
  return program;
}

const calls = () => readFileSync(join(scratch, 'calls'), 'utf8');

test('whole file systems are flushed by name', async () => {
  await syncFileSystems(['/a', '/b c'], programThat('exit 0'));
  expect(calls()).toBe('called -f /a /b c\n');
});

test('a sync that does not know -f flushes everything instead', async () => {
  const program = programThat(`[ $# = 0 ] || { echo "sync: unrecognized option: f" >&2; exit 1; }`);
  await syncFileSystems(['/a'], program);
  expect(calls()).toBe('called -f /a\ncalled \n');
});

test('an error of the device is FLUSH_FAILED and never hidden by a second try', async () => {
  const program = programThat('echo "sync: error syncing /a: Input/output error" >&2; exit 1');
  await expect(syncFileSystems(['/a'], program)).rejects.toMatchObject({ code: 'FLUSH_FAILED' });
  expect(calls()).toBe('called -f /a\n');
});

test('a sync that is not there is FLUSH_FAILED', async () => {
  await expect(syncFileSystems(['/a'], join(scratch, 'none'))).rejects.toMatchObject({
    code: 'FLUSH_FAILED',
  });
});

test('pending changes follow their node when it is renamed', () => {
  const directories = new CheckedDirectories(scratch);
  const at = (path: string) => ({ directories, path });
  const pending = new PendingChanges(true);
  pending.node(at('a/b/file'));
  pending.node(at('ab'));
  pending.folder(at('a/b'));
  pending.renamed(at('a'), at('c/d'));
  const { files, folders, isMany } = pending.take();
  expect(isMany).toBe(false);
  expect(files.map(({ path }) => path).sort()).toEqual(['ab', 'c/d/b/file']);
  expect(folders.map(({ path }) => path).sort()).toEqual(['', 'c', 'c/d/b']);
  expect(pending.take()).toMatchObject({ files: [], folders: [], isMany: false });
});

test('beyond 64 it is only known that there are many, also after a flush that failed', () => {
  const directories = new CheckedDirectories(scratch);
  const pending = new PendingChanges(true);
  for (let count = 0; count < 64; count++) pending.node({ directories, path: String(count) });
  expect(pending.take()).toMatchObject({ isMany: false });
  for (let count = 0; count < 65; count++) pending.node({ directories, path: String(count) });
  expect(pending.take()).toMatchObject({ isMany: true, files: [] });
  pending.giveBack();
  expect(pending.take().isMany).toBe(true);
  expect(pending.take().isMany).toBe(false);
});

test('a tree that is never flushed keeps nothing', () => {
  mkdirSync(join(scratch, 'a'));
  const pending = new PendingChanges(false);
  for (let count = 0; count < 100; count++)
    pending.name({ directories: new CheckedDirectories(scratch), path: String(count) });
  expect(pending.take()).toEqual({ files: [], folders: [], isMany: false, fileSystems: [] });
});
