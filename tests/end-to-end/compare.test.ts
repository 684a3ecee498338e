/** Which differences count for a mirror (`Compare`), with the real programs. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lutimesSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Doing } from './do-here.ts';
import { difference, filesIn, makePlace, type Place, type Program, trashOf, write } from './programs.ts';
import { settle } from './settle.ts';

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(async () => {
  await place.dispose();
});

const TIME_S = 1_700_000_000;

/** A file with a time, in seconds from {@link TIME_S}. */
function put(root: string, path: string, content: string, atS = 0): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
  lutimesSync(join(root, path), TIME_S + atS, TIME_S + atS);
}

/** What a path of the target holds, and its time as `put` takes it. */
const here = (path: string): [string, number] => contentAndTime(join(place.target, path));

/** The same of every file of a mirror. */
const standing = (mirror: string): Record<string, [string, number]> =>
  Object.fromEntries(filesIn(mirror).map((name) => [name, contentAndTime(join(mirror, name))]));

function contentAndTime(at: string): [string, number] {
  return [readFileSync(at, 'utf8'), statSync(at).mtimeMs / 1000 - TIME_S];
}

/** A source, and a target that is not like it in one way for each file. */
function makeDifferent(source: string, target: string): void {
  const files: [name: string, source: [string, number], target?: [string, number]][] = [
    ['new', ['new', 0]],
    ['same', ['same', 0], ['same', 0]],
    ['larger', ['larger', 0], ['small', 0]],
    ['newer', ['aaaa', 50], ['bbbb', 0]],
    ['older', ['aaaa', 0], ['bbbb', 50]],
    ['touched', ['aaaa', 50], ['aaaa', 0]],
    ['secret', ['aaaa', 0], ['bbbb', 0]],
  ];
  for (const [name, [text, atS], standing] of files) {
    put(source, name, text, atS);
    if (standing !== undefined) put(target, name, ...standing);
  }
}

async function synced(port: number, ...flags: string[]): Promise<Doing> {
  const pass = place.once(port, 'sync', ...flags);
  expect([await pass.ended(), pass.output()]).toEqual([0, expect.stringContaining('in sync')]);
  return pass;
}

async function stopped(program: Program): Promise<void> {
  program.process.kill('SIGTERM');
  expect(await program.ended()).toBe(0);
}

const AS_WAS: Readonly<Record<string, [string, number]>> = {
  same: ['same', 0],
  larger: ['small', 0],
  newer: ['bbbb', 0],
  older: ['bbbb', 50],
  touched: ['aaaa', 0],
  secret: ['bbbb', 0],
};

const AS_SOURCE: Readonly<Record<string, [string, number]>> = {
  new: ['new', 0],
  same: ['same', 0],
  larger: ['larger', 0],
  newer: ['aaaa', 50],
  older: ['aaaa', 0],
  touched: ['aaaa', 50],
  secret: ['aaaa', 0],
};

/** What each rule takes over, and of how many files a dry run knows that they are left. */
const RULES: readonly [rule: string, taken: readonly string[], foreseen: number][] = [
  // A content that is like another one in size and time is not known to be another where contents are not compared, and
  // where they are it is not known to be the same before it is.
  ['missing', ['new'], 4],
  ['missing, newer', ['new', 'newer', 'touched'], 2],
  ['missing, size', ['new', 'larger'], 3],
  ['missing, mtime', ['new', 'newer', 'older', 'touched'], 1],
  ['missing, hash', ['new', 'larger', 'newer', 'older', 'secret'], 0],
  ['size', ['larger'], 4],
  ['newer', ['newer', 'touched'], 3],
];

interface Pass {
  readonly code: number | null;
  /** What was said of each rule. */
  readonly said: ReadonlyMap<string, string>;
  /** What stands on the mirror of each rule, and what is in its trash. */
  readonly stands: ReadonlyMap<string, Readonly<Record<string, [string, number]>>>;
  readonly trash: ReadonlyMap<string, readonly string[]>;
}

