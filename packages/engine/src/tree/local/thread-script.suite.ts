/** The program of a thread as the build makes it: Node 20 runs no TypeScript. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildSync } from 'esbuild';

/** Bundles it into a new folder, which the caller removes. */
export function buildThreadScript(name: 'placing-worker' | 'look-worker'): {
  readonly script: URL;
  readonly folder: string;
} {
  const folder = mkdtempSync(join(tmpdir(), 'lanmirror-thread-script-'));
  const outfile = join(folder, `${name}.mjs`);
  buildSync({
    entryPoints: [fileURLToPath(new URL(`./${name}.ts`, import.meta.url))],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['hash-wasm'],
    // Packages with native code are found from here, not from the new folder.
    define: { 'import.meta.url': JSON.stringify(import.meta.url) },
    logLevel: 'warning',
  });
  return { script: pathToFileURL(outfile), folder };
}
