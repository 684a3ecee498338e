/** `npm run server -- ARGS` and `npm run client -- ARGS`: the program as if it were installed. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { endWithNpm } from './end-with-npm.mjs';
import { ensureBuilt, ensureInstalled, PROGRAMS, ROOT } from './install.mjs';
import { localKey } from './local-key.mjs';

const [program, ...args] = process.argv.slice(2);
if (!PROGRAMS.includes(program)) {
  console.error(`usage: node scripts/run.mjs ${PROGRAMS.join('|')} [arguments]`);
  process.exit(2);
}
let child;
endWithNpm(() => child.kill('SIGTERM'));
ensureInstalled();
ensureBuilt();

const bin = join(ROOT, 'packages', program, 'bin', `lanmirror-${program}.js`);
// npm changes to the project's folder; paths in the arguments mean what they meant where they were typed.
child = spawn(process.execPath, [bin, ...args], {
  stdio: 'inherit',
  cwd: process.env.INIT_CWD,
  env: { ...process.env, ...(program === 'client' && localKey(args)) },
});

for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT']) {
  process.on(signal, () => {
    // Ctrl-C on a terminal reaches the child by itself; twice would mean "at once".
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  });
}
child.on('error', (error) => {
  console.error(error.message);
  process.exit(1);
});
child.on('exit', (code, signal) => {
  if (signal === null) process.exit(code ?? 1);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
