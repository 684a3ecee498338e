/** A target that was wiped and is to be filled again: it stays the same target, also when a kill comes in between. */
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { done, killHard, stopGently, withPlace } from './disturbed-run.ts';
import { difference, type Place, type Program, trashOf, untilEqual } from './programs.ts';

const COUNT = 200;

function fill(dir: string): void {
  for (let at = 0; at < COUNT; at += 1) writeFileSync(join(dir, `f${at}`), `content ${at}`);
}

function wipe(dir: string): void {
  for (const name of readdirSync(dir)) rmSync(join(dir, name), { recursive: true });
}

const idOf = (target: string): string => readFileSync(join(target, '.lanmirror', 'marker'), 'utf8');

/** A mirror in sync, by a client that goes on. */
async function mirrored(place: Place): Promise<{ port: number; client: Program; id: string }> {
  fill(place.source);
  const { port } = await place.server();
  const client = place.client(port, 'start');
  await client.until(/^in sync$/m);
  return { port, client, id: idOf(place.target) };
}

/** Resolves as soon as the path exists; its folder may not exist yet, the one above that does. */
async function untilThere(path: string): Promise<void> {
  for (const folder of [dirname(dirname(path)), dirname(path)]) {
    const watcher = watch(folder);
    const next = folder === dirname(path) ? path : dirname(path);
    try {
      while (!existsSync(next)) await once(watcher, 'change');
    } finally {
      watcher.close();
    }
  }
}

test.concurrent('accept keeps the id of the target that was wiped, with a running client and without', () =>
  withPlace(async (place) => {
    const { source, target } = place;
    const { port, client, id } = await mirrored(place);
    wipe(target);
    await client.until(/HALTED: /);
    expect((await done(place.once(port, 'accept', '--yes'))).code).toBe(0);
    await untilEqual(source, target);
    expect(idOf(target)).toBe(id);
    expect(await stopGently(client)).toBe(0);

    wipe(target);
    expect((await done(place.once(port, 'sync'))).code).toBe(3);
    expect((await done(place.once(port, 'accept', '--yes'))).code).toBe(0);
    expect(idOf(target)).toBe(id);
    expect((await done(place.client(port, 'sync'))).code).toBe(0);
    expect(difference(source, target)).toEqual([]);
    expect(trashOf(target)).toEqual([]);
  }));

test.concurrent.each([
  ['the marker is there', '.lanmirror/marker'],
  ['files come', `f${COUNT - 1}`],
])('a kill during accept, when %s, leaves a target that the next sync makes equal', (_when, path) =>
  withPlace(async (place) => {
    const { source, target } = place;
    const { port, client, id } = await mirrored(place);
    wipe(target);
    await client.until(/HALTED: /);
    const accepting = place.client(port, 'accept', '--yes');
    await untilThere(join(target, path));
    await killHard(client);
    await accepting.ended();
    // Killed before the marker was on the disk it would be asked for again; here it was.
    expect(idOf(target)).toBe(id);
    const synced = await done(place.client(port, 'sync'));
    expect([synced.code, synced.output]).toEqual([0, expect.stringMatching(/^in sync$/m)]);
    expect(difference(source, target)).toEqual([]);
    expect(trashOf(target)).toEqual([]);
  }),
);
