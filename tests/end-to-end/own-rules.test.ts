/** What a mirror's own rules leave out, with the real programs: it is not fetched, and not deleted here. */
import { appendFileSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { doHere } from './do-here.ts';
import {
  difference,
  filesIn,
  listTree,
  makePlace,
  type Place,
  type Program,
  trashOf,
  untilEqual,
  write,
} from './programs.ts';

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(async () => {
  await place.dispose();
});

const RULES = ['--exclude', '*.tmp, /cache/', '--include', 'kept.tmp'];

function makeSource(): void {
  for (const path of ['a', 'b.tmp', 'kept.tmp', 'cache/deep/c', 'd/e.tmp', 'd/cache'])
    write(place.source, path);
}

async function sync(port: number, ...flags: string[]): Promise<string> {
  const client = place.once(port, 'sync', ...flags);
  expect(await client.ended()).toBe(0);
  return client.output();
}

test('what own rules exclude is not fetched; when they go, it comes, and what stands here is not sent again', async () => {
  makeSource();
  const { source, target } = place;
  const { port } = await place.server();
  const first = await sync(port, ...RULES);
  expect(filesIn(target)).toEqual(['a', 'd/cache', 'kept.tmp']);
  expect(first).toContain('(with own rules)');
  expect(first).not.toMatch(/identical|DIFFERS/);
  expect(await place.once(port, 'verify').ended()).toBe(0);

  const second = await sync(port);
  expect(second).toContain('5 paths are not excluded by the rules any more');
  expect(difference(source, target)).toEqual([]);

  const before = listTree(target);
  const third = await sync(port, ...RULES);
  expect(third).toContain('3 paths are excluded by the rules now; they stay here until you delete them: ');
  for (const path of ['b.tmp', 'cache/', 'd/e.tmp']) expect(third).toContain(path);
  expect(await sync(port, ...RULES)).not.toContain('excluded');
  const last = await sync(port);
  expect(last).toContain('Content received: 0 bytes');
  // What a busy server did not come to read for itself it reads when it is quiet: then it is known.
  await place.client(port, 'start').until(/identical to the server$/m);
  expect([listTree(target), trashOf(target)]).toEqual([before, []]);
}, 120_000);

test('a dry run says what would be left alone and what would come, and changes nothing of it', async () => {
  makeSource();
  const { port } = await place.server();
  await sync(port, '--exclude', 'a');
  const before = listTree(place.target);
  const said = await sync(port, '--dry-run', ...RULES);
  for (const path of ['b.tmp', 'cache/', 'd/e.tmp']) expect(said).toContain(`Would leave alone: ${path}\n`);
  expect(said).toContain('Would fetch: a\n');
  expect(listTree(place.target)).toEqual(before);
  const then = await sync(port, ...RULES);
  expect(then).toContain('3 paths are excluded by the rules now');
});

test("live: what is excluded at the source is nobody's business here, whatever happens to it", async () => {
  makeSource();
  const { source, target } = place;
  const { port } = await place.server();
  await sync(port);
  const client = place.client(port, 'start', ...RULES);
  await client.until(/in sync/);
  unlinkSync(join(source, 'b.tmp'));
  write(source, 'new.tmp');
  appendFileSync(join(source, 'cache/deep/c'), 'more');
  renameSync(join(source, 'cache'), join(source, 'shown'));
  renameSync(join(source, 'a'), join(source, 'a.tmp'));
  await client.until(/Created: shown\/deep\/c\n/);
  await client.until(/Deleted: a\n/);
  write(source, 'last');
  await client.until(/Created: last\n/);
  expect(filesIn(target)).toEqual([
    'b.tmp',
    'cache/deep/c',
    'd/cache',
    'd/e.tmp',
    'kept.tmp',
    'last',
    'shown/deep/c',
  ]);
  expect(readFileSync(join(target, 'shown/deep/c'), 'utf8')).toBe('content of cache/deep/cmore');
  expect(trashOf(target)).toEqual(['content of a']);
});

test('sizes: a file that outgrows MaxSize stays here as it was, and goes to the trash with its source', async () => {
  const { source, target } = place;
  write(source, 'film', 'x'.repeat(3000));
  write(source, 'large', 'y'.repeat(9000));
  const { port } = await place.server();
  const client = place.client(port, 'start', '--max-size', '8000');
  await client.until(/in sync/);
  expect(filesIn(target)).toEqual(['film']);
  appendFileSync(join(source, 'film'), 'x'.repeat(6000));
  await client.until(/1 path is excluded by the rules now; it stays here until you delete it: film/);
  write(source, 'other');
  await client.until(/Created: other\n/);
  expect(readFileSync(join(target, 'film'), 'utf8')).toBe('x'.repeat(3000));
  unlinkSync(join(source, 'film'));
  write(source, 'last');
  await client.until(/Created: last\n/);
  await client.until(/Deleted: film|put away/);
  expect(trashOf(target)).toEqual(['x'.repeat(3000)]);
});

/** A client that runs from an INI with these lines. */
async function liveFromIni(
  port: number,
  lines: readonly string[],
): Promise<{ client: Program; ini: string }> {
  const { dir, target } = place;
  const ini = join(dir, 'client.ini');
  const basis = [
    '[Client]',
    'ServerIP = 127.0.0.1',
    `ServerPort = ${port}`,
    `TargetDir = ${target}`,
    `KeyFile = ${dir}/server-state/key`,
    `StateDir = ${dir}/client-state`,
  ];
  writeFileSync(ini, `${[...basis, ...lines].join('\n')}\n`);
  const client = place.run('client', []);
  await client.until(/in sync/);
  return { client, ini };
}

test('rules that change in the INI, or in the file it names, take effect at once, and it is said what they do', async () => {
  makeSource();
  const { dir, source, target } = place;
  const { port } = await place.server();
  const rules = join(dir, 'mirror.rules');
  writeFileSync(rules, '/cache/\n');
  const { client, ini } = await liveFromIni(port, ['ExcludeFrom = mirror.rules']);
  expect(filesIn(target)).toEqual(['a', 'b.tmp', 'd/cache', 'd/e.tmp', 'kept.tmp']);

  appendFileSync(ini, 'Exclude = *.tmp\n');
  await client.until(/In effect: Exclude = \*\.tmp/);
  await client.until(/3 paths are excluded by the rules now; they stay here until you delete them: /);
  unlinkSync(join(target, 'd/e.tmp'));
  writeFileSync(rules, '# nothing\n');
  await client.until(/3 paths are not excluded by the rules any more.*: cache\//);
  await client.until(/Created: cache\/deep\/c\n/);
  expect(filesIn(target)).toEqual(['a', 'b.tmp', 'cache/deep/c', 'd/cache', 'kept.tmp']);

  writeFileSync(ini, readFileSync(ini, 'utf8').replace('Exclude = *.tmp', 'MinSize = 2M\nMaxSize = 1M'));
  await client.until(/MinSize 2M is more than MaxSize 1M/);
  writeFileSync(ini, readFileSync(ini, 'utf8').replace('MinSize = 2M\nMaxSize = 1M', ''));
  await client.until(/3 paths are not excluded by the rules any more.*: b\.tmp/);
  await client.until(/Created: d\/e\.tmp\n/);
  await untilEqual(source, target);
  expect(trashOf(target)).toEqual([]);
});

test('rules of the share and of a mirror both count, and own patterns begin at what is mirrored', async () => {
  for (const path of ['films/a', 'films/b', 'films/c', 'films/sub/a']) write(place.source, path);
  const { port } = await place.server('--exclude', '/films/b');
  await sync(port, '--server-root', 'films', '--exclude', '/a', '--include', 'b');
  expect(filesIn(place.target)).toEqual(['c', 'sub/a']);
});

test('explain says which rule of which line decided, of the share or of the mirror, with and without running programs', async () => {
  makeSource();
  const { dir, source } = place;
  const server = await place.server('--exclude', '/cache/');
  const { client, ini } = await liveFromIni(server.port, [
    'Exclude = *.tmp',
    'Include = kept.tmp',
    'MaxSize = 20',
  ]);
  const lines = [
    ['b.tmp', `b.tmp: not mirrored: "*.tmp" excludes it (the rules of this mirror: ${ini} line 7, Exclude)`],
    [
      'kept.tmp',
      `kept.tmp: mirrored: "!kept.tmp" includes it (the rules of this mirror: ${ini} line 8, Include)`,
    ],
    [
      'cache/deep/c',
      `cache/deep/c: not mirrored: "/cache/" excludes the folder cache (the server's rules: --exclude)`,
    ],
    [`${source}/../target/a`, undefined],
    ['a', 'a: mirrored: no rule excludes it'],
    ['nothing', 'nothing: mirrored: no rule excludes it; the source has nothing there'],
  ] as const;
  const explainAll = async (): Promise<void> => {
    for (const [path, said] of lines) {
      const asked = doHere(dir, ['explain', path]);
      expect(await asked.ended()).toBe(said === undefined ? 2 : 0);
      if (said !== undefined) expect(asked.output()).toBe(`${said}\n`);
    }
  };
  await explainAll();
  write(source, 'large', 'x'.repeat(100));
  write(source, 'last');
  await client.until(/Created: last\n/);
  const large = place.run('client', ['explain', 'large', '--json']);
  expect([await large.ended(), JSON.parse(large.output())]).toMatchObject([
    0,
    { path: 'large', kind: 'file', isMirrored: false, reason: 'size', by: 'own', sizeBytes: 100 },
  ]);

  const flags = ['--monitor-dir', source, '--state-dir', join(dir, 'server-state')];
  const explain = async (path: string, ...more: string[]): Promise<string> => {
    const asked = place.run('server', ['explain', path, '--config', '/dev/null', ...flags, ...more]);
    expect(await asked.ended()).toBe(0);
    return asked.output();
  };
  const excluded =
    'cache/deep: not mirrored: "/cache/" excludes the folder cache (the rules of the share: --exclude)\n';
  // It is the running one that decides, whatever the command is given.
  expect(await explain('cache/deep')).toBe(excluded);
  for (const program of [client, server.program]) {
    program.process.kill('SIGTERM');
    expect(await program.ended()).toBe(0);
  }
  expect(await explain('cache/deep')).toBe('cache/deep: mirrored: no rule excludes it\n');
  expect(await explain('cache/deep', '--exclude', '/cache/')).toBe(excluded);
  await explainAll();
});

test('lists of extensions, on the server and on a mirror: files only, in any case, refined by the other rules', async () => {
  const paths = ['a.mkv', 'B.MKV', 'c.nfo', 'd.mp4', 'e.part', 'm.mkv/inside.mkv', 'mkv', '.mkv'];
  for (const path of paths) write(place.source, path);
  const { port } = await place.server('--exclude-extensions', 'part, nfo', '--include', 'c.nfo');
  await sync(port);
  expect(filesIn(place.target)).toEqual([
    '.mkv',
    'B.MKV',
    'a.mkv',
    'c.nfo',
    'd.mp4',
    'm.mkv/inside.mkv',
    'mkv',
  ]);
  const said = await sync(port, '--extensions', 'mkv', '--include', 'd.*');
  expect(said).toContain('3 paths are excluded by the rules now; they stay here until you delete them: ');
  for (const name of ['.mkv', 'c.nfo', 'mkv', 'B.MKV', 'a.mkv', 'd.mp4', 'm.mkv/inside.mkv'])
    unlinkSync(join(place.target, name));
  await sync(port, '--extensions', 'mkv', '--include', 'd.*');
  expect(filesIn(place.target)).toEqual(['B.MKV', 'a.mkv', 'd.mp4', 'm.mkv/inside.mkv']);
});

test('one reload that leaves a folder out and lets go what was kept deletes nothing of that folder', async () => {
  for (const path of ['a', 'archive/b', 'archive/c', 'other/d']) write(place.source, path);
  const { port } = await place.server();
  const { client, ini } = await liveFromIni(port, ['Delete = never']);
  for (const path of ['archive/b', 'archive/c', 'other/d']) unlinkSync(join(place.source, path));
  for (const path of ['archive/b', 'archive/c', 'other/d']) await client.until(new RegExp(`Kept: ${path} `));
  const text = readFileSync(ini, 'utf8');
  writeFileSync(ini, text.replace('Delete = never', 'Delete = mirror\nExclude = archive/'));
  await client.until(/Deleted: other\/d\n/);
  expect(filesIn(place.target)).toEqual(['a', 'archive/b', 'archive/c']);
  expect(trashOf(place.target)).toEqual(['content of other/d']);
});
