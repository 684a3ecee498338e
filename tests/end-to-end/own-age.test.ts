/** What a mirror leaves out for its age, with the real programs: it comes by itself, and goes without being deleted. */
import { appendFileSync, readFileSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { difference, listTree, makePlace, type Place, trashOf } from './programs.ts';

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(async () => {
  await place.dispose();
});

const HOUR_S = 3600;
const DAY_S = 24 * HOUR_S;

/** A file of the source that was modified so many seconds ago. */
function write(path: string, ageS = 0): void {
  writeFileSync(join(place.source, path), `content of ${path}`);
  age(path, ageS);
}

function age(path: string, ageS: number): void {
  const atS = Date.now() / 1000 - ageS;
  utimesSync(join(place.source, path), atS, atS);
}

function names(): string[] {
  return listTree(place.target).flatMap((line) =>
    line.includes(' file ') ? [line.split(' ', 1)[0] ?? ''] : [],
  );
}

async function sync(port: number, ...flags: string[]): Promise<string> {
  const client = place.once(port, 'sync', ...flags);
  expect(await client.ended()).toBe(0);
  return client.output();
}

async function explain(port: number, path: string, ...flags: string[]): Promise<string> {
  const asked = place.once(port, 'explain', path, ...flags);
  expect(await asked.ended()).toBe(0);
  return asked.output();
}

test('only files between both ages are mirrored, what waits is counted, and explain says which age it is', async () => {
  write('fresh');
  write('ripe', 2 * HOUR_S);
  write('ancient', 60 * DAY_S);
  const { port } = await place.server();
  const ages = ['--min-age', '1h', '--max-age', '30d'];
  const said = await sync(port, ...ages);
  expect(names()).toEqual(['ripe']);
  expect(said).toContain('in sync, with 1 file that waits until it is older (MinAge)');
  expect(said).toContain('(with own rules)');
  expect(await explain(port, 'fresh', ...ages)).toMatch(
    /^fresh: not mirrored: it is younger than MinAge, and comes by itself at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d \(the rules of this mirror\)\n$/,
  );
  expect(await explain(port, 'ancient', ...ages)).toBe(
    'ancient: not mirrored: it is older than MaxAge (the rules of this mirror)\n',
  );
  expect(await explain(port, 'ripe', ...ages)).toBe('ripe: mirrored: no rule excludes it\n');
  expect(await place.once(port, 'verify', ...ages).ended()).toBe(0);

  const before = listTree(place.target);
  const dry = await sync(port, '--dry-run', '--max-age', '1h');
  expect(dry).toContain('Would leave alone: ripe\n');
  expect(dry).toContain('Would fetch: fresh\n');
  expect(listTree(place.target)).toEqual(before);
  expect(await sync(port)).toContain('2 paths are not excluded by the rules any more');
  expect(difference(place.source, place.target)).toEqual([]);
});

test('live: a file comes when it is old enough, and the content that was here stays until the new one is', async () => {
  const { port } = await place.server();
  const client = place.client(port, 'start', '--min-age', '4s');
  await client.until(/in sync/);
  write('film');
  const writtenMs = Date.now();
  await client.until(/Created: film\n/);
  expect(Date.now() - writtenMs).toBeGreaterThanOrEqual(3900);

  appendFileSync(join(place.source, 'film'), ', and more');
  write('ready', HOUR_S);
  await client.until(/Created: ready\n/);
  expect(readFileSync(join(place.target, 'film'), 'utf8')).toBe('content of film');
  await client.until(/Replaced on the mirror: film|Modified: film/);
  expect(readFileSync(join(place.target, 'film'), 'utf8')).toBe('content of film, and more');
  expect(client.output()).not.toContain('excluded by the rules');
});

test('live: a file that gets too old is left alone, and goes to the trash with its source', async () => {
  const { port } = await place.server();
  write('leaving', HOUR_S - 5);
  write('young', 60);
  const client = place.client(port, 'start', '--max-age', '1h');
  await client.until(/in sync/);
  expect(names()).toEqual(['leaving', 'young']);
  await client.until(/1 path is excluded by the rules now; it stays here until you delete it: leaving/);
  expect(names()).toEqual(['leaving', 'young']);
  unlinkSync(join(place.source, 'leaving'));
  write('last', 60);
  await client.until(/Created: last\n/);
  await client.until(/Deleted: leaving|put away/);
  expect([names(), trashOf(place.target)]).toEqual([['last', 'young'], ['content of leaving']]);
});

test('ages that leave no file are refused with their lines', async () => {
  const ini = join(place.dir, 'client.ini');
  writeFileSync(ini, `[Client]\nTargetDir = ${place.target}\nMinAge = 2d\nMaxAge = 24h\n`);
  const client = place.run('client', ['start']);
  expect(await client.ended()).toBe(2);
  expect(client.output()).toContain(`${ini} line 3, MinAge: MinAge 2d is not less than MaxAge 24h`);
});
