/** What stands on a mirror although rules leave it out: it is shown, and goes to the trash when a person says so. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { filesIn, makePlace, type Place, trashOf, write } from './programs.ts';

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(async () => {
  await place.dispose();
});

interface Node {
  readonly path: string;
  readonly kind: string;
  readonly files: number;
  readonly sizeBytes: number;
  readonly rule: {
    readonly by: string;
    readonly kind: string;
    readonly line: string;
    readonly origin: string;
  };
  readonly stays: { readonly why: string; readonly path: string } | null;
}

async function ask(port: number, exit: number, ...words: string[]): Promise<string> {
  const client = place.once(port, 'excluded', ...words);
  expect([await client.ended(), client.output()]).toEqual([exit, client.output()]);
  return client.output();
}

async function listed(port: number, ...words: string[]): Promise<Node[]> {
  const text = await ask(port, 0, ...words, '--json');
  return text
    .split('\n')
    .filter((line) => line.startsWith('{"path"'))
    .map((line) => JSON.parse(line) as Node);
}

async function sync(port: number, ...flags: string[]): Promise<void> {
  const client = place.once(port, 'sync', ...flags);
  expect([await client.ended(), client.output()]).toEqual([0, client.output()]);
}

const PATHS = ['a', 'b.tmp', 'cache/d', 'cache/deep/c', 'film.mkv', 'large', 'old', 'sub/e.tmp'];
/** Each kind of rule leaves one out. */
const RULES = [
  ...['--exclude', '*.tmp, /cache/', '--exclude-extensions', 'MKV'],
  ...['--max-size', '2000', '--max-age', '30d'],
];

function makeSource(): void {
  for (const path of PATHS) write(place.source, path);
  writeFileSync(join(place.source, 'large'), 'x'.repeat(3000));
  utimesSync(join(place.source, 'old'), 1_600_000_000, 1_600_000_000);
}

