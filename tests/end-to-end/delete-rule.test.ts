/** What a deletion at the source means for a mirror, with the real programs. */
import {
  existsSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { difference, filesIn, makePlace, type Place, type Program, trashOf, write } from './programs.ts';

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(async () => {
  await place.dispose();
});

async function stop(program: Program): Promise<void> {
  program.process.kill('SIGTERM');
  expect(await program.ended()).toBe(0);
}

/** A client that is in sync with what is at the source now. */
async function live(port: number, ...flags: string[]): Promise<Program> {
  const client = place.client(port, 'start', ...flags);
  await client.until(/identical to the server/);
  return client;
}

/** Resolves when all that was done at the source is here. */
async function settled(client: Program, name = `last-${Date.now()}`): Promise<void> {
  write(place.source, name, name);
  await client.until(new RegExp(`Created: ${name}\\n`));
}

test('Delete = never: what is deleted stays, is named, follows its folder, and gives way to a new file of its name', async () => {
  const { source, target } = place;
  for (const path of ['a', 'd/b', 'd/c', 'e/f']) write(source, path);
  const { port } = await place.server();
  const client = await live(port, '--delete', 'never');
  unlinkSync(join(source, 'a'));
  await client.until(/Kept: a \(not at the source; Delete = never\)/);
  unlinkSync(join(source, 'd/b'));
  await client.until(/Kept: d\/b /);
  rmSync(join(source, 'e'), { recursive: true });
  await client.until(/Kept: e /);
  renameSync(join(source, 'd'), join(source, 'moved'));
  await client.until(/Renamed: d -> moved/);
  await settled(client, 'last');
  expect(filesIn(target)).toEqual(['a', 'e/f', 'last', 'moved/b', 'moved/c']);
  expect(trashOf(target)).toEqual([]);

  await client.until(/identical to the server, but for 4 entries kept here/);
  // That may have been said before the last change.
  expect(await place.once(port, 'wait').ended()).toBe(0);
  const status = place.once(port, 'status');
  expect(await status.ended()).toBe(0);
  expect(status.output()).toMatch(
    /in sync at \d+, with 4 entries kept here that are gone at the source \(Delete = never\)/,
  );
  expect(status.output()).toMatch(
    /Kept: {5}4 entries that are gone at the source \(Delete = never\)\n {2}a\n {2}e\/\n {2}moved\/b\n/,
  );
  expect(status.output()).toContain('Problems: none');

  write(source, 'a', 'another content');
  write(source, 'e/f');
  await client.until(/Modified: a\n/);
  await settled(client, 'last-2');
  expect(readFileSync(join(target, 'a'), 'utf8')).toBe('another content');
  expect(trashOf(target)).toEqual(['content of a']);
  await stop(client);
  unlinkSync(join(target, 'moved/b'));
  const pass = place.once(port, 'sync', '--delete', 'never');
  expect([await pass.ended(), pass.output()]).toEqual([0, expect.not.stringContaining('kept here')]);
  expect(difference(source, target)).toEqual([]);
});

test('what is kept is no extra after a loss of what the client remembered, and to verify; back to mirror, it goes', async () => {
  const { source, target, dir } = place;
  for (const path of ['a', 'b', 'd/c']) write(source, path);
  const { port } = await place.server();
  const client = await live(port, '--delete', 'never');
  unlinkSync(join(source, 'a'));
  rmSync(join(source, 'd'), { recursive: true });
  await client.until(/Kept: a /);
  await client.until(/Kept: d /);
  await settled(client, 'last');
  await stop(client);
  expect(await place.once(port, 'verify').ended()).toBe(0);

  rmSync(join(dir, 'client-state'), { recursive: true });
  const pass = place.once(port, 'sync', '--delete', 'never');
  expect(await pass.ended()).toBe(0);
  expect(pass.output()).toMatch(/in sync, with 3 entries kept here/);
  expect([filesIn(target), trashOf(target)]).toEqual([['a', 'b', 'd/c', 'last'], []]);

  const back = place.once(port, 'sync');
  expect(await back.ended()).toBe(0);
  expect(difference(source, target)).toEqual([]);
  expect(trashOf(target).sort()).toEqual(['content of a', 'content of d/c']);
});

test('a dry run with a server that has a new index says what the rule keeps, and keeps of that nothing for an extra', async () => {
  const { source, target, dir } = place;
  for (const path of ['a', 'b', 'c']) write(source, path);
  const first = await place.server();
  expect(await place.once(first.port, 'sync').ended()).toBe(0);
  await stop(first.program);
  unlinkSync(join(source, 'a'));
  rmSync(join(dir, 'server-state', 'index'), { recursive: true });
  const { port } = await place.server();
  const dry = place.once(port, 'sync', '--dry-run', '--delete', 'never');
  expect([await dry.ended(), dry.output()]).toEqual([0, expect.stringContaining('Would keep: a\n')]);
  expect(dry.output()).not.toContain('Would move to trash');
  expect(await place.once(port, 'sync', '--delete', 'never').ended()).toBe(0);
  expect([filesIn(target), trashOf(target)]).toEqual([['a', 'b', 'c'], []]);
});

test('to verify what a rule keeps is no extra, although nobody has looked at it yet', async () => {
  const { target, source } = place;
  write(source, 'a');
  const { port, program } = await place.server();
  const client = await live(port, '--delete', 'never');
  write(target, 'mine');
  const verify = place.once(port, 'verify', '--repair', '--delete', 'never');
  expect([await verify.ended(), verify.output()]).toEqual([0, expect.not.stringContaining('extra')]);
  await stop(program);
  await client.until(/connection was lost/);
  write(target, 'a', 'edited here');
  const repair = place.once(port, 'verify', '--repair');
  expect([await repair.ended(), repair.output()]).toEqual([
    1,
    expect.stringContaining('Put right as soon as there is a connection to the source.'),
  ]);
  await stop(client);
});

test('back to mirror, very much of what was kept waits for a person', async () => {
  const { source, target, dir } = place;
  for (let at = 0; at < 150; at += 1) write(source, `d/f${at}`);
  const { port } = await place.server();
  const first = place.client(port, 'sync', '--delete', 'never');
  expect(await first.ended()).toBe(0);
  rmSync(join(source, 'd'), { recursive: true });
  write(source, 'last');
  expect(await place.once(port, 'sync', '--delete', 'never').ended()).toBe(0);
  // What a mirror finds is counted as old: the guard is not about what has just come.
  rmSync(join(dir, 'client-state'), { recursive: true });
  expect(await place.once(port, 'sync', '--delete', 'never').ended()).toBe(0);
  expect(filesIn(target)).toHaveLength(151);
  const held = place.once(port, 'sync');
  expect([await held.ended(), held.output()]).toEqual([3, expect.stringContaining('HELD')]);
  expect(filesIn(target)).toHaveLength(151);

  // With a rule that keeps it nothing waits any more.
  const kept = place.once(port, 'sync', '--delete', 'never');
  expect([await kept.ended(), kept.output()]).toEqual([0, expect.not.stringContaining('HELD')]);
  expect(filesIn(target)).toHaveLength(151);
});

test('patterns keep what they name and the folders that hold it; the rest of these goes', async () => {
  const { source, target } = place;
  for (const path of ['x.raw', 'y', 'd/x.raw', 'd/y', 'd/e/y', 'archive/z', 'f/y']) write(source, path);
  const { port } = await place.server();
  const client = await live(port, '--delete-never', '*.raw, archive/');
  for (const name of ['x.raw', 'y', 'd', 'archive', 'f']) rmSync(join(source, name), { recursive: true });
  await client.until(/Deleted: f\n/);
  await client.until(/Kept: d \(not at the source; Delete = mirror, DeleteNever = \*\.raw, archive\/\)/);
  await settled(client, 'last');
  expect(filesIn(target)).toEqual(['archive/z', 'd/x.raw', 'last', 'x.raw']);
  expect(existsSync(join(target, 'd/e'))).toBe(false);
  expect(trashOf(target).sort()).toEqual([
    'content of d/e/y',
    'content of d/y',
    'content of f/y',
    'content of y',
  ]);
});

test('after N days: what is gone stays over a restart, and a file that was added here stays as long', async () => {
  const { source, target } = place;
  for (const path of ['a', 'b']) write(source, path);
  const { port } = await place.server();
  expect(await place.once(port, 'sync').ended()).toBe(0);
  write(target, 'mine');
  unlinkSync(join(source, 'a'));
  const dry = place.once(port, 'sync', '--delete', 'after 30 days', '--dry-run');
  expect([await dry.ended(), dry.output()]).toEqual([0, expect.stringContaining('Would keep: a\n')]);
  for (const run of [1, 2]) {
    const pass = place.once(port, 'sync', '--delete', 'after 30 days');
    expect([run, await pass.ended()]).toEqual([run, 0]);
    expect(pass.output()).toContain(
      'with 2 entries kept here that are gone at the source (Delete = after 30 days)',
    );
  }
  expect(filesIn(target)).toEqual(['a', 'b', 'mine']);
});

test('Trash = no: what the source deletes or replaces is gone, and what was written here is in the trash', async () => {
  const { source, target } = place;
  for (const path of ['a', 'b', 'c', 'd/e/f', 'd/g', 'd/h']) write(source, path);
  const { port } = await place.server();
  expect(await place.once(port, 'sync').ended()).toBe(0);
  write(target, 'b', 'edited here');
  write(target, 'd/g', 'edited here, too');
  write(target, 'd/e/mine', 'added here');
  for (const name of ['a', 'b', 'd']) rmSync(join(source, name), { recursive: true });
  write(source, 'c', 'replaced');
  const dry = place.once(port, 'sync', '--trash', 'no', '--dry-run');
  expect(await dry.ended()).toBe(0);
  expect(dry.output()).toContain('Would delete for good (Trash = no): a\n');
  expect(dry.output()).not.toContain('Would move to trash');
  const pass = place.once(port, 'sync', '--trash', 'no');
  expect(await pass.ended()).toBe(0);
  expect(difference(source, target)).toEqual([]);
  expect(trashOf(target).sort()).toEqual(['added here', 'edited here', 'edited here, too']);
  expect(
    pass
      .output()
      .match(/Deleted: .*/g)
      ?.sort(),
  ).toEqual(['Deleted: a', 'Deleted: b', 'Deleted: d']);
});

test('Trash = no: what was only presumed to be equal at an adoption is in the trash when it turns out to be another', async () => {
  const { source, target } = place;
  for (const [root, text] of [
    [source, 'AAAA'],
    [target, 'mine'],
  ] as const) {
    write(root, 'a', text);
    utimesSync(join(root, 'a'), 1_600_000_000, 1_600_000_000);
  }
  const { port } = await place.server();
  expect(await place.once(port, 'sync', '--adopt', '--trash', 'no').ended()).toBe(0);
  expect(difference(source, target)).toEqual([]);
  expect(trashOf(target)).toEqual(['mine']);
});

test('Delete = never with Trash = no: what is kept goes to the trash when another file gets its name', async () => {
  const { source, target } = place;
  for (const path of ['a', 'd/x']) write(source, path);
  const { port } = await place.server();
  const client = await live(port, '--delete', 'never', '--trash', 'no');
  unlinkSync(join(source, 'a'));
  rmSync(join(source, 'd'), { recursive: true });
  await client.until(/Kept: a /);
  await client.until(/Kept: d /);
  write(source, 'a', 'another a');
  await client.until(/Modified: a\n/);
  expect(trashOf(target)).toEqual(['content of a']);
  // What was never kept is replaced as the setting says.
  write(source, 'a', 'a third a');
  await client.until(/Modified: a\n(.|\n)*Modified: a\n/);
  expect(trashOf(target)).toHaveLength(1);

  // A kept folder gives way to no file; a folder of its name is filled.
  write(source, 'd', 'no folder any more');
  await client.until(/d: its place, or .* is taken by a folder that was deleted .*\(PLACE_NOT_DELETED\)/);
  expect([filesIn(target), trashOf(target)]).toEqual([['a', 'd/x'], ['content of a']]);
  unlinkSync(join(source, 'd'));
  write(source, 'd/y');
  await client.until(/Created: d\/y\n/);
  expect([filesIn(target), trashOf(target)]).toEqual([['a', 'd/x', 'd/y'], ['content of a']]);
});

test('Delete = never: a folder that becomes a file or link keeps its place, until a person takes it away', async () => {
  const { source, target, dir } = place;
  for (const path of ['d/x', 'd/e/y', 'l/z', 'empty/sub/gone', 'a']) write(source, path);
  const { port } = await place.server();
  const never = ['--delete', 'never'];
  const passed = async (code: number, ...flags: string[]): Promise<string> => {
    const pass = place.once(port, 'sync', ...never, ...flags);
    expect([await pass.ended(), pass.output()]).toEqual([code, expect.anything()]);
    return pass.output();
  };
  await passed(0);
  rmSync(join(target, 'empty/sub/gone'));
  for (const name of ['d', 'l', 'empty']) rmSync(join(source, name), { recursive: true });
  renameSync(join(source, 'a'), join(source, 'd'));
  symlinkSync('d', join(source, 'l'));
  write(source, 'empty');
  const dry = await passed(0, '--dry-run');
  expect(dry).toMatch(/Would keep: d\n(.*\n)*Would wait for its place, which something that stays has: d\n/);
  for (const isLost of [false, true]) {
    if (isLost) rmSync(join(dir, 'client-state'), { recursive: true });
    const text = await passed(1);
    for (const name of ['d', 'l']) expect(text).toMatch(new RegExp(`Failed: ${name}: .*PLACE_NOT_DELETED`));
    expect(text).not.toMatch(/Failed: empty/);
    // Nothing in it was there to be kept.
    expect(filesIn(target).filter((path) => path !== 'a')).toEqual(['d/e/y', 'd/x', 'empty', 'l/z']);
    expect(readFileSync(join(target, 'empty'), 'utf8')).toBe('content of empty');
  }
  const verify = place.once(port, 'verify', ...never);
  expect(await verify.ended()).toBe(1);
  expect(verify.output()).toMatch(
    /different +l \(a directory instead of a link; PLACE_NOT_DELETED: its place/,
  );
  renameSync(join(target, 'd'), join(target, 'mine'));
  rmSync(join(target, 'l'), { recursive: true });
  await passed(0);
  expect(readFileSync(join(target, 'd'), 'utf8')).toBe('content of a');
  expect(readlinkSync(join(target, 'l'))).toBe('d');
  expect(readFileSync(join(target, 'mine/e/y'), 'utf8')).toBe('content of d/e/y');
  expect(trashOf(target)).toEqual([]);
});

test('a folder that becomes a file keeps its place for what a pattern or its days keep; with another rule it goes', async () => {
  const { source, target } = place;
  for (const path of ['d/x', 'd/e/y', 'f/a.raw', 'f/b', 'g/c']) write(source, path);
  const { port } = await place.server();
  const rules = ['--delete-never', 'd/, *.raw', '--trash', 'no'];
  expect(await place.once(port, 'sync', ...rules).ended()).toBe(0);
  for (const name of ['d', 'f', 'g']) {
    rmSync(join(source, name), { recursive: true });
    write(source, name, 'no folder any more');
  }
  const stays = place.once(port, 'sync', ...rules);
  expect(await stays.ended()).toBe(1);
  expect(new Set(stays.output().match(/Failed: .:/g))).toEqual(new Set(['Failed: d:', 'Failed: f:']));
  expect(filesIn(target)).toEqual(['d/e/y', 'd/x', 'f/a.raw', 'f/b', 'g']);
  expect(await place.once(port, 'sync', '--delete', 'after 30 days').ended()).toBe(1);
  expect(filesIn(target)).toEqual(['d/e/y', 'd/x', 'f/a.raw', 'f/b', 'g']);
  expect(trashOf(target)).toEqual([]);

  expect(await place.once(port, 'sync').ended()).toBe(0);
  expect(difference(source, target)).toEqual([]);
  expect(trashOf(target).sort()).toEqual([
    'content of d/e/y',
    'content of d/x',
    'content of f/a.raw',
    'content of f/b',
  ]);
});

test('a rule that means nothing is refused with its line, at the start and at a reload', async () => {
  const { dir, target } = place;
  const ini = join(dir, 'client.ini');
  writeFileSync(ini, `[Client]\nTargetDir = ${target}\nDelete = after two days\n`);
  const wrong = place.run('client', ['start']);
  expect(await wrong.ended()).toBe(2);
  expect(wrong.output()).toContain(
    `${ini} line 3, Delete: "after two days" is none of mirror, never and after N days`,
  );
});
