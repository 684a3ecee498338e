/**
 * Steps of the local tree in a child process: under another user, in a mount namespace that ends with it, or with
 * failing system calls.
 */

import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import type { TargetOptions } from './index.ts';

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Whether this machine has mount namespaces. */
export const canMount = spawnSync('unshare', ['-m', 'true']).status === 0;

/** A call of the tree, or `text` (reads a file), `put` (path, text, replace), `pending` (flush) or `sh`. */
export type Step = readonly [call: string, ...args: unknown[]];
/** What a step gave: a value, or the code of the TreeError with its message. */
export type Outcome = { readonly value?: unknown; readonly code?: string; readonly message?: string };

const RUNNER = `
  import { execFileSync } from 'node:child_process';
  import { closeSync, mkdirSync, openSync } from 'node:fs';
  import { openLocalTarget } from './local/index.ts';
  import { dayItems, pruneItem, trashDays } from './trash/index.ts';
  const [root, options, steps] = JSON.parse(process.argv[2]);
  try {
    mkdirSync(root + '/.lanmirror', { mode: 0o700 });
  } catch {
    // A disk that is read-only, or has no room, is what some of the steps are about: they meet it themselves.
  }
  const tree = openLocalTarget(root, options);
  const spent = [];
  const calls = {
    put: (path, text, replace) => put(tree, path, text, replace),
    putBytes: (path, bytes, replace) => put(tree, path, 'x'.repeat(bytes), replace),
    text: (path) => textAt(tree, path),
    prune: (path) => prune(root + '/.lanmirror/trash', path),
    sh: (script) => execFileSync('sh', ['-c', script], { encoding: 'utf8' }),
    exhaust: () => {
      for (;;) {
        try {
          spent.push(openSync('/dev/null'));
        } catch {
          return;
        }
      }
    },
    relieve: () => spent.forEach((descriptor) => closeSync(descriptor)),
    fill: (name) => {
      const staged = tree.createStaged(name);
      try {
        staged.writeSync(Buffer.alloc(16 * 1024 * 1024), 0);
      } finally {
        staged.keep();
      }
    },
  };
  function put(tree, path, text, replace = false) {
    const staged = tree.createStaged('put');
    try {
      staged.writeSync(Buffer.from(text), 0);
      staged.setMetadata({ mode: 0o640, mtimeUs: 1234567 });
      staged.publish(path, { replace });
    } finally {
      staged.discard();
    }
  }
  function textAt(tree, path) {
    const file = tree.open(path);
    const buffer = Buffer.alloc(file.stat().sizeBytes);
    file.readSync(buffer, 0, buffer.length, 0);
    file.close();
    return buffer.toString();
  }
  // As of the day after, when no folder is kept for what may be on its way.
  async function prune(trash, path) {
    for (const day of await trashDays(trash))
      for (const item of await dayItems(trash, day, (_, error) => { throw error; }))
        if (item.path === path) await pruneItem(trash, item, Date.now() + 25 * 3600_000);
  }
  const outcomes = [];
  for (const [call, ...args] of steps) {
    await new Promise((resolve) => setImmediate(resolve));
    try {
      outcomes.push({ value: await (calls[call] ?? tree[call].bind(tree))(...args) });
    } catch (error) {
      outcomes.push({ code: error.code ?? 'none', message: error.message });
    }
  }
  const plain = (_, value) => (typeof value === 'bigint' ? Number(value) : value);
  process.stdout.write(JSON.stringify(outcomes, plain));
`;

let program: string;
let programFolder: string;
/** Of one test; the tree is in it. */
export let scratch: string;
/** The tree. */
export let root: string;

/** To be called once at the top of a test file: a tree for each of its tests. */
export function makeTreeForEach(): void {
  beforeAll(async () => {
    programFolder = mkdtempSync(join(tmpdir(), 'lanmirror-program-'));
    chmodSync(programFolder, 0o755);
    program = join(programFolder, 'runner.mjs');
    await build({
      stdin: { contents: RUNNER, resolveDir: source('..'), loader: 'js' },
      alias: { '@lanmirror/protocol': source('../../../../protocol/src/index.ts') },
      banner: {
        js: `import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);`,
      },
      outfile: program,
      bundle: true,
      platform: 'node',
      format: 'esm',
      logLevel: 'error',
    });
  });

  afterAll(() => rmSync(programFolder, { recursive: true, force: true }));

  beforeEach(() => {
    scratch = mkdtempSync(join(tmpdir(), 'lanmirror-system-'));
    chmodSync(scratch, 0o755);
    root = join(scratch, 'root');
    mkdirSync(root);
  });

  afterEach(() => rmSync(scratch, { recursive: true, force: true }));
}

/** Runs steps in a child process. `$0` in `setUp` is the root; `wrap` is put before the program. */
export function run(
  steps: readonly Step[],
  { options = {}, setUp = ':', wrap = [] }: Conditions = {},
): Outcome[] {
  const command = [...wrap, process.execPath, program, JSON.stringify([root, options, steps])];
  const script = `set -e; ${setUp}; exec "$@"`;
  const args = canMount ? ['-m', 'sh', '-c', script, root, ...command] : ['-c', script, root, ...command];
  const output = execFileSync(canMount ? 'unshare' : 'sh', args, { encoding: 'utf8' });
  return JSON.parse(output) as Outcome[];
}

/** The mode in the stat that a step gave. */
export function modeIn(outcome: Outcome | undefined): unknown {
  const { value } = outcome ?? {};
  return typeof value === 'object' && value !== null && 'mode' in value ? value.mode : undefined;
}

export interface Conditions {
  readonly options?: TargetOptions;
  readonly setUp?: string;
  readonly wrap?: readonly string[];
}
