/** A folder of this machine as the source: the whole engine in one process, and the same promises. */
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openState } from '../../packages/client/src/client.ts';
import { type Doing, doHere } from './do-here.ts';
import { canMount } from './mount-space.ts';
import {
  contentOf,
  difference,
  makePlace,
  type Place,
  type Program,
  trashOf,
  untilEqual,
} from './programs.ts';

const SEED = Number(process.env.SEED ?? 7);
if (!canMount) console.info('skipped: a source behind another mount, because no mount can be made here');

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(async () => {
  await place.dispose();
});

/** A client of this test's source and target; a later flag wins. */
const client = (verb: string, ...flags: string[]): Program =>
  place.run('client', [verb, '--config', '/dev/null', ...own(), ...flags]);

/** What such a client does in one go, without a program of its own. */
const once = (verb: string, ...flags: string[]): Doing =>
  doHere(place.dir, [verb, '--config', '/dev/null', ...own(), ...flags]);

const own = (): string[] => [
  '--source',
  place.source,
  '--target-dir',
  place.target,
  ...state('client-state'),
];
const state = (name: string): string[] => ['--state-dir', join(place.dir, name)];

const fill = (dir: string, count: number): void => {
  for (let at = 0; at < count; at += 1) writeFileSync(join(dir, `f${at}`), `${at}`);
};
const filesIn = (dir: string): number => readdirSync(dir).filter((name) => /^f\d+$/.test(name)).length;

const fillOddTree = (source: string): void => {
  mkdirSync(join(source, '中文 文件/empty'), { recursive: true });
  fill(join(source, '中文 文件'), 60);
  for (const name of ['a b', 'new\nline', `quo"te'`, '-dash']) writeFileSync(join(source, name), name);
  writeFileSync(join(source, 'none'), '');
  writeFileSync(join(source, 'large'), Buffer.alloc(5_000_001, 7));
  symlinkSync('../nowhere', join(source, 'dangling'));
};

