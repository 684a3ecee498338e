/** Things are taken out of a trash to a disk without hard links, a stick for example. */
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { restoreItem } from './restore.ts';

const link = vi.hoisted(() =>
  vi.fn(() => Promise.reject(Object.assign(new Error('EPERM'), { code: 'EPERM', syscall: 'link' }))),
);
vi.mock('node:fs/promises', async (original) => ({
  ...(await original<typeof import('node:fs/promises')>()),
  link,
}));

test('what is restored has its content, mode and time, and what stands there stays', async () => {
  const root = mkdtempSync(join(tmpdir(), 'lanmirror-restore-'));
  const at = '2026-01-02/a/f';
  mkdirSync(join(root, 'trash/2026-01-02/a'), { recursive: true });
  writeFileSync(join(root, 'trash', at), 'content', { mode: 0o640 });
  const facts = { trashedMs: 1, reason: 'deleted', kind: 'file', sizeBytes: 7, isAlone: true } as const;
  const item = { at, path: 'a/f', ...facts };
  const to = join(root, 'to');
  await restoreItem(join(root, 'trash'), item, to);
  const [was, is] = [lstatSync(join(root, 'trash', at)), lstatSync(join(to, 'a/f'))];
  expect(readFileSync(join(to, 'a/f'), 'utf8')).toBe('content');
  expect([is.mode, Math.round(is.mtimeMs)]).toEqual([was.mode, Math.round(was.mtimeMs)]);
  writeFileSync(join(to, 'a/f'), 'mine');
  await expect(restoreItem(join(root, 'trash'), item, to)).rejects.toMatchObject({ code: 'EEXIST' });
  expect(readFileSync(join(to, 'a/f'), 'utf8')).toBe('mine');
  expect(readdirSync(join(to, 'a'))).toEqual(['f']);
  expect(link).toHaveBeenCalled();
  rmSync(root, { recursive: true });
});
