/** A problem of a folder is over when the folder is repaired or gone, with the real programs. */
import { chmodSync, chownSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makePlace, type Place, type Program } from './programs.ts';

const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;
/** Root may read everything, so the client runs as somebody else then. */
const wrap = isRoot ? ['setpriv', '--reuid', String(NOBODY), '--clear-groups'] : [];

let place: Place;
let client: (verb: string) => Program;
beforeEach(async () => {
  place = makePlace();
  const { dir, source, target } = place;
  for (const name of ['d', 'e']) {
    mkdirSync(join(source, name));
    writeFileSync(join(source, name, 'file'), name);
  }
  const { port } = await place.server();
  const key = join(dir, 'key');
  writeFileSync(key, readFileSync(join(dir, 'server-state', 'key')));
  if (isRoot) for (const path of [dir, key]) chownSync(path, NOBODY, NOBODY);
  client = (verb) =>
    place.run(
      'client',
      [
        ...[verb, '--config', '/dev/null', '--server-port', String(port), '--target-dir', target],
        ...['--state-dir', join(dir, 'client-state'), '--key-file', key, '--timeout', '20'],
      ],
      { wrap },
    );
});
afterEach(() => place.dispose());

async function ask(verb: string): Promise<[number | null, string]> {
  const program = client(verb);
  return [await program.ended(), program.output()];
}

describe('a folder of the mirror that cannot be looked at', () => {
  test('is no problem any more when the source makes it readable, or removes it', async () => {
    const { source } = place;
    const live = client('start');
    await live.until(/^in sync$/m);
    for (const end of ['repaired', 'removed'] as const) {
      const folder = join(source, end === 'repaired' ? 'd' : 'e');
      chmodSync(folder, 0o000);
      expect((await ask('wait'))[0]).toBe(0);
      const [blind, said] = await ask('sync');
      expect([blind, said]).toEqual([1, expect.stringContaining('in sync, but for 1 path that failed: ')]);
      if (end === 'repaired') chmodSync(folder, 0o755);
      else rmSync(folder, { recursive: true });
      expect(await ask('wait')).toEqual([0, 'in sync\n']);
      expect((await ask('status'))[1]).toContain('Problems: none\n');
    }
  });

  test('and what failed in it is tried again at once for somebody who waits', async () => {
    const { source, target } = place;
    const live = client('start');
    await live.until(/^in sync$/m);
    chmodSync(join(target, 'd'), 0o000);
    writeFileSync(join(source, 'd', 'new'), 'new');
    await live.until(/Failed: d\/new: /);
    chmodSync(join(target, 'd'), 0o755);
    expect(await ask('wait')).toEqual([0, 'in sync\n']);
  });
});
