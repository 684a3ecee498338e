import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { newTargetId, readMarker, writeMarker } from './marker.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'marker-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

test('a marker reads back, and nothing else is left beside it', async () => {
  expect(await readMarker(dir)).toBeUndefined();
  const id = newTargetId();
  await writeMarker(dir, id);
  expect(await readMarker(dir)).toBe(id);
  expect(readdirSync(join(dir, '.lanmirror'))).toEqual(['marker']);
});

test.each(['', 'target', 'target xyz\n'])(
  'a damaged one is an error for a person, not an absence: %j',
  async (text) => {
    mkdirSync(join(dir, '.lanmirror'));
    writeFileSync(join(dir, '.lanmirror', 'marker'), text);
    await expect(readMarker(dir)).rejects.toMatchObject({ code: 'MARKER_DAMAGED', exitCode: 3 });
  },
);

test('one that cannot be read is an error for a person, too', async () => {
  mkdirSync(join(dir, '.lanmirror', 'marker'), { recursive: true });
  await expect(readMarker(dir)).rejects.toMatchObject({ code: 'MARKER_UNREADABLE', exitCode: 3 });
});
