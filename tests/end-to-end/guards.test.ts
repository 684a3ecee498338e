/** What goes wrong around a mirror: it stops in time, says why, goes on by itself, and nothing is lost. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { canMount } from './mount-space.ts';
import { contentOf, difference, makePlace, type Place, trashOf, untilEqual } from './programs.ts';

const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;
if (!isRoot) console.info('skipped: what another user may not read, because only root can become one');
if (!canMount) console.info('skipped: a full disk, because a private mount namespace cannot be made here');

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(async () => {
  await place.dispose();
});

const fill = (dir: string, count: number): void => {
  for (let at = 0; at < count; at += 1) writeFileSync(join(dir, `f${at}`), `${at}`);
};
const filesIn = (dir: string): number => readdirSync(dir).filter((name) => /^f\d+$/.test(name)).length;

describe('the source', () => {
  test('moved away, replaced by a file, and back: nothing is deleted, nothing is called in sync, all goes on', async () => {
    const { dir, source, target } = place;
    fill(source, 5);
    const { port, program } = await place.server();
    const client = place.client(port, 'start');
    await client.until(/^in sync$/m);
    renameSync(source, join(dir, 'aside'));
    await client.until(/The server waits: Nothing is deleted on any mirror: the folder does not exist/);
    writeFileSync(source, 'not a folder');
    await program.until(/Nothing is deleted on any mirror: .*not a folder/);
    expect(filesIn(target)).toBe(5);
    client.process.kill('SIGTERM');
    expect(await client.ended()).toBe(0);
    const synced = place.once(port, 'sync');
    expect(await synced.ended()).toBe(3);
    expect(synced.output()).toContain('The server waits: ');
    expect(synced.output()).toMatch(/\nThe pass ends here: the next one makes up for it\.\n/);
    expect(synced.output()).not.toMatch(/^in sync/m);
    expect([filesIn(target), trashOf(target)]).toEqual([5, []]);
    const again = place.client(port, 'start');
    await again.until(/The server waits: /);
    rmSync(source);
    renameSync(join(dir, 'aside'), source);
    writeFileSync(join(source, 'new'), 'content');
    await again.until(/The server goes on\./);
    await untilEqual(source, target);
    expect(trashOf(target)).toEqual([]);
  });

  test.runIf(canMount)(
    'with the state on a full disk: a start says what to do, and waits for room',
    async () => {
      const { dir, source } = place;
      const state = join(dir, 'state');
      mkdirSync(state);
      const flags = ['--config', '/dev/null', '--monitor-dir', source, '--state-dir', state, '--port', '0'];
      for (const size of ['4k', '16k', '64k', '512k']) {
        const wrap = [
          'unshare',
          '-m',
          'sh',
          '-c',
          `mount -t tmpfs -o size=${size} tmpfs "$1"; shift; exec "$@"`,
          'sh',
          state,
        ];
        const server = place.run('server', flags, { wrap });
        await server.until(/The disk of the state folder .* is full \(\d+ KiB free\)\..* free 1 MiB or more/);
        server.process.kill('SIGTERM');
        await server.ended();
      }
    },
  );

  test('emptied at once: held, listed, undone by itself; what it says about going on works', async () => {
    const { dir, source, target } = place;
    fill(source, 150);
    cpSync(source, target, { recursive: true, preserveTimestamps: true });
    cpSync(source, join(dir, 'copy'), { recursive: true, preserveTimestamps: true });
    const { port } = await place.server();
    expect(await place.once(port, 'sync', '--adopt').ended()).toBe(0);
    const client = place.client(port, 'start');
    await client.until(/^in sync$/m);
    for (const name of readdirSync(source)) rmSync(join(source, name));
    await client.until(/HELD: 150 of 15\d entries are gone at the source\./);
    const [, listed = ''] = await client.until(
      /everything else goes on\.\n((?: {2}.*\n)+)If the source is wrong/,
    );
    expect(listed.trimEnd().split('\n')).toHaveLength(11);
    expect(listed).toMatch(/^ {2}f\d+\n[\s\S]* {2}\.\.\. and \d+ more\n$/);
    // The first few may have gone before it was known to be a mass: to the trash.
    const here = filesIn(target);
    expect(here).toBeGreaterThan(50);
    expect(here + trashOf(target).length).toBe(150);
    writeFileSync(join(source, 'new'), 'content');
    await client.until(/Created: new/);
    cpSync(join(dir, 'copy'), source, { recursive: true, preserveTimestamps: true });
    await untilEqual(source, target);
    client.process.kill('SIGTERM');
    await client.ended();
    const trashed = trashOf(target).length;

    for (let at = 0; at < 150; at += 1) rmSync(join(source, `f${at}`));
    const held = place.once(port, 'sync');
    expect(await held.ended()).toBe(3);
    const output = held.output();
    expect(output.indexOf('Results: ')).toBeGreaterThan(0);
    expect(output.indexOf('HELD: ')).toBeGreaterThan(output.indexOf('Results: '));
    expect(filesIn(target)).toBe(150);
    expect(output).toContain('lanmirror-client accept');
    expect(await place.once(port, 'accept').ended()).toBe(3);
    expect(filesIn(target)).toBe(150);
    expect(await place.once(port, 'accept', '--yes').ended()).toBe(0);
    expect(await place.once(port, 'sync').ended()).toBe(0);
    expect(difference(source, target)).toEqual([]);
    expect(trashOf(target)).toHaveLength(trashed + 150);
    expect(await place.once(port, 'sync').ended()).toBe(0);
  });

  test('emptied, and most of it is back: what is still gone waits on, and status says how much that is', async () => {
    const { dir, source, target } = place;
    fill(source, 150);
    cpSync(source, target, { recursive: true, preserveTimestamps: true });
    cpSync(source, join(dir, 'copy'), { recursive: true, preserveTimestamps: true });
    const { port } = await place.server();
    expect(await place.once(port, 'sync', '--adopt').ended()).toBe(0);
    for (const name of readdirSync(source)) rmSync(join(source, name));
    expect(await place.once(port, 'sync').ended()).toBe(3);
    for (const name of readdirSync(join(dir, 'copy')))
      if (name !== 'f7') cpSync(join(dir, 'copy', name), join(source, name), { preserveTimestamps: true });
    const client = place.client(port, 'start');
    await client.until(/HELD: 1 of 15\d entries is gone at the source/);
    const status = place.once(port, 'status');
    expect(await status.ended()).toBe(0);
    expect(status.output()).toMatch(
      /HELD: 1 deletions? waits? for you[\s\S]*\n {2}f7\nWhen this began 150 entries were gone, now 1 is\./,
    );
    expect(existsSync(join(target, 'f7'))).toBe(true);
    expect(await place.client(port, 'accept', '--yes').ended()).toBe(0);
    await untilEqual(source, target);
    expect(trashOf(target)).toHaveLength(1);
  });

  test('a folder renamed to the name of one that is held waits, status says so, and accept lets both go', async () => {
    const { dir, source, target } = place;
    for (const folder of ['album', 'draft']) mkdirSync(join(source, folder));
    fill(join(source, 'album'), 150);
    writeFileSync(join(source, 'draft', 'page'), 'text');
    cpSync(source, target, { recursive: true, preserveTimestamps: true });
    const { port } = await place.server();
    expect(await place.once(port, 'sync', '--adopt').ended()).toBe(0);
    const client = place.client(port, 'start');
    await client.until(/^in sync$/m);
    renameSync(join(source, 'album'), join(dir, 'aside'));
    renameSync(join(source, 'draft'), join(source, 'album'));
    await client.until(/HELD: 151 of 15\d entries are gone at the source\./);
    writeFileSync(join(source, 'album', 'later'), 'more text');
    expect(await place.once(port, 'wait').ended()).toBe(3);
    expect(filesIn(join(target, 'album'))).toBe(150);
    expect(readdirSync(join(target, 'draft')).sort()).toEqual(['later', 'page']);
    const status = place.once(port, 'status');
    expect(await status.ended()).toBe(0);
    expect(status.output()).toMatch(
      /At the source now, and waiting for the place of a folder that is kept here:\n {2}album\nIf they are meant to go/,
    );
    expect(await place.once(port, 'accept', '--yes').ended()).toBe(0);
    await untilEqual(source, target);
    expect(trashOf(target)).toHaveLength(150);
  });

  test.runIf(isRoot)(
    'what cannot be mirrored is named, the rest goes on, and nothing is deleted for it',
    async () => {
      const { dir, source, target } = place;
      mkdirSync(join(source, 'locked'));
      for (const name of ['fine', 'secret', 'locked/inner']) writeFileSync(join(source, name), name);
      chmodSync(dir, 0o711);
      const state = join(dir, 'server-state');
      mkdirSync(state);
      chownSync(state, NOBODY, NOBODY);
      const wrap = ['setpriv', '--reuid', String(NOBODY), '--clear-groups'];
      const server = place.run(
        'server',
        [
          ...['--config', '/dev/null', '--monitor-dir', source, '--bind-ip', '127.0.0.1', '--port', '0'],
          ...['--state-dir', state],
        ],
        { wrap },
      );
      const [, text] = await server.until(/Listening on 127\.0\.0\.1:(\d+)/);
      const port = Number(text);
      expect(await place.once(port, 'sync').ended()).toBe(0);

      execFileSync('mkfifo', [join(source, 'pipe')]);
      const socket = createServer().listen(join(source, 'socket'));
      await once(socket, 'listening');
      const nodes = place.once(port, 'sync');
      expect(await nodes.ended()).toBe(0);
      expect(nodes.output()).toContain('Not mirrored by the server: pipe (not-mirrored-kind)');
      expect(nodes.output()).toContain('Not mirrored by the server: socket (not-mirrored-kind)');
      socket.close();

      writeFileSync(Buffer.concat([Buffer.from(`${source}/caf`), Buffer.from([0xe9])]), 'not UTF-8');
      writeFileSync(join(source, 'new secret'), 'content', { mode: 0o600 });
      chmodSync(join(source, 'secret'), 0o600);
      chmodSync(join(source, 'locked'), 0o700);
      appendFileSync(join(source, 'fine'), ' and changed');
      const blind = place.once(port, 'sync');
      expect(await blind.ended()).toBe(1);
      expect(blind.output()).toContain('Not mirrored by the server: caf\\xe9 (name-not-utf8)');
      expect(blind.output()).toMatch(
        /Failed: new secret: it cannot be read at the source \(SOURCE_DENIED\).* Give the user of the server /,
      );
      expect(blind.output()).toMatch(/Not mirrored by the server: locked/);
      expect(readFileSync(join(target, 'fine'), 'utf8')).toBe('fine and changed');
      expect(readFileSync(join(target, 'secret'), 'utf8')).toBe('secret');
      expect(readFileSync(join(target, 'locked/inner'), 'utf8')).toBe('locked/inner');
      expect(existsSync(join(target, 'new secret'))).toBe(false);
    },
  );
});

describe('the target', () => {
  test('without its marker, or replaced by an empty folder: nothing is written until it is back', async () => {
    const { dir, source, target } = place;
    const marker = join(target, '.lanmirror', 'marker');
    fill(source, 3);
    const { port } = await place.server();
    const client = place.client(port, 'start');
    await client.until(/^in sync$/m);
    renameSync(marker, join(dir, 'marker'));
    await client.until(/HALTED: .*lost its marker.* lanmirror-client accept/);
    writeFileSync(join(source, 'while halted'), 'content');
    renameSync(join(dir, 'marker'), marker);
    await client.until(/The target is back; going on\./);
    await untilEqual(source, target);

    renameSync(target, join(dir, 'unmounted'));
    mkdirSync(target);
    await client.until(/HALTED[\s\S]*HALTED/);
    writeFileSync(join(source, 'f1'), 'changed meanwhile');
    client.process.kill('SIGTERM');
    expect(await client.ended()).toBe(0);
    const synced = place.once(port, 'sync');
    expect(await synced.ended()).toBe(3);
    expect(synced.output()).toContain('is not mounted or was wiped');
    expect(synced.output()).toContain('lanmirror-client accept');
    expect(contentOf(target)).toEqual([]);
    rmSync(target, { recursive: true });
    renameSync(join(dir, 'unmounted'), target);
    expect(await place.once(port, 'sync').ended()).toBe(0);
    expect(difference(source, target)).toEqual([]);
  });

  test.runIf(canMount)(
    'on a full disk: the file that does not fit is named, all others are there',
    async () => {
      const { source, target } = place;
      fill(source, 20);
      writeFileSync(join(source, 'large'), Buffer.alloc(5_000_000, 1));
      const { port } = await place.server();
      mkdirSync(target);
      const script = [
        'mount -t tmpfs -o size=2m tmpfs "$1" && shift',
        '"$@"; code=$?',
        `cd '${target}' && echo "there: $(ls f* | wc -l) of 20, large: $(ls large 2>/dev/null | wc -l)"`,
        'exit $code',
      ].join('; ');
      const client = place.run(
        'client',
        [
          ...['sync', '--config', '/dev/null', '--server-port', String(port), '--target-dir', target],
          ...['--state-dir', join(place.dir, 'client-state')],
          ...['--key-file', join(place.dir, 'server-state', 'key')],
        ],
        { wrap: ['unshare', '-m', 'sh', '-c', script, 'sh', target] },
      );
      expect([await client.ended(), client.output()]).toEqual([
        1,
        expect.stringMatching(/Failed: large: .*space/i),
      ]);
      expect(client.output()).toContain('there: 20 of 20, large: 0');
    },
  );

  test('one client at a time, also with a state folder of its own: 5', async () => {
    const { dir, source, target } = place;
    fill(source, 3);
    const { port } = await place.server();
    const client = place.client(port, 'start');
    await client.until(/^in sync$/m);
    for (const flags of [
      ['start'],
      ['sync', '--adopt'],
      ['start', '--state-dir', join(dir, 'other-state')],
    ]) {
      const second = place.client(port, flags[0] ?? '', ...flags.slice(1));
      expect(await second.ended()).toBe(5);
      expect(second.output()).toMatch(new RegExp(`already running \\(process ${client.process.pid} `));
    }
    client.process.kill('SIGKILL');
    await client.ended();
    expect(await place.once(port, 'sync').ended()).toBe(0);
    expect(existsSync(join(target, '.lanmirror', 'lock'))).toBe(false);
  });

  test('a home directory is refused with 2, and one with files in it with 3 until it is adopted', async () => {
    const { dir, source, target } = place;
    fill(source, 3);
    const { port } = await place.server();
    mkdirSync(target);
    writeFileSync(join(target, 'mine'), 'of a person');
    const before = contentOf(target);
    const flags = ['sync', '--config', '/dev/null', '--server-port', String(port), '--target-dir', target];
    const paths = ['--state-dir', join(dir, 'client-state'), '--key-file', join(dir, 'server-state', 'key')];
    const home = place.run('client', [...flags, ...paths, '--adopt'], { env: { HOME: target } });
    expect(await home.ended()).toBe(2);
    expect(home.output()).toContain('is a whole disk, a home directory or part of the system');
    const foreign = place.once(port, 'sync');
    expect(await foreign.ended()).toBe(3);
    expect(foreign.output()).toContain('is not empty and was never a mirror');
    const dry = place.once(port, 'sync', '--dry-run');
    expect(await dry.ended()).toBe(3);
    expect(dry.output()).toContain('Would move to trash: mine\n');
    expect(dry.output()).toContain('--adopt, or a yes on a terminal, is needed');
    expect(dry.output()).not.toContain('in sync');
    const agreed = place.once(port, 'sync', '--dry-run', '--adopt');
    expect(await agreed.ended()).toBe(0);
    expect(agreed.output()).not.toContain('is needed');
    expect(contentOf(target)).toEqual(before);
    expect(await place.once(port, 'sync', '--adopt').ended()).toBe(0);
    expect(trashOf(target)).toEqual(['of a person']);
  });

  test('a dry run ends with 3 and names what would be held, as the sync without it does', async () => {
    const { dir, source, target } = place;
    fill(source, 20);
    const { port } = await place.server();
    expect(await place.client(port, 'sync').ended()).toBe(0);
    // What a lost state finds on the target was there before it: that counts.
    rmSync(join(dir, 'client-state'), { recursive: true });
    expect(await place.once(port, 'sync').ended()).toBe(0);
    for (let at = 0; at < 15; at += 1) rmSync(join(source, `f${at}`));
    const dry = place.once(port, 'sync', '--dry-run', '--hold-min', '5');
    expect(await dry.ended()).toBe(3);
    expect(dry.output()).toContain('Would be held, not deleted: f0\n');
    expect(dry.output()).toContain('Would be HELD: 15 of 20 entries are gone at the source.\n');
    expect(await place.once(port, 'sync', '--hold-min', '5').ended()).toBe(3);
    expect(filesIn(target)).toBe(20);
    const few = place.once(port, 'sync', '--dry-run', '--hold-min', '50');
    // What is held already stays so until somebody agrees.
    expect(await few.ended()).toBe(3);
  });

  test('what was deleted or edited on it is told apart, and a dry run of what is equal has nothing to do', async () => {
    const { source, target } = place;
    fill(source, 3);
    const { port } = await place.server();
    expect(await place.once(port, 'sync').ended()).toBe(0);
    const idle = place.once(port, 'sync', '--dry-run');
    expect([await idle.ended(), idle.output()]).toEqual([0, expect.stringMatching(/\nNothing to do\.\n/)]);
    expect(idle.output()).not.toContain('in sync');
    rmSync(join(target, 'f0'));
    writeFileSync(join(target, 'f1'), 'edited');
    const dry = place.once(port, 'sync', '--dry-run');
    expect(await dry.ended()).toBe(0);
    expect(dry.output()).toContain('Missing on the mirror: f0\n');
    expect(dry.output()).toContain('Looks changed on the mirror: f1\n');
    expect(dry.output()).toContain('Would fetch: f0\n');
    expect(existsSync(join(target, 'f0'))).toBe(false);
    expect(await place.once(port, 'sync').ended()).toBe(0);
    rmSync(join(target, 'f0'));
    writeFileSync(join(target, 'f1'), 'edited again');
    const synced = place.once(port, 'sync');
    expect(await synced.ended()).toBe(0);
    expect(synced.output()).toContain('Missing on the mirror, fetched again: f0\n');
    expect(synced.output()).toContain(
      'Changed on the mirror, put right (what was there is in the trash): f1\n',
    );
    expect(difference(source, target)).toEqual([]);
    expect(trashOf(target).sort()).toEqual(['edited', 'edited again']);
    // Only touched: that is no edit, and nothing of it goes to the trash.
    const right = 'Looked changed on the mirror, and the content is right: ';
    utimesSync(join(target, 'f2'), 1, 1);
    expect(await place.once(port, 'sync').ended()).toBe(0);
    utimesSync(join(target, 'f2'), 2, 2);
    const touched = place.once(port, 'sync');
    expect([await touched.ended(), touched.output()]).toEqual([
      0,
      expect.stringContaining(`${right}1 file\n`),
    ]);
    const live = place.client(port, 'start');
    await live.until(/^in sync$/m);
    utimesSync(join(target, 'f2'), 3, 3);
    expect(await place.once(port, 'sync').ended()).toBe(0);
    await live.until(new RegExp(`^${right}f2$`, 'm'));
    expect(`${touched.output()}${live.output()}`).not.toContain('put right');
    expect(difference(source, target)).toEqual([]);
    expect(trashOf(target)).toHaveLength(2);
  });
});

test('a fault of the program is told as one, ends it with 1, and gives its locks back', async () => {
  const { dir, source, target } = place;
  fill(source, 3);
  const { port } = await place.server();
  const fault = 'process.on("SIGUSR2",()=>{Promise.reject(new TypeError("planted"))})';
  const client = place.run(
    'client',
    [
      ...['start', '--config', '/dev/null', '--server-port', String(port), '--target-dir', target],
      ...['--state-dir', join(dir, 'client-state'), '--key-file', join(dir, 'server-state', 'key')],
    ],
    { env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(fault)}` } },
  );
  await client.until(/^in sync$/m);
  client.process.kill('SIGUSR2');
  expect(await client.ended()).toBe(1);
  expect(client.output()).toMatch(/lanmirror-client: INTERNAL: .*\nTypeError: planted\n/);
  expect(client.output()).toContain(`What it remembers is in ${join(dir, 'client-state')}: `);
  expect(existsSync(join(dir, 'client-state', 'lock'))).toBe(false);
  expect(existsSync(join(target, '.lanmirror', 'lock'))).toBe(false);
  expect(await place.once(port, 'sync').ended()).toBe(0);
});
