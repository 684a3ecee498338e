/** A kill while a version is copied into the trash, on a file system without hard links: nothing half is left there. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { put } from '../tree-conformance.suite.ts';
import { openLocalTarget } from './index.ts';

type FileSystem = typeof import('node:fs');

const MAX_CHANGES = 200;

const disk = vi.hoisted(() => ({ hasHardLinks: true, beforeChange: (): void => undefined }));

vi.mock('node:fs', async (original) => {
  const real = await original<FileSystem>();
  const changes = [
    ...['openSync', 'writeSync', 'writeFileSync', 'ftruncateSync', 'fsyncSync', 'fchmodSync', 'futimesSync'],
    ...['renameSync', 'mkdirSync', 'unlinkSync', 'rmdirSync', 'symlinkSync'],
  ];
  const told = changes.map((name) => {
    const change = real[name as 'openSync'] as (...given: unknown[]) => unknown;
    const counted = (...given: unknown[]): unknown => {
      disk.beforeChange();
      return change(...given);
    };
    return [name, counted];
  });
  const linkSync: FileSystem['linkSync'] = (from, to) => {
    if (!disk.hasHardLinks) throw Object.assign(new Error('EPERM'), { code: 'EPERM', syscall: 'link' });
    real.linkSync(from, to);
  };
  return { ...real, ...Object.fromEntries(told), linkSync };
});

/** Keeps a version, killed before the change with this number. Returns what is in the trash after the next start. */
function keptAfterKill(
  scratch: string,
  trashDir: string,
  killAt: number,
): { kept: string[]; isOver: boolean } {
  const root = join(scratch, 'root');
  mkdirSync(join(root, '.lanmirror'), { recursive: true, mode: 0o700 });
  const open = () => openLocalTarget(root, trashDir === '' ? {} : { trashDir });
  const tree = open();
  put(tree, 'file', 'content');
  let changes = 0;
  disk.hasHardLinks = false;
  disk.beforeChange = () => {
    changes += 1;
    if (changes > killAt) throw new Error('killed');
  };
  let isOver = true;
  try {
    tree.keepVersion('file');
  } catch (error) {
    expect((error as Error).message).toBe('killed');
    isOver = false;
  } finally {
    Object.assign(disk, { hasHardLinks: true, beforeChange: () => undefined });
  }
  const next = open();
  for (const name of next.listStaged()) next.sweepStaged(name);
  expect(next.listStaged()).toEqual([]);
  expect(readFileSync(join(root, 'file'), 'utf8')).toBe('content');
  tree.release();
  next.release();
  const trash = trashDir === '' ? join(root, '.lanmirror/trash') : trashDir;
  const days = existsSync(trash) ? readdirSync(trash).filter((name) => /^\d/.test(name)) : [];
  return { isOver, kept: days.flatMap((day) => readdirSync(join(trash, day))) };
}

test.each(['in the target', 'elsewhere'])(
  'of a copy that is cut short nothing stays in a trash %s',
  (where) => {
    let at = 0;
    for (let isOver = false; !isOver && at < MAX_CHANGES; at += 1) {
      const scratch = mkdtempSync(join(tmpdir(), 'kept-copy-'));
      try {
        const after = keptAfterKill(scratch, where === 'elsewhere' ? join(scratch, 'bin') : '', at);
        isOver = after.isOver;
        expect(
          after.kept.filter((name) => name !== 'file'),
          `killed before change ${at}`,
        ).toEqual([]);
        if (isOver) expect(after.kept).toEqual(['file']);
      } finally {
        disk.hasHardLinks = true;
        rmSync(scratch, { recursive: true });
      }
    }
    expect(at).toBeGreaterThan(5);
    expect(at).toBeLessThan(MAX_CHANGES);
  },
);
