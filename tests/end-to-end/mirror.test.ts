import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { difference, makePlace, type Place, trashOf, untilEqual } from './programs.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MAX_REAL_BYTES = 1 << 20;
const CHINESE_255 = `${'影'.repeat(83)}.mkv`;

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(async () => {
  await place.dispose();
});

/** More than 2,000 files of real programs, and names that people do have. The few that have most of the bytes show nothing more. */
function fillRealTree(source: string): void {
  const filter = (path: string): boolean => lstatSync(path).size <= MAX_REAL_BYTES;
  const whole = { recursive: true, verbatimSymlinks: true, filter };
  cpSync(join(ROOT, 'node_modules'), join(source, 'modules'), whole);
  for (const name of [
    'leer',
    '中文 文件',
    'a b',
    'new\nline',
    `quo"te'`,
    'pi|pe',
    '-dash',
    'back\\slash',
    CHINESE_255,
  ]) {
    writeFileSync(join(source, name), `content of ${name}`);
  }
  writeFileSync(join(source, 'empty'), '');
  writeFileSync(join(source, 'large'), Buffer.alloc(20_000_001, 7));
  mkdirSync(join(source, 'empty folder'));
  symlinkSync('../nowhere', join(source, 'dangling'));
  chmodSync(join(source, 'empty'), 0o600);
  utimesSync(join(source, 'large'), 1e9, 500_000_000.123456);
}

describe('two real programs', () => {
  test('a real tree arrives identical; again nothing is to be done; full mode rewrites and trashes nothing', async () => {
    fillRealTree(place.source);
    const { port } = await place.server();
    const first = place.client(port, 'sync');
    expect(await first.ended()).toBe(0);
    expect(difference(place.source, place.target)).toEqual([]);
    const again = place.client(port, 'sync');
    expect(await again.ended()).toBe(0);
    expect(again.output()).toContain('\n0 files need synchronization\n');
    const before = lstatSync(join(place.target, 'large')).ino;
    const full = place.client(port, 'sync', '--mode', 'full');
    expect(await full.ended()).toBe(0);
    expect(full.output()).toMatch(/Starting full sync from .*\n/);
    expect(lstatSync(join(place.target, 'large')).ino).toBe(before);
    expect(trashOf(place.target)).toEqual([]);
    expect(difference(place.source, place.target)).toEqual([]);
  });

  for (const watch of ['native', 'chokidar']) {
    test(`changes are followed live with the ${watch} watcher`, async () => {
      const { source, target } = place;
      const { port } = await place.server('--watch', watch);
      const client = place.client(port, 'start');
      await client.until(/in sync/);
      mkdirSync(join(source, 'a/b/c/d'), { recursive: true });
      for (let at = 0; at < 50; at += 1) writeFileSync(join(source, 'a/b/c/d', `f${at}`), `${at}`);
      await untilEqual(source, target);
      const inode = lstatSync(join(target, 'a/b/c/d/f7')).ino;
      renameSync(join(source, 'a'), join(source, 'z'));
      await untilEqual(source, target);
      expect(lstatSync(join(target, 'z/b/c/d/f7')).ino).toBe(inode);
      renameSync(join(source, 'z/b/c/d/f1'), join(source, 'z/b/c/d/f2'));
      rmSync(join(source, 'z/b/c/d/f3'));
      mkdirSync(join(source, 'z/b/c/d/f3'));
      writeFileSync(join(source, 'z/tmp'), 'saved');
      renameSync(join(source, 'z/tmp'), join(source, 'z/b/c/d/f4'));
      chmodSync(join(source, 'z/b/c/d/f5'), 0o600);
      execFileSync('git', ['init', '-q', join(source, 'repo')]);
      await untilEqual(source, target);
      rmSync(join(source, 'z'), { recursive: true });
      await untilEqual(source, target);
      expect(trashOf(target)).toContain('saved');
    });
  }

  test('an edit on the mirror is undone, and what was edited is in the trash', async () => {
    const { source, target } = place;
    writeFileSync(join(source, 'f'), 'of the source');
    const { port } = await place.server();
    await place.once(port, 'sync').ended();
    writeFileSync(join(target, 'f'), 'edited here');
    writeFileSync(join(target, 'extra'), 'only here');
    expect(await place.once(port, 'sync').ended()).toBe(0);
    expect(readFileSync(join(target, 'f'), 'utf8')).toBe('of the source');
    expect(trashOf(target).sort()).toEqual(['edited here', 'only here']);
  });

  test('a mass deletion of what was there before is held, and sync says so with exit code 3', async () => {
    const { source, target } = place;
    for (let at = 0; at < 300; at += 1) writeFileSync(join(source, `f${at}`), `${at}`);
    cpSync(source, target, { recursive: true, preserveTimestamps: true });
    const { port } = await place.server();
    expect(await place.once(port, 'sync').ended()).toBe(3);
    expect(await place.once(port, 'sync', '--adopt').ended()).toBe(0);
    for (let at = 0; at < 250; at += 1) rmSync(join(source, `f${at}`));
    const held = place.client(port, 'sync');
    expect(await held.ended()).toBe(3);
    expect(held.output()).toContain('HELD');
    const still = place.once(port, 'sync');
    expect(await still.ended()).toBe(3);
    expect(readdirSync(target).filter((name) => name.startsWith('f'))).toHaveLength(300);
  });

  test('a wrong key is 4, an absent server is 4, a second client is 5, and each says why', async () => {
    const { dir } = place;
    const { port } = await place.server();
    writeFileSync(join(dir, 'wrong'), Buffer.alloc(32, 1).toString('base64url'));
    const wrong = place.once(port, 'sync', '--key-file', join(dir, 'wrong'));
    expect(await wrong.ended()).toBe(4);
    expect(wrong.output()).toContain('key');
    const absent = place.once(1, 'sync', '--timeout', '1');
    expect(await absent.ended()).toBe(4);
    const running = place.client(port, 'start');
    await running.until(/in sync/);
    const second = place.client(port, 'start');
    expect(await second.ended()).toBe(5);
    expect(second.output()).toContain(String(running.process.pid));
  });
});