test('without a client: all that each kind of rule leaves out is shown, and goes to the trash after a yes only', async () => {
  makeSource();
  const { target } = place;
  const { port, program } = await place.server();
  await sync(port);
  const byProgram = place.client(port, 'excluded');
  expect([await byProgram.ended(), byProgram.output()]).toEqual([
    0,
    expect.stringContaining('No rule leaves anything out.'),
  ]);
  expect(await ask(port, 3, ...RULES)).toContain('The settings have other rules');
  await sync(port, ...RULES);
  program.process.kill('SIGTERM');
  await program.ended();

  const nodes = await listed(port, ...RULES);
  expect(nodes.map(({ path, kind, files, rule }) => [path, kind, files, rule.by, rule.kind])).toEqual([
    ['b.tmp', 'file', 1, 'own', 'pattern'],
    ['cache', 'directory', 2, 'own', 'pattern'],
    ['film.mkv', 'file', 1, 'own', 'extension'],
    ['large', 'file', 1, 'own', 'size'],
    ['old', 'file', 1, 'own', 'age'],
    ['sub/e.tmp', 'file', 1, 'own', 'pattern'],
  ]);
  const shown = await ask(port, 0, 'cache/deep', ...RULES);
  expect(shown).toContain('cache/ is left out as a whole');
  const text = await ask(port, 3, 'remove', ...RULES);
  expect(text).toMatch(/2 files {2}cache\/ {2}\("\/cache\/", the rules of this mirror: --exclude\)/);
  expect(text).toMatch(/6 paths, 7 files, /);
  expect(text).toMatch(
    /There is no connection: what the source leaves out is as of \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\./,
  );
  expect(text).toContain('Nothing was moved: nobody agreed.');
  expect(filesIn(target)).toEqual(PATHS);

  expect(await ask(port, 0, 'remove', '**/*.tmp', '--yes', ...RULES)).toContain(
    'Moved to the trash: 2 paths, 2 files',
  );
  expect(filesIn(target)).toEqual(['a', 'cache/d', 'cache/deep/c', 'film.mkv', 'large', 'old']);
  const rest = await ask(port, 0, 'remove', '--yes', '--trash', 'no', ...RULES);
  expect(rest).toContain('Moved to the trash: 4 paths, 5 files');
  expect(filesIn(target)).toEqual(['a']);
  expect(trashOf(target).length).toBe(7);
  expect(await ask(port, 0, 'remove', '--yes', ...RULES)).toContain(
    'Nothing that the rules leave out is here.',
  );

  const history = place.once(port, 'history', 'cache');
  await history.ended();
  expect(history.output()).toMatch(/put-away +folder {2}cache {2}\(in the trash: /);
  const list = place.once(port, 'trash', 'list', 'cache');
  await list.ended();
  expect(list.output()).toMatch(/excluded .* cache\/deep\/c/);
  const back = join(place.dir, 'back');
  const restore = place.once(port, 'trash', 'restore', 'cache', '--to', back);
  expect(await restore.ended()).toBe(0);
  expect(readFileSync(join(back, 'cache/deep/c'), 'utf8')).toBe('content of cache/deep/c');
});

test('with a client: by its rules and those of the share, what is extra or mirrored stays, and it stays in sync', async () => {
  makeSource();
  const { target, source } = place;
  const first = await place.server();
  await sync(first.port);
  first.program.process.kill('SIGTERM');
  await first.program.ended();
  const { port } = await place.server('--exclude', '/cache/, /never-there/', '--max-size', '2000');
  const client = place.client(port, 'start', '--exclude', '*.tmp', '--delete-never', '*.keep');
  await client.until(/in sync/);
  write(target, 'cache/x.keep');
  write(target, 'never-there/f');
  write(target, 'nobody-knows');
  write(target, 'sub/nobody-knows');
  const text = await ask(port, 0);
  expect(text).not.toMatch(/nobody-knows|There is no connection/);
  expect(text).toMatch(/never-there\/ {2}\("\/never-there\/", the server's rules: --exclude\)/);
  expect(text).toMatch(/large {2}\(its size, the server's rules\)/);
  expect(text).toMatch(
    /cache\/ {2}\(.*; stays: the rule for deletions \(Delete, DeleteNever\) keeps cache\/x\.keep\)/,
  );
  expect(text).toContain('1 of them stays in any case');
  await ask(port, 0, 'remove', '--yes');
  await client.until(/Excluded, put away as you asked \(it is in the trash\): never-there\n/);
  const left = [
    'a',
    'cache/d',
    'cache/deep/c',
    'cache/x.keep',
    'film.mkv',
    'nobody-knows',
    'old',
    'sub/nobody-knows',
  ];
  expect(filesIn(target)).toEqual(left);
  write(source, 'last');
  await client.until(/Created: last\n/);
  const status = place.once(port, 'status');
  await status.ended();
  expect(status.output()).toContain('in sync');
  expect(existsSync(join(target, 'sub'))).toBe(true);
});

test('what is another mirror of its own, or holds one, stays', async () => {
  makeSource();
  const { target } = place;
  const { port } = await place.server();
  await sync(port, '--exclude', '/other/, /data/');
  write(target, 'other/.lanmirror/marker');
  write(target, 'other/f');
  mkdirSync(join(target, 'data/empty'), { recursive: true });
  const nodes = await listed(port, '--exclude', '/other/, /data/');
  expect(nodes.map(({ path, stays }) => [path, stays?.why])).toEqual([
    ['data', undefined],
    ['other', 'target'],
  ]);
  expect(await ask(port, 0, 'remove', '--yes', '--exclude', '/other/, /data/')).toContain(
    'Moved to the trash: 1 path, 0 files, 0 B.',
  );
  expect([existsSync(join(target, 'other/f')), existsSync(join(target, 'data'))]).toEqual([true, false]);
});

test('of a client with jobs it is about one of them, by its name', async () => {
  makeSource();
  const ini = join(place.dir, 'client.ini');
  writeFileSync(
    ini,
    ['My films', '乐.x']
      .map((name, at) => `[Job ${name}]\nSource = ${place.source}\nTargetDir = ${join(place.dir, `${at}`)}\n`)
      .join(''),
  );
  const run = async (...args: string[]): Promise<string> => {
    const client = place.run('client', [...args, '--config', ini]);
    await client.ended();
    return client.output();
  };
  const toldToBegin = async (): Promise<void> => {
    for (const command of [['excluded'], ['verify'], ['explain', 'b.tmp']]) {
      const text = await run(...command, '--job', 'My films');
      expect(text).toMatch(/The mirror .*0 has never run \(job My films\): nothing is known of it yet\./);
      expect(text).toMatch(/"lanmirror-client sync 'My films' --config '[^']*client\.ini'" does one pass/);
    }
  };
  await toldToBegin();
  // It leaves a state, and joins nothing.
  await run('sync', '--dry-run', 'My films');
  await toldToBegin();
  await run('sync');
  appendFileSync(ini, 'Exclude = *.tmp\n');
  await run('sync');
  expect(await run('excluded')).toContain('--job');
  expect(await run('excluded', '--job', 'my FILMS')).toContain('No rule leaves anything out.');
  const text = await run('excluded', '--job', '乐.x');
  expect(text).toContain(`b.tmp  ("*.tmp", the rules of this mirror: ${ini} line 7, Exclude)`);
  expect(text).toContain(
    `"lanmirror-client excluded remove --config '${ini}' --job 乐.x" moves all of this to the trash.`,
  );
  await run('excluded', 'remove', '--yes', '--job', '乐.x');
  expect(filesIn(join(place.dir, '0'))).toContain('b.tmp');
  expect(filesIn(join(place.dir, '1'))).not.toContain('b.tmp');
});
