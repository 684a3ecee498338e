/** Many mirrors in one client, with the real programs. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { done } from './disturbed-run.ts';
import { doHere } from './do-here.ts';
import { contentOf, difference, makePlace, type Place, type Program, untilEqual } from './programs.ts';

/** Runs by a schedule, and what is polled for, on a machine that is busy with other tests. */
const LONG_MS = 180_000;

let place: Place;
let port: number;
beforeEach(async () => {
  place = makePlace();
  for (const name of ['films', 'music', 'photos']) {
    mkdirSync(join(place.source, name));
    for (let at = 0; at < 10; at += 1)
      writeFileSync(join(place.source, name, `${name}${at}`), `${name} ${at}`);
  }
  ({ port } = await place.server());
});
afterEach(() => place.dispose());

const source = (name: string): string => join(place.source, name);
const target = (name: string): string => join(place.dir, 'mirrors', name);

/** Writes client.ini: what all jobs share, and the sections. */
function writeIni(...sections: string[]): void {
  mkdirSync(join(place.dir, 'mirrors'), { recursive: true });
  const shared = [
    '[Client]',
    'ServerIP = 127.0.0.1',
    `ServerPort = ${port}`,
    'KeyFile = server-state/key',
    'BaseDir = mirrors',
  ];
  writeFileSync(join(place.dir, 'client.ini'), [...shared, ...sections, ''].join('\n'));
}

const FILMS = '[Job films]\nServerRoot = films\nTargetDir = films';
const MUSIC = '[Job My music.2]\nServerRoot = music\nTargetDir = music';
const PHOTOS = '[Job 照片]\nServerRoot = photos\nTargetDir = photos';

/** Commands about jobs that ask for something, or leave a word; all others are left to the program. */
const ASKING: ReadonlySet<string> = new Set(
  'status accept wait verify history pause resume stop add reload'.split(' '),
);

const run = (...args: string[]): Promise<{ code: number | null; output: string }> =>
  done(ASKING.has(args[0] ?? '') ? doHere(place.dir, args) : place.run('client', args));

async function statusOf(name: string): Promise<Record<string, unknown>> {
  const { output } = await run('status', name, '--json');
  const [one] = JSON.parse(output) as Record<string, unknown>[];
  return one ?? {};
}

/** The client with these sections, when the named jobs are live. */
async function started(names: readonly string[]): Promise<Program> {
  const client = place.run('client', ['start']);
  for (const name of names) await client.until(lineOf(name, 'in sync'));
  return client;
}

function lineOf(name: string, text: string): RegExp {
  return new RegExp(`^\\[${name.replaceAll('.', '\\.')}\\] ${text}`, 'm');
}

