import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findRunning, recordRunning } from './running-record.ts';

let folder: string;
let env: Record<string, string>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'running-'));
  const runtime = join(folder, 'runtime');
  mkdirSync(runtime, { mode: 0o700 });
  env = { XDG_STATE_HOME: join(folder, 'state'), XDG_RUNTIME_DIR: runtime };
});
afterEach(() => rmSync(folder, { recursive: true }));

const stateDirs = (root: string): string[] =>
  findRunning('server', root, env)
    .map(({ stateDir }) => stateDir)
    .sort();

test('every program on a root is found while it runs, whatever its state folder is', () => {
  expect(stateDirs('/a')).toEqual([]);
  const forget = recordRunning('server', '/a', '/state/1', env);
  recordRunning('server', '/a', '/state/2', env);
  recordRunning('server', '/a', '/state/2', env);
  recordRunning('server', '/b', '/state/3', env);
  recordRunning('client', '/a', '/state/4', env);
  expect(stateDirs('/a')).toEqual(['/state/1', '/state/2']);
  forget();
  expect(stateDirs('/a')).toEqual(['/state/2']);
});

test('one that is dead is not found, and neither is what is no record', () => {
  recordRunning('server', '/a', '/state/1', env);
  recordRunning('server', '/a', '/state/2', env);
  const running = join(folder, 'state', 'lanmirror', 'running');
  const [one = '', two = ''] = readdirSync(running);
  const record = JSON.parse(readFileSync(join(running, one), 'utf8')) as { pid: number };
  const { pid } = spawnSync('true');
  writeFileSync(join(running, one), JSON.stringify({ ...record, pid }));
  expect(stateDirs('/a')).toHaveLength(1);
  writeFileSync(join(running, two), '{"pid":');
  expect(stateDirs('/a')).toEqual([]);
});

test('where the home cannot be written it is found through the folder of the control sockets', () => {
  writeFileSync(join(folder, 'file'), '');
  env.XDG_STATE_HOME = join(folder, 'file');
  const forget = recordRunning('server', '/a', '/state/1', env);
  expect(stateDirs('/a')).toEqual(['/state/1']);
  expect(existsSync(join(folder, 'runtime', 'lanmirror-running'))).toBe(true);
  forget();
  expect(stateDirs('/a')).toEqual([]);
});