describe('sync', () => {
  test('a tree arrives identical; again nothing is to be done; full sends all and trashes nothing', async () => {
    const { source, target } = place;
    fillOddTree(source);
    const before = contentOf(source);
    const first = client('sync');
    expect(await first.ended()).toBe(0);
    expect(first.output()).toContain(
      `Starting incremental sync (diff compare) from ${source} to ${target}\n`,
    );
    expect(difference(source, target)).toEqual([]);
    const again = once('sync');
    expect(await again.ended()).toBe(0);
    expect(again.output()).toContain('\n0 files need synchronization\n');
    expect(again.output()).toMatch(/, identical to the source\n$/);
    const full = once('sync', '--mode', 'full');
    expect(await full.ended()).toBe(0);
    expect(full.output()).toContain('Results: 66 synced, 0 failed\n');
    expect(trashOf(target)).toEqual([]);
    expect(difference(source, target)).toEqual([]);
    expect(contentOf(source)).toEqual(before);
  });

  test.each(['', `marker-${'0a'.repeat(16)}`])(
    'a target whose first start was killed before its marker had its name is a new one: %j',
    async (draft) => {
      const { source, target } = place;
      fill(source, 3);
      mkdirSync(join(target, '.lanmirror'), { recursive: true });
      if (draft !== '') writeFileSync(join(target, '.lanmirror', draft), '');
      const sync = client('sync');
      expect(await sync.ended(), sync.output()).toBe(0);
      expect(difference(source, target)).toEqual([]);
      expect(readdirSync(join(target, '.lanmirror'))).not.toContain(draft);
    },
  );

  test('a dry run of what was never joined leaves nothing of source or target behind', async () => {
    const { dir, source, target } = place;
    fill(source, 3);
    const dry = once('sync', '--dry-run');
    expect(await dry.ended()).toBe(0);
    expect(dry.output()).toContain('Would fetch: f2\n');
    expect(existsSync(target)).toBe(false);
    expect(readdirSync(join(dir, 'client-state'))).not.toContain('source');
  });

  test('what a dry run learns, by other settings or of another source, is forgotten', async () => {
    const { dir, source } = place;
    fill(source, 3);
    expect(await once('sync').ended()).toBe(0);
    const remembered = async (): Promise<unknown> => {
      const state = await openState(join(dir, 'client-state'));
      const entries = [...state.baseline.all()].map(({ id, name }) => [id, name]);
      const { meta } = state;
      await state.close();
      return { meta, entries };
    };
    const before = await remembered();
    mkdirSync(join(dir, 'second'));
    fill(join(dir, 'second'), 2);
    expect(await once('sync', '--dry-run', '--modify-window', '5000', '--delete', 'never').ended()).toBe(0);
    const other = once('sync', '--dry-run', '--adopt', '--source', join(dir, 'second'));
    expect(await other.ended(), other.output()).toBe(0);
    expect(await remembered()).toEqual(before);
    expect(readdirSync(join(dir, 'client-state'))).not.toContain('dry-run');
  });

  test('a pass that somebody ends is no success and no run, and the next one goes on from there', async () => {
    const { dir, source, target } = place;
    writeFileSync(join(source, 'large'), Buffer.alloc(20_000_000, 1));
    const cut = client('sync', '--bw-limit', '1M');
    await cut.until(/Copying large: /);
    cut.process.kill('SIGTERM');
    expect(await cut.ended()).toBe(1);
    expect(cut.output()).toContain('Interrupted: the pass did not come to its end.');
    const memory = await openState(join(dir, 'client-state'));
    expect(memory.meta.runs.sync.last).toBe(null);
    await memory.close();
    expect(await once('sync').ended()).toBe(0);
    expect(difference(source, target)).toEqual([]);
  });

  test('a dry run of a joined target tells the difference and makes none', async () => {
    const { source, target } = place;
    fill(source, 3);
    expect(await once('sync').ended()).toBe(0);
    renameSync(join(source, 'f0'), join(source, 'g'));
    rmSync(join(source, 'f1'));
    const before = contentOf(target);
    const dry = once('sync', '--dry-run');
    expect(await dry.ended()).toBe(0);
    expect(dry.output()).toContain('Would rename: g\n');
    expect(dry.output()).toContain('Would move to trash: f1\n');
    expect(contentOf(target)).toEqual(before);
    expect(await once('sync').ended()).toBe(0);
    expect(difference(source, target)).toEqual([]);
  });
});

