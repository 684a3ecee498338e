/** Makes sure that what is about to run is installed and built. Says one plain line when that takes time. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isInstalled, modifiedMs } from './installed.mjs';

/** The folder of the project. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** The programs, each bundled into `packages/NAME/bundle/main.cjs`. */
export const PROGRAMS = ['server', 'client'];

const OLDEST_NODE = [20, 19];

/** Checks the version of Node and installs the packages unless those of the lock file are there. */
export function ensureInstalled() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
    fail(`lanmirror needs Node ${OLDEST_NODE.join('.')} or newer; this is ${process.versions.node}.`);
  }
  if (isInstalled(ROOT)) return;
  console.log('Installing packages (first time, or other ones are needed now)...');
  quietly('npm', ['ci', '--include=dev', '--no-audit', '--no-fund'], 'The packages could not be installed.');
}

/** Builds the programs unless their bundles are newer than every source. */
export function ensureBuilt() {
  const built = Math.min(...PROGRAMS.map((name) => modifiedMs(bundleOf(name))));
  if (built >= newestSourceMs()) return;
  console.log('Building...');
  quietly(process.execPath, [join(ROOT, 'scripts', 'build.mjs')], 'The build failed.');
}

/** Where the bundle of a program is. */
export function bundleOf(program) {
  return join(ROOT, 'packages', program, 'bundle', 'main.cjs');
}

function newestSourceMs() {
  const configuration = ['package-lock.json', 'tsconfig.json', 'tsconfig.base.json', 'scripts/build.mjs'];
  let newest = Math.max(...configuration.map((name) => modifiedMs(join(ROOT, name))));
  for (const name of readdirSync(join(ROOT, 'packages'))) {
    const folder = join(ROOT, 'packages', name);
    newest = Math.max(newest, modifiedMs(join(folder, 'package.json')), newestBelow(join(folder, 'src')));
  }
  return newest;
}

/** Folders count too: a source that was removed changes nothing else. */
function newestBelow(folder) {
  if (!existsSync(folder)) return 0;
  let newest = modifiedMs(folder);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) newest = Math.max(newest, newestBelow(path));
    else if (!/\.(test|suite)\.ts$/.test(entry.name)) newest = Math.max(newest, modifiedMs(path));
  }
  return newest;
}

/** Runs a command in the project; its output is shown only when it fails, and then this process ends. */
function quietly(command, args, message) {
  const shell = process.platform === 'win32' && command === 'npm';
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: ROOT, encoding: 'utf8', shell });
  if (status === 0) return;
  fail([stdout, stderr, error?.message, message].filter(Boolean).join('\n'));
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