describe('three jobs in one client', () => {
  test('are live side by side, each line says whose it is, and a hold of one holds up no other', async () => {
    writeIni(`${FILMS}\nHoldMin = 1\nHoldPercent = 5`, MUSIC, PHOTOS);
    // What was there before the client never counts as new.
    cpSync(source('films'), target('films'), { recursive: true, preserveTimestamps: true });
    expect((await run('sync', 'films', '--adopt')).code).toBe(0);
    const client = await started(['films', 'My music.2', '照片']);
    for (let at = 0; at < 5; at += 1) unlinkSync(join(source('films'), `films${at}`));
    await client.until(lineOf('films', 'HELD'));
    writeFileSync(join(source('music'), 'new'), 'n');
    writeFileSync(join(source('photos'), 'new'), 'n');
    await client.until(lineOf('My music.2', 'Created: new'));
    await client.until(lineOf('照片', 'Created: new'));
    await untilEqual(source('music'), target('music'));
    await untilEqual(source('photos'), target('photos'));
    expect(readdirSync(target('films')).filter((name) => name !== '.lanmirror')).toHaveLength(10);

    const { code, output } = await run('status');
    expect(code).toBe(0);
    expect(output).toMatch(/^\[films\] HELD$/m);
    expect(output).toMatch(/^\[My music\.2\] live$/m);
    expect((await run('accept', '--yes')).output).toContain('Say with --job NAME which one is meant.');
    expect((await run('accept', '--yes', '--job', 'FILMS')).code).toBe(0);
    await untilEqual(source('films'), target('films'));
    expect(await run('wait', '--job', '照片')).toEqual({ code: 0, output: '[照片] in sync\n' });
    expect((await run('verify', '--job', 'my music.2')).output).toBe('Verified: 11 same.\n');
    expect((await run('history', 'new', '--job', '照片')).output).toContain('created');

    client.process.kill('SIGTERM');
    expect(await client.ended()).toBe(0);
    expect((await run('status')).code).toBe(4);
  });

  test('one that is refused leaves the others live, is told in status, and begins when its folder is there', async () => {
    writeIni(FILMS, '[Job late]\nServerRoot = music\nTargetDir = disk/music');
    const client = await started(['films']);
    await client.until(lineOf('late', 'NOT MIRRORED: .* does not exist'));
    writeFileSync(join(source('films'), 'new'), 'n');
    await client.until(lineOf('films', 'Created: new'));
    expect(await statusOf('late')).toMatchObject({ condition: 'wrong', failure: { code: 'NO_TARGET' } });
    mkdirSync(target('disk'));
    await client.until(lineOf('late', 'in sync'));
    await untilEqual(source('music'), target('disk/music'));
    expect(await statusOf('late')).toMatchObject({
      condition: 'running',
      failure: null,
      status: { condition: 'in-sync' },
    });
  });

  test('all refused: the program ends with the highest code, unless what is missing may come back by itself', async () => {
    writeFileSync(join(place.dir, 'other.key'), `${Buffer.alloc(32, 7).toString('base64url')}\n`);
    const refused = `${FILMS}\nKeyFile = other.key`;
    mkdirSync(target('full'), { recursive: true });
    writeFileSync(join(target('full'), 'mine'), 'x');
    writeIni(refused, '[Job full]\nTargetDir = full');
    const { code, output } = await run('start');
    expect(code).toBe(4);
    expect(output).toMatch(lineOf('full', 'NOT MIRRORED'));
    expect(output).toMatch(lineOf('films', 'NOT MIRRORED: The server refused'));

    writeIni(refused, '[Job late]\nServerRoot = music\nTargetDir = disk/music');
    const client = place.run('client', ['start']);
    await client.until(lineOf('films', 'NOT MIRRORED: The server refused'));
    await client.until(lineOf('late', 'NOT MIRRORED: .* does not exist.* It is tried again\\.'));
    mkdirSync(target('disk'));
    await client.until(lineOf('late', 'in sync'));
  });
});

