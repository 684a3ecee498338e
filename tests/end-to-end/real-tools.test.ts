/** What people do to a folder with their tools, on thousands of files, with both watchers. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  type FSWatcher,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  watch,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { difference, makePlace, type Place } from './programs.ts';
import { settle } from './settle.ts';
import { sharedPair } from './shared-pair.ts';

const FILES_EACH = 52;
/** A repository: one folder for each of the packs that the branches differ in. */
const REPO_FOLDERS = 10;
const REPO_FILES_EACH = 26;
const PACKAGES = 150;
/** How long a version is waited for. */
const LATEST_MS = 2000;

/** A tree of small files, with empty folders, and names that are hard on programs. */
function plant(root: string, folders: number, filesEach: number): void {
  for (let folder = 0; folder < folders; folder += 1) {
    const dir = join(root, `pack ${folder % 10}`, `ä${folder}`);
    mkdirSync(join(dir, 'empty'), { recursive: true });
    for (let at = 0; at < filesEach; at += 1) writeFileSync(join(dir, `-f'${at}|\\`), `${folder} ${at}`);
  }
}

function run(cwd: string, command: string, ...args: string[]): void {
  const { status, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
}

const hasTools = ['tar', 'git'].every((tool) => spawnSync(tool, ['--version']).status === 0);
if (!hasTools) console.log('real-tools: skipped, tar and git are needed');

describe.runIf(hasTools).each([
  ['native', 40],
  ['chokidar', 20],
] as const)('with Watch = %s', (watch, folders) => {
  const pair = sharedPair({ serverFlags: ['--watch', watch] });

  /** Everything that has happened is on the mirror when the client says so, and not only some time later. */
  const expectMirrored = async (): Promise<void> => {
    const { place, client } = pair();
    try {
      await settle(place);
    } catch (error) {
      throw new Error(`${String(error)}\n${client.output().slice(-2000)}`, { cause: error });
    }
    expect(difference(place.source, place.target)).toEqual([]);
  };

  test(`an archive of ${folders * FILES_EACH} files that is unpacked, renamed and removed`, async () => {
    const { place, client } = pair();
    const aside = join(place.dir, 'aside');
    plant(aside, folders, FILES_EACH);
    run(aside, 'tar', 'cf', '../all.tar', '.');
    mkdirSync(join(place.source, 'tree'));
    run(join(place.source, 'tree'), 'tar', 'xf', '../../all.tar');
    await expectMirrored();
    renameSync(join(place.source, 'tree'), join(place.source, 'tree 2'));
    renameSync(join(place.source, 'tree 2', 'pack 1'), join(place.source, 'pack'));
    await expectMirrored();
    rmSync(join(place.source, 'tree 2'), { recursive: true });
    await expectMirrored();
    expect(client.output()).not.toMatch(/HELD|INTERNAL/);
  }, 120_000);

  test('two branches that are far apart, checked out in turn', async () => {
    const { place, client } = pair();
    const repo = join(place.source, 'repo');
    plant(repo, REPO_FOLDERS, REPO_FILES_EACH);
    const git = (...args: string[]): void =>
      run(repo, 'git', '-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args);
    git('init', '-q', '-b', 'one');
    git('add', '.');
    git('commit', '-qm', 'one');
    git('checkout', '-qb', 'two');
    for (let at = 0; at < 3; at += 1) rmSync(join(repo, `pack ${at}`), { recursive: true });
    renameSync(join(repo, 'pack 4'), join(repo, 'pack 3', 'moved'));
    plant(join(repo, 'pack 5', 'more'), REPO_FOLDERS, REPO_FILES_EACH);
    git('add', '.');
    git('commit', '-qm', 'two');
    await expectMirrored();
    for (const branch of ['one', 'two', 'one']) git('checkout', '-q', branch);
    await expectMirrored();
    git('checkout', '-q', 'two');
    await expectMirrored();
    expect(client.output()).not.toMatch(/HELD|INTERNAL/);
  }, 120_000);

  test('bursts as package managers and editors make them, chains and cycles of names, kinds that change', async () => {
    const { place, client } = pair();
    const at = (...names: string[]): string => join(place.source, ...names);
    const write = (path: string, text: string): void => writeFileSync(at(path), text);
    for (let pack = 0; pack < PACKAGES; pack += 1) {
      const dir = at('modules', `p${pack}`, 'lib', 'deep', 'er');
      mkdirSync(dir, { recursive: true });
      for (const name of ['index.js', 'package.json']) {
        writeFileSync(join(dir, `.${name}.tmp`), `${pack} ${name}`);
        renameSync(join(dir, `.${name}.tmp`), join(dir, name));
      }
    }
    for (let save = 0; save < 20; save += 1) {
      write('.doc.swp', `version ${save}`);
      if (existsSync(at('doc'))) renameSync(at('doc'), at('doc~'));
      renameSync(at('.doc.swp'), at('doc'));
    }
    await expectMirrored();

    for (const name of ['a', 'b', 'c']) write(name, `content of ${name}`);
    mkdirSync(at('left'));
    mkdirSync(at('right'));
    write('left/l', 'l');
    write('right/r', 'r');
    await expectMirrored();
    renameSync(at('a'), at('spare'));
    renameSync(at('c'), at('a'));
    renameSync(at('b'), at('c'));
    renameSync(at('spare'), at('b'));
    renameSync(at('left'), at('spare'));
    renameSync(at('right'), at('left'));
    renameSync(at('spare'), at('right'));
    renameSync(at('doc'), at('left', 'r'));
    await expectMirrored();

    rmSync(at('a'));
    mkdirSync(at('a'));
    write('a/inside', 'x');
    rmSync(at('modules', 'p1'), { recursive: true });
    write('modules/p1', 'a file now');
    for (let round = 0; round < 15; round += 1) {
      rmSync(at('b'));
      write('b', `again ${round}`);
      renameSync(at('modules'), at(`modules${round}`));
      write(`modules${round}/p2/lib/new${round}`, 'while it moves');
      renameSync(at(`modules${round}`), at('modules'));
      write('modules/p3/lib/deep/er/index.js', `changed ${round}`);
    }
    await expectMirrored();
    expect(client.output()).not.toMatch(/HELD|INTERNAL/);
  }, 120_000);
});

describe('who reads on the mirror while the source is rewritten', () => {
  let place: Place;
  let mirror: FSWatcher;
  beforeEach(() => {
    place = makePlace();
  });
  afterEach(async () => {
    mirror.close();
    await place.dispose();
  });

  test('sees one whole version of the source, never a mixture', async () => {
    const sizeBytes = 4 << 20;
    const path = join(place.source, 'file');
    const version = (number: number): Buffer => Buffer.alloc(sizeBytes, `version ${number} `.padEnd(16, '.'));
    writeFileSync(path, version(0));
    const { port } = await place.server();
    const client = place.client(port, 'start');
    await client.until(/^in sync$/m);
    mirror = watch(place.target);
    const seen = new Set<string>();
    for (let number = 1; number <= 12; number += 1) {
      if (number % 2 === 0) {
        writeFileSync(`${path}.tmp`, version(number));
        renameSync(`${path}.tmp`, path);
      } else await rewriteSlowly(path, version(number));
      const mark = version(number).subarray(0, 16).toString();
      // A file that keeps changing may be left alone for a while: then the next version comes in its place.
      const latest = AbortSignal.timeout(LATEST_MS);
      while (!latest.aborted) {
        const seenNow = markOf(join(place.target, 'file'), sizeBytes);
        seen.add(seenNow);
        if (seenNow === mark) break;
        await nextChange(mirror, latest);
      }
    }
    expect(await place.client(port, 'wait').ended()).toBe(0);
    expect(difference(place.source, place.target)).toEqual([]);
    expect(seen.size).toBeGreaterThan(3);
    expect([...seen].filter((mark) => !/^version \d+ \.+$/.test(mark))).toEqual([]);
  }, 60_000);
});

/** Resolves when something has changed in the watched folder, whatever it is, or it is too late for that. */
async function nextChange(watcher: FSWatcher, latest: AbortSignal): Promise<void> {
  try {
    await once(watcher, 'change', { signal: latest });
  } catch (error) {
    if (!latest.aborted) throw error;
  }
}

/** In place, in pieces, with time for others in between. */
async function rewriteSlowly(path: string, bytes: Buffer): Promise<void> {
  const file = openSync(path, 'r+');
  for (let at = 0; at < bytes.length; at += 1 << 20) {
    writeSync(file, bytes, at, 1 << 20, at);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  closeSync(file);
}

/** What a file that is read whole through one descriptor is filled with; or how it is no whole version. */
function markOf(path: string, sizeBytes: number): string {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(sizeBytes + 1);
    let length = 0;
    for (let got = -1; got !== 0; length += got)
      got = readSync(file, bytes, length, bytes.length - length, null);
    const mark = bytes.subarray(0, 16);
    const isWhole =
      length === sizeBytes && bytes.subarray(0, sizeBytes).equals(Buffer.alloc(sizeBytes, mark));
    return isWhole ? mark.toString() : `a mixture of ${length} bytes that begins with ${mark.toString()}`;
  } finally {
    closeSync(file);
  }
}
