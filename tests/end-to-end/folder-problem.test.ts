/** A problem of a folder is over when the folder is repaired or gone, with the real programs. */
import { chmodSync, chownSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
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

describe.skipIf(!isRoot)(
  'a folder of the mirror that belongs to somebody else (skipped without root)',
  () => {
    const take = (name: string): void => {
      chownSync(join(place.target, name), 0, 0);
      chmodSync(join(place.target, name), 0o700);
    };
    const giveBack = (name: string): void => {
      chownSync(join(place.target, name), NOBODY, NOBODY);
      chmodSync(join(place.target, name), 0o755);
    };

    test('is no problem any more when it is given back, or gone', async () => {
      const { source, target } = place;
      const live = client('start');
      await live.until(/^in sync$/m);
      for (const [name, end] of [
        ['d', () => giveBack('d')],
        ['e', () => rmSync(join(target, 'e'), { recursive: true })],
      ] as const) {
        take(name);
        const [blind, said] = await ask('sync');
        expect([blind, said]).toEqual([1, expect.stringContaining('in sync, but for 1 path that failed: ')]);
        end();
        if (name === 'e') rmSync(join(source, name), { recursive: true });
        expect(await ask('sync')).toEqual([0, expect.stringContaining('in sync\n')]);
        expect((await ask('status'))[1]).toContain('Problems: none\n');
      }
    });

    test('and what failed in it is tried again at once for somebody who waits', async () => {
      const { source } = place;
      const live = client('start');
      await live.until(/^in sync$/m);
      take('d');
      writeFileSync(join(source, 'd', 'new'), 'new');
      await live.until(/Failed: d\/new: /);
      giveBack('d');
      expect(await ask('wait')).toEqual([0, 'in sync\n']);
    });

    test('and what waits for a folder that cannot be made in it is named by its whole path', async () => {
      const { source } = place;
      const live = client('start');
      await live.until(/^in sync$/m);
      take('d');
      mkdirSync(join(source, 'd', 'sub'));
      writeFileSync(join(source, 'd', 'sub', 'new'), 'new');
      await live.until(/Failed: d\/sub: /);
      const [code, said] = await ask('wait');
      expect([code, said]).toEqual([1, expect.stringMatching(/failed: d\/sub, d\/sub\/new/)]);
    });
  },
);

describe.skipIf(!isRoot)('a client that is not root (skipped without root)', () => {
  test('mirrors what is in a folder of a mode that lets not even its owner in', async () => {
    const { source, target } = place;
    chmodSync(join(source, 'd'), 0o000);
    chmodSync(join(source, 'e'), 0o600);
    expect(await ask('sync')).toEqual([0, expect.stringContaining('in sync\n')]);
    writeFileSync(join(source, 'd', 'file'), 'new');
    rmSync(join(source, 'e', 'file'));
    expect(await ask('sync')).toEqual([0, expect.stringContaining('in sync\n')]);
    expect(readFileSync(join(target, 'd', 'file'), 'utf8')).toBe('new');
    expect(['d', 'e'].map((name) => statSync(join(target, name)).mode & 0o777)).toEqual([0o000, 0o600]);
  });

  test('names a mode of the top of the source that would shut it out, and goes on', async () => {
    const { source, target } = place;
    chmodSync(source, 0o000);
    const [code, said] = await ask('sync');
    expect([code, said]).toEqual([1, expect.stringContaining('its mode 000 at the source would shut')]);
    expect(said).toMatch(/^in sync, but for 1 path that failed: \.$/m);
    expect(readFileSync(join(target, 'd', 'file'), 'utf8')).toBe('d');
    chmodSync(source, 0o555);
    expect(await ask('sync')).toEqual([0, expect.stringContaining('in sync\n')]);
    expect(statSync(target).mode & 0o777).toBe(0o555);
  });
});
