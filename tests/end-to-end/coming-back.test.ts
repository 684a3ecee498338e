/** Whatever ends a program, and whatever its machine forgets: it comes back, and no more is done than has to be. */
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { seededRandom } from '../simulation/scheduler.ts';
import {
  contentBytesOf,
  contentsBelow,
  done,
  filesBelow,
  fillWithPackages,
  killHard,
  stagedBytes,
  stagedIn,
  stopGently,
  trashDirOf,
  untilNew,
  whenStaged,
  withPlace,
} from './disturbed-run.ts';
import { difference, type Program, trashOf } from './programs.ts';
import { RestlessSource } from './restless-source.ts';

// They run side by side: the deadline only ends one that hangs, however busy the machine is.
vi.setConfig({ testTimeout: 180_000 });

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
/** Kills of each of the two programs. */
const KILLS = Number(process.env.KILLS ?? 4);
const FILES = Number(process.env.FILES ?? 500);
/** Between two edits. */
const PAUSE_MS = 5;
const MIB = 1 << 20;

/** What a mirror shows: each file is whole, one that the source had, and none that came here is lost. */
class Witness {
  readonly #target: string;
  readonly #source: RestlessSource;
  readonly #seen = new Set<string>();

  constructor(target: string, source: RestlessSource) {
    this.#target = target;
    this.#source = source;
  }

