/** Starts and ends the real programs in folders of their own, and compares trees. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Doing, doHere } from './do-here.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Program {
  readonly process: ChildProcess;
  /** Everything printed so far. */
  output(): string;
  /** Resolves with the first match in what is printed from the start on; rejects when the program ends before. */
  until(pattern: RegExp): Promise<RegExpExecArray>;
  ended(): Promise<number | null>;
}

export interface Place {
  readonly dir: string;
  readonly source: string;
  readonly target: string;
  server(...flags: string[]): Promise<{ program: Program; port: number }>;
  client(port: number, verb: string, ...flags: string[]): Program;
  /** What such a client does in one go, without a program of its own. */
  once(port: number, verb: string, ...flags: string[]): Doing;
  /** With exactly these arguments, in `dir`. */
  run(name: 'server' | 'client', args: readonly string[], options?: StartOptions): Program;
  dispose(): Promise<void>;
}

/** Folders for one test, and the programs started in them. */
export function makePlace(): Place {
  const dir = mkdtempSync(join(tmpdir(), 'lanmirror-e2e-'));
  const source = join(dir, 'source');
  const target = join(dir, 'target');
  const key = join(dir, 'server-state', 'key');
  mkdirSync(source);
  const running: Program[] = [];
  const argsOf = (port: number, [verb = '', ...flags]: readonly string[]): string[] => [
    ...[verb, '--config', '/dev/null', '--server-ip', '127.0.0.1', '--server-port', String(port)],
    ...['--target-dir', target, '--state-dir', join(dir, 'client-state'), '--key-file', key],
    ...['--log-level', 'debug', ...flags],
  ];
  const run = (name: string, args: readonly string[], options: StartOptions = {}): Program => {
    const program = start(name, args, dir, options);
    running.push(program);
    return program;
  };
  return {
    dir,
    source,
    target,
    run,
    async server(...flags) {
      const program = run('server', [
        ...['--config', '/dev/null', '--monitor-dir', source, '--bind-ip', '127.0.0.1'],
        ...['--state-dir', join(dir, 'server-state'), '--port', '0', ...flags],
      ]);
      const [, port] = await program.until(/Listening on 127\.0\.0\.1:(\d+)/);
      return { program, port: Number(port) };
    },
    client: (port, ...words) => run('client', argsOf(port, words)),
    once: (port, ...words) => doHere(dir, argsOf(port, words)),
    async dispose() {
      for (const { process } of running) if (process.exitCode === null) process.kill('SIGKILL');
      await Promise.all(running.map((program) => program.ended()));
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** The environment of a program whose clock is ahead by `ms`. */
export const clockAhead = (ms: number): { NODE_OPTIONS: string } => ({
  NODE_OPTIONS: `--import=data:text/javascript,Date.now=(now=>()=>now()+${ms})(Date.now)`,
});

/** By a clock that is ahead by this all files have been quiet for a minute: what changed just now may be cleaned. */
export const LATER_MS = 61_000;
export const LATER_CLOCK = clockAhead(LATER_MS);

interface StartOptions {
  /** Added to the environment. */
  readonly env?: Record<string, string>;
  /** A command in front of the program, like `setpriv`. */
  readonly wrap?: readonly string[];
}

/** What a program says on both streams is read in the order in which it says it, and it keeps the id of its process. */
const ONE_STREAM = ['-c', 'exec "$0" "$@" 2>&1'];

function start(
  name: string,
  args: readonly string[],
  cwd: string,
  { env = {}, wrap = [] }: StartOptions,
): Program {
  const bin = join(ROOT, 'packages', name, 'bin', `lanmirror-${name}.js`);
  const child = spawn('/bin/sh', [...ONE_STREAM, ...wrap, process.execPath, bin, ...args], {
    cwd,
    // What programs note about themselves stays in the test's folder.
    env: { ...process.env, XDG_STATE_HOME: join(cwd, 'xdg-state'), ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let text = '';
  const waiting = new Set<() => void>();
  const add = (chunk: Buffer): void => {
    text += chunk.toString();
    for (const look of waiting) look();
  };
  child.stdout?.on('data', add);
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    process: child,
    output: () => text,
    ended: () => ended,
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const match = pattern.exec(text);
          if (match === null) return;
          waiting.delete(look);
          resolve(match);
        };
        waiting.add(look);
        void ended.then(() => reject(new Error(`${name} ended before ${pattern}:\n${text}`)));
        look();
      }),
  };
}

/** What a line of a tree has of the content of a file. */
type OfContent = (path: string, sizeBytes: bigint) => string;
const byHash: OfContent = (path) => hashOf(path);
const bySize: OfContent = (_path, sizeBytes) => `${sizeBytes} bytes`;

/** One line for each entry: path, kind, mode, time in microseconds, link target, content hash. */
export function listTree(root: string, ofContent: OfContent = byHash): string[] {
  const lines: string[] = [];
  const walk = (path: string): void => {
    const stat = lstatSync(join(root, path), { bigint: true, throwIfNoEntry: false });
    // Gone while the tree is being changed: the next comparison sees what came of it.
    if (stat === undefined) return;
    const us = stat.mtimeNs / 1000n;
    if (stat.isSymbolicLink()) {
      lines.push(`${path} link ${us} ${readlinkSync(join(root, path))}`);
      return;
    }
    const mode = (Number(stat.mode) & 0o777).toString(8);
    if (!stat.isDirectory()) {
      lines.push(`${path} file ${mode} ${us} ${ofContent(join(root, path), stat.size)}`);
      return;
    }
    lines.push(`${path} folder ${mode} ${us}`);
    for (const name of readdirSync(join(root, path)))
      if (path !== '' || name !== '.lanmirror') walk(join(path, name));
  };
  if (existsSync(root)) walk('');
  return lines.sort();
}

/** Paths of the files of a tree, in the order of {@link listTree}. */
export function filesIn(root: string): string[] {
  return listTree(root, bySize).flatMap((line) => /^(.*) file [0-7]+ \d+ /.exec(line)?.[1] ?? []);
}

/** Writes a file, and makes its folders. */
export function write(root: string, path: string, content = `content of ${path}`): void {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), content);
}

