import os from 'node:os';
import { expect, test } from 'vitest';
import { hasRoom, requireRoom, untilRoom } from './free-space.ts';

const NEVER = new Promise<never>(() => undefined);

test('where there is room nothing is said, and nobody waits', async () => {
  const said: string[] = [];
  expect(hasRoom(os.tmpdir())).toBe(true);
  expect(() => requireRoom(os.tmpdir())).not.toThrow();
  expect(await untilRoom(os.tmpdir(), (text) => said.push(text), NEVER)).toBe(true);
  expect(said).toEqual([]);
});

test('where there is none, that is said once with what is needed, and an end is an end', async () => {
  const said: string[] = [];
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const waiting = untilRoom(os.tmpdir(), (text) => said.push(text), ended, Number.MAX_SAFE_INTEGER);
  end();
  expect(await waiting).toBe(false);
  expect(said).toEqual([expect.stringMatching(/is full \(\d+ KiB free\)\. .*and it goes on by itself\.$/)]);
});

test('a disk that does not say how full it is counts as one with room', () => {
  expect(hasRoom('/no/such/folder')).toBe(true);
});
