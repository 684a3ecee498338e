/** Runs whose source is a folder of this machine are broken off as those with a server are, and go on when they may. */
import { randomBytes } from 'node:crypto';
import { existsSync, lstatSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { JobStatus } from '../../packages/client/src/job/job-status.ts';
import { done, stagedBytes, stopGently, untilNew, whenStaged, withPlace } from './disturbed-run.ts';
import { doHere } from './do-here.ts';
import { difference, type Place, type Program, write } from './programs.ts';

const MIB = 1 << 20;
/** With it the large file takes two minutes: what is not broken off does not end in time. */
const SLOW = { BwLimit: '64k' };
const LARGE_BYTES = 8 * MIB;
const SOON_MS = 30_000;

const RUNS: Readonly<Record<string, string>> = {
  ...{ Live: 'no', SyncOnStart: 'yes', RunMissed: 'yes' },
  // A leap day: it does not come while a test runs.
  Schedule: '0 0 29 2 *',
};

/** One job, of a folder of this machine. `settings` are about its times. */
function iniFor({ dir }: Place, settings: Readonly<Record<string, string>> = {}): void {
  const fixed = ['[Client]', 'TimeZone = UTC', '[Job a]', 'Source = source', 'TargetDir = target'];
  const times = Object.entries({ ...RUNS, ...settings }).map(([key, value]) => `${key} = ${value}`);
  writeFileSync(join(dir, 'client.ini'), [...fixed, ...times, ''].join('\n'));
}

const run = (place: Place, ...words: string[]): Program => place.run('client', words);

async function statusOf(place: Place): Promise<JobStatus | undefined> {
  const { output } = await done(doHere(place.dir, ['status', '--json']));
  return (JSON.parse(output) as JobStatus[])[0];
}

/** An hour of today or tomorrow in which it is not now. */
function closedWindow(): Record<string, string> {
  const hour = (new Date().getUTCHours() + 3) % 24;
  return { Window: `${hour}:00-${hour + 1}:00` };
}

/** A client in whose run a large file is on its way, slowly. */
async function inFlight(place: Place): Promise<Program> {
  write(place.source, 'gone');
  write(place.source, 'replaced');
  iniFor(place);
  const { code, output } = await done(run(place, 'sync'));
  expect(code, output).toBe(0);
  writeFileSync(join(place.source, 'large'), randomBytes(LARGE_BYTES));
  iniFor(place, SLOW);
  const client = run(place, 'start');
  await client.until(/Run for the start begins/);
  await whenStaged(place.target, 1, () => undefined);
  return client;
}

/** What nothing may come of any more. */
function change(place: Place): void {
  rmSync(join(place.source, 'gone'));
  write(place.source, 'replaced', 'by another content');
  write(place.source, 'later');
}

function expectUnchanged({ target }: Place): void {
  expect(existsSync(join(target, 'gone'))).toBe(true);
  expect(existsSync(join(target, 'later'))).toBe(false);
  expect(existsSync(join(target, 'large'))).toBe(false);
}

test.concurrent('a pause breaks a run off at once, nothing is done while it lasts, and the run goes on behind it', () =>
  withPlace(async (place) => {
    const client = await inFlight(place);
    const ended = untilNew(client, /\[a\] Ended\./, SOON_MS);
    expect((await done(run(place, 'pause', 'a'))).code).toBe(0);
    await ended;
    change(place);
    expect(await statusOf(place)).toMatchObject({ condition: 'paused', status: null });
    expectUnchanged(place);
    iniFor(place);
    const over = untilNew(client, /\[a\] Run ended: in sync/);
    expect((await done(run(place, 'resume', 'a'))).code).toBe(0);
    await over;
    expect(difference(place.source, place.target)).toEqual([]);
    expect(await stopGently(client)).toBe(0);
  }));

test.concurrent('a stop of the program breaks a run off at once, and the next start knows that', () =>
  withPlace(async (place) => {
    const first = await inFlight(place);
    const beganMs = performance.now();
    expect(await stopGently(first)).toBe(0);
    expect(performance.now() - beganMs).toBeLessThan(SOON_MS);
    change(place);
    expectUnchanged(place);
    expect(stagedBytes(place.target)).toBeGreaterThan(0);
    iniFor(place, { SyncOnStart: 'no' });
    const second = run(place, 'start');
    await second.until(/Run for one that was missed begins\n[\s\S]*Run ended: in sync/);
    expect(difference(place.source, place.target)).toEqual([]);
    expect(await stopGently(second)).toBe(0);
  }));

test.concurrent('the end of the window breaks a run off at once, and the run goes on at the next opening', () =>
  withPlace(async (place) => {
    const client = await inFlight(place);
    const cut = untilNew(client, /Run ended: broken off, after .*; it goes on when it may/, SOON_MS);
    iniFor(place, { ...SLOW, ...closedWindow() });
    await cut;
    change(place);
    const during = await statusOf(place);
    expect(during?.status).toMatchObject({
      condition: 'resting',
      runs: { window: { isOpen: false }, sync: { running: null, last: { exit: null, text: 'broken off' } } },
    });
    expectUnchanged(place);
    const over = untilNew(client, /Run for the start begins\n[\s\S]*Run ended: in sync/);
    iniFor(place);
    await over;
    expect(difference(place.source, place.target)).toEqual([]);
    expect(await stopGently(client)).toBe(0);
  }));

test.concurrent('a pass of its own that a person ends is broken off at once', () =>
  withPlace(async (place) => {
    write(place.source, 'gone');
    iniFor(place);
    expect((await done(run(place, 'sync'))).code).toBe(0);
    writeFileSync(join(place.source, 'large'), randomBytes(LARGE_BYTES));
    iniFor(place, SLOW);
    const sync = run(place, 'sync');
    await whenStaged(place.target, 1, () => undefined);
    const beganMs = performance.now();
    expect(await stopGently(sync)).toBe(1);
    expect(performance.now() - beganMs).toBeLessThan(SOON_MS);
    expect(sync.output()).toMatch(/Interrupted: the pass did not come to its end/);
  }));

/** What `status` says of the job's mirror. */
async function mirrorOf(place: Place) {
  return (await statusOf(place))?.status;
}

test.concurrent('a run that a halt of its source ended is done as soon as the source is there again', () =>
  withPlace(async (place) => {
    const client = await inFlight(place);
    const away = join(place.dir, 'away');
    const halted = untilNew(
      client,
      /Run ended: HALTED: .* A run follows as soon as that is over, after/,
      SOON_MS,
    );
    renameSync(place.source, away);
    await halted;
    expect((await mirrorOf(place))?.runs).toMatchObject({
      rest: 'waiting for the end of the halt, and then for a run at once',
      sync: { owed: 'halted', running: null, last: { exit: 3 } },
    });
    expect((await done(run(place, 'status'))).output).toMatch(/Runs: +next when the halt is over, or \d/);
    iniFor(place);
    const back = untilNew(client, /Run for one that a halt ended begins\n[\s\S]*Run ended: in sync/);
    renameSync(away, place.source);
    await back;
    expect(difference(place.source, place.target)).toEqual([]);
    expect((await mirrorOf(place))?.runs.sync).toMatchObject({ owed: null, last: { exit: 0 } });
    expect(await stopGently(client)).toBe(0);
  }));

test.concurrent('a run that a halt of its target ended is done as soon as the target is there again', () =>
  withPlace(async (place) => {
    const client = await inFlight(place);
    const away = join(place.dir, 'away');
    const halted = untilNew(
      client,
      /Run ended: HALTED: .*lost its marker\. A run follows as soon as that is over, after/,
      SOON_MS,
    );
    renameSync(place.target, away);
    await halted;
    iniFor(place);
    const back = untilNew(client, /Run for one that a halt ended begins\n[\s\S]*Run ended: in sync/);
    renameSync(away, place.target);
    await back;
    expect(difference(place.source, place.target)).toEqual([]);
    expect(await stopGently(client)).toBe(0);
  }));

test.concurrent('what a verification finds is put right by a run that it owes, also in a client that had none yet', () =>
  withPlace(async (place) => {
    write(place.source, 'a');
    write(place.source, 'b');
    iniFor(place);
    expect((await done(run(place, 'sync'))).code).toBe(0);
    const spoilt = join(place.target, 'b');
    const { atimeNs, mtimeNs } = lstatSync(spoilt, { bigint: true });
    writeFileSync(spoilt, 'CONTENT of b');
    utimesSync(spoilt, Number(atimeNs) / 1e9, (Number(mtimeNs / 1000n) + 0.5) / 1e6);
    iniFor(place, { SyncOnStart: 'no', VerifySchedule: '*/2 * * * * *', VerifyRepair: 'yes' });
    const client = run(place, 'start');
    await client.until(/Verification ended: .*1 different; a run that puts it right comes next, after/);
    await client.until(/Run to put right what a verification found begins\n[\s\S]*Run ended: in sync/);
    await untilNew(client, /Verification ended: 2 same, after/);
    expect(readFileSync(spoilt, 'utf8')).toBe('content of b');
    expect(client.output().match(/Run to put right .* begins/g)).toHaveLength(1);
    expect(await stopGently(client)).toBe(0);
  }));

test.concurrent('while a run goes on the next is told by the schedule, and comes right after it when it is owed', () =>
  withPlace(async (place) => {
    const client = await inFlight(place);
    const { sync } = (await mirrorOf(place))?.runs ?? {};
    expect(sync).toMatchObject({ owed: null, running: { why: 'start' } });
    expect(sync?.next).toMatch(/-02-29T00:00:00\.000Z$/);
    expect(await stopGently(client)).toBe(0);
    iniFor(place, { ...SLOW, Schedule: '* * * * * *' });
    const again = run(place, 'start');
    await again.until(/Run for the start begins/);
    while ((await mirrorOf(place))?.runs.sync.owed !== 'schedule');
    expect((await done(run(place, 'status'))).output).toMatch(/; the next right after it/);
    expect(await stopGently(again)).toBe(0);
  }));
