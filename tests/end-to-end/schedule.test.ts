/** When a mirror does what: runs by a schedule, missed ones, the hours of a window, and verifications. */
import { randomBytes } from 'node:crypto';
import { lstatSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openState } from '../../packages/client/src/client.ts';
import type { ClientStatus } from '../../packages/client/src/control/status.ts';
import { done, stopGently, withPlace } from './disturbed-run.ts';
import { type Doing, doHere } from './do-here.ts';
import { difference, type Place, type Program } from './programs.ts';

const MIB = 1 << 20;
/** With time for a pass between two of them, also on a machine that has much else to do. */
const SOON = '*/3 * * * * *';
/** A leap day: it does not come while a test runs. */
const SELDOM = '0 0 29 2 *';

/** An INI whose keys about times can be exchanged while a client runs. */
function iniFor(place: Place, port: number, ...lines: string[]): string {
  const config = join(place.dir, 'client.ini');
  const fixed = [
    ...['[Client]', 'ServerIP = 127.0.0.1', `ServerPort = ${port}`, 'TargetDir = target', 'LogLevel = debug'],
    ...['StateDir = client-state', 'KeyFile = server-state/key', 'TimeZone = UTC'],
  ];
  writeFileSync(config, [...fixed, ...lines, ''].join('\n'));
  return config;
}

const start = ({ dir, run }: Place): Program => run('client', ['start', '--config', join(dir, 'client.ini')]);

/** What such a client does in one go, without a program of its own. */
const once = ({ dir }: Place, verb: string, ...flags: string[]): Doing =>
  doHere(dir, [verb, '--config', join(dir, 'client.ini'), ...flags]);

async function statusOf(place: Place): Promise<ClientStatus> {
  const { code, output } = await done(once(place, 'status', '--json'));
  expect(code, output).toBe(0);
  return JSON.parse(output) as ClientStatus;
}

/** An hour of today or tomorrow in which it is not now. */
function closedWindow(): string {
  const hour = (new Date().getUTCHours() + 3) % 24;
  return `Window = ${hour}:00-${hour + 1}:00`;
}

/** What is to be seen after this moment. */
function since(program: Program): (pattern: RegExp) => Promise<unknown> {
  const { length } = program.output();
  return (pattern) => program.until(new RegExp(`^[\\s\\S]{${length},}?${pattern.source}`));
}

test.concurrent('with Live = no a client is connected for its runs only, and remembers how they ended', () =>
  withPlace(async (place) => {
    writeFileSync(join(place.source, 'a'), 'first');
    const { program: server, port } = await place.server();
    iniFor(place, port, 'Live = no', `Schedule = ${SOON}`);
    const client = start(place);
    await client.until(/Not connected: waiting for its next run, [\d-]+ [\d:]+ UTC\n/);
    await client.until(/Run by the schedule begins\n[\s\S]*Run ended: in sync, after \d/);
    expect(difference(place.source, place.target)).toEqual([]);
    const later = since(client);
    writeFileSync(join(place.source, 'b'), 'second');
    await later(/Run ended: in sync[\s\S]*Run ended: in sync/);
    expect(difference(place.source, place.target)).toEqual([]);
    const { runs } = await statusOf(place);
    expect(runs).toMatchObject({ isLive: false, window: null, sync: { last: { why: 'schedule', exit: 0 } } });
    expect(runs.sync.next).not.toBeNull();
    const { output } = await done(once(place, 'status'));
    expect(output).toMatch(
      /^Runs: {5}.*next [\d-]+ [\d:]+ UTC; last [\d-]+ [\d:]+ UTC by the schedule: in sync, after/m,
    );
    await stopGently(client);
    await stopGently(server);
  }));

test.concurrent('a run without a server ends with 4, and the next one makes up for it', () =>
  withPlace(async (place) => {
    writeFileSync(join(place.source, 'a'), 'first');
    const { program: server, port } = await place.server();
    iniFor(place, port, 'Live = no', 'SyncOnStart = yes', `Schedule = ${SOON}`, 'Timeout = 3');
    const client = start(place);
    await client.until(/Run for the start begins\n[\s\S]*Run ended: in sync/);
    server.process.kill('SIGKILL');
    await since(client)(/Run ended: The running client has had no connection/);
    expect((await statusOf(place)).runs.sync.last).toMatchObject({ exit: 4 });
    writeFileSync(join(place.source, 'b'), 'second');
    await place.server('--port', String(port));
    await since(client)(/Run ended: in sync/);
    expect(difference(place.source, place.target)).toEqual([]);
    await stopGently(client);
  }));

