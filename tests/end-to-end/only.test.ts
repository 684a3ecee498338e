/** `sync --only PATTERN`: what matches is made identical, and nothing else is touched or forgotten. */
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { done, stopGently, withPlace } from './disturbed-run.ts';
import { difference, listTree, type Place, trashOf } from './programs.ts';
import { settle } from './settle.ts';

const syncer = (place: Place, port: number) => {
  const sync = (...words: string[]) => done(place.once(port, 'sync', ...words));
  return { sync, only: (pattern: string, ...words: string[]) => sync('--only', pattern, ...words) };
};

/** Everything in a folder with its content, what is ours in it apart. */
const contentsOf = (dir: string): ReadonlyMap<string, string> =>
  new Map(
    listTree(dir)
      .map((line) => line.split(' ')[0] ?? '')
      .filter((path) => existsSync(join(dir, path)) && lstatSync(join(dir, path)).isFile())
      .map((path) => [path, readFileSync(join(dir, path), 'utf8')]),
  );

function fill(dir: string, paths: readonly string[]): void {
  for (const path of paths) {
    mkdirSync(join(dir, path, '..'), { recursive: true });
    writeFileSync(join(dir, path), `content of ${path}`);
  }
}

test.concurrent('an empty target gets what matches, with the folders above it; a plain sync brings the rest', () =>
  withPlace(async (place) => {
    const { source, target } = place;
    fill(source, ['films/new/a.mkv', 'films/b.mkv', 'films/notes.txt', 'music/c.mp3', 'top']);
    const { port } = await place.server();
    const { sync, only } = syncer(place, port);
    const dry = await only('films/**', '--dry-run');
    expect(dry.output).toMatch(/^Would fetch: films\/new\/a\.mkv$/m);
    expect(dry.output).toMatch(/^Would create: films$/m);
    // It is made as it is to be.
    expect(dry.output).not.toMatch(/^Would set mode or time: films/m);
    expect(dry.output).not.toMatch(/music|top$/m);
    expect(existsSync(target)).toBe(false);
    const first = await only('**/*.mkv');
    expect([first.code, first.output]).toEqual([
      0,
      expect.stringMatching(/^in sync for '\*\*\/\*\.mkv' \(2 paths\); the rest was not looked at$/m),
    ]);
    expect(first.output).not.toContain('Fingerprint');
    expect([...contentsOf(target).keys()].sort()).toEqual(['films/b.mkv', 'films/new/a.mkv']);
    // What was asked for exists under a name with brackets, too, and is meant literally.
    fill(source, ['Movie [2020]/a.mkv', 'Movie 2/a.mkv']);
    expect((await only('Movie [2020]/a.mkv')).output).toContain("'Movie [2020]/a.mkv' (1 path)");
    expect(existsSync(join(target, 'Movie 2'))).toBe(false);
    expect((await sync()).code).toBe(0);
    expect(difference(source, target)).toEqual([]);
  }));

test.concurrent('a pattern that matches nothing at either end is wrong use, and one that matched until now is not', () =>
  withPlace(async (place) => {
    const { source, target } = place;
    fill(source, ['films/a.mkv', 'films/b.mkv', 'music/c.mp3']);
    mkdirSync(join(source, 'inbox'));
    const { port } = await place.server();
    const { sync, only } = syncer(place, port);
    expect((await sync()).code).toBe(0);
    const wrong = {
      code: 2,
      output: expect.stringMatching(/Nothing matches '.*', neither at the source nor/),
    };
    const check = async (): Promise<void> => {
      for (const pattern of ['flims/**', 'no/such', 'inbox/*']) {
        const { code, output } = await only(pattern);
        expect({ code, output }).toMatchObject(wrong);
        expect(output).not.toContain('in sync');
      }
      // A folder that is empty is there.
      expect(await only('inbox')).toMatchObject({ code: 0, output: expect.stringContaining('(1 path)') });
    };
    await check();
    expect(await only('flims/**', '--dry-run')).toMatchObject(wrong);
    // Gone at the source, and here until now.
    rmSync(join(source, 'films/a.mkv'));
    writeFileSync(join(target, 'music/added'), 'extra');
    for (const pattern of ['films/a.mkv', 'music/add*'])
      expect(await only(pattern)).toMatchObject({
        code: 0,
        output: expect.stringContaining('(nothing at the source matches)'),
      });
    expect(existsSync(join(target, 'films/a.mkv')) || existsSync(join(target, 'music/added'))).toBe(false);
    const client = place.client(port, 'start');
    await client.until(/^in sync$/m);
    await check();
    writeFileSync(join(target, 'music/added'), 'extra');
    expect((await only('music/add*')).code).toBe(0);
    expect(existsSync(join(target, 'music/added'))).toBe(false);
    expect(await stopGently(client)).toBe(0);
  }));