describe('what a person wants of a job', () => {
  test('a paused job stays paused over a restart, and goes on when it is resumed', async () => {
    writeIni(FILMS, MUSIC);
    let client = await started(['films', 'My music.2']);
    expect((await run('pause', 'films')).code).toBe(0);
    await client.until(lineOf('films', 'Ended'));
    writeFileSync(join(source('films'), 'while paused'), 'x');
    writeFileSync(join(source('music'), 'meanwhile'), 'x');
    await client.until(lineOf('My music.2', 'Created: meanwhile'));
    expect((await run('stop')).output).toBe('Stopping.\n');
    expect(await client.ended()).toBe(0);
    expect((await run('status')).output).toMatch(/^\[films\] not running, and PAUSED since 2/m);
    const refused = await run('sync', 'films');
    expect([refused.code, refused.output]).toEqual([3, expect.stringContaining('[films] PAUSED since 2')]);
    expect((await run('sync')).code).toBe(0);

    client = place.run('client', ['start']);
    await client.until(lineOf('films', 'PAUSED since'));
    await client.until(lineOf('My music.2', 'in sync'));
    expect(await statusOf('films')).toMatchObject({ condition: 'paused', status: null });
    expect(existsSync(join(target('films'), 'while paused'))).toBe(false);
    expect((await run('resume', 'films')).output).toBe('[films] Goes on.\n');
    await untilEqual(source('films'), target('films'));
    expect((await run('resume', 'films')).output).toBe('[films] was not paused.\n');
  });

  test('stop and add end and begin one job', async () => {
    writeIni(FILMS, MUSIC);
    const client = await started(['films', 'My music.2']);
    expect((await run('stop', 'films')).output).toBe('[films] Stopping.\n');
    await client.until(lineOf('films', 'Ended'));
    expect(await statusOf('films')).toMatchObject({ condition: 'stopped' });
    writeFileSync(join(source('films'), 'new'), 'x');
    expect((await run('add', 'films')).output).toBe('[films] Started.\n');
    await untilEqual(source('films'), target('films'));
    expect((await run('add', 'films')).output).toBe(
      '[films] Done by the client that runs here.\n[films] in sync\n',
    );
    expect(await run('add', 'filmz')).toMatchObject({ code: 2 });
  });

  test('a section that comes is begun and one that goes is ended at once; what it mirrored stays', async () => {
    writeIni(FILMS, MUSIC);
    const client = await started(['films', 'My music.2']);
    writeIni(FILMS, PHOTOS);
    await client.until(lineOf('照片', 'in sync'));
    await client.until(lineOf('My music.2', 'Ended'));
    expect(difference(source('music'), target('music'))).toEqual([]);
    const kept = contentOf(target('music'));
    // Half of an INI is no wish to end everything.
    writeFileSync(join(place.dir, 'client.ini'), '');
    await client.until(/has no section \[Job NAME\] any more/);
    writeIni(FILMS, PHOTOS, '[Job nested]\nTargetDir = films/in');
    await client.until(/The settings stay as they are/);
    const overlap = await run('reload');
    expect([overlap.code, overlap.output]).toEqual([2, expect.stringContaining('lies in')]);
    writeIni(FILMS, `${PHOTOS}\nActive = no\nMaxWorkers = 3`);
    await client.until(/In effect: \[照片\] Active = no/);
    await client.until(lineOf('照片', 'Ended'));
    expect(await statusOf('照片')).toMatchObject({ condition: 'off', isActive: false });
    expect(contentOf(target('music'))).toEqual(kept);
    expect(await run('start')).toMatchObject({ code: 5 });
  });
});

test('--adopt of a start is a yes to the folders that the INI names then, and to none that it names later', async () => {
  for (const name of ['films', 'full', 'other']) {
    mkdirSync(target(name), { recursive: true });
    writeFileSync(join(target(name), 'mine'), 'x');
  }
  writeIni(FILMS, '[Job off]\nServerRoot = music\nTargetDir = other\nActive = no');
  const client = place.run('client', ['start', '--adopt']);
  await client.until(lineOf('films', 'in sync'));
  expect(existsSync(join(target('films'), 'mine'))).toBe(false);
  writeIni(FILMS, '[Job off]\nServerRoot = music\nTargetDir = other', `${PHOTOS}/../full`);
  await client.until(lineOf('off', 'in sync'));
  const [told] = await client.until(lineOf('照片', '(?:NOT MIRRORED|in sync).*'));
  expect(told).toContain('"lanmirror-client sync --adopt 照片"');
  expect(readFileSync(join(target('full'), 'mine'), 'utf8')).toBe('x');
});

test('a job with another name goes on with the same target, and nothing is sent again', async () => {
  writeIni(FILMS, MUSIC);
  const client = await started(['films', 'My music.2']);
  writeIni(FILMS.replace('[Job films]', '[Job Films & more]'), MUSIC);
  await client.until(lineOf('films', 'Ended'));
  await client.until(lineOf('Films & more', 'in sync'));
  expect(client.output()).toMatch(lineOf('Films & more', '0 files need synchronization'));
  expect(client.output()).not.toContain('NOT MIRRORED');
});

