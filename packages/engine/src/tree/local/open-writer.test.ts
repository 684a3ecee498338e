import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, lstatSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openWriters } from './open-writer.ts';

let dir: string;
let path: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lanmirror-open-writer-'));
  path = join(dir, 'file');
  writeFileSync(path, 'content');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const isOpen = (): boolean => openWriters()(lstatSync(path, { bigint: true }));
const isLinux = process.platform === 'linux';

test.runIf(isLinux).each(['w', 'a', 'r+'])(
  'a file that is open with %s is known, until it is closed',
  (how) => {
    const descriptor = openSync(path, how);
    try {
      expect(isOpen()).toBe(true);
    } finally {
      closeSync(descriptor);
    }
    expect(isOpen()).toBe(false);
  },
);

test('who only reads it is no writer', () => {
  const descriptor = openSync(path, 'r');
  try {
    expect(isOpen()).toBe(false);
  } finally {
    closeSync(descriptor);
  }
});

test.runIf(isLinux)('another process is seen, too', async () => {
  const script = `require('fs').openSync(${JSON.stringify(path)}, 'a'); console.log('open'); process.stdin.resume()`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  try {
    await once(child.stdout, 'data');
    expect(isOpen()).toBe(true);
  } finally {
    child.stdin.end();
    await ended;
  }
  expect(isOpen()).toBe(false);
});

test('where nothing can be looked at nothing is known to be open', () => {
  expect(openWriters(join(dir, 'none'))(lstatSync(path, { bigint: true }))).toBe(false);
});
