/**
 * `npm run build`: checks the types and bundles each program, so that it starts fast. What is loaded
 * lazily stays in a file of its own; what has native code stays in node_modules.
 */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
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

/** By `require` LMDB comes as one file, and not as a dozen modules: every start of a program waits for it. */
const lmdbByRequire = {
  name: 'lmdb-by-require',
  setup(build) {
    build.onResolve({ filter: /^lmdb$/ }, ({ path, kind }) =>
      kind === 'require-call' ? { path, external: true } : { path, namespace: 'required' },
    );
    build.onLoad({ filter: /.*/, namespace: 'required' }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)});`,
    }));
  },
};

function checkTypes() {
  const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-b'], { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

/** Programs of threads, each in a file of its own: what it needs is little, and is loaded fast. */
const THREADS = {
  client: { 'placing-worker': 'packages/engine/src/tree/local/placing-worker.ts' },
  server: {},
};

async function bundle(program) {
  rmSync(dirname(bundleOf(program)), { recursive: true, force: true });
  await bundleFiles(program, { main: join('packages', program, 'src', 'main.ts') }, true);
  await bundleFiles(program, THREADS[program], false);
}

async function bundleFiles(program, entryPoints, splitting) {
  const { build } = await import('esbuild');
  await build({
    absWorkingDir: ROOT,
    entryPoints,
    outdir: dirname(bundleOf(program)),
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    sourcemap: true,
    external: NATIVE,
    plugins: [plainWidth, lmdbByRequire],
    banner: { js: REQUIRE },
    logLevel: 'warning',
  });
}

checkTypes();
try {
  for (const program of PROGRAMS) await bundle(program);
} catch {
  // esbuild has printed what is wrong.
  process.exitCode = 1;
}
