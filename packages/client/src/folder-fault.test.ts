import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
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

const place = (): string => join(dir, 'client.ini');

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
  writeFileSync(place(), `[Client]\n${lines}\n`);
  const input = { section: 'Client', config: place(), flags: {}, env: {}, cwd: dir } as const;
  const faults = folderFaults(readConfiguration(input), {});
  expect(faults.map(({ message }) => message)).toEqual(wanted.map((one) => expect.stringContaining(one)));
  for (const { message } of faults) expect(message).toContain(`${place()} line 2, TargetDir: `);
});