describe('live', () => {
  test.each(['native', 'chokidar', 'poll'])('changes are followed with Watch = %s', async (watch) => {
    const { source, target } = place;
    writeFileSync(join(source, 'here'), 'before');
    const live = client('start', '--watch', watch, '--poll-seconds', '1');
    await live.until(/^in sync$/m);
    mkdirSync(join(source, 'a/b/c'), { recursive: true });
    fill(join(source, 'a/b/c'), 20);
    appendFileSync(join(source, 'here'), ' and after');
    await untilEqual(source, target);
    renameSync(join(source, 'a'), join(source, 'z'));
    rmSync(join(source, 'z/b/c/f3'));
    await untilEqual(source, target);
  });

  test('the commands find the client', async () => {
    const { source, target } = place;
    mkdirSync(join(source, 'a/b/c'), { recursive: true });
    fill(join(source, 'a/b/c'), 19);
    const live = client('start');
    await live.until(/^in sync$/m);
    writeFileSync(join(source, 'here'), 'content');
    expect(await once('wait').ended()).toBe(0);
    expect(difference(source, target)).toEqual([]);
    const status = once('status');
    expect(await status.ended()).toBe(0);
    expect(status.output()).toContain(` mirrors ${source} to ${target} (process ${live.process.pid},`);
    expect(status.output()).toMatch(/^State: {4}in sync at \d+$/m);
    expect(status.output()).toMatch(/^Source: {3}23 entries$/m);
    const beside = client('sync');
    expect(await beside.ended()).toBe(0);
    expect(beside.output()).toContain('Done by the client that runs here.');
    expect(await client('stop').ended()).toBe(0);
    expect(await live.ended()).toBe(0);
  });

  test('what cannot be mirrored is named once, in the log and in status, and the rest is in sync', async () => {
    const { source } = place;
    fill(source, 2);
    // A name that is no UTF-8.
    writeFileSync(Buffer.concat([Buffer.from(`${source}/`), Buffer.of(0xe9)]), 'x');
    const live = client('start');
    await live.until(/^in sync, but for 1 path that could not be read at the source: /m);
    expect(live.output().match(/Not mirrored: .*name-not-utf8/g)).toHaveLength(1);
    expect(live.output()).not.toContain('by the server');
    const status = once('status', '--json');
    expect(await status.ended()).toBe(0);
    const { sourceFolder } = JSON.parse(status.output()) as { sourceFolder: { problemCount: number } };
    expect(sourceFolder.problemCount).toBe(1);
    const text = once('status');
    expect(await text.ended()).toBe(0);
    expect(text.output()).toContain('Not mirrored, at the source: 1;');
    expect(text.output()).not.toContain('server');
  });

  test('killed again and again while the source changes: the next start goes on, and nothing is lost', async () => {
    const { source, target } = place;
    fill(source, 300);
    writeFileSync(join(source, 'large'), Buffer.alloc(10_000_000, 1));
    const random = makeRandom(SEED);
    for (let round = 0; round < 4; round += 1) {
      const live = client('start');
      await live.until(/Scanning files/);
      const pauseMs = random() * 600;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      appendFileSync(join(source, 'large'), `round ${round}`);
      renameSync(join(source, `f${round}`), join(source, `g${round}`));
      rmSync(join(source, `f${100 + round}`));
      writeFileSync(join(source, `h${round}`), `round ${round}, seed ${SEED}`);
      live.process.kill('SIGKILL');
      await live.ended();
    }
    const last = client('sync');
    expect(await last.ended(), last.output()).toBe(0);
    expect(difference(source, target)).toEqual([]);
    expect(readdirSync(join(target, '.lanmirror', 'tmp'))).toEqual([]);
    // Nobody wrote on the target: only what the source deleted or replaced is in the trash.
    expect(trashOf(target).filter((text) => text.startsWith('round'))).toEqual([]);
  });
});

