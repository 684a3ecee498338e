/** The program of the placing thread as the build makes it: Node 20 runs no TypeScript. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildSync } from 'esbuild';

/** Bundles it into a new folder, which the caller removes. */
export function buildPlacingScript(): { readonly script: URL; readonly folder: string } {
  const folder = mkdtempSync(join(tmpdir(), 'lanmirror-placing-'));
  const outfile = join(folder, 'placing-worker.mjs');
  buildSync({
    entryPoints: [fileURLToPath(new URL('./placing-worker.ts', import.meta.url))],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'warning',
  });
  return { script: pathToFileURL(outfile), folder };
}