test('with another TargetDir in the INI commands are about the folder that a job runs in, and not about that of another', async () => {
  writeIni(FILMS, MUSIC);
  const client = await started(['films', 'My music.2']);
  const moved = FILMS.replace('TargetDir = films', 'TargetDir = elsewhere');
  writeIni(moved, MUSIC, '[Job heir]\nServerRoot = photos\nTargetDir = films');
  await client.until(lineOf('heir', 'Waits for \\[films\\]'));
  const { code, output } = await run('status');
  expect(code).toBe(0);
  expect(output).toMatch(/^\[films\] live$/m);
  expect(output).toMatch(/^\[heir\] waits for \[films\]/m);
  expect(await statusOf('films')).toMatchObject({ targetDir: target('films'), condition: 'running' });
  expect(await statusOf('heir')).toMatchObject({ condition: 'waiting', waitsFor: 'films', status: null });
  expect((await run('sync', 'films')).output).toContain('[films] Done by the client that runs here.');
  expect(existsSync(target('elsewhere'))).toBe(false);
  expect(await run('sync', 'heir')).toMatchObject({ code: 5, output: expect.stringContaining('"films"') });
  expect(await run('wait', '--job', 'films')).toEqual({ code: 0, output: '[films] in sync\n' });
  expect((await run('verify', '--job', 'heir')).code).toBe(5);
  expect((await run('stop', 'films')).code).toBe(0);
  await client.until(lineOf('heir', 'in sync'));
  await untilEqual(source('photos'), target('films'));
  expect(client.output()).not.toContain('NOT MIRRORED');
});

test('a client that began before the INI had jobs is told of, refuses what it cannot do, and is stopped', async () => {
  writeIni('ServerRoot = films\nTargetDir = films');
  const client = place.run('client', ['start']);
  await client.until(/in sync/);
  writeIni(FILMS, MUSIC);
  await client.until(/has sections \[Job NAME\] now/);
  const { code, output } = await run('status');
  expect([code, output]).toEqual([
    0,
    expect.stringMatching(/^\[films\] live, by a client that does not run with these jobs$/m),
  ]);
  for (const words of [['pause', 'films'], ['reload'], ['add', 'films']])
    expect(await run(...words)).toMatchObject({ code: 5, output: expect.stringContaining('stop') });
  writeFileSync(join(source('films'), 'new'), 'n');
  await untilEqual(source('films'), target('films'));
  expect((await run('stop')).output).toBe('Stopping.\n');
  expect(await client.ended()).toBe(0);
});

test('a client of one mirror refuses an INI that its next start would refuse, and mirrors on', async () => {
  const alone = 'ServerRoot = films\nTargetDir = films\nDelete = never';
  writeIni(alone);
  const client = place.run('client', ['start']);
  await client.until(/in sync/);
  writeIni(alone, PHOTOS);
  await client.until(/this is for one mirror, and there are jobs beside it .* The settings stay/);
  writeFileSync(join(place.dir, 'client.ini'), '');
  await client.until(/TargetDir.* The settings stay/);
  expect(client.output()).not.toMatch(/In effect|At the next start/);
  unlinkSync(join(source('films'), 'films1'));
  writeFileSync(join(source('films'), 'new'), 'n');
  await client.until(/Created: new/);
  expect(existsSync(join(target('films'), 'films1'))).toBe(true);
});

