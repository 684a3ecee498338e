import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findProgramDir, openProgramDir } from './job-place.ts';
import { notePause, pausedSince } from './pause-file.ts';

let folder: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'job-place-')));
});

afterEach(() => rmSync(folder, { recursive: true }));

test('what is known of an INI, its pauses too, stays when the path becomes a link to another version of it', () => {
  const env = { XDG_STATE_HOME: join(folder, 'state') };
  const ini = join(folder, 'client.ini');
  for (const version of ['1', '2']) {
    mkdirSync(join(folder, version));
    writeFileSync(join(folder, version, 'client.ini'), '');
  }
  symlinkSync(join('1', 'client.ini'), ini);
  notePause(openProgramDir(ini, env), 'films', new Date(0));
  rmSync(ini);
  symlinkSync(join('2', 'client.ini'), ini);
  expect(pausedSince(findProgramDir(ini, env), 'films')).toBe('1970-01-01T00:00:00.000Z');
  expect(openProgramDir(ini, env)).toBe(findProgramDir(ini, env));
  symlinkSync('1', join(folder, 'by-link'));
  const [byLink, plain] = ['by-link', '1'].map((one) => findProgramDir(join(folder, one, 'client.ini'), env));
  expect(byLink).toBe(plain);
});
