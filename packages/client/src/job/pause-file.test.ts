import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { forgetPause, notePause, pausedSince } from './pause-file.ts';

let programDir: string;

beforeEach(() => {
  programDir = mkdtempSync(join(tmpdir(), 'pause-file-'));
});

afterEach(() => rmSync(programDir, { recursive: true }));

test('a pause is since the first word of it, and over when it is forgotten', () => {
  expect(pausedSince(programDir, 'films')).toBeUndefined();
  notePause(programDir, 'films', new Date(1000));
  notePause(programDir, 'films', new Date(2000));
  expect(pausedSince(programDir, 'films')).toBe('1970-01-01T00:00:01.000Z');
  forgetPause(programDir, 'films');
  forgetPause(programDir, 'films');
  expect(pausedSince(programDir, 'films')).toBeUndefined();
});

test('a file that lost its text is a pause all the same', () => {
  notePause(programDir, 'films', new Date());
  for (const file of readdirSync(programDir)) writeFileSync(join(programDir, file), '');
  expect(pausedSince(programDir, 'films')).toBe('an unknown time');
});

test('a pause is of one name, in any case, however long the name is', () => {
  const long = '界'.repeat(64);
  notePause(programDir, `Films ${long}`, new Date(1000));
  expect(pausedSince(programDir, `films ${long}`)).toBe('1970-01-01T00:00:01.000Z');
  expect(pausedSince(programDir, long)).toBeUndefined();
  expect(pausedSince(join(programDir, 'nowhere'), long)).toBeUndefined();
});
