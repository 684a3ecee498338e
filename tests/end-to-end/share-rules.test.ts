/** What the server's rules leave out, with the real programs: it is not sent, and not deleted anywhere. */
import {
  appendFileSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
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

async function stop(program: Program): Promise<void> {
  program.process.kill('SIGTERM');
  expect(await program.ended()).toBe(0);
}

/** One pass against a server with these flags, which is stopped again. */
async function syncWith(
  flags: readonly string[],
  ...own: string[]
): Promise<{ code: number | null; said: string }> {
  const { program, port } = await place.server(...flags);
  const client = place.once(port, 'sync', ...own);
  const code = await client.ended();
  await stop(program);
  return { code, said: client.output() };
}

function makeSource(): void {
  for (const path of ['a', 'b.tmp', 'kept.tmp', 'cache/deep/c', 'd/e.tmp', 'd/cache'])
    write(place.source, path);
}

test('what a new rule excludes stays on a mirror, is named once, and is not sent again when the rule goes', async () => {
  makeSource();
  const { target } = place;
  expect((await syncWith([])).code).toBe(0);
  const before = listTree(target);

  const first = await syncWith(RULES);
  expect(first.code).toBe(0);
  expect(first.said).toContain(
    '3 paths are excluded by the rules now; they stay here until you delete them: ',
  );
  for (const path of ['b.tmp', 'cache/', 'd/e.tmp']) expect(first.said).toContain(path);
  expect(first.said).toContain('identical to the server');
  expect(listTree(target)).toEqual(before);

  const second = await syncWith(RULES);
  expect(second.said).not.toContain('excluded');
  expect(listTree(target)).toEqual(before);

  const third = await syncWith([]);
  expect([third.code, listTree(target)]).toEqual([0, before]);
  expect(third.said).toContain('Content received: 0 bytes');
  expect(trashOf(target)).toEqual([]);
});

test('it stays also when server and mirror have lost what they remembered', async () => {
  makeSource();
  const { target, dir } = place;
  expect((await syncWith([])).code).toBe(0);
  const before = listTree(target);
  expect((await syncWith(RULES)).code).toBe(0);

  rmSync(join(dir, 'server-state', 'index'), { recursive: true });
  expect((await syncWith(RULES)).code).toBe(0);
  expect(listTree(target)).toEqual(before);

  rmSync(join(dir, 'client-state'), { recursive: true });
  expect((await syncWith(RULES)).code).toBe(0);
  expect(listTree(target)).toEqual(before);

  rmSync(join(dir, 'server-state', 'index'), { recursive: true });
  rmSync(join(dir, 'client-state'), { recursive: true });
  expect((await syncWith(RULES)).code).toBe(0);
  expect([listTree(target), trashOf(target)]).toEqual([before, []]);
});

test('a first copy has nothing of it, and verify misses nothing', async () => {
  makeSource();
  const { program, port } = await place.server(...RULES);
  expect(await place.once(port, 'sync').ended()).toBe(0);
  expect(filesIn(place.target)).toEqual(['a', 'd/cache', 'kept.tmp']);
  write(place.target, 'mine.tmp');
  write(place.target, 'cache/mine');
  const verify = place.once(port, 'verify');
  expect([await verify.ended(), verify.output()]).toEqual([0, expect.not.stringContaining('mine')]);
  await stop(program);
});

test('live: an excluded file is not sent, and one that is renamed to an excluded name goes to the trash', async () => {
  const { source, target } = place;
  write(source, 'a');
  write(source, 'd/b');
  const { port } = await place.server(...RULES);
  const client = place.client(port, 'start');
  await client.until(/in sync/);
  write(source, 'new.tmp');
  write(source, 'cache/new');
  renameSync(join(source, 'd'), join(source, 'd.tmp'));
  renameSync(join(source, 'a'), join(source, 'cache', 'a'));
  await client.until(/Deleted: a\n/);
  await client.until(/Deleted: d\n/);
  write(source, 'last');
  await client.until(/Created: last\n/);
  expect(filesIn(target)).toEqual(['last']);
  expect(trashOf(target).sort()).toEqual(['content of a', 'content of d/b']);

  renameSync(join(source, 'cache', 'a'), join(source, 'a'));
  await client.until(/Deleted: a\n(?:.|\n)*Created: a\n/);
  expect(readFileSync(join(target, 'a'), 'utf8')).toBe('content of a');
});

test('a folder that is renamed keeps on the mirror what becomes excluded by its new name', async () => {
  const { source, target } = place;
  write(source, 'old/secret');
  write(source, 'old/open');
  const { port } = await place.server('--exclude', '/new/secret');
  const client = place.client(port, 'start');
  await client.until(/in sync/);
  renameSync(join(source, 'old'), join(source, 'new'));
  await client.until(/1 path is excluded by the rules now; it stays here until you delete it: new\/secret/);
  write(source, 'last');
  await client.until(/Created: last\n/);
  expect([filesIn(target), trashOf(target)]).toEqual([['last', 'new/open', 'new/secret'], []]);
});

test('rules are about paths from the top of the share, whatever part of it is mirrored', async () => {
  const { source, target } = place;
  for (const path of ['films/a/skip', 'films/skip', 'films/b']) write(source, path);
  expect((await syncWith([], '--server-root', 'films')).code).toBe(0);
  const { code, said } = await syncWith(['--exclude', '/films/skip, /a'], '--server-root', 'films');
  expect(code).toBe(0);
  expect(said).toContain('1 path is excluded');
  expect(filesIn(target)).toEqual(['a/skip', 'b', 'skip']);
  unlinkSync(join(target, 'skip'));
  await syncWith(['--exclude', '/films/skip, /a'], '--server-root', 'films');
  expect(filesIn(target)).toEqual(['a/skip', 'b']);
});

test('a file that outgrows MaxSize stays as it was, and is compared when it is published again', async () => {
  const { source, target } = place;
  write(source, 'd/film', 'x'.repeat(3000));
  write(source, 'large', 'y'.repeat(9000));
  write(source, 'small', 'z');
  const server = await place.server('--max-size', '8000', '--min-size', '2');
  const client = place.client(server.port, 'start');
  await client.until(/identical to the server/);
  expect(filesIn(target)).toEqual(['d/film']);

  appendFileSync(join(source, 'd/film'), 'x'.repeat(6000));
  await client.until(/1 path is excluded by the rules now; it stays here until you delete it: d\/film/);
  write(source, 'other', 'other');
  await client.until(/Created: other\n/);
  expect(readFileSync(join(target, 'd/film'), 'utf8')).toBe('x'.repeat(3000));

  writeFileSync(join(source, 'd/film'), 'x'.repeat(3000));
  write(source, 'more', 'more');
  await client.until(/Created: more\n/);
  await untilEqual(join(source, 'd'), join(target, 'd'));
  expect([filesIn(target), trashOf(target)]).toEqual([['d/film', 'more', 'other'], []]);
  await stop(client);
  await stop(server.program);

  const { code, said } = await syncWith([]);
  expect([code, difference(source, target)]).toEqual([0, []]);
  expect(said).toContain('Content received: 9001 bytes');
});

test('what is left out for its size outlives lost states, and goes to the trash when it is deleted at the source', async () => {
  const { source, target, dir } = place;
  write(source, 'film', 'x'.repeat(3000));
  write(source, 'a');
  expect((await syncWith([])).code).toBe(0);
  appendFileSync(join(source, 'film'), 'more');
  const flags = ['--max-size', '3000'];
  const told = await syncWith(flags);
  expect(told.said).toContain('1 path is excluded');
  for (const lost of [['server-state/index'], ['client-state'], ['server-state/index', 'client-state']]) {
    for (const folder of lost) rmSync(join(dir, folder), { recursive: true });
    const { code, said } = await syncWith(flags);
    expect([code, filesIn(target), trashOf(target)]).toEqual([0, ['a', 'film'], []]);
    expect(said).not.toContain('put away');
  }
  const { port } = await place.server(...flags);
  expect(await place.once(port, 'verify').ended()).toBe(0);
  const client = place.client(port, 'start');
  await client.until(/in sync/);
  unlinkSync(join(source, 'film'));
  write(source, 'last');
  await client.until(/Created: last\n/);
  await client.until(/Deleted: film|put away/);
  expect([filesIn(target), trashOf(target)]).toEqual([['a', 'last'], ['x'.repeat(3000)]]);
});

test('rules that make no sense end the server at its start, and are refused at a reload, with the line', async () => {
  const { dir, source } = place;
  const ini = join(dir, 'server.ini');
  const lines = [
    '[Server]',
    `MonitorDir = ${source}`,
    'BindIP = 127.0.0.1',
    'Port = 0',
    `StateDir = ${dir}/state`,
  ];
  writeFileSync(ini, `${lines.join('\n')}\nInclude = *.jpg\n`);
  const wrong = place.run('server', []);
  expect(await wrong.ended()).toBe(2);
  expect(wrong.output()).toContain(`${ini} line 6, Include: there is nothing that Include could take back.`);

  writeFileSync(ini, `${lines.join('\n')}\n`);
  const server = place.run('server', []);
  await server.until(/Listening/);
  appendFileSync(ini, 'MinSize = 2M\nMaxSize = 1M\n');
  await server.until(/line 6, MinSize: MinSize 2M is more than MaxSize 1M/);
  writeFileSync(ini, `${lines.join('\n')}\nExclude = *.tmp\n`);
  await server.until(/In effect: Exclude = \*\.tmp/);
  expect(existsSync(ini)).toBe(true);
  await stop(server);
});

test('rules that change in the INI of a running server, or in the file it names, take effect at once and delete nothing', async () => {
  makeSource();
  const { dir, source, target } = place;
  const [ini, rules] = [join(dir, 'server.ini'), join(dir, 'share.rules')];
  writeFileSync(rules, '/cache/\n');
  const basis = ['[Server]', `MonitorDir = ${source}`, 'BindIP = 127.0.0.1', 'Port = 0'];
  const lines = [...basis, `StateDir = ${dir}/server-state`, 'ExcludeFrom = share.rules', ''].join('\n');
  writeFileSync(ini, lines);
  const server = place.run('server', []);
  const port = Number((await server.until(/Listening on 127\.0\.0\.1:(\d+)/))[1]);
  const client = place.client(port, 'start');
  await client.until(/in sync/);
  expect(filesIn(target)).toEqual(['a', 'b.tmp', 'd/cache', 'd/e.tmp', 'kept.tmp']);

  appendFileSync(ini, 'Exclude = *.tmp\nInclude = kept.tmp\n');
  await server.until(/they leave out 2 paths that are published.*: (?:b\.tmp, d\/e\.tmp|d\/e\.tmp, b\.tmp)/);
  await client.until(/2 paths are excluded by the rules now; they stay here until you delete them: /);
  write(source, 'new.tmp');
  write(source, 'new');
  await client.until(/Created: new\n/);
  expect(filesIn(target)).toEqual(['a', 'b.tmp', 'd/cache', 'd/e.tmp', 'kept.tmp', 'new']);

  writeFileSync(rules, '# nothing\n');
  await server.until(/1 path that was left out is published: cache\//);
  await client.until(/Created: cache\/deep\/c\n/);
  writeFileSync(ini, `${lines}MinSize = 2M\nMaxSize = 1M\n`);
  await server.until(/MinSize 2M is more than MaxSize 1M/);
  writeFileSync(ini, lines);
  await client.until(/Created: new\.tmp\n/);
  await untilEqual(source, target);
  expect(trashOf(target)).toEqual([]);
  await stop(client);
  await stop(server);
});
