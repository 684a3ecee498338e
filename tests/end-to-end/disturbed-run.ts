/**
 * What the tests of interrupted mirroring share: a real tree, a source that never rests, and what can be
 * asked of a mirror at any moment, even when both programs are dead.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  watch,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Doing } from './do-here.ts';
import { makePlace, type Place, type Program } from './programs.ts';

const PACKAGES = fileURLToPath(new URL('../../node_modules', import.meta.url));
const MAX_FILE_BYTES = 1 << 20;

/** Fills a folder with `files` copies of the files of this project's packages, up to 1 MiB each. */
export function fillWithPackages(dir: string, files: number): void {
  const paths = firstPackageFiles(files);
  for (let at = 0; at < files; at += 1) {
    const from = paths[at % paths.length] ?? '';
    const to = join(dir, `copy-${Math.floor(at / paths.length)}`, relative(PACKAGES, from));
    mkdirSync(dirname(to), { recursive: true });
    copyFileSync(from, to);
  }
}

/** At most so many files of this project's packages: there are far more than a test takes. */
function firstPackageFiles(count: number): string[] {
  const found: string[] = [];
  const walk = (dir: string): void => {
    for (const entry of readdirSync(dir, { withFileTypes: true })) {
      if (found.length === count) return;
      const path = join(dir, entry.name);
      if (entry.isDirectory()) walk(path);
      else if (entry.isFile() && lstatSync(path).size <= MAX_FILE_BYTES) found.push(path);
    }
  };
  walk(PACKAGES);
  return found;
}

/** Folders and programs for one test, which end with it: so tests can run side by side. */
export async function withPlace(work: (place: Place) => Promise<void>): Promise<void> {
  const place = makePlace();
  try {
    await work(place);
  } finally {
    await place.dispose();
  }
}

/** Absolute paths of the regular files below a folder, without what a client keeps at the top of a target. */
export function filesBelow(dir: string): string[] {
  const found: string[] = [];
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    if (entry.name === '.lanmirror') continue;
    const path = join(dir, entry.name);
    if (entry.isFile()) found.push(path);
    else if (entry.isDirectory()) found.push(...filesBelow(path));
  }
  return found;
}

export function hashOf(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('base64');
}

/** Hash and path of every file below a folder; empty when there is no such folder. */
export function contentsBelow(dir: string): Map<string, string> {
  if (!existsSync(dir)) return new Map();
  return new Map(filesBelow(dir).map((path) => [hashOf(readFileSync(path)), path]));
}

/** The trash of a target, whose contents may be searched for what is not in the target any more. */
export const trashDirOf = (target: string): string => join(target, '.lanmirror', 'trash');

/** Names in the folder of a target where files are built. */
export function stagedIn(target: string): string[] {
  const dir = join(target, '.lanmirror', 'tmp');
  return existsSync(dir) ? readdirSync(dir) : [];
}

/** Bytes of the largest file that is being built in a target. */
export function stagedBytes(target: string): number {
  const sizes = stagedIn(target).map(
    (name) => statSync(join(target, '.lanmirror', 'tmp', name), { throwIfNoEntry: false })?.size ?? 0,
  );
  return Math.max(0, ...sizes);
}

/** Calls `act` in the moment in which a file of so many bytes is being built in the target, which was joined before. */
export async function whenStaged(target: string, bytes: number, act: () => void): Promise<void> {
  const watcher = watch(join(target, '.lanmirror', 'tmp'));
  try {
    while (stagedBytes(target) < bytes) await once(watcher, 'change');
    act();
  } finally {
    watcher.close();
  }
}

/** Resolves when a program prints something new that matches; rejects when it ends or after `deadlineMs`. */
export function untilNew(program: Program, pattern: RegExp, deadlineMs = 60_000): Promise<void> {
  const from = program.output().length;
  const said = program.process.stdout;
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      clearTimeout(deadline);
      said?.off('data', look);
    };
    const giveUp = (): void => {
      leave();
      reject(new Error(`${pattern} was not printed:\n${program.output().slice(-3000)}`));
    };
    const deadline = setTimeout(giveUp, deadlineMs);
    const look = (): void => {
      if (!pattern.test(program.output().slice(from))) return;
      leave();
      resolve();
    };
    said?.on('data', look);
    void program.ended().then(giveUp);
  });
}

/** Runs a program to its end. */
export async function done(program: Program | Doing): Promise<{ code: number | null; output: string }> {
  return { code: await program.ended(), output: program.output() };
}

/** Bytes of file contents that the running client received in its life. */
export async function contentBytesOf(place: Place, port: number): Promise<number> {
  const { code, output } = await done(place.client(port, 'status', '--json'));
  if (code !== 0) throw new Error(output);
  return (JSON.parse(output) as { contentBytes: number }).contentBytes;
}

/** Ends a program as a power switch would. */
export async function killHard(program: Program): Promise<void> {
  program.process.kill('SIGKILL');
  await program.ended();
}

/** Asks a program to end; returns its exit code. */
export async function stopGently(program: Program): Promise<number | null> {
  program.process.kill('SIGTERM');
  return program.ended();
}
