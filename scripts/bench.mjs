/** `npm run bench [-- FLAGS]`: bundles the bench and measures the programs as they are built. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureBuilt, ensureInstalled, ROOT } from './install.mjs';
import { NATIVE, REQUIRE } from './native-package.mjs';

ensureInstalled();
ensureBuilt();
// Inside the project, so that packages with native code are found from there.
const outdir = join(ROOT, 'node_modules', '.cache', 'lanmirror', 'bench');
const { build } = await import('esbuild');
await build({
  absWorkingDir: ROOT,
  // What is measured in a process of its own has a file of its own.
  entryPoints: ['main.ts', 'tcp-end.ts', 'follower.ts'].map((name) => join('bench', name)),
  outdir,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  sourcemap: 'inline',
  external: NATIVE,
  banner: { js: REQUIRE },
  logLevel: 'warning',
});
const args = ['--enable-source-maps', join(outdir, 'main.mjs'), ...process.argv.slice(2)];
// npm changes to the project's folder; paths in the flags mean what they meant where they were typed.
const options = {
  cwd: process.env.INIT_CWD ?? process.cwd(),
  stdio: 'inherit',
  env: { ...process.env, BENCH_ROOT: ROOT },
};
// A signal reaches the bench by itself; it needs a moment to end what it started.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined);
const { status } = spawnSync(process.execPath, args, options);
process.exitCode = status ?? 1;
