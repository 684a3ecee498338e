/**
 * The kernel's limit of watches, lowered in a user namespace of its own so that the machine keeps its
 * setting. A child process runs there, from a bundle, because Node does not run TypeScript.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { expect, test } from 'vitest';

const LIMIT = 30;
const FOLDERS = 50;
const LIMITED = `echo ${LIMIT} > /proc/sys/user/max_inotify_watches && exec "$0" "$@"`;

const CHILD = `
import fs from 'node:fs';
const [bundle, factory, root] = process.argv.slice(1);
const lost = [];
const dirty = [];
const module = await import(bundle);
const watcher = module[factory](root, {
  dirty: (path) => dirty.push(path),
  relist: () => {},
  noticed: () => {},
  lost: (reason, path, detail) => lost.push({ reason, path, detail }),
});
await watcher.ready;
const names = fs.readdirSync(root).sort();
for (const path of ['', ...names, ...names]) watcher.addDirectory(path);
fs.writeFileSync(root + '/mark', '');
while (!dirty.includes('mark')) await new Promise((resolve) => setTimeout(resolve, 5));
await watcher.close();
console.log(JSON.stringify(lost));
`;

function whyImpossible(): string | undefined {
  if (process.platform !== 'linux') return 'not Linux';
  const probe = spawnSync('unshare', ['-Ur', 'sh', '-c', LIMITED, 'true'], { encoding: 'utf8' });
  if (probe.status === 0) return undefined;
  return `no user namespace: ${probe.error?.message ?? probe.stderr.trim()}`;
}

function lossesUnderLimit(
  entry: string,
  factory: string,
): { reason: string; path: string; detail: string }[] {
  const base = fs.mkdtempSync(join(fs.realpathSync(os.tmpdir()), 'lanmirror-limit-'));
  const bundle = join(base, 'bundle.mjs');
  buildSync({
    entryPoints: [fileURLToPath(new URL(entry, import.meta.url))],
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: bundle,
    alias: {
      '@lanmirror/protocol': fileURLToPath(new URL('../../../../protocol/src/index.ts', import.meta.url)),
    },
  });
  const root = join(base, 'root');
  for (let at = 0; at < FOLDERS; at += 1) fs.mkdirSync(join(root, `d${at}`), { recursive: true });
  const node = [process.execPath, '--input-type=module', '-e', CHILD, bundle, factory, root];
  try {
    return JSON.parse(execFileSync('unshare', ['-Ur', 'sh', '-c', LIMITED, ...node], { encoding: 'utf8' }));
  } finally {
    fs.rmSync(base, { recursive: true, force: true });
  }
}

const reason = whyImpossible();
const name = (rule: string) => (reason === undefined ? rule : `${rule} [skipped: ${reason}]`);

test.skipIf(reason !== undefined)(
  name('native: each folder above the limit is named once, with one explanation'),
  () => {
    const lost = lossesUnderLimit('./native-watcher.ts', 'createNativeWatcher');
    expect(new Set(lost.map((loss) => loss.reason))).toEqual(new Set(['watch-limit']));
    expect(lost).toHaveLength(FOLDERS + 1 - LIMIT);
    expect(new Set(lost.map((loss) => loss.path)).size).toBe(lost.length);
    expect(lost.filter((loss) => loss.detail !== '').map((loss) => loss.detail)).toEqual([
      expect.stringContaining('max_user_watches'),
    ]);
  },
);

test.skipIf(reason !== undefined)(name('chokidar: the limit is told once for the whole tree'), () => {
  const lost = lossesUnderLimit('./chokidar-watcher.ts', 'createChokidarWatcher');
  expect(lost).toEqual([
    { reason: 'watch-limit', path: '', detail: expect.stringContaining('max_user_watches') },
  ]);
});
