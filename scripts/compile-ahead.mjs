/**
 * Lets each program run, a server and a client that mirrors from it, then a client that makes one pass over a folder of this
 * machine, and keeps what V8 has compiled by then: a later run adds to what it found. All of it happens in a folder of its
 * own and on 127.0.0.1.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleOf, ROOT } from './install.mjs';

/** For each program. */
const MOST_MS = 60_000;
const RUN_AND_KEEP = join(ROOT, 'scripts', 'run-and-keep.mjs');

/** Writes the compiled code of all programs beside their bundles. Without it they work, and start slower. */
export async function compileAhead() {
  const dir = mkdtempSync(join(tmpdir(), 'lanmirror-build-'));
  const running = [];
  const run = (program, ...args) => {
    const child = start(program, args, dir);
    running.push(child);
    return child;
  };
  try {
    mkdirSync(join(dir, 'source', 'folder'), { recursive: true });
    for (const name of ['a', 'folder/b']) writeFileSync(join(dir, 'source', name), name);
    const own = ['--config', '/dev/null', '--state-dir'];
    const serving = ['--monitor-dir', 'source', '--bind-ip', '127.0.0.1', '--port', '0'];
    const server = run('server', ...own, 'server-state', ...serving);
    const [, port] = await server.until(/Listening on 127\.0\.0\.1:(\d+)/);
    const from = ['--server-ip', '127.0.0.1', '--server-port', port, '--key-file', 'server-state/key'];
    const client = run('client', 'start', ...own, 'client-state', '--target-dir', 'target', ...from);
    await client.until(/^in sync/m);
    for (const { process } of [client, server]) {
      process.kill('SIGTERM');
      await once(process, 'close');
    }
    const onePass = ['sync', ...own, 'pass-state', '--source', 'source', '--target-dir', 'pass-target'];
    await once(run('client', ...onePass).process, 'close');
  } finally {
    for (const { process } of running) if (process.exitCode === null) process.kill('SIGKILL');
    rmSync(dir, { recursive: true, force: true });
  }
}

function start(program, args, cwd) {
  const env = { ...process.env, XDG_STATE_HOME: join(cwd, 'xdg-state'), UV_THREADPOOL_SIZE: '16' };
  for (const name of Object.keys(env)) if (name.startsWith('LANMIRROR_')) delete env[name];
  const signal = AbortSignal.timeout(MOST_MS);
  const child = spawn(process.execPath, [RUN_AND_KEEP, bundleOf(program), ...args], { cwd, env, signal });
  // Its end is what counts, and is told besides.
  child.once('error', () => undefined);
  let text = '';
  const until = (pattern) =>
    new Promise((resolve, reject) => {
      const look = (chunk) => {
        text += chunk;
        const match = pattern.exec(text);
        if (match !== null) resolve(match);
      };
      child.stdout.on('data', look);
      child.stderr.on('data', look);
      child.once('close', () => reject(new Error(`the ${program} ended before ${pattern}:\n${text}`)));
    });
  return { process: child, until };
}
