/**
 * A program that writes into a file, sets its modification time back and gives it another name, as those do that
 * edit the tags of music and pictures: size and times are as before, and the rename explains the change time.
 */
import { linkSync, lstatSync, mkdirSync, readFileSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { contentBytesOf, done, stopGently } from './disturbed-run.ts';
import { makePlace, type Place, untilEqual } from './programs.ts';

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.dispose());

/** A time that utimes sets exactly, and no whole second: that one would prove nothing by itself. */
const TAKEN = 1_700_000_000.5;

function make(name: string): void {
  const path = join(place.source, name);
  writeFileSync(path, `${name} as it was`);
  utimesSync(path, TAKEN, TAKEN);
}

/** Writes as many bytes as there were. */
function retag(name: string): void {
  const path = join(place.source, name);
  const { mtimeNs } = lstatSync(path, { bigint: true });
  writeFileSync(path, readFileSync(path, 'utf8').replace('was', 'IS!'), { flag: 'r+' });
  utimesSync(path, TAKEN, TAKEN);
  expect(lstatSync(path, { bigint: true }).mtimeNs).toBe(mtimeNs);
}

const rename = (from: string, to: string): void =>
  renameSync(join(place.source, from), join(place.source, to));
const mirrored = (name: string): string => readFileSync(join(place.target, name), 'utf8');

test('the new content is there when "in sync" is said, whatever came first', async () => {
  for (const name of ['a', 'b', 'c', 'd', 'e']) make(name);
  const { port } = await place.server();
  const client = place.client(port, 'start');
  await client.until(/identical to the server/);
  retag('a');
  rename('a', 'a2');
  rename('b', 'b2');
  retag('b2');
  mkdirSync(join(place.source, 'new'));
  retag('c');
  rename('c', 'new/c');
  retag('d');
  rename('d', 'd1');
  rename('d1', 'd2');
  retag('e');
  linkSync(join(place.source, 'e'), join(place.source, 'e2'));
  expect(await done(place.client(port, 'wait'))).toMatchObject({ code: 0 });
  expect(['a2', 'b2', 'new/c', 'd2'].map(mirrored)).toEqual(
    ['a', 'b', 'c', 'd'].map((n) => `${n} as it IS!`),
  );
});

test('what is renamed and nothing else is not read again', async () => {
  make('a');
  mkdirSync(join(place.source, 'd'));
  const { port } = await place.server();
  const client = place.client(port, 'start');
  await client.until(/identical to the server/);
  const before = await contentBytesOf(place, port);
  for (const [from, to] of [
    ['a', 'b'],
    ['b', 'd/c'],
    ['d', 'e'],
  ] as const) {
    rename(from, to);
    const { output } = await done(place.client(port, 'wait'));
    expect(output).toContain('in sync');
    const status = await done(place.client(port, 'status'));
    expect(status.output).toMatch(/^Fingerprint: \S+, identical to the server$/m);
  }
  expect(await contentBytesOf(place, port)).toBe(before);
});

test('while the server is off: it is read again, and the new content follows by itself', async () => {
  for (const name of ['a', 'b']) make(name);
  const { program, port } = await place.server();
  const client = place.client(port, 'start');
  await client.until(/identical to the server/);
  await stopGently(program);
  retag('a');
  rename('a', 'a2');
  rename('b', 'b2');
  await place.server('--port', String(port));
  await untilEqual(place.source, place.target);
  expect([mirrored('a2'), mirrored('b2')]).toEqual(['a as it IS!', 'b as it was']);
});
