/** Both programs where hardly any file may be open: nothing ends, nothing is left out. Linux, for `prlimit`. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { difference, makePlace, type Place, type Program, untilEqual } from './programs.ts';

const canLimit = spawnSync('prlimit', ['--nofile=64', 'true']).status === 0;
if (!canLimit) console.info('skipped: few descriptors, because there is no prlimit');
const FILES = 300;
const LARGE = 1_500_000;

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.dispose());

function fill(generation: number): void {
  for (let at = 0; at < FILES; at += 1) {
    const folder = join(place.source, `d${at % 30}`, `e${at % 7}`);
    mkdirSync(folder, { recursive: true });
    const size = at % 20 === 0 ? LARGE + at : 2000 + at;
    writeFileSync(join(folder, `f${at}`), Buffer.alloc(size, at + generation));
  }
}

async function serve(limit: number): Promise<number> {
  const { dir, source } = place;
  const flags = ['--config', '/dev/null', '--monitor-dir', source, '--bind-ip', '127.0.0.1', '--port', '0'];
  const server = place.run('server', [...flags, '--state-dir', join(dir, 'server-state')], {
    wrap: ['prlimit', `--nofile=${limit}`],
  });
  const [, port] = await server.until(/Listening on 127\.0\.0\.1:(\d+)/);
  return Number(port);
}

function client(port: number, verb: string, limit: number): Program {
  const { dir, target } = place;
  const key = join(dir, 'server-state', 'key');
  return place.run(
    'client',
    [
      ...[verb, '--config', '/dev/null', '--server-port', String(port), '--target-dir', target],
      ...['--state-dir', join(dir, 'client-state'), '--key-file', key, '--max-workers', '20'],
    ],
    { wrap: ['prlimit', `--nofile=${limit}`] },
  );
}

test.runIf(canLimit)(
  'with 64 for each, hundreds of files arrive, live as well, and no path is left out',
  async () => {
    fill(0);
    const port = await serve(64);
    const live = client(port, 'start', 64);
    await live.until(/^in sync$/m);
    expect(difference(place.source, place.target)).toEqual([]);
    fill(1);
    for (let at = 0; at < 10; at += 1) rmSync(join(place.source, `d${at}`), { recursive: true });
    await untilEqual(place.source, place.target, 60_000);
    expect(live.output()).not.toMatch(/INTERNAL|Failed:/);
  },
);

test.runIf(canLimit)(
  'with too few for its checkpoints a client says so, ends cleanly, and a later one has nothing to mend by hand',
  async () => {
    fill(0);
    const port = await serve(1024);
    const poor = client(port, 'sync', 38);
    const exit = await poor.ended();
    expect([0, 1]).toContain(exit);
    if (exit === 1) expect(poor.output()).toMatch(/too many files/);
    expect(poor.output()).not.toMatch(/INTERNAL|the disk reported/);
    expect(await client(port, 'sync', 1024).ended()).toBe(0);
    expect(difference(place.source, place.target)).toEqual([]);
  },
  60_000,
);