test.concurrent('outside of its window a live client is not connected, and what a person asks for is done', () =>
  withPlace(async (place) => {
    writeFileSync(join(place.source, 'a'), 'first');
    const { port } = await place.server();
    iniFor(place, port, closedWindow());
    const client = start(place);
    await client.until(/Not connected: waiting for its window, opens [\d-]+ \d\d:00:00 UTC\n/);
    expect(client.output()).not.toMatch(/Starting incremental sync/);
    const status = await statusOf(place);
    expect(status).toMatchObject({ condition: 'resting', runs: { window: { isOpen: false } } });
    const { output } = await done(once(place, 'status'));
    expect(output).toMatch(/^State: {4}waiting for its window, opens /m);
    expect(output).toMatch(/^Window: {3}closed, opens /m);
    const waited = await done(once(place, 'wait'));
    expect([waited.code, waited.output]).toEqual([
      4,
      expect.stringMatching(
        /not connected: waiting for its window, opens .*"lanmirror-client sync --config [^"]*client\.ini'"/s,
      ),
    ]);
    const asked = await done(once(place, 'sync'));
    expect([asked.code, asked.output]).toEqual([
      0,
      expect.stringMatching(/outside of its window, which opens .*because you asked.*in sync/s),
    ]);
    expect(difference(place.source, place.target)).toEqual([]);
    const { condition, runs } = await statusOf(place);
    expect([condition, runs.sync.last?.why]).toEqual(['resting', 'asked']);
    // The window goes: it is live at once, and mirrors what happened meanwhile.
    writeFileSync(join(place.source, 'b'), 'second');
    const later = since(client);
    iniFor(place, port);
    await later(/In effect: Window = '' [\s\S]*in sync\n/);
    expect((await done(once(place, 'wait'))).code).toBe(0);
    expect(difference(place.source, place.target)).toEqual([]);
    await stopGently(client);
  }));

test.concurrent('a single pass by hand needs no window either, and says that it is closed', () =>
  withPlace(async (place) => {
    writeFileSync(join(place.source, 'a'), 'first');
    const { port } = await place.server();
    iniFor(place, port, closedWindow());
    const { code, output } = await done(once(place, 'sync'));
    expect([code, output]).toEqual([0, expect.stringMatching(/outside of its window, which opens /)]);
    expect(difference(place.source, place.target)).toEqual([]);
  }));

test.concurrent('a transfer that the end of the window cuts off goes on where it was, and so does the run', () =>
  withPlace(async (place) => {
    const large = randomBytes(24 * MIB);
    writeFileSync(join(place.source, 'large'), large);
    const { port } = await place.server();
    const line = await heldLine(port, 12 * MIB);
    try {
      const rules = ['Live = no', 'SyncOnStart = yes', `Schedule = ${SELDOM}`];
      iniFor(place, line.port, ...rules);
      const client = start(place);
      await line.held;
      iniFor(place, line.port, ...rules, closedWindow());
      await client.until(/Run ended: broken off, after .*; it goes on when it may/);
      await client.until(/Not connected: waiting for its window/);
      const cutOff = await statusOf(place);
      expect(cutOff.runs.sync).toMatchObject({ last: { exit: null, why: 'start' } });
      expect(cutOff.contentBytes).toBeGreaterThan(0);
      line.release();
      const later = since(client);
      iniFor(place, line.port, ...rules);
      await later(/Run for the start begins\n[\s\S]*Run ended: in sync/);
      expect(Buffer.compare(readFileSync(join(place.target, 'large')), large)).toBe(0);
      // What came before the cut has not come again.
      expect((await statusOf(place)).contentBytes).toBeLessThan(25 * MIB);
      await stopGently(client);
    } finally {
      await line.close();
    }
  }));