describe('what differs in what the rule names is taken over, and the rest is left as it is, again and again', () => {
  let many: Place;
  const passes = new Map<string, Pass>();
  const jobOf = (rule: string): string => rule.replaceAll(/\W+/g, '-');
  const mirrorOf = (rule: string): string => join(many.dir, 'mirrors', jobOf(rule));
  const labelled = (output: string, rule: string): string =>
    output
      .split('\n')
      .filter((line) => line.startsWith(`[${jobOf(rule)}] `))
      .join('\n');

  /** A pass of all rules by one program. */
  async function passOf(name: string, ...flags: string[]): Promise<void> {
    const program = many.run('client', ['sync', ...flags]);
    const code = await program.ended();
    const of = <T>(look: (rule: string) => T): Map<string, T> =>
      new Map(RULES.map(([rule]) => [rule, look(rule)]));
    passes.set(name, {
      code,
      said: of((rule) => labelled(program.output(), rule)),
      stands: of((rule) => standing(mirrorOf(rule))),
      trash: of((rule) => trashOf(mirrorOf(rule)).sort()),
    });
  }

  beforeAll(async () => {
    many = makePlace();
    const { port } = await many.server();
    const jobs = RULES.map(([rule]) => {
      makeDifferent(many.source, mirrorOf(rule));
      return `[Job ${jobOf(rule)}]\nTargetDir = ${mirrorOf(rule)}\nCompare = ${rule}\n`;
    });
    const client = `[Client]\nServerIP = 127.0.0.1\nServerPort = ${port}\nKeyFile = server-state/key\n`;
    writeFileSync(join(many.dir, 'client.ini'), client + jobs.join(''));
    await passOf('dry', '--dry-run', '--adopt');
    await passOf('first', '--adopt');
    await passOf('again');
    await passOf('full', '--mode', 'full');
    rmSync(join(many.dir, 'xdg-state', 'lanmirror'), { recursive: true });
    await passOf('with its state lost', '--adopt');
  });
  afterAll(() => many.dispose());

  test.each(RULES)('Compare = %s', async (rule, taken, foreseen) => {
    const expected = { ...AS_WAS, ...Object.fromEntries(taken.map((name) => [name, AS_SOURCE[name]])) };
    const of = (name: string) => {
      const pass = passes.get(name) as Pass;
      return { code: pass.code, stands: pass.stands.get(rule), trash: pass.trash.get(rule) };
    };
    const said = (name: string): string => passes.get(name)?.said.get(rule) ?? '';
    expect(of('dry')).toEqual({ code: 0, stands: AS_WAS, trash: [] });
    expect(said('dry').match(/Would leave as it is: /g) ?? []).toHaveLength(foreseen);
    const { trash } = of('first');
    expect(trash).not.toContain('same');
    for (const name of ['first', 'again', 'full', 'with its state lost']) {
      expect([name, of(name)]).toEqual([name, { code: 0, stands: expected, trash }]);
      expect(said(name)).toContain('in sync');
    }
    for (const name of ['again', 'full']) expect(said(name)).toMatch(/differs? and (is|are) left/);
    const verify = many.run('client', ['verify', '--job', jobOf(rule)]);
    expect([await verify.ended(), verify.output()]).toEqual([0, expect.stringMatching(/\d left/)]);
    expect(verify.output()).toContain(`Compare = ${rule}`);
    expect(standing(mirrorOf(rule))).toEqual(expected);
  });
});

/** A client that runs from an INI with this rule. */
async function live(port: number, rule: string): Promise<{ client: Program; setRule(to: string): void }> {
  const { dir, target } = place;
  const ini = join(dir, 'client.ini');
  const basis = ['[Client]', 'ServerIP = 127.0.0.1', `ServerPort = ${port}`, `TargetDir = ${target}`];
  const rest = [`KeyFile = ${dir}/server-state/key`, `StateDir = ${dir}/client-state`];
  const setRule = (to: string): void =>
    writeFileSync(ini, `${[...basis, ...rest, `Compare = ${to}`].join('\n')}\n`);
  setRule(rule);
  const client = place.run('client', ['start', '--adopt', '--log-level', 'debug']);
  await client.until(/in sync/);
  return { client, setRule };
}

/** Resolves when all that was done at the source is dealt with. */
async function settled(client: Program, name: string): Promise<void> {
  write(place.source, name);
  await client.until(new RegExp(`Created: ${name}\n`));
}

/** The output of a command that succeeds. */
async function said(port: number, ...args: [verb: string, ...flags: string[]]): Promise<string> {
  const command = place.once(port, ...args);
  expect([await command.ended(), command.output()]).toEqual([0, expect.any(String)]);
  return command.output();
}