describe('the guards', () => {
  test('moved away and back while live: nothing is deleted, nothing is called in sync, all goes on', async () => {
    const { dir, source, target } = place;
    fill(source, 5);
    const live = client('start');
    await live.until(/^in sync$/m);
    renameSync(source, join(dir, 'aside'));
    await live.until(/The source waits: Nothing is deleted on any mirror: the folder does not exist/);
    expect(await once('wait').ended()).toBe(3);
    const status = once('status');
    expect(await status.ended()).toBe(0);
    expect(status.output()).toMatch(/^State: {4}the source waits: .*does not exist/m);
    expect(filesIn(target)).toBe(5);
    renameSync(join(dir, 'aside'), source);
    writeFileSync(join(source, 'new'), 'content');
    await live.until(/The source goes on\./);
    await untilEqual(source, target);
    expect(trashOf(target)).toEqual([]);
  });

  test('not there at the start: once mirrored it is waited for, never seen it is a mistake', async () => {
    const { dir, source, target } = place;
    const never = once('sync', '--source', join(dir, 'nowhere'));
    expect(await never.ended()).toBe(2);
    expect(never.output()).toContain(`Source ${join(dir, 'nowhere')} does not exist.`);
    fill(source, 5);
    expect(await once('sync').ended()).toBe(0);
    renameSync(source, join(dir, 'aside'));
    const away = once('sync');
    expect(await away.ended()).toBe(3);
    expect(away.output()).not.toMatch(/^in sync/m);
    mkdirSync(source);
    const empty = once('sync');
    expect(await empty.ended()).toBe(3);
    expect(empty.output()).toContain('the folder is empty, but it held files before');
    expect([filesIn(target), trashOf(target)]).toEqual([5, []]);
    const live = client('start');
    await live.until(/The source waits: /);
    rmSync(source, { recursive: true });
    renameSync(join(dir, 'aside'), source);
    await live.until(/^in sync$/m);
    expect(difference(source, target)).toEqual([]);
    expect(trashOf(target)).toEqual([]);
  });

  test('a large loss while nobody looked is asked about once, with or without a running client', async () => {
    const { source, target } = place;
    fill(source, 300);
    expect(await client('sync').ended()).toBe(0);
    for (let at = 0; at < 200; at += 1) rmSync(join(source, `f${at}`));
    const asked = once('sync');
    expect(await asked.ended()).toBe(3);
    expect(asked.output()).toMatch(
      /200 of 300 indexed entries are missing\.\n[\s\S]*is meant to be gone: lanmirror-client accept/,
    );
    expect(await once('accept').ended()).toBe(3);
    expect(filesIn(target)).toBe(300);
    const accepted = once('accept', '--yes');
    expect(await accepted.ended()).toBe(0);
    expect(accepted.output()).toContain(
      'Agreed: 200 entries removed; the mirror moves them to its trash, or asks.',
    );
    expect(await once('sync').ended()).toBe(0);
    expect([filesIn(target), trashOf(target).length]).toEqual([100, 200]);

    for (const name of readdirSync(source)) rmSync(join(source, name));
    const live = client('start');
    await live.until(/The source waits: .*empty/);
    const unasked = once('accept');
    expect(await unasked.ended()).toBe(3);
    expect(unasked.output()).toContain('100 of 100 entries are missing:');
    expect(filesIn(target)).toBe(100);
    expect(await once('accept', '--yes').ended()).toBe(0);
    await live.until(/The source goes on\./);
    await untilEqual(source, target);
  });

  test('another folder in its place is shown, and taken only when a person says so', async () => {
    const { dir, source, target } = place;
    fill(source, 5);
    const live = client('start');
    await live.until(/^in sync$/m);
    renameSync(source, join(dir, 'aside'));
    mkdirSync(join(dir, 'other'));
    writeFileSync(join(dir, 'other', 'stranger'), 'of another folder');
    renameSync(join(dir, 'other'), source);
    await live.until(/The source waits: .*another folder stands in its place/);
    const asked = once('accept');
    expect(await asked.ended()).toBe(3);
    expect(asked.output()).toContain(`Another folder stands at ${source} than the one that was published.`);
    expect(asked.output()).toContain('  stranger\n');
    expect(filesIn(target)).toBe(5);
    expect(await once('accept', '--yes').ended()).toBe(0);
    await live.until(/The source waits: .*most of what was published before is not there/);
    expect(await once('accept', '--yes').ended()).toBe(0);
    await untilEqual(source, target);
    expect(trashOf(target)).toHaveLength(5);
  });

  test('another Source than before is refused, however small the target, until a person says that it is meant', async () => {
    const { dir, source, target } = place;
    fill(source, 60);
    expect(await client('sync').ended()).toBe(0);
    mkdirSync(join(dir, 'second'));
    for (const flags of [[], ['--dry-run']]) {
      const other = once('sync', '--source', join(dir, 'second'), ...flags);
      expect(await other.ended()).toBe(3);
      expect(other.output()).toContain(
        `${target} is a mirror of the folder ${source}, and the settings name the folder ${join(dir, 'second')} now.`,
      );
    }
    expect([filesIn(target), trashOf(target)]).toEqual([60, []]);
    expect(await once('sync').ended()).toBe(0);
    fill(join(dir, 'second'), 50);
    const meant = ['--source', join(dir, 'second'), ...state('client-state')];
    expect(await once('sync', '--adopt', ...meant).ended()).toBe(0);
    expect([filesIn(target), trashOf(target).length]).toEqual([50, 10]);
    expect(await once('sync', ...meant).ended()).toBe(0);
    expect(await once('sync').ended()).toBe(3);
    expect(filesIn(target)).toBe(50);
  });

  test('another Source that is meant: what it does not have is held, not deleted', async () => {
    const { dir, source, target } = place;
    fill(source, 150);
    cpSync(source, target, { recursive: true, preserveTimestamps: true });
    expect(await once('sync', '--adopt').ended()).toBe(0);
    mkdirSync(join(dir, 'second'));
    fill(join(dir, 'second'), 10);
    const other = once('sync', '--adopt', '--source', join(dir, 'second'));
    expect(await other.ended()).toBe(3);
    expect(other.output()).toContain(
      'are not at the source, and its index is a new one: it may be another folder.',
    );
    expect(filesIn(target)).toBe(150);
    expect(await once('sync', '--adopt').ended()).toBe(0);
    expect(difference(source, target)).toEqual([]);
    expect(trashOf(target)).toEqual([]);
  });
});

