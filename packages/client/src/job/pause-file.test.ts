import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { forgetPause, notePause, pausedSince } from './pause-file.ts';

let stateDir: string;

beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'pause-file-'));
});

afterEach(() => rmSync(stateDir, { recursive: true }));

test('a pause is since the first word of it, and over when it is forgotten', () => {
  expect(pausedSince(stateDir)).toBeUndefined();
  notePause(stateDir, new Date(1000));
  notePause(stateDir, new Date(2000));
  expect(pausedSince(stateDir)).toBe('1970-01-01T00:00:01.000Z');
  forgetPause(stateDir);
  forgetPause(stateDir);
  expect(pausedSince(stateDir)).toBeUndefined();
});

test('a file that lost its text is a pause all the same', () => {
  writeFileSync(join(stateDir, 'paused'), '');
  expect(pausedSince(stateDir)).toBe('an unknown time');
});
