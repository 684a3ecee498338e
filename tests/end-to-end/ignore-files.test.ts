/** Ignore files in the source, with the real programs: what they hide is not sent, and not deleted anywhere. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { askServerHere, type Doing } from './do-here.ts';
import { filesIn, listTree, makePlace, type Place, type Program, trashOf, write } from './programs.ts';
import { settle } from './settle.ts';

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(async () => {
  await place.dispose();
});

const NAME = '.mirrorignore';
const FLAGS = ['--ignore-files', NAME];
const RULES_CHANGED = /The rules in the source are other ones/g;

const ignore = (folder: string, ...lines: string[]): void =>
  write(place.source, join(folder, NAME), `${lines.join('\n')}\n`);

async function stop(program: Program): Promise<void> {
  program.process.kill('SIGTERM');
  expect(await program.ended()).toBe(0);
}

/** What a command says. */
async function ask(program: Program | Doing): Promise<string> {
  expect([await program.ended(), program.output()]).toEqual([0, expect.anything()]);
  return program.output();
}

async function syncWith(...flags: string[]): Promise<string> {
  const { program, port } = await place.server(...flags);
  const client = place.once(port, 'sync');
  expect([await client.ended(), client.output()]).toEqual([0, expect.anything()]);
  await stop(program);
  return client.output();
}

/** A tree as it comes from somewhere else, all at once. */
function makeProject(folder: string): void {
  const elsewhere = join(place.dir, 'elsewhere');
  for (const path of ['node_modules/p/index.js', 'src/a.ts', 'src/gen/x.ts', 'src/gen/keep.ts', 'out.log'])
    write(elsewhere, path);
  write(elsewhere, NAME, 'node_modules/\n*.log\n');
  write(elsewhere, join('src', NAME), 'gen/*\n!keep.ts\n');
  cpSync(elsewhere, join(place.source, folder), { recursive: true });
  rmSync(elsewhere, { recursive: true });
}

const PUBLISHED = [NAME, 'src/.mirrorignore', 'src/a.ts', 'src/gen/keep.ts'];
const inFolder = (folder: string, paths: readonly string[]): string[] =>
  paths.map((path) => `${folder}/${path}`);

test.each([[['--watch', 'native']], [['--watch', 'chokidar']], [['--watch', 'poll', '--poll-seconds', '1']]])(
  'live (%s): what they hide never comes, comes when they let it, and stays when they hide it again',
  async (watch) => {
    const { source, target } = place;
    write(source, 'a');
    const { port, program } = await place.server(...FLAGS, ...watch);
    const client = place.client(port, 'start');
    await client.until(/in sync/);
    makeProject('repo');
    await settle(place);
    expect(filesIn(target)).toEqual(['a', ...inFolder('repo', PUBLISHED)].sort());
    expect(client.output()).not.toMatch(/node_modules|out\.log|gen\/x/);

    ignore('repo', '*.log');
    await settle(place);
    expect(filesIn(target)).toContain('repo/node_modules/p/index.js');
    ignore('repo', 'node_modules/', 'src/a.ts');
    await settle(place);
    await program.until(
      /they hide 2 paths \(repo\/.*\), and mirrors keep what they have of them; they show 1 path \(repo\/out\.log\)/,
    );
    unlinkSync(join(source, 'repo/src', NAME));
    await settle(place);
    expect(filesIn(target).filter((path) => !path.endsWith(NAME))).toEqual([
      'a',
      ...inFolder('repo', [
        'node_modules/p/index.js',
        'out.log',
        'src/a.ts',
        'src/gen/keep.ts',
        'src/gen/x.ts',
      ]),
    ]);
    expect(trashOf(target).filter((content) => content.startsWith('content of'))).toEqual([]);
  },
  120_000,
);

test('a folder that has one, or is above one, may be renamed and moved: what it hides stays on the mirror', async () => {
  const { source, target } = place;
  for (const path of ['old/secret', 'old/open', 'old/deep/secret', 'old/deep/open']) write(source, path);
  mkdirSync(join(source, 'up'));
  const { port } = await place.server(...FLAGS);
  const client = place.client(port, 'start');
  await client.until(/in sync/);
  ignore('old', '/secret');
  ignore('old/deep', '/secret');
  await settle(place);
  renameSync(join(source, 'old'), join(source, 'new'));
  await settle(place);
  renameSync(join(source, 'new/deep'), join(source, 'up/deeper'));
  await settle(place);
  const paths = ['new/open', 'new/secret', 'up/deeper/open', 'up/deeper/secret'];
  expect(filesIn(target).filter((path) => !path.endsWith(NAME))).toEqual(paths);
  expect(trashOf(target)).toEqual([]);
});

test('a start with them, a lost index, a lost state and both delete nothing, and a first copy has nothing hidden', async () => {
  const { dir, target } = place;
  makeProject('repo');
  await syncWith();
  const before = listTree(target);
  expect(await syncWith(...FLAGS)).toContain('3 paths are excluded by the rules now; they stay here');
  for (const lost of [['server-state/index'], ['client-state'], ['server-state/index', 'client-state']]) {
    for (const folder of lost) rmSync(join(dir, folder), { recursive: true });
    await syncWith(...FLAGS);
    expect([listTree(target), trashOf(target)]).toEqual([before, []]);
  }
  rmSync(target, { recursive: true });
  rmSync(join(dir, 'client-state'), { recursive: true });
  await syncWith(...FLAGS);
  expect(filesIn(target)).toEqual(inFolder('repo', PUBLISHED).sort());
});

