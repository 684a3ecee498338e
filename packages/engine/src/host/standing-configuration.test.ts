import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readStanding } from './standing-configuration.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lanmirror-standing-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

function read(ini: string, flags: Record<string, string> = {}): { targetDir: string; told: string[] } {
  const config = join(dir, 'client.ini');
  writeFileSync(config, ini);
  const told: string[] = [];
  const { text } = readStanding({ section: 'Client', config, flags, env: {}, cwd: dir }, (line) =>
    told.push(line),
  );
  return { targetDir: text('TargetDir'), told };
}

test('what is wrong in the INI is told, and the rest of it holds', () => {
  const { targetDir, told } = read('[Client]\nTargetDir = /m\nMaxWorkers = 99\nFoo = 1\n');
  expect(targetDir).toBe('/m');
  expect(told.length).toBe(3);
  expect(told.join('\n')).toContain('client.ini line 3, MaxWorkers: "99" is not');
  expect(told.join('\n')).toContain('client.ini line 4: unknown key Foo');
  expect(read('[Client]\nTargetDir = /m\n').told).toEqual([]);
});

test('what is wrong in a flag is refused, and so is an INI that is none', () => {
  const ini = '[Client]\nTargetDir = /m\n';
  expect(() => read(ini, { 'max-workers': '99' })).toThrow('--max-workers');
  expect(() => read('[Client]\nnonsense\n')).toThrow('line 2');
});
