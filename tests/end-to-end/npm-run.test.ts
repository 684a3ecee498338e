/** `npm run server`, `npm run client` and `npm start` in a clone that is built. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { difference } from './programs.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const scripts = (await import(new URL('../../scripts/installed.mjs', import.meta.url).href)) as {
  isInstalled(root: string): boolean;
};
// The scripts would install anew.
const isInstalled = scripts.isInstalled(ROOT);
if (!isInstalled) console.info('skipped: npm run, because it would install the packages first');

/** What of the project is needed to run its programs; without their sources nothing is ever built anew. */
const NEEDED = [
  'package.json',
  'package-lock.json',
  'server.ini',
  'client.ini',
  'scripts',
  join('demo', 'source'),
];
const PROGRAMS = ['server', 'client'].map((name) => join('packages', name));

/** The project, built, in a folder of its own: below the tests that run its programs nothing may be built. */
function cloneInto(clone: string): void {
  for (const name of NEEDED)
    cpSync(join(ROOT, name), join(clone, name), { recursive: true, preserveTimestamps: true });
  for (const program of PROGRAMS)
    for (const name of ['package.json', 'bin', 'bundle'])
      cpSync(join(ROOT, program, name), join(clone, program, name), {
        recursive: true,
        preserveTimestamps: true,
        filter: (path) => !path.endsWith('.map'),
      });
  linkPackages(join(ROOT, 'node_modules'), join(clone, 'node_modules'));
  const now = new Date();
  for (const program of PROGRAMS) utimesSync(join(clone, program, 'bundle', 'main.cjs'), now, now);
}

/** Each by itself: what npm did in the clone would only take links away. */
function linkPackages(from: string, to: string): void {
  mkdirSync(to);
  for (const name of readdirSync(from))
    if (name === '.package-lock.json') cpSync(join(from, name), join(to, name), { preserveTimestamps: true });
    else symlinkSync(join(from, name), join(to, name));
}

let dir: string;
let clone: string;
let running: ChildProcess[];
beforeEach(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'lanmirror-npm-')));
  clone = join(dir, 'clone');
  mkdirSync(clone);
  cloneInto(clone);
  running = [];
});
afterEach(() => {
  for (const { exitCode, signalCode, pid } of running)
    if (exitCode === null && signalCode === null && pid !== undefined) process.kill(-pid, 'SIGKILL');
  rmSync(dir, { recursive: true });
});

interface Run {
  readonly process: ChildProcess;
  readonly text: () => string;
  readonly end: Promise<unknown>;
}

const npmRun = (name: string, ...args: string[]): Run => runInClone('npm', ['run', name, '--', ...args]);

/** What is read is what the command and all below it print: it ends when the last of them does. */
function runInClone(command: string, args: readonly string[]): Run {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([key]) => !/^(npm_|LANMIRROR_|INIT_CWD)/.test(key)),
  );
  const child = spawn(command, args, {
    cwd: clone,
    env: { ...env, XDG_STATE_HOME: join(dir, 'state'), XDG_RUNTIME_DIR: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  running.push(child);
  child.stderr.pipe(process.stderr, { end: false });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  return { process: child, text: () => text, end: once(child, 'close') };
}

test.runIf(isInstalled)(
  'the client finds the key of the server, and a SIGTERM to npm ends the program',
  async () => {
    const server = npmRun('server', '--port', '0', '--bind-ip', '127.0.0.1');
    while (!server.text().includes('Scanned ')) await once(server.process.stdout ?? server.process, 'data');
    const port = /Listening on 127\.0\.0\.1:(\d+)/.exec(server.text())?.[1] ?? '';
    const target = join(dir, 'target');
    const client = npmRun('client', 'sync', '--server-port', port, '--target-dir', target);
    expect([await client.end, client.text()]).toEqual([[0, null], expect.stringMatching(/^in sync$/m)]);
    expect(difference(join(clone, 'demo', 'source'), target)).toEqual([]);
    server.process.kill('SIGTERM');
    await server.end;
    expect(server.text()).toContain('Stopping (SIGTERM).');
    expect(server.text() + client.text()).not.toContain('Building');
  },
);

test.runIf(isInstalled)('npm start ends both programs when nobody reads any more what it says', async () => {
  // Not by npm, which ends what it has started.
  const { process: start, text, end } = runInClone(process.execPath, [join('scripts', 'start.mjs')]);
  while (!text().includes('Drop a file')) await once(start.stdout ?? start, 'data');
  start.stdout?.destroy();
  // What all of them may write to is closed by the last one only.
  await end;
});
