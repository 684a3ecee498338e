import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLmdbStore } from './lmdb-store.ts';
import { msgpackCodec } from './msgpack-codec.ts';
import type { OrderedStore, ValueCodec } from './port.ts';
import { describeStore } from './store-conformance.suite.ts';

const makeFolder = () => mkdtempSync(join(tmpdir(), 'lanmirror-store-'));

describeStore('LMDB store', () => {
  const folder = makeFolder();
  return {
    open: () => openLmdbStore(folder),
    reopen: async (store) => {
      await store.close();
      return openLmdbStore(folder);
    },
    dispose: async (store) => {
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
});

const PLAIN: ValueCodec<Uint8Array> = { encode: (bytes) => bytes, decode: (bytes) => bytes };

const bytesTable = (store: OrderedStore) => store.table<number, Uint8Array>('bytes', msgpackCodec());
const fill = (store: OrderedStore, count: number) => {
  const table = bytesTable(store);
  store.transact(() => {
    for (let key = 0; key < count; key++) table.put(key, new Uint8Array(2000).fill(key));
  });
};

describe('LMDB store on disk', () => {
  let folder: string;
  beforeEach(() => {
    folder = join(makeFolder(), 'deep', 'state');
  });
  afterEach(() => rmSync(join(folder, '..', '..'), { recursive: true }));

  it('makes its folder readable by the owner only, also when it was not', async () => {
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    const store = openLmdbStore(folder);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    await store.close();
  });

  it('grows by itself', async () => {
    const store = openLmdbStore(folder);
    fill(store, 20_000);
    expect(bytesTable(store).count()).toBe(20_000);
    expect(statSync(join(folder, 'data.mdb')).size).toBeGreaterThan(40_000_000);
    await store.close();
  });

  it('refuses files that are not a store', () => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'data.mdb'), 'not a store'.repeat(2000));
    expect(() => openLmdbStore(folder)).toThrow(expect.objectContaining({ code: 'CORRUPT' }));
    writeFileSync(join(folder, 'data.mdb'), 'short');
    expect(() => openLmdbStore(folder)).toThrow(expect.objectContaining({ code: 'CORRUPT' }));
  });

  it('refuses a file that was cut short, instead of dying when it reads there', async () => {
    const store = openLmdbStore(folder);
    fill(store, 500);
    await store.close();
    const file = join(folder, 'data.mdb');
    truncateSync(file, statSync(file).size / 2);
    const child = runChild('');
    expect(child.stderr).toContain("code: 'CORRUPT'");
    expect(child.signal).toBeNull();
  });

  it('keeps every committed transaction when the process is killed in the next one', async () => {
    const child = runChild(`
      for (let key = 0; key < 20; key++) store.transact(() => table.put(key, Buffer.from('v')));
      store.transact(() => { table.put(99, Buffer.from('half')); process.kill(process.pid, 'SIGKILL'); });`);
    expect(child.signal).toBe('SIGKILL');
    const store = openLmdbStore(folder);
    const keys = [...store.table<number, Uint8Array>('a', PLAIN).range()].map(({ key }) => key);
    expect(keys).toEqual(Array.from({ length: 20 }, (_, key) => key));
    await store.close();
  });

  it('says so when the disk is full, and undoes the transaction', (context) => {
    mkdirSync(folder, { recursive: true });
    const mount = `mount -t tmpfs -o size=1m none '${folder}'`;
    const canMount = spawnSync('unshare', ['-Urm', 'bash', '-c', mount]).status === 0;
    context.skip(!canMount, 'needs a small tmpfs in a user namespace (unshare -Urm)');
    const child = runChild(
      `store.transact(() => table.put(1, Buffer.from('first')));
      try {
        store.transact(() => {
          for (let key = 2; key < 3000; key++) table.put(key, Buffer.alloc(2000));
        });
      } catch (error) {
        console.log(error.code + '|' + error.message + '|' + [...table.range()].map(({ key }) => key));
      }
      store.transact(() => table.put(2, Buffer.from('second')));
      console.log([...table.range()].map(({ key }) => key).join());
      await store.close();`,
      (command) => ['unshare', '-Urm', 'bash', '-c', `${mount} && ${command}`],
    );
    expect(child.stderr).toBe('');
    expect(child.stdout).toMatch(
      /^NO_SPACE\|The state could not be saved: there is no space left.*\|1\n1,2\n$/,
    );
  });

  /** Runs `body` in another process, with `store` opened in the folder and its table `table`. */
  function runChild(body: string, wrap = (command: string) => ['bash', '-c', command]) {
    const script = join(folder, '..', '..', 'child.mjs');
    const entry = `import { openLmdbStore } from ${JSON.stringify(fileURLToPath(new URL('./lmdb-store.ts', import.meta.url)))};
      const store = openLmdbStore(${JSON.stringify(folder)});
      const table = store.table('a', { encode: (bytes) => bytes, decode: (bytes) => bytes });
      ${body}`;
    const lmdb = createRequire(import.meta.url).resolve('lmdb');
    buildSync({
      stdin: { contents: entry, resolveDir: tmpdir() },
      outfile: script,
      bundle: true,
      format: 'esm',
      platform: 'node',
    });
    // The bundle lies outside the project, where the name of a package means nothing.
    writeFileSync(script, readFileSync(script, 'utf8').replace('"lmdb"', JSON.stringify(lmdb)));
    const [program = '', ...args] = wrap(`exec '${process.execPath}' '${script}'`);
    return spawnSync(program, args, { encoding: 'utf8', timeout: 30_000 });
  }
});
