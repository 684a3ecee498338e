/**
 * `npm run build`: checks the types and bundles each program into one file, compiled ahead, so that it starts fast. What
 * has native code stays in node_modules.
 */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { compileAhead } from './compile-ahead.mjs';
import { bundleOf, PROGRAMS, ROOT } from './install.mjs';
import { NATIVE, REQUIRE } from './native-package.mjs';

const require = createRequire(import.meta.url);

/** yargs and what it lays out help with use `plain-width.mjs`. Others, who print names of files, keep the real one. */
const plainWidth = {
  name: 'plain-width',
  setup(build) {
    const path = join(ROOT, 'scripts', 'plain-width.mjs');
    build.onResolve({ filter: /^string-width$/ }, ({ importer }) =>
      /node_modules[/\\](yargs|cliui|wrap-ansi)[/\\]/.test(importer) ? { path } : undefined,
    );
  },
};

function checkTypes() {
  const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-b'], { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

/** Programs of threads, each in a file of its own: what it needs is little, and is loaded fast. */
const THREADS = {
  client: {
    'placing-worker': 'packages/engine/src/tree/local/placing-worker.ts',
    'look-worker': 'packages/engine/src/tree/local/look-worker.ts',
  },
  server: {},
};

/** What `bundled-program.ts` runs: an expression, whose value is a function. */
const PROGRAM = {
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  define: { 'import.meta.url': 'bundleUrl' },
  banner: { js: '(function (require, bundleUrl) {' },
  footer: { js: '})' },
};
const STARTER = { format: 'cjs', outExtension: { '.js': '.cjs' } };
const THREAD = { format: 'esm', outExtension: { '.js': '.mjs' }, banner: { js: REQUIRE } };

async function bundle(program) {
  rmSync(dirname(bundleOf(program)), { recursive: true, force: true });
  await bundleFiles(program, { main: join('packages', program, 'src', 'main.ts') }, PROGRAM);
  await bundleFiles(program, { start: 'packages/engine/src/host/bundled-program.ts' }, STARTER);
  await bundleFiles(program, THREADS[program], THREAD);
}

async function bundleFiles(program, entryPoints, kind) {
  const { build } = await import('esbuild');
  await build({
    absWorkingDir: ROOT,
    entryPoints,
    outdir: dirname(bundleOf(program)),
    bundle: true,
    platform: 'node',
    target: 'node20',
    sourcemap: true,
    external: NATIVE,
    plugins: [plainWidth],
    logLevel: 'warning',
    ...kind,
  });
}

checkTypes();
try {
  for (const program of PROGRAMS) await bundle(program);
} catch {
  // esbuild has printed what is wrong.
  process.exit(1);
}
try {
  await compileAhead();
} catch (error) {
  console.warn(`The programs are not compiled ahead, so they start a little slower: ${error.message}`);
}
