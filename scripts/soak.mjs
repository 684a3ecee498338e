/** `npm run soak`: bundles the simulation and plays random histories for SOAK_SECONDS (600). */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureInstalled, ROOT } from './install.mjs';
import { NATIVE, REQUIRE } from './native-package.mjs';

/** Our packages are their sources, as in the tests: built ones beside them would be the same twice. */
const OWN_SOURCES = {
  name: 'own-sources',
  setup({ onResolve }) {
    onResolve({ filter: /^@lanmirror\// }, ({ path }) => {
      const [, name, room = ''] = path.split('/');
      return { path: join(ROOT, 'packages', name, 'src', room, 'index.ts') };
    });
  },
};

ensureInstalled();
// Inside the project, so that packages with native code are found from there.
const outfile = join(ROOT, 'node_modules', '.cache', 'lanmirror', 'soak.mjs');
const { build } = await import('esbuild');
await build({
  absWorkingDir: ROOT,
  entryPoints: [join('tests', 'simulation', 'soak.ts')],
  outfile,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  sourcemap: 'inline',
  external: NATIVE,
  plugins: [OWN_SOURCES],
  banner: { js: REQUIRE },
  logLevel: 'warning',
});
const args = ['--enable-source-maps', outfile];
const { status } = spawnSync(process.execPath, args, { cwd: ROOT, stdio: 'inherit' });
process.exitCode = status ?? 1;