test('one that cannot be read is a problem: the rules of before hold, also over a restart; without them nothing comes', async () => {
  const { source, target } = place;
  write(source, 'd/open');
  write(source, 'd/secret');
  ignore('d', 'secret');
  const first = await place.server(...FLAGS);
  const client = place.client(first.port, 'start');
  await client.until(/in sync/);
  const file = join(source, 'd', NAME);
  unlinkSync(file);
  symlinkSync('/nowhere', file);
  await first.program.until(/d \(ignore-kept\): its ignore file cannot be read now/);
  write(source, 'd/more');
  await client.until(/Created: d\/more/);
  await stop(client);
  await stop(first.program);

  const second = await place.server(...FLAGS);
  await second.program.until(/d \(ignore-kept\): its ignore file cannot be read now/);
  mkdirSync(join(source, 'e'));
  symlinkSync('/nowhere', join(source, 'e', NAME));
  write(source, 'e/secret');
  await second.program.until(/e \(ignore-unknown\): its ignore file cannot be read/);
  const again = place.client(second.port, 'start');
  await again.until(/in sync/);
  expect(filesIn(target)).toEqual(['d/more', 'd/open']);

  unlinkSync(join(source, 'e', NAME));
  unlinkSync(file);
  writeFileSync(file, 'more\n');
  await again.until(/Created: e\/secret/);
  await again.until(/Created: d\/secret/);
  expect(filesIn(target).filter((path) => !path.endsWith(NAME))).toEqual([
    ...['d/more', 'd/open', 'd/secret', 'e/secret'],
  ]);
});

test('explain names the file and the line on both ends, running or not, and status says how many hold', async () => {
  const { dir, source } = place;
  makeProject('repo');
  const asked = [
    '--config',
    '/dev/null',
    '--monitor-dir',
    source,
    '--state-dir',
    join(dir, 'server-state'),
    ...FLAGS,
  ];
  const explain = (path: string): Doing => askServerHere(dir, ['explain', path, ...asked]);
  const text =
    /repo\/src\/gen\/x\.ts: not mirrored: "gen\/\*" excludes it \(.*: repo\/src\/\.mirrorignore line 1\)/;
  expect(await ask(explain('repo/src/gen/x.ts'))).toMatch(text);
  const { port } = await place.server(...FLAGS);
  expect(await ask(place.once(port, 'sync'))).toContain('in sync');
  expect(await ask(explain('repo/src/gen/x.ts'))).toMatch(text);
  expect(await ask(explain('repo/src/gen/keep.ts'))).toMatch(/mirrored: .*repo\/src\/\.mirrorignore line 2/);
  expect(await ask(place.client(port, 'explain', 'repo/src/gen/x.ts'))).toMatch(text);
  expect(await ask(askServerHere(dir, ['status', ...asked]))).toContain('2 ignore files of the folder hold');
});

test('with a Source of this machine they hold likewise', async () => {
  const { dir, source, target } = place;
  makeProject('repo');
  const flags = [
    '--source',
    source,
    '--target-dir',
    target,
    '--state-dir',
    join(dir, 'client-state'),
    ...FLAGS,
  ];
  const run = (verb: string): Program => place.run('client', [verb, '--config', '/dev/null', ...flags]);
  const client = run('start');
  await client.until(/in sync/);
  expect(filesIn(target)).toEqual(inFolder('repo', PUBLISHED).sort());
  ignore('repo', '/src/');
  await client.until(/excluded by the rules now/);
  write(source, 'repo/src/later');
  write(source, 'last');
  await settle(place);
  expect(filesIn(target).sort()).toEqual(
    ['last', ...inFolder('repo', PUBLISHED), 'repo/node_modules/p/index.js', 'repo/out.log'].sort(),
  );
  expect(client.output().match(RULES_CHANGED) ?? []).toEqual([]);
  const status = run('status');
  await status.ended();
  expect(status.output()).toContain('Rules of the source: 1 ignore file holds');
});

test('explain does not call mirrored what no rule excludes and nobody publishes, on both ends', async () => {
  for (const name of ['e', 'plain']) mkdirSync(join(place.source, name));
  symlinkSync('/nowhere', join(place.source, 'e', '.mirrorignore'));
  for (const path of ['e/hidden', 'plain/a']) writeFileSync(join(place.source, path), path);
  execFileSync('mkfifo', [join(place.source, 'plain', 'pipe')]);
  const { program, port } = await place.server(...FLAGS);
  const client = place.client(port, 'start');
  await client.until(/1 path.*could not be read|in sync/);
  const server = ['--config', '/dev/null', '--monitor-dir', place.source, ...FLAGS];
  const atServer = (path: string): Promise<string> =>
    ask(
      askServerHere(place.dir, ['explain', path, ...server, '--state-dir', join(place.dir, 'server-state')]),
    );
  const atClient = (path: string): Promise<string> => ask(place.once(port, 'explain', path));
  const hidden =
    /^e\/hidden: not mirrored: the folder e: its ignore file cannot be read .*\(ignore-unknown\)/;
  const pipe = 'plain/pipe: not mirrored: it is a socket, pipe or device (not-mirrored-kind)';
  for (const explain of [atServer, atClient]) {
    expect(await explain('e/hidden')).toMatch(hidden);
    expect(await explain('plain/pipe')).toContain(pipe);
    expect(await explain('.lanmirror/x')).toMatch(/x: not mirrored: the folder \.lanmirror: .* \(reserved\)/);
    expect(await explain('plain/a')).toBe('plain/a: mirrored: no rule excludes it\n');
  }
  await stop(program);
  expect(await atServer('e/hidden')).toMatch(hidden);
  expect(await atServer('plain/pipe')).toContain(pipe);
});