test.concurrent('with Live = yes a run by the schedule looks at the whole target', () =>
  withPlace(async (place) => {
    for (const name of ['a', 'b']) writeFileSync(join(place.source, name), `content of ${name}`);
    const { port } = await place.server();
    iniFor(place, port);
    const client = start(place);
    await client.until(/^in sync$/m);
    rmSync(join(place.target, 'a'));
    writeFileSync(join(place.target, 'b'), 'edited here');
    const later = since(client);
    iniFor(place, port, `Schedule = ${SOON}`);
    await later(/Run by the schedule begins\n[\s\S]*Run ended: in sync/);
    expect(difference(place.source, place.target)).toEqual([]);
    await stopGently(client);
  }));

test.concurrent.each([
  ['yes', /Run for one that was missed begins\n[\s\S]*Run ended: in sync/],
  ['no', /Run missed: it was due .*, and is left out \(RunMissed = no\)/],
])('a run that was missed while the client was off, with RunMissed = %s', (runMissed, told) =>
  withPlace(async (place) => {
    writeFileSync(join(place.source, 'a'), 'first');
    const { port } = await place.server();
    // At another hour than now: the last due time was missed, too.
    const hour = (new Date().getUTCHours() + 12) % 24;
    iniFor(place, port, 'Live = no', `Schedule = 0 ${hour} * * *`, `RunMissed = ${runMissed}`);
    const first = start(place);
    await first.until(/Not connected: waiting for its next run/);
    await stopGently(first);
    // Two days pass.
    const state = await openState(join(place.dir, 'client-state'));
    const { runs } = state.meta;
    const settledMs = runs.sync.settledMs - 2 * 86_400_000;
    state.setMeta({ runs: { ...runs, sync: { ...runs.sync, settledMs } } });
    await state.close();
    const second = start(place);
    await second.until(told);
    await second.until(/Not connected: waiting for its next run/);
    expect(difference(place.source, place.target).length === 0).toBe(runMissed === 'yes');
    await stopGently(second);
  }),
);

test.concurrent('a run that a kill broke off is known as such, and done again with RunMissed', () =>
  withPlace(async (place) => {
    writeFileSync(join(place.source, 'large'), randomBytes(8 * MIB));
    const { port } = await place.server();
    const line = await heldLine(port, 4 * MIB);
    try {
      const rules = ['Live = no', 'RunMissed = yes', `Schedule = ${SELDOM}`];
      iniFor(place, line.port, ...rules, 'SyncOnStart = yes');
      const first = start(place);
      await line.held;
      first.process.kill('SIGKILL');
      await first.ended();
      line.release();
      iniFor(place, line.port, ...rules);
      const second = start(place);
      await second.until(/Run for one that was missed begins\n[\s\S]*Run ended: in sync/);
      expect(difference(place.source, place.target)).toEqual([]);
      await stopGently(second);
    } finally {
      await line.close();
    }
  }));

/** Other bytes, of the same size and time. */
function rot(path: string): void {
  const { atimeNs, mtimeNs } = lstatSync(path, { bigint: true });
  writeFileSync(path, readFileSync(path, 'utf8').replace('content', 'CONTENT'));
  utimesSync(path, Number(atimeNs) / 1e9, (Number(mtimeNs / 1000n) + 0.5) / 1e6);
}

test.concurrent('before the target was joined nothing is verified or called put right, and that is said once', () =>
  withPlace(async (place) => {
    const { port } = await place.server();
    mkdirSync(place.target, { recursive: true });
    writeFileSync(join(place.target, 'own'), 'mine');
    iniFor(
      place,
      port,
      'Live = no',
      `Schedule = ${SELDOM}`,
      `VerifySchedule = ${SOON}`,
      'VerifyRepair = yes',
    );
    const client = start(place);
    await client.until(/Nothing is verified before the target is joined/);
    const asked = await done(once(place, 'verify', '--repair'));
    expect(asked).toMatchObject({
      code: 3,
      output: expect.stringMatching(/was not joined yet: .* Nothing was done\./),
    });
    expect((await statusOf(place)).runs.verify).toEqual({
      next: null,
      owed: null,
      running: null,
      last: null,
    });
    iniFor(place, port, 'Live = no', `Schedule = ${SOON}`, `VerifySchedule = ${SOON}`, 'VerifyRepair = yes');
    expect(await client.ended()).toBe(3);
    expect(client.output().match(/verified|Verif.*/g)).toEqual(['verified', 'VerifySchedule is followed.']);
    expect(readFileSync(join(place.target, 'own'), 'utf8')).toBe('mine');
  }));