/** Lines of one tree that the other has not. */
export function difference(a: string, b: string, ofContent: OfContent = byHash): string[] {
  const left = new Set(listTree(a, ofContent));
  const right = new Set(listTree(b, ofContent));
  return [...[...left].filter((line) => !right.has(line)), ...[...right].filter((line) => !left.has(line))];
}

/** One for all: a fresh one for each of thousands of small files took more time than all else of a comparison. */
const PIECE = Buffer.allocUnsafe(1 << 18);

function hashOf(path: string): string {
  const hash = createHash('sha256');
  const file = openSync(path, 'r');
  try {
    for (let got = readSync(file, PIECE); got > 0; got = readSync(file, PIECE))
      hash.update(PIECE.subarray(0, got));
  } finally {
    closeSync(file);
  }
  return hash.digest('hex');
}

/**
 * While the trees change under the comparison it may fail: then they are not equal yet. Contents are read when all else is
 * equal.
 */
function tryDifference(a: string, b: string): string[] {
  try {
    const rest = difference(a, b, bySize);
    return rest.length > 0 ? rest : difference(a, b);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [String(error)];
    throw error;
  }
}

/** Most changes are there after a moment; what takes longer is not slowed down by looking all the time. */
const [FIRST_LOOK_MS, LATER_LOOK_MS] = [10, 200];

/** Waits until both trees are equal; the deadline is only there to end a failing test. */
export async function untilEqual(a: string, b: string, deadlineMs = 30_000): Promise<void> {
  const end = performance.now() + deadlineMs;
  let pauseMs = FIRST_LOOK_MS;
  for (let rest = tryDifference(a, b); rest.length > 0; rest = tryDifference(a, b)) {
    if (performance.now() > end) throw new Error(`still different:\n${rest.slice(0, 20).join('\n')}`);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    pauseMs = Math.min(pauseMs * 2, LATER_LOOK_MS);
  }
}

/** Content of every file in the target's trash, and where every link there leads. */
export function trashOf(target: string): string[] {
  const found: string[] = [];
  const walk = (dir: string): void => {
    for (const entry of readdirSync(dir, { withFileTypes: true })) {
      const path = join(dir, entry.name);
      if (entry.isDirectory()) walk(path);
      else found.push(entry.isSymbolicLink() ? readlinkSync(path) : readFileSync(path, 'utf8'));
    }
  };
  const trash = join(target, '.lanmirror', 'trash');
  if (!existsSync(trash)) return found;
  // What is written down about the trash is no part of what is in it.
  for (const day of readdirSync(trash)) if (day !== 'journal') walk(join(trash, day));
  return found;
}

/** Every path below a folder with its kind and content, to show that nothing was lost or left. */
export function contentOf(dir: string): string[] {
  if (!existsSync(dir)) return ['(does not exist)'];
  return (readdirSync(dir, { recursive: true }) as string[]).sort().map((path) => {
    const stat = lstatSync(join(dir, path));
    return stat.isFile() ? `${path}: ${hashOf(join(dir, path))}` : `${path} (${stat.mode.toString(8)})`;
  });
}
