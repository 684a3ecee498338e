/** Many mirrors at one server: when each of them is told of a new file. Of a hundred, ten have stopped. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { percentile } from '../measure/statistics.ts';
import type { Member } from '../process/member.ts';
import { keyFile, startServer, untilScanned } from '../tool/lanmirror.ts';
import { START_MS } from '../tool/tool.ts';
import type { Bench, OpenStage, Work } from './bench.ts';
import type { Measured } from './finding.ts';

/** Above so many, a tenth of them is stopped. */
const WITH_STOPPED = 100;
const SEEN = /^seen (\S+) ([\d.]+)$/gm;
/** Something for the queues of those that have stopped. */
const BULK_FILES = 2000;

export const CLIENTS: Work = {
  name: 'clients',
  about: 'many mirrors at one server (sessions of one process), a file is created; of 100, 10 are stopped',
  run: async (bench) => {
    const counts = bench.scale.clients.map((count) => ({ name: 'lanmirror', count }));
    return bench.inRounds(counts, ({ count }) => withClients(bench, count), 1);
  },
};

async function withClients(bench: Bench, count: number): Promise<Measured> {
  const stage = bench.stage('', { footing: 'default' });
  mkdirSync(stage.source);
  try {
    const { member, port } = await startServer(stage);
    await untilScanned(member);
    const stopped = count >= WITH_STOPPED ? count / 10 : 0;
    const alive = await startFollowers(stage, port, count - stopped);
    if (stopped > 0) {
      (await startFollowers(stage, port, stopped)).process.kill('SIGSTOP');
      fillQueues(stage.source);
    }
    // What was done to get ready is behind us when this has come.
    await delaysOf(stage, alive, 'event-first');
    const busyBefore = stage.crew.cpuMs('server');
    const delays: number[] = [];
    for (let event = 0; event < bench.scale.creates; event += 1)
      delays.push(...(await delaysOf(stage, alive, `event-${event}`)));
    const label = `${count} ${count === 1 ? 'client' : 'clients'}`;
    return {
      [`event p50, ${label}`]: percentile(delays, 50),
      [`event p99, ${label}`]: percentile(delays, 99),
      // Processor time, which other programs of the machine hardly change.
      [`server busy for an event, ${label}`]: (stage.crew.cpuMs('server') - busyBefore) / bench.scale.creates,
      [`server memory, ${label}`]: stage.crew.peaks().server.peakBytes,
    };
  } finally {
    await stage.close();
  }
}

async function startFollowers(stage: OpenStage, port: number, count: number): Promise<Member> {
  const program = fileURLToPath(new URL('./follower.mjs', import.meta.url));
  const place = [stage.line.server.address, String(port), keyFile(stage), String(count)];
  const member = stage.crew.start('client', [process.execPath, program, ...place]);
  await member.until(/^ready$/m, START_MS);
  return member;
}

function fillQueues(source: string): void {
  const dir = join(source, 'bulk');
  mkdirSync(dir);
  for (let number = 0; number < BULK_FILES; number += 1) writeFileSync(join(dir, String(number)), '');
  rmSync(dir, { recursive: true });
}

/** Creates a file; for each of the clients the milliseconds until it was told. */
async function delaysOf(stage: OpenStage, alive: Member, name: string): Promise<number[]> {
  const from = alive.printed;
  const start = Number(process.hrtime.bigint()) / 1e6;
  writeFileSync(join(stage.source, name), name);
  await alive.until(new RegExp(`^all ${name}$`, 'm'), START_MS, from);
  const lines = alive.output.slice(from).matchAll(SEEN);
  return [...lines].filter(([, seen]) => seen === name).map(([, , time]) => Number(time) - start);
}
