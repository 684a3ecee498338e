/** A server and a mirror on hosts of their own, and what happens to the cable between them. */
import { randomBytes } from 'node:crypto';
import { lstatSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../simulation/scheduler.ts';
import {
  contentBytesOf,
  done,
  filesBelow,
  fillWithPackages,
  killHard,
  stagedBytes,
  untilNew,
  whenStaged,
} from './disturbed-run.ts';
import { makeNetworkPair, type NetworkPair, whyNoPair } from './network-pair.ts';
import { difference, makePlace, type Place, type Program } from './programs.ts';
import { RestlessSource } from './restless-source.ts';

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
const MIB = 1 << 20;
const LARGE = 32 * MIB;
const CUT = 16 * MIB;
const PORT = 8080;
/** How long the cable is off: long enough for several retransmissions, too short for anybody to hang up. */
const OUTAGE_MS = 4000;
/** Between two edits: in the time of a silence they must not delete so much that a person is asked. */
const PAUSE_MS = 20;

const reason = whyNoPair();
if (reason !== '') console.info(`skipped: two hosts with a cable between them, because ${reason}`);

class Hosts {
  readonly place: Place;
  readonly net: NetworkPair;

  constructor(place: Place, net: NetworkPair) {
    this.place = place;
    this.net = net;
  }

  async server(): Promise<Program> {
    const { place, net } = this;
    const flags = ['--config', '/dev/null', '--monitor-dir', place.source, '--bind-ip', net.server.address];
    const state = ['--state-dir', join(place.dir, 'server-state'), '--port', String(PORT)];
    const program = place.run('server', [...flags, ...state], { wrap: net.server.enter });
    await program.until(/Listening on/);
    return program;
  }

  client(): Program {
    const { place, net } = this;
    const flags = ['--config', '/dev/null', '--server-ip', net.server.address, '--log-level', 'debug'];
    const state = ['--state-dir', join(place.dir, 'client-state'), '--target-dir', place.target];
    const key = ['--key-file', join(place.dir, 'server-state', 'key'), '--server-port', String(PORT)];
    return place.run('client', ['start', ...flags, ...state, ...key], { wrap: net.client.enter });
  }

  /** What has happened at the source by now is on the mirror, which is identical. */
  async expectIdentical(): Promise<void> {
    const { place } = this;
    expect(await done(place.client(PORT, 'wait', '--timeout', '60'))).toEqual({
      code: 0,
      output: 'in sync\n',
    });
    expect(difference(place.source, place.target)).toEqual([]);
  }
}

/** The programs end before the networks do, and both also when the test fails. */
async function withHosts(work: (hosts: Hosts) => Promise<void>): Promise<void> {
  const net = await makeNetworkPair();
  const place = makePlace();
  try {
    fillWithPackages(place.source, 300);
    await work(new Hosts(place, net));
  } finally {
    await place.dispose();
    await net.dispose();
  }
}

const bytesOf = (paths: readonly string[]): number =>
  paths.reduce((sum, path) => sum + lstatSync(path).size, 0);
const isEdit = (path: string): boolean => basename(path).startsWith('edit ');

/** Writes a large file, and calls `cut` when half of it is there. Returns what it may cost if nothing is sent twice. */
async function cutHalfway({ place }: Hosts, cut: () => void): Promise<() => number> {
  const before = await contentBytesOf(place, PORT);
  writeFileSync(join(place.source, 'large'), randomBytes(LARGE));
  await whenStaged(place.target, CUT, cut);
  // A quarter of what was there at the cut is for what was on its way.
  return () => before + LARGE + CUT / 4 + bytesOf(filesBelow(place.source).filter(isEdit));
}

// They wait for silence most of the time: so they do it side by side.
describe.runIf(reason === '').concurrent(`two hosts with a cable between them (SEED=${SEED})`, () => {
  test(
    'the cable is off for some seconds under load: the session goes on, and no content is sent twice',
    () =>
      withHosts(async (hosts) => {
        const { place, net } = hosts;
        await hosts.server();
        const client = hosts.client();
        await client.until(/^in sync$/m);
        expect(difference(place.source, place.target)).toEqual([]);
        const source = new RestlessSource(place.source, seededRandom(SEED), PAUSE_MS);
        const allowedBytes = await cutHalfway(hosts, () => net.setLink('down'));
        await source.during(() => pass(OUTAGE_MS));
        expect(stagedBytes(place.target)).toBeLessThan(LARGE);
        net.setLink('up');
        await hosts.expectIdentical();
        expect(client.output()).not.toContain('The connection was lost');
        expect(await contentBytesOf(place, PORT)).toBeLessThanOrEqual(allowedBytes());
      }),
    90_000,
  );

  test(
    'nothing is heard any more: both ends notice, the client comes back by itself and continues',
    () =>
      withHosts(async (hosts) => {
        const { place, net } = hosts;
        const server = await hosts.server();
        const client = hosts.client();
        await client.until(/^in sync$/m);
        const source = new RestlessSource(place.source, seededRandom(SEED), PAUSE_MS);
        const allowedBytes = await cutHalfway(hosts, () => net.setBlackHole(true));
        await source.during(async () => {
          const clientNotices = untilNew(client, /The connection was lost \(the server is silent\)/);
          const serverNotices = untilNew(server, / disconnected$/m);
          await Promise.all([clientNotices, serverNotices]);
        });
        expect(stagedBytes(place.target)).toBeLessThan(LARGE);
        const again = untilNew(client, /^Connected again: catching up from where it stopped$/m);
        net.setBlackHole(false);
        await again;
        await hosts.expectIdentical();
        expect(await contentBytesOf(place, PORT)).toBeLessThanOrEqual(allowedBytes());
      }),
    120_000,
  );

  test(
    'the server restarts behind a dead cable, so that nobody hears of it: the client comes back by itself',
    () =>
      withHosts(async (hosts) => {
        const { place, net } = hosts;
        const server = await hosts.server();
        const client = hosts.client();
        await client.until(/^in sync$/m);
        net.setLink('down');
        await killHard(server);
        writeFileSync(join(place.source, 'meanwhile'), 'content');
        await hosts.server();
        const again = untilNew(client, /^Connected again: /m);
        net.setLink('up');
        await again;
        await hosts.expectIdentical();
      }),
    90_000,
  );
});