describe('folders inside each other are refused before anything is written', () => {
  const refusals: readonly [string, (place: Place) => string[]][] = [
    ['the target itself', ({ source }) => ['--target-dir', source]],
    ['a target inside', ({ source }) => ['--target-dir', join(source, 'mirror')]],
    ['a target around', ({ dir }) => ['--target-dir', dir]],
    ['a target behind a link', ({ dir }) => ['--target-dir', join(dir, 'link', 'mirror')]],
    ['a source behind a link', ({ dir, source }) => ['--source', join(dir, 'link'), '--target-dir', source]],
    ['the state folder inside', ({ source }) => ['--state-dir', join(source, 'state')]],
    ['the trash inside', ({ source }) => ['--trash-dir', join(source, 'trash')]],
  ];
  test.each(refusals)('%s', async (_name, flags) => {
    const { dir, source, target } = place;
    writeFileSync(join(source, 'f'), 'content');
    symlinkSync('source', join(dir, 'link'));
    const refused = once('sync', ...flags(place));
    expect(await refused.ended()).toBe(2);
    expect(refused.output()).toMatch(/lies? in/);
    expect(existsSync(join(source, '.lanmirror'))).toBe(false);
    expect(readFileSync(join(source, 'f'), 'utf8')).toBe('content');
    expect(existsSync(target)).toBe(false);
  });

  test.runIf(canMount)('the same folder by another mount', async () => {
    const { dir, source, target } = place;
    mkdirSync(target);
    const wrap = [
      'unshare',
      '-m',
      'sh',
      '-c',
      'mount --bind "$1" "$2"; shift 2; exec "$@"',
      'sh',
      source,
      target,
    ];
    const inside = place.run('client', ['sync', '--config', '/dev/null', ...own()], { wrap });
    expect(await inside.ended()).toBe(2);
    const flags = [...own(), '--target-dir', join(target, 'mirror'), ...state('other-state')];
    const below = place.run('client', ['sync', '--config', '/dev/null', ...flags], { wrap });
    expect(await below.ended()).toBe(2);
    for (const refused of [inside, below])
      expect(refused.output()).toContain('are the same or lie inside each other');
    expect(readdirSync(join(dir, 'source'))).toEqual([]);
  });

  test.runIf(canMount)(
    'a folder of the source, or one around it, that is mounted elsewhere by itself',
    async () => {
      const { dir, source, target } = place;
      for (const folder of [target, join(source, 'inner'), join(dir, 'view')]) mkdirSync(folder);
      writeFileSync(join(source, 'f'), 'content');
      const script = 'mount --bind "$1" "$2"; shift 2; exec "$@"';
      const bound = (from: string, to: string): string[] => [
        'unshare',
        '-m',
        'sh',
        '-c',
        script,
        'sh',
        from,
        to,
      ];
      const inner = place.run('client', ['sync', '--config', '/dev/null', ...own()], {
        wrap: bound(join(source, 'inner'), target),
      });
      expect(await inner.ended(), inner.output()).toBe(2);
      const flags = [
        ...own(),
        '--source',
        join(dir, 'view'),
        '--target-dir',
        source,
        ...state('other-state'),
      ];
      const around = place.run('client', ['sync', '--config', '/dev/null', '--adopt', ...flags], {
        wrap: bound(join(source, 'inner'), join(dir, 'view')),
      });
      expect(await around.ended(), around.output()).toBe(2);
      for (const refused of [inner, around])
        expect(refused.output()).toContain('are the same or lie inside each other');
      expect(contentOf(source)).toHaveLength(2);
      expect(existsSync(join(source, '.lanmirror'))).toBe(false);
    },
  );
});

