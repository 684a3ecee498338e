/**
 * `npm start`: a server and a client on this machine, as server.ini and client.ini say, live until
 * Ctrl-C. Their state lies in demo/state, and the client reads the key that the server made there.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, relative, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { endWithNpm } from './end-with-npm.mjs';
import { readSetting } from './ini-setting.mjs';
import { ensureBuilt, ensureInstalled, ROOT } from './install.mjs';

const DEFAULT_PORT = 8080;
/** How long a program may take to stop by itself. */
const STOP_MS = 15_000;

const running = new Set();
let isStopping = false;

/** The port itself if it is free, another one that is if not. */
async function freePort(wanted) {
  for (const port of [wanted, 0]) {
    const probe = createServer();
    try {
      await once(probe.listen({ port, exclusive: true }), 'listening');
      return probe.address().port;
    } catch (error) {
      if (port === 0 || error.code !== 'EADDRINUSE') throw error;
    } finally {
      if (probe.listening) await new Promise((done) => probe.close(done));
    }
  }
}

/** Settings of a person's other mirrors must not reach into this one. */
function cleanEnvironment() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('LANMIRROR_')));
}

function startProgram(program, args, stdout) {
  const bin = join(ROOT, 'packages', program, 'bin', `lanmirror-${program}.js`);
  const stdio = ['ignore', stdout, 'inherit'];
  const child = spawn(process.execPath, [bin, 'start', ...args], {
    cwd: ROOT,
    stdio,
    env: cleanEnvironment(),
  });
  running.add(child);
  child.on('exit', (code, signal) => {
    running.delete(child);
    if (!isStopping) {
      console.log(`lanmirror-${program} ended (${signal ?? `exit code ${code}`}), stopping.`);
      process.exitCode = code || 1;
      stop('SIGTERM');
    }
  });
  return child;
}

/** Asks everything that runs to stop and waits for it. */
function stop(signal) {
  isStopping = true;
  for (const child of running) child.kill(signal);
  const timer = setTimeout(() => {
    for (const child of running) child.kill('SIGKILL');
    console.error(`A program did not stop within ${STOP_MS / 1000} seconds and was killed.`);
    process.exitCode = 1;
  }, STOP_MS);
  // Nothing keeps this process alive once both are gone.
  timer.unref();
}

/** Passes the server’s lines on; resolves when it can be connected to and has said so, or has ended. */
function untilListening(server) {
  return new Promise((done) => {
    const lines = createInterface({ input: server.stdout });
    lines.on('line', (line) => {
      console.log(line);
      // The last line of its greeting.
      if (/^the key is in/i.test(line)) done();
    });
    lines.on('close', done);
  });
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    // Ctrl-C on a terminal reaches both programs by itself; a second signal would mean "at once".
    const isFromTerminal = signal === 'SIGINT' && process.stdin.isTTY;
    stop(isFromTerminal || isStopping ? 0 : 'SIGTERM');
  });
}

// Who read what is said here is gone (`npm start | head`), or this script failed: nobody else would stop the two.
process.stdout.on('error', () => stop('SIGTERM'));
process.on('exit', () => {
  for (const child of running) child.kill('SIGTERM');
});

endWithNpm(() => stop('SIGTERM'));
ensureInstalled();
ensureBuilt();

const configured = Number(readSetting('server.ini', 'Port', DEFAULT_PORT));
const port = await freePort(configured);
if (port !== configured) console.log(`Port ${configured} is in use, taking ${port} instead.`);
const source = resolve(ROOT, readSetting('server.ini', 'MonitorDir', 'demo/source'));
const target = resolve(ROOT, readSetting('client.ini', 'TargetDir', 'demo/mirror'));
const state = join(ROOT, 'demo', 'state');
mkdirSync(state, { recursive: true, mode: 0o700 });

const serverState = join(state, 'server');
const serverArgs = ['--config', 'server.ini', '--port', String(port), '--state-dir', serverState];
const server = startProgram('server', serverArgs, 'pipe');
await untilListening(server);
if (!isStopping && running.has(server)) {
  console.log('');
  console.log(
    `Drop a file into ${relative(process.cwd(), source) || source}: it appears in ${relative(process.cwd(), target) || target}.`,
  );
  console.log('Ctrl-C stops both.');
  console.log('');
  const clientArgs = ['--config', 'client.ini', '--server-port', String(port)];
  clientArgs.push('--state-dir', join(state, 'client'), '--key-file', join(serverState, 'key'));
  startProgram('client', clientArgs, 'inherit');
}
