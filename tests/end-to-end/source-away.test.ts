/** The source goes away while a mirror fetches its first files: they wait for it. */
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { filesIn, makePlace, type Place, untilEqual, write } from './programs.ts';

const FILES = 12;

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.dispose());

test('a source that is moved away in the middle of a first copy halts it: no file becomes a problem, and nobody says in sync', async () => {
  for (let at = 0; at < FILES; at += 1) write(place.source, `folder/file${at}`, String(at).repeat(100_000));
  const { program: server, port } = await place.server('--bw-limit', '256k');
  const client = place.client(port, 'start');
  await expect.poll(() => filesIn(place.target).length, { timeout: 20_000 }).toBeGreaterThan(0);
  renameSync(place.source, join(place.dir, 'elsewhere'));
  await server.until(/the folder does not exist any more/);
  await client.until(/the folder does not exist any more/);
  // Whoever tried again meanwhile would have given up by the last of them.
  for (let asked = 0; asked < 8; asked += 1) {
    const status = place.once(port, 'status');
    expect(await status.ended()).toBe(0);
    expect(status.output()).toMatch(/^State: +the server waits: .*the folder does not exist any more/m);
    expect(status.output()).toMatch(/^Problems: none$/m);
  }
  const waited = place.once(port, 'wait', '--timeout', '5');
  expect(await waited.ended()).toBe(3);
  const told = `${server.output()}${client.output()}`;
  expect(told).not.toMatch(/CHANGING|changed while|in sync/);
  renameSync(join(place.dir, 'elsewhere'), place.source);
  await untilEqual(place.source, place.target);
  await server.until(/ is in sync$/m);
  expect(client.output()).not.toMatch(/CHANGING|changed while/);
});