test.concurrent('a verification by its schedule names what is wrong, and with VerifyRepair it is put right', () =>
  withPlace(async (place) => {
    for (const name of ['a', 'b']) writeFileSync(join(place.source, name), `content of ${name}`);
    const { port } = await place.server();
    iniFor(place, port);
    const client = start(place);
    await client.until(/^in sync$/m);
    // What a start looks at is behind it then, so nobody else finds what is spoilt now.
    expect((await done(once(place, 'sync'))).code).toBe(0);
    rot(join(place.target, 'b'));
    const found = since(client);
    iniFor(place, port, `VerifySchedule = ${SOON}`);
    await found(
      /Verify: different: b \(content\)\n[\s\S]*Verification ended: .*1 different.*verify --repair/,
    );
    expect((await statusOf(place)).runs.verify.last).toMatchObject({ exit: 1, why: 'schedule' });
    expect((await done(once(place, 'status'))).output).toMatch(/^Verify: {3}.*last .*1 different/m);
    expect(readFileSync(join(place.target, 'b'), 'utf8')).toBe('CONTENT of b');
    const mended = since(client);
    iniFor(place, port, `VerifySchedule = ${SOON}`, 'VerifyRepair = yes');
    await mended(/Verification ended: .*it is being put right[\s\S]*Verification ended: \d+ same, after/);
    expect(readFileSync(join(place.target, 'b'), 'utf8')).toBe('content of b');
    const { output } = await done(once(place, 'history', 'b'));
    expect(output).toMatch(/repaired .*b/);
    await stopGently(client);
  }));

test.concurrent('Jitter makes a run begin later by a part that stays the same over restarts, and goes with a reload', () =>
  withPlace(async (place) => {
    const { program: server, port } = await place.server();
    const nextMs = async (): Promise<number> => Date.parse((await statusOf(place)).runs.sync.next ?? '');
    const seen: number[] = [];
    for (let turn = 0; turn < 2; turn += 1) {
      iniFor(place, port, `Schedule = ${SELDOM}`, 'Jitter = 12h');
      const client = start(place);
      expect((await done(once(place, 'wait'))).code).toBe(0);
      seen.push(await nextMs());
      if (turn === 1) {
        iniFor(place, port, `Schedule = ${SELDOM}`);
        expect((await done(once(place, 'reload'))).code).toBe(0);
        seen.push(await nextMs());
      }
      await stopGently(client);
    }
    const [first = 0, again, onTheBeat = 0] = seen;
    expect(again).toBe(first);
    expect(new Date(onTheBeat).toISOString()).toMatch(/-02-29T00:00:00\.000Z$/);
    expect(first - onTheBeat).toBeGreaterThan(0);
    expect(first - onTheBeat).toBeLessThan(12 * 3_600_000);
    await stopGently(server);
  }));

test.concurrent('times that make no sense are refused with their line, at a start and at a reload', () =>
  withPlace(async (place) => {
    const { port } = await place.server();
    iniFor(place, port, 'Live = no');
    const { code, output } = await done(start(place));
    expect([code, output]).toEqual([2, expect.stringMatching(/client\.ini line 9, Live: with Live = no/)]);
    iniFor(place, port);
    const client = start(place);
    await client.until(/^in sync$/m);
    iniFor(place, port, 'Window = 7-8');
    await client.until(/line 9, Window: "7-8" is not like .* The settings stay as they are/);
    await stopGently(client);
  }));

interface HeldLine {
  readonly port: number;
  /** So many bytes have passed, and no more do. */
  readonly held: Promise<void>;
  release(): void;
  close(): Promise<void>;
}

/** Leads to a server on this machine, and lets `bytes` through from there until it is released. */
async function heldLine(port: number, bytes: number): Promise<HeldLine> {
  const sockets = new Set<Socket>();
  const paused = new Set<Socket>();
  let passed = 0;
  let isReleased = false;
  let tell = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const server = createServer((near) => {
    const far = createConnection(port, '127.0.0.1');
    far.on('data', (chunk) => {
      passed += chunk.length;
      near.write(chunk);
      if (isReleased || passed < bytes) return;
      far.pause();
      paused.add(far);
      tell();
    });
    near.on('data', (chunk) => void far.write(chunk));
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    held,
    release() {
      isReleased = true;
      for (const socket of paused) socket.resume();
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