describe('beside others', () => {
  test('several sources in one client: each job has its own, and is asked about by its name', async () => {
    const { dir } = place;
    const jobs = ['one', 'two'];
    const ini = jobs.map((job) => `[Job ${job}]\nSource = ${job}\nTargetDir = mirror/${job}\n`);
    writeFileSync(join(dir, 'client.ini'), `[Client]\nServerIP = nas\n${ini.join('')}`);
    mkdirSync(join(dir, 'mirror'));
    for (const job of jobs) {
      mkdirSync(join(dir, job));
      fill(join(dir, job), 150);
    }
    expect(await place.run('client', ['sync']).ended()).toBe(0);
    for (const job of jobs) expect(difference(join(dir, job), join(dir, 'mirror', job))).toEqual([]);
    for (let at = 1; at < 150; at += 1) rmSync(join(dir, 'two', `f${at}`));
    const live = place.run('client', ['start']);
    await live.until(/\[two\] The source waits: /);
    await live.until(/\[one\] in sync\n/);
    writeFileSync(join(dir, 'one', 'new'), 'content');
    await untilEqual(join(dir, 'one'), join(dir, 'mirror', 'one'));
    expect(filesIn(join(dir, 'mirror', 'two'))).toBe(150);
    const accepted = place.run('client', ['accept', '--job', 'two', '--yes']);
    expect(await accepted.ended()).toBe(0);
    expect(accepted.output()).toContain('Agreed: 149 entries removed;');
    await untilEqual(join(dir, 'two'), join(dir, 'mirror', 'two'));
  });

  test('a source that a server publishes, too, and that is a mirror itself: each has what is its own', async () => {
    const { dir, source, target } = place;
    fill(source, 20);
    const { port } = await place.server();
    const second = join(dir, 'second');
    const mirror = place.client(port, 'start', '--target-dir', target, ...state('first-state'));
    await mirror.until(/^in sync$/m);
    const behind = client('start', '--source', target, '--target-dir', second, ...state('second-state'));
    await behind.until(/^in sync$/m);
    writeFileSync(join(source, 'new'), 'content');
    await untilEqual(source, second);
    expect(existsSync(join(target, '.lanmirror', 'marker'))).toBe(true);
    const marker = (of: string): string => readFileSync(join(of, '.lanmirror', 'marker'), 'utf8');
    expect(marker(second)).not.toBe(marker(target));
    expect(existsSync(join(second, '.lanmirror', '.lanmirror'))).toBe(false);
    const local = join(dir, 'third');
    expect(await client('sync', '--target-dir', local, ...state('third-state')).ended()).toBe(0);
    expect(difference(source, local)).toEqual([]);
  });

  test('a mirror of a server becomes one of a folder, and nothing that is there is sent again', async () => {
    const { dir, source, target } = place;
    fill(source, 150);
    const { port, program } = await place.server();
    const stateDir = state('client-state');
    expect(await place.client(port, 'sync').ended()).toBe(0);
    program.process.kill('SIGTERM');
    await program.ended();
    cpSync(source, join(dir, 'copy'), { recursive: true, preserveTimestamps: true });
    const flags = ['--source', join(dir, 'copy'), ...stateDir, '--log-level', 'debug'];
    const unmeant = once('sync', ...flags);
    expect(await unmeant.ended()).toBe(3);
    expect(unmeant.output()).toMatch(
      /is a mirror of the share without a name, and the settings name the folder/,
    );
    const moved = once('sync', '--adopt', ...flags);
    expect(await moved.ended(), moved.output()).toBe(0);
    expect(moved.output()).toContain('Content received: 0 bytes');
    expect(difference(join(dir, 'copy'), target)).toEqual([]);
    expect(trashOf(target)).toEqual([]);
  });
});

/** Numbers from 0 to 1 that follow from a seed. */
function makeRandom(seed: number): () => number {
  let at = seed;
  return () => {
    at = (Math.imul(at, 1_664_525) + 1_013_904_223) >>> 0;
    return at / 2 ** 32;
  };
}
