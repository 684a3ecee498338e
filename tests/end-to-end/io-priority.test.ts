/** Programs that stand back for others, with the real programs and the real system. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makePlace, type Place, type Program, untilEqual } from './programs.ts';

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.dispose());

const isIoniceThere = spawnSync('ionice', ['--version']).status === 0;

/** The threads of a program. */
function threadsOf({ process: { pid } }: Program): string[] {
  return readdirSync(`/proc/${pid}/task`).map((thread) => `/proc/${pid}/task/${thread}`);
}

function niceOf(thread: string): number {
  // Behind the name, which may hold anything, the niceness is the 17th word.
  const [, rest = ''] = /^.*\) (.*)$/s.exec(readFileSync(join(thread, 'stat'), 'utf8')) ?? [];
  return Number(rest.split(' ')[16]);
}

async function live(...flags: string[]): Promise<{ server: Program; client: Program }> {
  for (let at = 0; at < 200; at += 1) writeFileSync(join(place.source, `f${at}`), `${at}`);
  const { program: server, port } = await place.server(...flags);
  const client = place.client(port, 'start', ...flags);
  await client.until(/^in sync$/m);
  await untilEqual(place.source, place.target);
  return { server, client };
}

describe.skipIf(process.platform !== 'linux')('a program', () => {
  test('with IoPriority = low has no thread that does not stand back', async () => {
    const { server, client } = await live('--io-priority', 'low');
    for (const program of [server, client]) {
      const threads = threadsOf(program);
      expect(threads.length).toBeGreaterThan(5);
      for (const thread of threads) {
        expect(niceOf(thread)).toBeGreaterThanOrEqual(10);
        const id = thread.slice(thread.lastIndexOf('/') + 1);
        if (isIoniceThere) expect(execFileSync('ionice', ['-p', id], { encoding: 'utf8' })).toBe('idle\n');
      }
      if (!isIoniceThere)
        expect(program.output()).toContain('the program ionice, of util-linux, is not installed');
    }
  });

  test('where ionice is not to be had is told so, and works', async () => {
    const { program: server, port } = await place.server();
    const key = join(place.dir, 'server-state', 'key');
    const args = ['sync', '--config', '/dev/null', '--server-ip', '127.0.0.1', '--server-port', String(port)];
    const own = ['--target-dir', place.target, '--state-dir', join(place.dir, 'state'), '--key-file', key];
    const client = place.run('client', [...args, ...own, '--io-priority', 'low'], {
      env: { PATH: place.dir },
    });
    expect([await client.ended(), client.output()]).toEqual([
      0,
      expect.stringContaining('ionice, of util-linux, is not installed'),
    ]);
    for (const thread of threadsOf(server)) expect(niceOf(thread)).toBe(niceOf('/proc/self'));
  });
});
