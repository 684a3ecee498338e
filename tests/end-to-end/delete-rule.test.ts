/** What a deletion at the source means for a mirror, with the real programs. */
import { existsSync, readFileSync, renameSync, rmSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
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
  const status = place.client(port, 'status');
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
  const pass = place.client(port, 'sync', '--delete', 'never');
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
  expect(await place.client(port, 'verify').ended()).toBe(0);

  rmSync(join(dir, 'client-state'), { recursive: true });
  const pass = place.client(port, 'sync', '--delete', 'never');
  expect(await pass.ended()).toBe(0);
  expect(pass.output()).toMatch(/in sync, with 3 entries kept here/);
  expect([filesIn(target), trashOf(target)]).toEqual([['a', 'b', 'd/c', 'last'], []]);

  const back = place.client(port, 'sync');
  expect(await back.ended()).toBe(0);
  expect(difference(source, target)).toEqual([]);
  expect(trashOf(target).sort()).toEqual(['content of a', 'content of d/c']);
});

test('back to mirror, very much of what was kept waits for a person', async () => {
  const { source, target, dir } = place;
  for (let at = 0; at < 150; at += 1) write(source, `d/f${at}`);
  const { port } = await place.server();
  const first = place.client(port, 'sync', '--delete', 'never');
  expect(await first.ended()).toBe(0);
  rmSync(join(source, 'd'), { recursive: true });
  write(source, 'last');
  expect(await place.client(port, 'sync', '--delete', 'never').ended()).toBe(0);
  // What a mirror finds is counted as old: the guard is not about what has just come.
  rmSync(join(dir, 'client-state'), { recursive: true });
  expect(await place.client(port, 'sync', '--delete', 'never').ended()).toBe(0);
  expect(filesIn(target)).toHaveLength(151);
  const held = place.client(port, 'sync');
  expect([await held.ended(), held.output()]).toEqual([3, expect.stringContaining('HELD')]);
  expect(filesIn(target)).toHaveLength(151);

  // With a rule that keeps it nothing waits any more.
  const kept = place.client(port, 'sync', '--delete', 'never');
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
  expect(await place.client(port, 'sync').ended()).toBe(0);
  write(target, 'mine');
  unlinkSync(join(source, 'a'));
  const dry = place.client(port, 'sync', '--delete', 'after 30 days', '--dry-run');
  expect([await dry.ended(), dry.output()]).toEqual([0, expect.stringContaining('Would keep: a\n')]);
  for (const run of [1, 2]) {
    const pass = place.client(port, 'sync', '--delete', 'after 30 days');
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
  expect(await place.client(port, 'sync').ended()).toBe(0);
  write(target, 'b', 'edited here');
  write(target, 'd/g', 'edited here, too');
  write(target, 'd/e/mine', 'added here');
  for (const name of ['a', 'b', 'd']) rmSync(join(source, name), { recursive: true });
  write(source, 'c', 'replaced');
  const dry = place.client(port, 'sync', '--trash', 'no', '--dry-run');
  expect(await dry.ended()).toBe(0);
  expect(dry.output()).toContain('Would delete for good (Trash = no): a\n');
  expect(dry.output()).not.toContain('Would move to trash');
  const pass = place.client(port, 'sync', '--trash', 'no');
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
  expect(await place.client(port, 'sync', '--adopt', '--trash', 'no').ended()).toBe(0);
  expect(difference(source, target)).toEqual([]);
  expect(trashOf(target)).toEqual(['mine']);
});

test('Delete = never with Trash = no: what is kept goes to the trash when something else gets its name', async () => {
  const { source, target } = place;
  for (const path of ['a', 'd/x']) write(source, path);
  const { port } = await place.server();
  const client = await live(port, '--delete', 'never', '--trash', 'no');
  unlinkSync(join(source, 'a'));
  rmSync(join(source, 'd'), { recursive: true });
  await client.until(/Kept: a /);
  await client.until(/Kept: d /);
  write(source, 'a', 'another a');
  write(source, 'd', 'no folder any more');
  await client.until(/Modified: a\n/);
  await client.until(/Kept: d (.|\n)*Created: d\n/);
  expect(filesIn(target)).toEqual(filesIn(source));
  expect(trashOf(target).sort()).toEqual(['content of a', 'content of d/x']);
  // What was never kept is replaced as the setting says.
  write(source, 'a', 'a third a');
  await client.until(/Modified: a\n(.|\n)*Modified: a\n/);
  expect(trashOf(target)).toHaveLength(2);
});

test('with Trash = no a folder that becomes a file leaves in the trash what a rule would keep of it', async () => {
  const { source, target } = place;
  for (const path of ['d/x', 'd/e/y', 'f/a.raw', 'f/b']) write(source, path);
  const { port } = await place.server();
  const rules = ['--delete-never', 'd/, *.raw', '--trash', 'no'];
  expect(await place.client(port, 'sync', ...rules).ended()).toBe(0);
  for (const name of ['d', 'f']) {
    rmSync(join(source, name), { recursive: true });
    write(source, name, 'no folder any more');
  }
  expect(await place.client(port, 'sync', ...rules).ended()).toBe(0);
  expect(difference(source, target)).toEqual([]);
  expect(trashOf(target).sort()).toEqual(['content of d/e/y', 'content of d/x', 'content of f/a.raw']);
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