  /** Looks at the mirror as it stands. */
  look(): void {
    const here = contentsBelow(this.#target);
    const strange = [...here].filter(([hash]) => !this.#source.contents.has(hash));
    expect(strange).toEqual([]);
    for (const hash of here.keys()) if (this.#source.keepsakes.has(hash)) this.#seen.add(hash);
  }

  /** Contents that were on the mirror, were never overwritten, and are nowhere now. */
  lost(): string[] {
    const here = contentsBelow(this.#target);
    const trash = contentsBelow(trashDirOf(this.#target));
    return [...this.#seen].filter((hash) => !here.has(hash) && !trash.has(hash));
  }
}

/** The order in which the two are killed. */
function drawVictims(random: () => number): ('server' | 'client')[] {
  const order = Array.from({ length: 2 * KILLS }, (_, at) => ({ at, rank: random() }));
  return order.sort((a, b) => a.rank - b.rank).map(({ at }) => (at % 2 === 0 ? 'server' : 'client'));
}

const LIVE = /^(Created|Modified|Deleted|Renamed|Connected)/m;

test.concurrent(
  `both are killed at random moments while the source never rests: nothing torn, nothing lost, and "in sync" is true (SEED=${SEED})`,
  () =>
    withPlace(async (place) => {
      const random = seededRandom(SEED);
      fillWithPackages(place.source, FILES);
      // Of its own: how many edits fit between two kills is not in the hand of the seed.
      const source = new RestlessSource(place.source, seededRandom(SEED + 1), PAUSE_MS);
      const witness = new Witness(place.target, source);
      let { program: server, port } = await place.server();
      const clients: Program[] = [place.client(port, 'start')];
      await source.during(async () => {
        for (const victim of drawVictims(random)) {
          const client = clients.at(-1) as Program;
          // Mostly while it works, and sometimes while it starts; then at any moment, which nothing announces.
          if (random() < 0.75) await untilNew(client, LIVE);
          await pass(random() * 300);
          if (victim === 'server') {
            await killHard(server);
            ({ program: server } = await place.server('--port', String(port)));
          } else {
            await killHard(client);
            witness.look();
            clients.push(place.client(port, 'start'));
          }
        }
        await untilNew(clients.at(-1) as Program, LIVE);
      });
      expect(await done(place.client(port, 'wait', '--timeout', '120'))).toEqual({
        code: 0,
        output: 'in sync\n',
      });
      expect(difference(place.source, place.target)).toEqual([]);
      witness.look();
      expect(witness.lost()).toEqual([]);
      const said = clients.map((client) => client.output()).join('');
      expect(said).not.toMatch(/HELD|HALTED|INTERNAL/);
      expect(await stopGently(clients.at(-1) as Program)).toBe(0);
      expect(stagedIn(place.target)).toEqual([]);
      const last = await done(place.client(port, 'sync'));
      expect(last.code).toBe(0);
      expect(last.output).toMatch(/^Content received: 0 bytes$/m);
      expect(await stopGently(server)).toBe(0);
      const inBytes = filesBelow(place.source).reduce((sum, path) => sum + lstatSync(path).size, 0);
      console.info(`${FILES} files, ${source.edits} edits, ${KILLS} kills each: ${inBytes} bytes, identical`);
    }),
  600_000,
);

describe.concurrent('what is forgotten costs no content and deletes nothing', () => {
  const forgotten: Record<string, readonly string[]> = {
    'by the client': ['client-state'],
    'by the server': ['server-state/index'],
    'by both': ['client-state', 'server-state/index'],
  };
  test.concurrent.each(Object.keys(forgotten))('%s', (who) =>
    withPlace(async (place) => {
      const { dir, source, target } = place;
      fillWithPackages(source, 100);
      const first = await place.server();
      expect(await place.client(first.port, 'sync').ended()).toBe(0);
      expect(await stopGently(first.program)).toBe(0);
      const inodes = inodesBelow(target);
      for (const path of forgotten[who] ?? []) rmSync(join(dir, path), { recursive: true });
      const { port } = await place.server();
      const { code, output } = await done(place.client(port, 'sync'));
      expect(code).toBe(0);
      expect(output).toMatch(/^Content received: 0 bytes$/m);
      expect(difference(source, target)).toEqual([]);
      expect(inodesBelow(target)).toEqual(inodes);
      expect(trashOf(target)).toEqual([]);
    }),
  );
});

const inodesBelow = (dir: string): string[] =>
  filesBelow(dir).map((path) => `${path} ${lstatSync(path).ino}`);

test.concurrent('a server that comes back on another port is caught up with from where the client stopped', () =>
  withPlace(async (place) => {
    const { source, target } = place;
    fillWithPackages(source, 100);
    const first = await place.server();
    expect(await place.client(first.port, 'sync').ended()).toBe(0);
    expect(await stopGently(first.program)).toBe(0);
    writeFileSync(join(source, 'meanwhile'), 'content');
    const squatter = createServer().listen(first.port, '127.0.0.1');
    const second = await place.server();
    squatter.close();
    expect(second.port).not.toBe(first.port);
    const { code, output } = await done(place.client(second.port, 'sync'));
    expect(code).toBe(0);
    expect(output).toMatch(/^Connected to .*: catching up from where it stopped$/m);
    expect(output).toMatch(/^Content received: 7 bytes$/m);
    expect(difference(source, target)).toEqual([]);
  }));

/** Makes a program believe that it is later. */
const laterBy = (days: number): Record<string, string> => {
  const shift = `const { now } = Date; Date.now = () => now() + ${days * 24 * 3_600_000};`;
  return { NODE_OPTIONS: `--import "data:text/javascript,${encodeURIComponent(shift)}"` };
};

test.concurrent('who was away for longer than removals are remembered is told what differs only, and removes what is gone', () =>
  withPlace(async (place) => {
    const { dir, source, target } = place;
    const folder = (at: number): string => join(source, `folder ${at}`);
    for (let at = 0; at < 20; at += 1) {
      mkdirSync(folder(at));
      for (let file = 0; file < 30; file += 1)
        writeFileSync(join(folder(at), `file ${file}`), `${at} ${file}`);
    }
    writeFileSync(join(folder(7), 'gone'), 'content of gone');
    const first = await place.server();
    expect(await place.client(first.port, 'sync').ended()).toBe(0);
    rmSync(join(folder(7), 'gone'));
    writeFileSync(join(source, 'new'), 'content');
    const other = place.run('client', [
      ...['sync', '--config', '/dev/null', '--server-ip', '127.0.0.1', '--server-port', String(first.port)],
      ...['--target-dir', join(dir, 'other'), '--state-dir', join(dir, 'other-state')],
      ...['--key-file', join(dir, 'server-state', 'key')],
    ]);
    expect(await other.ended()).toBe(0);
    expect(await stopGently(first.program)).toBe(0);
    const second = await place.server();
    expect(await stopGently(second.program)).toBe(0);
    const server = place.run(
      'server',
      [
        ...['--config', '/dev/null', '--monitor-dir', source, '--bind-ip', '127.0.0.1', '--port', '0'],
        ...['--state-dir', join(dir, 'server-state')],
      ],
      { env: laterBy(31) },
    );
    const [, port] = await server.until(/Listening on 127\.0\.0\.1:(\d+)/);
    const { code, output } = await done(place.client(Number(port), 'sync'));
    expect(code).toBe(0);
    expect(output).toMatch(/^Connected to .*: away for so long that .*: comparing what differs$/m);
    const found = /while this mirror was away is known: (\d+) folders compared, (\d+) entries told/.exec(
      output,
    );
    expect(Number(found?.[1])).toBeLessThanOrEqual(2);
    // Everything at the top, and what is in the folder that differs.
    expect(Number(found?.[2])).toBe(readdirSync(source).length + readdirSync(folder(7)).length);
    expect(output).toMatch(/^Content received: 7 bytes$/m);
    expect(difference(source, target)).toEqual([]);
    expect(trashOf(target)).toEqual(['content of gone']);
    const again = await done(place.client(Number(port), 'sync'));
    expect(again.output).toMatch(/^Connected to .*: up to date$/m);
  }));

describe.concurrent('an older copy of the index, put back, is noticed', () => {
  const edits: Record<string, number> = { behind: 0, 'far ahead of': 200 };
  test.concurrent.each(Object.keys(edits))('when it counts %s what the client saw', (where) =>
    withPlace(async (place) => {
      const { dir, source, target } = place;
      fillWithPackages(source, 100);
      const first = await place.server();
      expect(await place.client(first.port, 'sync').ended()).toBe(0);
      expect(await stopGently(first.program)).toBe(0);
      cpSync(join(dir, 'server-state'), join(dir, 'copy'), { recursive: true });
      for (let at = 0; at < 20; at += 1) writeFileSync(join(source, `since ${at}`), `since ${at}`);
      const second = await place.server();
      expect(await place.client(second.port, 'sync').ended()).toBe(0);
      expect(await stopGently(second.program)).toBe(0);
      rmSync(join(dir, 'server-state'), { recursive: true });
      renameSync(join(dir, 'copy'), join(dir, 'server-state'));
      // Now the same numbers are given to other things.
      for (let at = 0; at < 5; at += 1)
        renameSync(join(source, `since ${at}`), join(source, `renamed ${at}`));
      const count = edits[where] ?? 0;
      for (let at = 0; at < count; at += 1) writeFileSync(join(source, `new ${at}`), 'x');
      const inodes = new Map([5, 19].map((at) => [at, lstatSync(join(target, `since ${at}`)).ino]));
      const { port } = await place.server();
      const { code, output } = await done(place.client(port, 'sync'));
      expect(code).toBe(0);
      expect(output).toMatch(/^Connected to .*: .*comparing everything$/m);
      expect(difference(source, target)).toEqual([]);
      for (const [at, ino] of inodes) expect(lstatSync(join(target, `since ${at}`)).ino).toBe(ino);
    }),
  );
});

describe.concurrent('what was edited on the mirror while the client was off is undone and kept', () => {
  test.concurrent.each(['stopped', 'killed'])('%s', (how) =>
    withPlace(async (place) => {
      const { source, target } = place;
      const names = [
        'edited',
        'grown',
        'deleted',
        'renamed',
        'mode',
        'time',
        'to-folder',
        'inside/a',
        'inside/b',
      ];
      mkdirSync(join(source, 'inside'));
      for (const name of names) writeFileSync(join(source, name), `source of ${name}`);
      const { port } = await place.server();
      const client = place.client(port, 'start');
      await client.until(/^in sync$/m);
      if (how === 'killed') await killHard(client);
      else expect(await stopGently(client)).toBe(0);
      const here = (name: string): string => join(target, name);
      writeFileSync(here('edited'), 'mirror of edited');
      writeFileSync(here('grown'), 'longer here than there');
      rmSync(here('deleted'));
      renameSync(here('renamed'), here('renamed by somebody'));
      chmodSync(here('mode'), 0o600);
      utimesSync(here('time'), 1e9, 1e9);
      rmSync(here('to-folder'));
      mkdirSync(here('to-folder'));
      writeFileSync(here('to-folder/in'), 'in a folder of the mirror');
      rmSync(here('inside'), { recursive: true });
      writeFileSync(here('inside'), 'a file where a folder was');
      writeFileSync(here('extra'), 'only here');
      const again = place.client(port, 'start');
      await again.until(/^in sync$/m);
      expect(await done(place.client(port, 'sync'))).toMatchObject({ code: 0 });
      expect(difference(source, target)).toEqual([]);
      expect(readFileSync(here('edited'), 'utf8')).toBe('source of edited');
      expect(trashOf(target)).toEqual(
        expect.arrayContaining([
          'mirror of edited',
          'longer here than there',
          'source of renamed',
          'in a folder of the mirror',
          'a file where a folder was',
          'only here',
        ]),
      );
    }),
  );
});

// Not beside the others: they must be cut in the middle, and the cut must not come late.
describe('a large file whose transfer was cut is continued', () => {
  const SIZE = 64 * MIB;
  const CUT = 16 * MIB;

  test('when the client is killed, from what it had', () =>
    withPlace(async (place) => {
      const { source, target } = place;
      writeFileSync(join(source, 'first'), 'content');
      const { port } = await place.server();
      const client = place.client(port, 'start');
      await client.until(/^in sync$/m);
      writeFileSync(join(source, 'large'), randomBytes(SIZE));
      await whenStaged(target, CUT, () => client.process.kill('SIGKILL'));
      await client.ended();
      const had = stagedBytes(target);
      expect(had).toBeLessThan(SIZE);
      const again = place.client(port, 'start');
      await again.until(/^in sync$/m);
      expect(difference(source, target)).toEqual([]);
      expect(await contentBytesOf(place, port)).toBeLessThanOrEqual(SIZE - had + MIB);
    }));

  test('when the server is killed, from what the client had', () =>
    withPlace(async (place) => {
      const { source, target } = place;
      writeFileSync(join(source, 'first'), 'content');
      const { port, program: server } = await place.server();
      const client = place.client(port, 'start');
      await client.until(/^in sync$/m);
      writeFileSync(join(source, 'large'), randomBytes(SIZE));
      await whenStaged(target, CUT, () => server.process.kill('SIGKILL'));
      await server.ended();
      expect(stagedBytes(target)).toBeLessThan(SIZE);
      await place.server('--port', String(port));
      await untilNew(client, /Modified: large|Created: large/);
      await done(place.client(port, 'wait'));
      expect(difference(source, target)).toEqual([]);
      // What was on its way when the line broke may have been counted without being kept.
      expect(await contentBytesOf(place, port)).toBeLessThanOrEqual(SIZE + 8 * MIB);
    }));
});