test('live: what is left is named; a rename takes it along; another rule takes effect at once, and puts it into the trash', async () => {
  const { source, target } = place;
  put(source, 'd/a', 'first');
  put(source, 'b', 'first');
  const { port } = await place.server();
  const { client, setRule } = await live(port, 'missing');
  put(source, 'd/a', 'second', 10);
  put(source, 'b', 'first', 10);
  await settled(client, 'last');
  expect([here('d/a'), here('b')]).toEqual([
    ['first', 0],
    ['first', 0],
  ]);
  await client.until(/in sync, with 2 entries that differ and are left as they are \(Compare = missing\)/);
  const status = await said(port, 'status');
  expect(status).toMatch(
    /Left: {5}2 entries that differ and are left as they are \(Compare = missing\)\n {2}\S/,
  );
  expect(status).toContain('(without 2 entries of the source, by Compare = missing)');
  expect(status).toContain('Problems: none');
  expect(await said(port, 'explain', 'd/a')).toContain(
    'left as it is: it differs in size, time and content, which does not count (Compare = missing)',
  );
  expect(await said(port, 'explain', 'last')).not.toContain('left');

  renameSync(join(source, 'd'), join(source, 'e'));
  await client.until(/Renamed: d -> e/);
  renameSync(join(source, 'e/a'), join(source, 'e/c'));
  await client.until(/Renamed: e\/a -> e\/c/);
  expect(here('e/c')).toEqual(['first', 0]);
  expect(trashOf(target)).toEqual([]);

  setRule('missing, size');
  await client.until(/In effect: Compare/);
  await client.until(/Modified: e\/c\n/);
  await client.until(/in sync, with 1 entry that differs and is left as it is \(Compare = missing, size\)/);
  expect([here('e/c'), here('b'), trashOf(target)]).toEqual([['second', 10], ['first', 0], ['first']]);
  setRule('missing, size, mtime, hash');
  await client.until(/identical to the server/);
  expect(difference(source, target)).toEqual([]);
  expect(trashOf(target)).toEqual(['first']);
  await stopped(client);
});

test('a file that a program saves by a rename over it is judged like one that is written in place', async () => {
  const { source, target } = place;
  put(source, 'a', 'first');
  put(source, 'b', 'first');
  const { port } = await place.server();
  const { client, setRule } = await live(port, 'missing');
  for (const name of ['a', 'b']) {
    put(source, `${name}.new`, 'second', 10);
    await client.until(new RegExp(`Created: ${name}\\.new\\n`));
    if (name === 'b') setRule('missing, newer');
    if (name === 'b') await client.until(/In effect: Compare(.|\n)*Modified: a\n/);
    renameSync(join(source, `${name}.new`), join(source, name));
    if (name === 'b') await client.until(/Renamed: b\.new -> b\n/);
    else await client.until(/Deleted: a\.new\n/);
    if (name === 'a') expect([here('a'), trashOf(target)]).toEqual([['first', 0], ['second']]);
  }
  await settled(client, 'last');
  expect([here('a'), here('b')]).toEqual([
    ['second', 10],
    ['second', 10],
  ]);
  await stopped(client);
});

test('an edit of the mirror that is later stays with newer, until the source is later', async () => {
  const { source, target } = place;
  put(source, 'a', 'first');
  const { port } = await place.server();
  await synced(port, '--compare', 'missing, newer');
  put(target, 'a', 'edited here', 100);
  put(source, 'a', 'second', 50);
  await synced(port, '--compare', 'missing, newer');
  expect([here('a'), trashOf(target)]).toEqual([['edited here', 100], []]);
  put(source, 'a', 'third', 200);
  await synced(port, '--compare', 'missing, newer');
  expect([here('a'), trashOf(target)]).toEqual([['third', 200], ['edited here']]);
});