describe('sync', () => {
  test('does the active jobs or the named ones, and ends with the highest code', async () => {
    writeIni(FILMS, `${MUSIC}\nActive = no`, '[Job late]\nTargetDir = disk/all');
    const all = await run('sync');
    expect(all.code).toBe(2);
    expect(all.output).toMatch(lineOf('films', 'in sync'));
    expect(all.output).toMatch(lineOf('late', 'TargetDir .* does not exist'));
    expect(existsSync(target('music'))).toBe(false);
    expect((await run('sync', 'MY MUSIC.2', 'films')).code).toBe(0);
    expect(difference(source('music'), target('music'))).toEqual([]);
  });

  test('of a job with DryRun says what would be done and does nothing, and so does start', async () => {
    writeIni(FILMS, '[Job look]\nServerRoot = music\nTargetDir = music\nDryRun = yes');
    const { code, output } = await run('sync', 'look');
    expect(code).toBe(0);
    expect(output).toMatch(lineOf('look', 'Would fetch: music0'));
    const client = await started(['films']);
    await client.until(lineOf('look', 'Would fetch: music9'));
    await expect.poll(async () => (await statusOf('look')).condition, { timeout: 20_000 }).toBe('done');
    expect(existsSync(target('music'))).toBe(false);
  });
});

test(
  'each scheduled run of a job with DryRun says what it would do, until DryRun is no: that is in effect at once',
  async () => {
    const look = '[Job look]\nServerRoot = music\nTargetDir = music\nLive = no\nSchedule = */2 * * * * *';
    writeIni(FILMS, `${look}\nDryRun = yes`);
    const client = await started(['films']);
    await client.until(/Would fetch: music9[\s\S]*Run by the schedule begins[\s\S]*Would fetch: music9/);
    await expect
      .poll(async () => (await statusOf('look')).rest, { timeout: LONG_MS / 2 })
      .toMatch(/^waiting for its/);
    expect(await statusOf('look')).toMatchObject({ condition: 'running', isDryRun: true, failure: null });
    expect((await run('add', 'look')).output).toMatch(/^\[look\] Does dry runs already/m);
    expect(existsSync(target('music'))).toBe(false);

    writeIni(FILMS, `${look}\nDryRun = no`);
    await client.until(/In effect: \[look\] DryRun = no \(was yes\)/);
    await client.until(lineOf('look', 'in sync'));
    expect(difference(source('music'), target('music'))).toEqual([]);
    expect(await statusOf('look')).toMatchObject({ condition: 'running', isDryRun: false });

    // And back: what comes to the source from now on is not mirrored any more.
    writeIni(FILMS, `${look}\nDryRun = yes`);
    await client.until(/In effect: \[look\] DryRun = yes \(was no\)/);
    writeFileSync(join(source('music'), 'new'), 'n');
    await client.until(lineOf('look', 'Would fetch: new'));
    expect(existsSync(join(target('music'), 'new'))).toBe(false);
  },
  LONG_MS,
);

test('config check touches nothing and says all that is wrong; config show says what is in effect', async () => {
  writeIni(FILMS, '[Job b]\nMaxWorkers = 99\n[Job c]\nTargetDir = films/in');
  const { code, output } = await run('config', 'check');
  expect(code).toBe(2);
  expect(output).toContain('line 10, MaxWorkers: "99" is not a whole number from 1 to 20');
  expect(output).toContain('line 9, [Job b]: TargetDir is not set.');
  expect(output).toContain('of [Job c] lies in');
  const known = readdirSync(join(place.dir, 'xdg-state', 'lanmirror'));
  expect(known.filter((name) => name.startsWith('client'))).toEqual([]);
  writeIni(FILMS);
  expect(await run('config', 'check')).toEqual({ code: 0, output: 'ok\n' });
  expect((await run('config', 'show')).output).toContain(`TargetDir = ${target('films')}  # `);
  expect(readFileSync(join(place.dir, 'client.ini'), 'utf8')).toContain('[Job films]');
});

test('a client without sections has no jobs to name', async () => {
  writeIni();
  for (const args of [
    ['sync', 'films'],
    ['status', 'films'],
    ['pause', 'films'],
    ['verify', '--job', 'films'],
  ])
    expect(await done(place.run('client', [...args, '--target-dir', 'x']))).toEqual({
      code: 2,
      output: expect.stringContaining('There is no job "films". This client has no jobs.'),
    });
});
