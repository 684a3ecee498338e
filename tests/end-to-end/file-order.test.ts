/** Which files are fetched first, with the real programs: one worker, and files that do not travel together. */
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Doing } from './do-here.ts';
import { difference, makePlace, type Place, type Program } from './programs.ts';

/** More than travels with others. */
const LARGE = 130 * 1024;
/** Path, size above that in KiB, and day of the last change. */
const FILES = [
  ['b/big', 40, 1],
  ['a/small', 1, 2],
  ['c.nfo', 30, 3],
  ['b b', 20, 4],
  ['new/late', 10, 5],
] as const;

function fill(source: string): void {
  for (const [path, size, day] of FILES) {
    const file = join(source, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, Buffer.alloc(LARGE + size * 1024, path));
    utimesSync(file, new Date(2020, 0, day), new Date(2020, 0, day));
  }
}

let place: Place;
beforeEach(() => {
  place = makePlace();
  fill(place.source);
});
afterEach(() => place.dispose());

/** The files in the order in which they came, as `history --json` has them. */
async function filesTold(history: Program | Doing): Promise<string[]> {
  expect(await history.ended()).toBe(0);
  const rows = history
    .output()
    .trim()
    .split('\n')
    .map((line): { path: string; kind: string } => JSON.parse(line));
  return rows.filter(({ kind }) => kind === 'file').map(({ path }) => path);
}

const HISTORY = ['--json', '--limit', '5000'];
const filesInHistory = (port: number): Promise<string[]> =>
  filesTold(place.once(port, 'history', ...HISTORY));

describe('a client with a job for each order', () => {
  const orders = [
    {
      name: 'Order smallest',
      keys: ['Order = smallest'],
      paths: ['a/small', 'new/late', 'b b', 'c.nfo', 'b/big'],
    },
    {
      name: 'Order newest',
      keys: ['Order = newest'],
      paths: ['new/late', 'b b', 'c.nfo', 'a/small', 'b/big'],
    },
    { name: 'Order name', keys: ['Order = name'], paths: ['a/small', 'b/big', 'b b', 'c.nfo', 'new/late'] },
    {
      name: 'Priority before Order smallest',
      keys: ['Order = smallest', 'Priority = *.nfo, /b/'],
      paths: ['c.nfo', 'b/big', 'a/small', 'new/late', 'b b'],
    },
  ];
  let shared: Place;
  let sync: Program;
  beforeAll(async () => {
    shared = makePlace();
    fill(shared.source);
    const { port } = await shared.server();
    const client = `[Client]\nServerIP = 127.0.0.1\nServerPort = ${port}\nKeyFile = server-state/key\nMaxWorkers = 1\n`;
    const jobs = orders.map(({ name, keys }) =>
      [`[Job ${name}]`, `TargetDir = target-${name}`, ...keys, ''].join('\n'),
    );
    writeFileSync(join(shared.dir, 'client.ini'), client + jobs.join(''));
    sync = shared.run('client', ['sync']);
    await sync.ended();
  });
  afterAll(() => shared.dispose());

  test.each(orders)('$name: files come in that order', async ({ name, paths }) => {
    expect([await sync.ended(), sync.output()]).toEqual([0, expect.any(String)]);
    expect(difference(shared.source, join(shared.dir, `target-${name}`))).toEqual([]);
    const history = shared.run('client', ['history', '--job', name, ...HISTORY]);
    expect(await filesTold(history)).toEqual(paths);
  });
});

test('of more files than are planned as a change, what has priority comes first', async () => {
  for (let at = 0; at < 1500; at += 1) writeFileSync(join(place.source, `f${at}`), 'x');
  const { port } = await place.server();
  const sync = place.client(port, 'sync', '--max-workers', '1', '--priority', 'late', '--order', 'newest');
  expect([await sync.ended(), sync.output()]).toEqual([0, expect.any(String)]);
  expect(difference(place.source, place.target)).toEqual([]);
  const paths = await filesInHistory(port);
  expect(paths).toHaveLength(1500 + FILES.length);
  expect([paths[0], ...paths.slice(-4)]).toEqual(['new/late', 'b b', 'c.nfo', 'a/small', 'b/big']);
});

test('with MaxWorkers = auto the machine decides, and status says what came of it', async () => {
  const { port } = await place.server();
  const client = place.client(port, 'start', '--max-workers', 'auto');
  await client.until(/^in sync$/m);
  expect(difference(place.source, place.target)).toEqual([]);
  const status = place.once(port, 'status');
  expect(await status.ended()).toBe(0);
  expect(status.output()).toMatch(/^Workers: {2}(4|6|8|10|12) at most, 2 of them for large files \(auto\)$/m);
});

test('another order and other patterns hold for what is still to come, as soon as the INI is read again', async () => {
  const { port } = await place.server();
  const ini = join(place.dir, 'client.ini');
  const write = (order: string, limit: string): void => {
    const folders = 'TargetDir = target\nStateDir = client-state\nKeyFile = server-state/key\n';
    const speed = `MaxWorkers = 1\nBwLimit = ${limit}\n`;
    writeFileSync(ini, `[Client]\nServerPort = ${port}\n${folders}${speed}${order}\n`);
  };
  write('Order = name', '60K');
  const client = place.run('client', ['start', '--config', ini]);
  await client.until(/^5 files need synchronization$/m);
  write('Order = smallest\nPriority = /b b', '60K');
  await client.until(/In effect: Order = smallest \(was name\)/);
  expect(client.output()).toMatch(/In effect: Priority = \/b b/);
  write('Order = smallest\nPriority = /b b', 'off');
  await client.until(/^in sync$/m);
  // For what had begun already it is too late: that may be one or two of them.
  const paths = await filesInHistory(port);
  const begun = ['a/small', 'b/big'].slice(0, paths[1] === 'b/big' ? 2 : 1);
  const rest = ['b b', 'new/late', 'c.nfo', 'b/big'].filter((path) => !begun.includes(path));
  expect(paths).toEqual([...begun, ...rest]);
});