test('an edit that nobody has looked at yet is judged before it is replaced', async () => {
  const { source, target } = place;
  put(source, 'a', 'first');
  const { port } = await place.server();
  const { client } = await live(port, 'missing, newer');
  put(target, 'a', 'edited here', 100);
  put(source, 'a', 'second', 50);
  await settled(client, 'last');
  await client.until(/in sync, with 1 entry that differs/);
  expect([here('a'), trashOf(target)]).toEqual([['edited here', 100], []]);
  put(target, 'copied', 'here before it came', 0);
  put(source, 'copied', 'at the source', -50);
  await settled(client, 'last-2');
  await client.until(/in sync, with 2 entries that differ/);
  expect([here('copied')[0], trashOf(target)]).toEqual(['here before it came', []]);
  await stopped(client);
});

test('without missing nothing new is made, and what was removed here stays away; deletions and renames are followed', async () => {
  const { source, target } = place;
  for (const name of ['a', 'b', 'c', 'd/e']) put(source, name, name);
  const { port } = await place.server();
  await synced(port);
  const { client } = await live(port, 'size, mtime, hash');
  put(source, 'n', 'new');
  put(source, 'folder/n', 'new');
  symlinkSync('a', join(source, 'link'));
  put(source, 'a', 'changed', 10);
  await client.until(/Modified: a\n/);
  renameSync(join(source, 'b'), join(source, 'folder/b'));
  await client.until(/Renamed: b -> folder\/b/);
  unlinkSync(join(source, 'c'));
  await client.until(/Deleted: c\n/);
  expect(filesIn(target)).toEqual(['a', 'd/e', 'folder/b']);
  await client.until(/in sync, with 3 entries that differ/);
  unlinkSync(join(target, 'd/e'));
  expect(await said(port, 'sync')).toContain('in sync, with 4 entries that differ and are left as they are');
  expect(existsSync(join(target, 'd/e'))).toBe(false);
  await client.until(/Missing on the mirror, and left out \(Compare = size, mtime, hash\): d\/e/);
  const verify = await said(port, 'verify');
  expect(verify).toMatch(/left {8}d\/e \(nothing of its kind stands here, and nothing is made here/);
  await stopped(client);
});

test('a thing of another kind counts as missing: left with all that is in it, or put into the trash', async () => {
  const { source, target } = place;
  put(source, 'x', 'a file');
  put(source, 'y/z', 'in a folder');
  symlinkSync('there', join(source, 'l'));
  put(target, 'x/mine', 'mine');
  put(target, 'y', 'a file');
  put(target, 'l', 'no link');
  put(target, 'extra', 'extra');
  const { port } = await place.server();
  for (const _run of [1, 2]) {
    await synced(port, '--adopt', '--compare', 'size, mtime, hash');
    expect(filesIn(target)).toEqual(['l', 'x/mine', 'y']);
    expect(trashOf(target)).toEqual(['extra']);
  }
  const verify = place.once(port, 'verify');
  expect([await verify.ended(), verify.output()]).toEqual([0, expect.stringContaining('3 left')]);
  // What is renamed to such a place waits where it stands.
  put(source, 'n', 'n');
  await synced(port, '--compare', 'missing, size, mtime, hash', '--only', 'n');
  unlinkSync(join(source, 'x'));
  renameSync(join(source, 'n'), join(source, 'x'));
  const waits = place.once(port, 'sync', '--compare', 'size, mtime, hash');
  expect([await waits.ended(), waits.output()]).toEqual([1, expect.stringContaining('(PLACE_LEFT)')]);
  expect(filesIn(target)).toEqual(['l', 'n', 'x/mine', 'y']);
  await synced(port, '--compare', 'missing');
  expect([filesIn(target), readlinkSync(join(target, 'l'))]).toEqual([filesIn(source), 'there']);
  expect(readFileSync(join(target, 'x'), 'utf8')).toBe('n');
  expect(trashOf(target).sort()).toEqual(['a file', 'extra', 'mine', 'no link']);
  await synced(port);
  expect(difference(source, target)).toEqual([]);
});

test('permission bits alone are followed by every rule, and leave a finer time as it is', async () => {
  const { source, target } = place;
  put(source, 'a', 'text');
  const { port } = await place.server();
  const { client } = await live(port, 'missing');
  // Else that may be said for the first time, and once, when the change has come, too.
  await client.until(/identical to the server/);
  const before = statSync(join(target, 'a'), { bigint: true }).mtimeNs;
  chmodSync(join(source, 'a'), 0o600);
  await settled(client, 'last');
  await settle(place);
  await client.until(/identical to the server(.|\n)*identical to the server/);
  const now = statSync(join(target, 'a'), { bigint: true });
  expect([Number(now.mode) & 0o777, now.mtimeNs]).toEqual([0o600, before]);
  await stopped(client);
});

test('what the disk has lost is put right by every rule, and what was edited here is not', async () => {
  const { source, target } = place;
  put(source, 'a', 'content');
  put(source, 'b', 'content');
  const { port } = await place.server();
  await synced(port, '--compare', 'missing');
  const { atime, mtime } = statSync(join(target, 'a'));
  // Other bytes behind a time that was put back are what a disk shows that has lost some.
  writeFileSync(join(target, 'a'), 'cont3nt');
  lutimesSync(join(target, 'a'), atime, mtime);
  put(target, 'b', 'edited here', 10);
  const verify = place.once(port, 'verify', '--repair');
  expect([await verify.ended(), verify.output()]).toEqual([
    1,
    expect.stringMatching(/different {3}a \(content\)/),
  ]);
  expect(verify.output()).toMatch(/left {8}b \(it differs in size, time and content/);
  await synced(port, '--compare', 'missing');
  expect([here('a'), here('b')]).toEqual([
    ['content', 0],
    ['edited here', 10],
  ]);
});

test('a rule that means nothing is refused with its line, at the start and at a reload', async () => {
  const { port } = await place.server();
  const { client, setRule } = await live(port, 'missing');
  setRule('missing, sise');
  await client.until(/client\.ini line 7, Compare: "sise" is none of missing, size, newer, mtime, hash/);
  setRule('missing, newer, mtime');
  await client.until(/client\.ini line 7, Compare: with mtime every other time counts/);
  await stopped(client);
  setRule(',');
  const start = place.run('client', ['start']);
  expect([await start.ended(), start.output()]).toEqual([2, expect.stringContaining('names no difference')]);
});

test('where the server lost its index, what is like the source in size and time is compared, whatever else is left as it is', async () => {
  const { source, target, dir } = place;
  for (const name of ['same', 'other', 'left']) put(source, name, 'first');
  const rule = 'missing, hash';
  const first = await place.server();
  await synced(first.port, '--compare', rule);
  await stopped(first.program);
  put(target, 'left', 'first', 50);
  put(source, 'other', 'FIRST');
  rmSync(join(dir, 'server-state/index'), { recursive: true });
  const { port } = await place.server();
  const { client } = await live(port, rule);
  await client.until(/Modified: other\n/);
  expect([here('same'), here('other'), here('left')]).toEqual([
    ['first', 0],
    ['FIRST', 0],
    ['first', 50],
  ]);
  expect(trashOf(target)).toEqual(['first']);
  await stopped(client);
});

test('what is renamed into a folder that has no place here is named, waits where it stands, and comes as soon as there is one', async () => {
  const { source, target } = place;
  for (const name of ['old/r', 'x/q']) put(source, name, name);
  put(target, 'x', 'mine');
  put(target, 'old/r', 'old/r');
  const { port } = await place.server();
  const rule = ['--compare', 'size, hash'];
  await synced(port, ...rule, '--adopt');
  renameSync(join(source, 'old/r'), join(source, 'x/r'));
  rmSync(join(source, 'old'), { recursive: true });
  for (const _run of [1, 2]) {
    const waits = place.once(port, 'sync', ...rule);
    expect([await waits.ended(), waits.output()]).toEqual([
      1,
      expect.stringMatching(/x\/r: .*\(PLACE_LEFT\)/),
    ]);
    expect([filesIn(target), trashOf(target)]).toEqual([['old/r', 'x'], []]);
  }
  // Another content reaches it where it waits, and is no reason to forget that it waits.
  put(source, 'x/r', 'another', 10);
  expect(await place.once(port, 'sync', ...rule).ended()).toBe(1);
  expect(here('old/r')[0]).toBe('another');
  unlinkSync(join(target, 'x'));
  await synced(port, ...rule);
  expect(filesIn(target)).toEqual(['x/r']);
  expect(existsSync(join(target, 'old'))).toBe(false);
});

test('what waits for a place that another rule makes comes with that rule', async () => {
  const { source, target } = place;
  for (const name of ['r', 'x/q']) put(source, name, name);
  put(target, 'x', 'mine');
  put(target, 'r', 'r');
  const { port } = await place.server();
  await synced(port, '--compare', 'size, hash', '--adopt');
  renameSync(join(source, 'r'), join(source, 'x/r'));
  expect(await place.once(port, 'sync', '--compare', 'size, hash').ended()).toBe(1);
  await synced(port, '--compare', 'missing, size, hash');
  expect([filesIn(target), trashOf(target)]).toEqual([filesIn(source), ['mine']]);
});

test('what is of no kind that is mirrored is in the way of a file as nothing is', async () => {
  const { source, target } = place;
  put(source, 'a', 'first');
  put(source, 'b', 'first');
  mkdirSync(target);
  execFileSync('mkfifo', [join(target, 'a')]);
  const { port } = await place.server();
  await synced(port, '--adopt', '--compare', 'missing');
  expect(here('a')).toEqual(['first', 0]);
  const { client } = await live(port, 'missing');
  unlinkSync(join(target, 'b'));
  execFileSync('mkfifo', [join(target, 'b')]);
  expect(await said(port, 'sync')).toContain('in sync');
  expect(here('b')).toEqual(['first', 0]);
  await stopped(client);
});

test('what somebody put or edited at the new place of a renamed file is judged before it gives way', async () => {
  const { source, target } = place;
  put(source, 'a', 'from the source');
  put(source, 'f', 'first');
  const { port } = await place.server();
  const { client } = await live(port, 'missing, newer');
  put(source, 'f.tmp', 'second', 50);
  await client.until(/Created: f\.tmp\n/);
  put(target, 'b', 'mine', 100);
  put(target, 'f', 'edited here', 100);
  renameSync(join(source, 'a'), join(source, 'b'));
  renameSync(join(source, 'f.tmp'), join(source, 'f'));
  await settled(client, 'last');
  expect(await said(port, 'sync')).toContain('in sync, with 2 entries that differ');
  expect([here('b'), here('f')]).toEqual([
    ['mine', 100],
    ['edited here', 100],
  ]);
  expect(trashOf(target).sort()).toEqual(['from the source', 'second']);
  await stopped(client);
});

test('a place that a rule leaves to somebody else is named as that, whatever differences count', async () => {
  const { source, target } = place;
  const { port } = await place.server('--exclude', 'x/');
  put(source, 'x', 'a file');
  put(target, 'x/mine', 'mine');
  const pass = place.once(port, 'sync', '--adopt', '--compare', 'missing');
  expect([await pass.ended(), pass.output()]).toEqual([1, expect.stringMatching(/x: .*\(PLACE_EXCLUDED\)/)]);
  expect(pass.output()).not.toContain('UNSETTLED');
  expect(readFileSync(join(target, 'x/mine'), 'utf8')).toBe('mine');
});

test('a file that is left as it is and was damaged by the disk is no file that is left', async () => {
  const { source, target } = place;
  put(source, 'a', 'content');
  const { port } = await place.server();
  await synced(port, '--compare', 'missing');
  put(source, 'a', 'the second content', 10);
  await synced(port, '--compare', 'missing');
  expect((await said(port, 'verify')).match(/^left /m)).not.toBeNull();
  const { atime, mtime } = statSync(join(target, 'a'));
  writeFileSync(join(target, 'a'), 'cont3nt');
  lutimesSync(join(target, 'a'), atime, mtime);
  const verify = place.once(port, 'verify', '--repair');
  expect([await verify.ended(), verify.output()]).toEqual([
    1,
    expect.stringMatching(/different {3}a \(damaged on the disk; /),
  ]);
  await synced(port, '--compare', 'missing');
  expect(here('a')).toEqual(['the second content', 10]);
});

test('a rename over a file that is left as it is leaves nothing behind where no trash is wanted', async () => {
  const { source, target } = place;
  put(source, 'a', 'first');
  const { port } = await place.server();
  const rule = ['--compare', 'missing', '--trash', 'no'];
  await synced(port, ...rule);
  put(source, 'a.new', 'second', 10);
  await synced(port, ...rule);
  renameSync(join(source, 'a.new'), join(source, 'a'));
  const pass = await synced(port, ...rule);
  expect(pass.output()).not.toContain('put away');
  expect([filesIn(target), here('a'), trashOf(target)]).toEqual([['a'], ['first', 0], []]);
});
