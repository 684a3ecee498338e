/** What the client says and how it ends when the server cannot read everything, with the real programs. */
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makePlace, type Place } from './programs.ts';

/** More than a message of the server names. */
const MANY = 150;
let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.dispose());

/** A name that is not UTF-8. */
const unreadable = (): Buffer => Buffer.concat([Buffer.from(`${place.source}/caf`), Buffer.from([0xe9])]);

/** What a program with an ordinary log printed last; the server may say a word on the fingerprint in between. */
const lastLine = (output: string): string | undefined =>
  output
    .trimEnd()
    .split('\n')
    .filter((line) => !line.startsWith('Fingerprint:'))
    .at(-1);

test('pipes are no failure, however many there are, and one file that cannot be read among them is', async () => {
  const { port } = await place.server();
  execFileSync(
    'mkfifo',
    Array.from({ length: MANY }, (_, at) => join(place.source, `pipe ${at}`)),
  );
  writeFileSync(join(place.source, 'file'), 'content');
  const whole = place.once(port, 'sync', '--log-level', 'info');
  expect(await whole.ended()).toBe(0);
  expect(lastLine(whole.output())).toBe('in sync');

  writeFileSync(unreadable(), 'x');
  const blind = place.once(port, 'sync', '--log-level', 'info');
  expect(await blind.ended()).toBe(1);
  expect(lastLine(blind.output())).toBe('in sync, but for 1 path that the server could not read: caf\\xe9');
});

test('a live client puts right what it said of being in sync, and wait and status name the path', async () => {
  const { port } = await place.server();
  const client = place.client(port, 'start');
  await client.until(/^in sync$/m);
  writeFileSync(unreadable(), 'x');
  await client.until(/^in sync, but for 1 path that the server could not read: caf\\xe9$/m);
  const wait = place.once(port, 'wait');
  expect(await wait.ended()).toBe(1);
  expect(wait.output()).toBe('in sync, but for 1 path that the server could not read: caf\\xe9\n');
  const status = place.once(port, 'status');
  await status.ended();
  expect(status.output()).toContain('The server could not read: 1\n  caf\\xe9 (name-not-utf8)\n');
  rmSync(unreadable());
  await client.until(/could not read: caf\\xe9\n(?:.*\n)*in sync\n/);
});