test.concurrent('what does not match stays as it is, edited, missing, gone or added, until a start does it', () =>
  withPlace(async (place) => {
    const { source, target } = place;
    const names = ['edited', 'missing', 'gone', 'same'];
    fill(source, [...names.map((name) => `films/${name}`), ...names.map((name) => `music/${name}`)]);
    const { port } = await place.server();
    const { sync, only } = syncer(place, port);
    expect((await sync()).code).toBe(0);
    for (const folder of ['films', 'music']) {
      writeFileSync(join(target, folder, 'edited'), `edited in ${folder}`);
      rmSync(join(target, folder, 'missing'));
      writeFileSync(join(target, folder, 'added'), `added to ${folder}`);
      rmSync(join(source, folder, 'gone'));
      writeFileSync(join(source, folder, 'fresh'), 'fresh');
      chmodSync(join(source, folder, 'same'), 0o600);
    }
    expect((await only('films/{edited,missing}')).code).toBe(0);
    expect(readFileSync(join(target, 'films/edited'), 'utf8')).toBe('content of films/edited');
    expect(existsSync(join(target, 'films/missing'))).toBe(true);
    expect(existsSync(join(target, 'films/added'))).toBe(true);
    const untouched = contentsOf(join(target, 'music'));
    const result = await only('!music');
    expect([result.code, result.output]).toEqual([0, expect.not.stringContaining('music/')]);
    expect(difference(join(source, 'films'), join(target, 'films'))).toEqual([]);
    expect(contentsOf(join(target, 'music'))).toEqual(untouched);
    expect(trashOf(target).sort()).toEqual(['added to films', 'content of films/gone', 'edited in films']);
    const client = place.client(port, 'start');
    await client.until(/^in sync$/m);
    await settle(place);
    // A running client does it, and names what it did.
    writeFileSync(join(target, 'films/edited'), 'edited again');
    const beside = await only('films');
    expect([beside.code, beside.output]).toEqual([
      0,
      expect.stringMatching(/by the client[\s\S]*in sync for 'films' /),
    ]);
    expect(difference(source, target)).toEqual([]);
    expect(await stopGently(client)).toBe(0);
  }));

test.concurrent('a rename across the border is done as a whole, in either direction, and nothing is sent or lost', () =>
  withPlace(async (place) => {
    const { source, target } = place;
    fill(source, ['in/leaves', 'in/stays', 'in/swap', 'out/comes', 'out/stays', 'out/swap', 'folder/deep/a']);
    fill(source, ['in/gone/kept', 'in/gone/lost']);
    const { port } = await place.server();
    const { sync, only } = syncer(place, port);
    expect((await sync()).code).toBe(0);
    const node = (path: string): bigint => lstatSync(join(target, path), { bigint: true }).ino;
    const before = ['in/leaves', 'out/comes', 'in/swap', 'out/swap', 'folder/deep/a', 'in/gone/kept'].map(
      node,
    );
    renameSync(join(source, 'in/leaves'), join(source, 'out/left'));
    renameSync(join(source, 'out/comes'), join(source, 'in/came'));
    renameSync(join(source, 'in/swap'), join(source, 'in/third'));
    renameSync(join(source, 'out/swap'), join(source, 'in/swap'));
    renameSync(join(source, 'in/third'), join(source, 'out/swap'));
    renameSync(join(source, 'folder'), join(source, 'in/folder'));
    renameSync(join(source, 'in/gone/kept'), join(source, 'kept'));
    rmSync(join(source, 'in/gone'), { recursive: true });
    writeFileSync(join(source, 'out/stays'), 'changed, and not asked for');
    const result = await only('in/**');
    expect([result.code, result.output]).toEqual([0, expect.stringContaining('Content received: 0 bytes')]);
    expect(difference(join(source, 'in'), join(target, 'in'))).toEqual([]);
    const after = ['out/left', 'in/came', 'out/swap', 'in/swap', 'in/folder/deep/a', 'kept'].map(node);
    expect(after).toEqual(before);
    expect(readFileSync(join(target, 'out/stays'), 'utf8')).toBe('content of out/stays');
    expect((await sync()).code).toBe(0);
    expect(difference(source, target)).toEqual([]);
  }));

test.concurrent('full mode sends again what matches, and the guards judge all that is missing', () =>
  withPlace(async (place) => {
    const { source, target, dir } = place;
    fill(
      source,
      Array.from({ length: 300 }, (_none, at) => `f${at}`),
    );
    fill(source, ['small/a', 'small/b']);
    const { port } = await place.server();
    const { sync, only } = syncer(place, port);
    const full = await only('small', '--mode', 'full');
    expect([full.code, full.output]).toEqual([0, expect.stringMatching(/^Results: 2 synced, 0 failed$/m)]);
    // Files that were there before count as old at once.
    rmSync(join(dir, 'client-state'), { recursive: true });
    rmSync(target, { recursive: true });
    mkdirSync(target);
    fill(target, ['f1']);
    const foreign = await only('small');
    expect([foreign.code, foreign.output]).toEqual([
      3,
      expect.stringContaining('all of it has to be looked at first'),
    ]);
    expect((await sync('--adopt', '--only', 'small')).code).toBe(2);
    expect((await only('')).code).toBe(2);
    fill(
      target,
      Array.from({ length: 300 }, (_none, at) => `f${at}`),
    );
    fill(target, ['small/a', 'small/b']);
    expect((await sync('--adopt')).code).toBe(0);
    for (let at = 0; at < 280; at += 1) renameSync(join(source, `f${at}`), join(dir, `f${at}`));
    rmSync(join(source, 'small/a'));
    const held = await only('small');
    expect([held.code, held.output]).toEqual([3, expect.stringContaining('HELD: ')]);
    expect(existsSync(join(target, 'small/a'))).toBe(true);
    // What has nothing to be removed is not held up.
    writeFileSync(join(source, 'f299'), 'new');
    expect((await only('f299')).code).toBe(0);
    expect(readFileSync(join(target, 'f299'), 'utf8')).toBe('new');
    expect((await sync()).code).toBe(3);
    expect((await done(place.once(port, 'accept', '--yes'))).code).toBe(0);
    expect((await only('small')).code).toBe(0);
    expect([existsSync(join(target, 'small/a')), existsSync(join(target, 'f1'))]).toEqual([false, true]);
    expect((await sync()).code).toBe(0);
    expect(difference(source, target)).toEqual([]);
  }));
