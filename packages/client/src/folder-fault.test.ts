import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfiguration } from '@lanmirror/engine/host';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { folderFaults } from './folder-fault.ts';

let dir: string;
beforeEach(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'lanmirror-folder-')));
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

const ini = (): string => join(dir, 'client.ini');

test.each([
  ['TrashDir = s/t\nTargetDir = m\nSource = s', 'line 2, TrashDir', 's/t'],
  ['StateDir = s/state\nTargetDir = m\nSource = s', 'line 2, StateDir', 's/state'],
  ['Source = .\nTargetDir = /elsewhere/m', 'line 2, Source', 'home'],
])('a source that holds what we write to is named: %j', (lines, place, folder) => {
  mkdirSync(join(dir, 's'));
  writeFileSync(ini(), `[Client]\n${lines}\n`);
  const input = { section: 'Client', config: ini(), flags: {}, env: {}, cwd: dir } as const;
  const env = { XDG_STATE_HOME: join(dir, 'home') };
  const [fault, ...more] = folderFaults(readConfiguration(input), env);
  expect(more).toEqual([]);
  expect(fault?.message).toContain(`${ini()} ${place}: ${join(dir, folder)}`);
  expect(fault?.message).toContain('lies in the folder that it mirrors');
  expect(readdirSync(dir).sort()).toEqual(['client.ini', 's']);
});

test.each([
  ['TargetDir = m', []],
  ['TargetDir = m\nTrashDir = t\nSource = s\nStateDir = state', []],
  ['TargetDir = m\nTrashDir = m/t', ['TrashDir']],
  ['TargetDir = s/m\nSource = s', ['Source']],
  ['TargetDir = s\nSource = s', ['Source']],
  ['TargetDir = m\nStateDir = m/state', ['the state folder']],
  ['TargetDir = /', ['whole disk']],
  ['Source = s', []],
])('what a start refuses of the folders is named with the line of the target: %j', (lines, wanted) => {
  writeFileSync(ini(), `[Client]\n${lines}\n`);
  const input = { section: 'Client', config: ini(), flags: {}, env: {}, cwd: dir } as const;
  const faults = folderFaults(readConfiguration(input), {});
  expect(faults.map(({ message }) => message)).toEqual(wanted.map((one) => expect.stringContaining(one)));
  for (const { message } of faults) expect(message).toContain(`${ini()} line 2, TargetDir: `);
});
