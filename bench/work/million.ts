/** Very many entries: a pass that finds nothing to do, coming back after a cut, a restart, and the memory for it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Member } from '../process/member.ts';
import { Relay } from '../process/relay.ts';
import { startClient, startServer, untilScanned } from '../tool/lanmirror.ts';
import { PASS_MS, type Pass } from '../tool/tool.ts';
import { growTree } from '../tree/grow.ts';
import type { Bench, OpenStage, Work } from './bench.ts';
import type { Finding, Measured } from './finding.ts';
import { copied, passTools, timed } from './measure-pass.ts';

const MAX_ROUNDS = 3;
const CONNECTED = /^Connected again: /m;

interface Own {
  readonly name: string;
  readonly stage: OpenStage;
  readonly server: Member;
  readonly port: number;
  readonly pass: Pass;
}

export const MILLION: Work = {
  name: 'million',
  about: 'very many entries, nothing changed: a pass, coming back after a cut, a restart',
  isLong: true,
  run: async (bench) => {
    const source = bench.tree('million', (dir) => growTree(dir, bench.scale.million, 'million'));
    const own = await openOwn(bench, source);
    const peers = passTools(bench).filter(({ name }) => name === 'rsync');
    const ready = await bench.ready(peers, (tool) => copied(bench, tool, source));
    const rounds = Math.min(MAX_ROUNDS, bench.options.rounds);
    const findings: Finding[] = [
      ...(await bench.inRounds([own, ...ready], ({ stage, pass }) => timed(stage, pass), rounds)),
      ...(await bench.inRounds([own], (one) => comeBack(one), rounds)),
      ...(await bench.inRounds([own], restart, 1)),
    ];
    bench.drop('million');
    return findings;
  },
};

async function openOwn(bench: Bench, source: string): Promise<Own> {
  bench.options.say('million: lanmirror gets ready');
  const stage = bench.stage(source, { footing: 'default' });
  const { member, port } = await startServer(stage);
  await untilScanned(member);
  const pass = (): Promise<void> => startClient(stage, port, 'sync').finish(PASS_MS);
  await pass();
  return { name: 'lanmirror', stage, server: member, port, pass };
}

/** The link is cut, a file is created, the link is restored. */
async function comeBack({ stage, port }: Own): Promise<Measured> {
  const relay = new Relay(port);
  await relay.restore();
  const client = startClient(stage, relay.port, 'start');
  try {
    await client.until(/^in sync$/m, PASS_MS);
    const said = client.printed;
    await relay.cut();
    await client.until(/The connection was lost/, PASS_MS, said);
    const name = `while-away-${Math.round(performance.now())}`;
    writeFileSync(join(stage.source, name), '');
    const call = relay.nextCall();
    const start = performance.now();
    await relay.restore();
    const called = await call;
    await client.until(CONNECTED, PASS_MS, said);
    const connected = performance.now();
    await client.until(/^in sync$/m, PASS_MS, said);
    return {
      reconnect: connected - called,
      'reconnect, until one change is here and durable': performance.now() - called,
      'reconnect, with the pause before the client calls': performance.now() - start,
    };
  } finally {
    await client.stop();
    await relay.cut();
  }
}

/** The server starts again over its index; and what memory both sides had at most in all that was done here. */
async function restart({ stage, server }: Own): Promise<Measured> {
  const peaks = stage.crew.peaks();
  await server.stop();
  const start = performance.now();
  const { member } = await startServer(stage);
  const listens = performance.now() - start;
  await untilScanned(member);
  return {
    'restart until it listens': listens,
    'restart until scanned': performance.now() - start,
    'memory of the server': peaks.server.anonymousBytes,
    'memory of the client': peaks.client.anonymousBytes,
  };
}
