/** Two hosts: network namespaces joined by a virtual cable, with the real programs. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makePlace, type Place, untilEqual } from './programs.ts';

const SERVER_NS = `lm-s-${process.pid}`;
const CLIENT_NS = `lm-c-${process.pid}`;
const ADDRESS = '10.99.0.1';

function ip(...args: string[]): number | null {
  return spawnSync('ip', args, { stdio: 'ignore' }).status;
}

function canMakeHosts(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  const isMade = ip('netns', 'add', `lm-t-${process.pid}`) === 0;
  if (isMade) ip('netns', 'del', `lm-t-${process.pid}`);
  return isMade;
}

function makeHosts(): void {
  for (const name of [SERVER_NS, CLIENT_NS]) expect(ip('netns', 'add', name)).toBe(0);
  const cable = ['link', 'add', 'lm0', 'netns', SERVER_NS, 'type', 'veth', 'peer', 'name', 'lm0'];
  expect(ip(...cable, 'netns', CLIENT_NS)).toBe(0);
  for (const [name, address] of [
    [SERVER_NS, ADDRESS],
    [CLIENT_NS, '10.99.0.2'],
  ] as const) {
    ip('-n', name, 'addr', 'add', `${address}/24`, 'dev', 'lm0');
    ip('-n', name, 'link', 'set', 'lo', 'up');
    expect(ip('-n', name, 'link', 'set', 'lm0', 'up')).toBe(0);
  }
}

const plug = (isIn: boolean, host = SERVER_NS): void => {
  ip('-n', host, 'link', 'set', 'lm0', isIn ? 'up' : 'down');
};

const HAS_HOSTS = canMakeHosts();
if (!HAS_HOSTS) console.log('two-hosts: skipped, network namespaces need root and the command ip');

describe.runIf(HAS_HOSTS)('on two hosts', () => {
  let place: Place;
  beforeEach(() => {
    place = makePlace();
    makeHosts();
  });
  afterEach(async () => {
    await place.dispose();
    for (const name of [SERVER_NS, CLIENT_NS]) ip('netns', 'del', name);
  });

  const serve = async (): Promise<void> => {
    const server = place.run(
      'server',
      [
        ...['--config', '/dev/null', '--monitor-dir', place.source, '--bind-ip', ADDRESS, '--port', '8080'],
        ...['--state-dir', join(place.dir, 'server-state')],
      ],
      { wrap: ['ip', 'netns', 'exec', SERVER_NS] },
    );
    await server.until(/Listening on /);
  };
  const mirror = () =>
    place.run(
      'client',
      [
        ...['start', '--config', '/dev/null', '--server-ip', ADDRESS, '--server-port', '8080'],
        ...['--target-dir', place.target, '--state-dir', join(place.dir, 'client-state')],
        ...['--key-file', join(place.dir, 'server-state', 'key')],
      ],
      { wrap: ['ip', 'netns', 'exec', CLIENT_NS] },
    );

  test('a cable that is pulled in the middle of the first copy, and again under changes, costs nothing but time', async () => {
    mkdirSync(join(place.source, 'many'));
    for (let at = 0; at < 1500; at += 1) writeFileSync(join(place.source, 'many', `f${at}`), `content ${at}`);
    writeFileSync(join(place.source, 'large'), Buffer.alloc(60 << 20, 'large'));
    await serve();
    const client = mirror();
    await client.until(/\(\d+\.\d%\)/);
    plug(false);
    cpSync(join(place.source, 'many'), join(place.source, 'more'), { recursive: true });
    plug(true);
    await client.until(/^in sync$/m);
    await untilEqual(place.source, place.target);

    // The other end of the cable: no packet is refused, none comes through.
    plug(false, CLIENT_NS);
    renameSync(join(place.source, 'many'), join(place.source, 'renamed'));
    writeFileSync(join(place.source, 'new'), 'content');
    await client.until(/The connection was lost \(the server is silent\)/);
    plug(true, CLIENT_NS);
    await untilEqual(place.source, place.target);
    expect(client.output()).not.toMatch(/HELD|INTERNAL/);
  }, 120_000);
});
