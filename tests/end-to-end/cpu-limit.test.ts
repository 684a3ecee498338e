/** How much of the processor the programs take. Bounds are loose: of a machine that is slow both sides are. */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { askServerHere, type Doing, doHere } from './do-here.ts';
import { makePlace, type Place, type Program, untilEqual } from './programs.ts';

const MIB = 1 << 20;
const PERCENT = 10;

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.dispose());

async function pidOf(program: Program | Doing): Promise<number> {
  expect(await program.ended()).toBe(0);
  return (JSON.parse(program.output()) as { pid: number }).pid;
}

/** Processor time of all threads of a process, ms. */
function usedMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Programs with an INI of their own, which are live. */
async function started(of: { server: number; client: number }) {
  const { port } = await place.server('--cpu-limit', String(of.server));
  const path = join(place.dir, 'client.ini');
  const set = (percent: number): void =>
    writeFileSync(
      path,
      [
        ...['[Client]', 'ServerIP = 127.0.0.1', `ServerPort = ${port}`, `TargetDir = ${place.target}`],
        ...[`StateDir = ${join(place.dir, 'client-state')}`, 'KeyFile = server-state/key'],
        `CpuLimit = ${percent}\n`,
      ].join('\n'),
    );
  set(of.client);
  const client = place.run('client', ['start', '--config', path]);
  await client.until(/^in sync$/m);
  const pids = {
    server: await pidOf(
      askServerHere(place.dir, [
        'status',
        '--json',
        '--state-dir',
        join(place.dir, 'server-state'),
        '--monitor-dir',
        place.source,
        '--config',
        '/dev/null',
      ]),
    ),
    client: await pidOf(doHere(place.dir, ['status', '--json', '--config', path])),
  };
  return { client, set, pids };
}

test.skipIf(process.platform !== 'linux').each(['server', 'client'] as const)(
  'a %s that is held to a tenth of a core copies with no more than about that',
  async (who) => {
    const { pids } = await started({ server: 0, client: 0, [who]: PERCENT });
    const [beganMs, before] = [performance.now(), usedMs(pids[who])];
    writeFileSync(join(place.source, 'film'), randomBytes(64 * MIB));
    await untilEqual(place.source, place.target, 120_000);
    const [tookMs, used] = [performance.now() - beganMs, usedMs(pids[who]) - before];
    console.info(`${who}: ${used} ms of processor time in ${Math.round(tookMs)} ms`);
    // Half a second is for what is not held: the events, the last check of the file, a tick of the counter.
    expect(used).toBeLessThan((tookMs * PERCENT * 2) / 100 + 500);
  },
  150_000,
);

test('a change and a deletion overtake a copy that rests, and the limit is changed while it runs', async () => {
  writeFileSync(join(place.source, 'old'), 'old');
  const { client, set } = await started({ server: 0, client: 1 });
  writeFileSync(join(place.source, 'film'), randomBytes(128 * MIB));
  await client.until(/Copying film/);
  writeFileSync(join(place.source, 'note'), 'short');
  await client.until(/Created: note/);
  expect(existsSync(join(place.target, 'film'))).toBe(false);
  set(0);
  await client.until(/In effect: CpuLimit = 0 \(was 1\)/);
  await untilEqual(place.source, place.target);
});
