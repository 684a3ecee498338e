import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isVacant, newTargetId, readMarker, writeMarker } from './marker.ts';

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

describe('a kill on the way to the marker', () => {
  const id = newTargetId();
  const own = (): string => join(dir, '.lanmirror');

  test.each([[], [`marker-${id}`], [`marker-${id}`, `marker-${newTargetId()}`]])(
    'leaves a folder that is as good as empty, and the next start makes the marker: %j',
    async (...drafts) => {
      mkdirSync(own());
      for (const name of drafts) writeFileSync(join(own(), name), 'This folder is ke');
      expect([await isVacant(dir), await readMarker(dir)]).toEqual([true, undefined]);
      await writeMarker(dir, id);
      expect(await readMarker(dir)).toBe(id);
      expect(readdirSync(own())).toEqual(['marker']);
    },
  );

  test('is not what anything else in the folder comes from', async () => {
    expect(await isVacant(dir)).toBe(true);
    symlinkSync(tmpdir(), own());
    expect(await isVacant(dir)).toBe(false);
    rmSync(own());
    mkdirSync(own());
    for (const name of ['film', '.lanmirror/marker', '.lanmirror/marker-x', '.lanmirror/trash']) {
      writeFileSync(join(dir, name), '');
      expect(await isVacant(dir), name).toBe(false);
      rmSync(join(dir, name));
    }
    mkdirSync(join(own(), `marker-${id}`));
    expect(await isVacant(dir)).toBe(false);
  });
});

test('a FIFO in its place is not waited for', async () => {
  mkdirSync(join(dir, '.lanmirror'));
  execFileSync('mkfifo', [join(dir, '.lanmirror', 'marker')]);
  await expect(readMarker(dir)).rejects.toMatchObject({ code: 'MARKER_DAMAGED' });
});
