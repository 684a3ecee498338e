/** What went to the trash: listed, copied out, put back as it was, deleted by age; with the real programs. */
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { done, stopGently, withPlace } from './disturbed-run.ts';
import { doHere } from './do-here.ts';
import { canMount } from './mount-space.ts';
import type { Place } from './programs.ts';
import { settle } from './settle.ts';

if (!canMount)
  console.info('skipped: a nearly full disk, because a private mount namespace cannot be made here');

const asker =
  (place: Place, port: number) =>
  (...words: string[]) => {
    const [verb = '', ...rest] = words;
    return done(place.once(port, verb, ...rest));
  };

test.concurrent('a mistake of ten minutes is undone from the trash of a mirror, which stays a mirror', () =>
  withPlace(async (place) => {
    const { dir, source, target } = place;
    mkdirSync(join(source, 'films', 'old'), { recursive: true });
    const was = new Map([
      ['films/old/a.txt', 'a as it was'],
      ['films/b.txt', 'b as it was'],
      ['notes.txt', 'notes as they were'],
    ]);
    for (const [path, text] of was) writeFileSync(join(source, path), text);
    const { port } = await place.server();
    const client = place.client(port, 'start');
    await client.until(/^in sync$/m);
    const ask = asker(place, port);
    rmSync(join(source, 'films'), { recursive: true });
    writeFileSync(join(source, 'notes.txt'), 'a slip of the keyboard, and much longer');
    await settle(place);
    const list = await ask('trash', 'list', '--json');
    const items = list.output
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as { path: string; reason: string });
    expect(items.map(({ path, reason }) => `${path} ${reason}`).sort()).toEqual([
      'films/b.txt deleted',
      'films/old/a.txt deleted',
      'notes.txt replaced',
    ]);
    const inside = await ask('undo', '--since', '10m', '--to', join(target, 'back'));
    expect(inside.code).toBe(2);
    expect(inside.output).toContain('is inside the mirror');
    const back = join(dir, 'back');
    const undone = await ask('undo', '--since', '10m', '--to', back);
    expect(undone.output).toMatch(/^3 files to /m);
    expect(undone.code).toBe(0);
    for (const words of [
      ['undo', 'no/such/path', '--since', '10m'],
      ['trash', 'restore', 'no/such/path'],
    ]) {
      const nothing = await ask(...words, '--to', back);
      expect([nothing.code, nothing.output]).toEqual([1, expect.stringMatching(/^Nothing was restored: /)]);
    }
    for (const [path, text] of was) expect(readFileSync(join(back, path), 'utf8')).toBe(text);
    // Copied to the server, it is on the mirror again.
    renameSync(join(back, 'films'), join(source, 'films'));
    await settle(place);
    expect(readFileSync(join(target, 'films', 'old', 'a.txt'), 'utf8')).toBe('a as it was');
    expect((await ask('undo', '--since', 'yesterday')).code).toBe(2);
    expect(await stopGently(client)).toBe(0);
  }));

test.concurrent('what is pruned is gone for good, after a yes, and never while deletions wait', () =>
  withPlace(async (place) => {
    const { source, target } = place;
    const trash = join(target, '.lanmirror', 'trash');
    for (let at = 0; at < 300; at += 1) writeFileSync(join(source, `f${at}`), `${at}`);
    // Adopted files count as old at once: a mass deletion of them is held.
    cpSync(source, target, { recursive: true, preserveTimestamps: true });
    const { port } = await place.server();
    const ask = asker(place, port);
    expect((await ask('sync', '--adopt')).code).toBe(0);
    rmSync(join(source, 'f0'));
    rmSync(join(source, 'f1'));
    expect((await ask('sync')).code).toBe(0);
    const young = await ask('trash', 'prune');
    expect([young.code, young.output]).toEqual([
      0,
      expect.stringMatching(
        /^2 files, 2 B, are in the trash, none older than 30 days \(TrashDays\): ".* --older-than 0s"/m,
      ),
    ]);
    expect((await ask('trash', 'list', '--limit', '1')).output).toMatch(
      /^\S+ \S+ +deleted .* f[01]\n2 files, 2 B\nThese are the newest 1; --limit shows more\.$/m,
    );
    const asked = await ask('trash', 'prune', 'f0');
    expect(asked.code).toBe(3);
    expect(asked.output).toContain('nobody agreed');
    expect((await ask('trash', 'prune', 'f0', '--yes')).output).toMatch(/^Deleted for good: 1 file, 1 B\.$/m);
    expect((await ask('trash', 'list')).output).toMatch(/ f1\n1 file, 1 B\n/);
    mkdirSync(join(trash, '2020-01-01'));
    writeFileSync(join(trash, '2020-01-01', 'ancient'), 'x');
    for (let at = 2; at < 250; at += 1) renameSync(join(source, `f${at}`), join(place.dir, `f${at}`));
    // It deletes nothing, and ends when the server has taken in all of them: one by one the first would just go.
    expect((await ask('sync', '--dry-run')).code).toBe(3);
    expect((await ask('sync')).code).toBe(3);
    const held = await ask('trash', 'prune', 'f1', '--yes');
    expect(held.code).toBe(3);
    expect(held.output).toContain('the trash keeps everything');
    expect(existsSync(join(trash, '2020-01-01'))).toBe(true);
    // Another state knows nothing of the hold, and is no reason to believe that there is none.
    const stranger = await done(
      doHere(place.dir, [
        ...['trash', 'prune', 'f1', '--yes', '--config', '/dev/null', '--target-dir', target],
        ...['--state-dir', join(place.dir, 'other-state')],
      ]),
    );
    expect([stranger.code, stranger.output]).toEqual([
      3,
      expect.stringContaining('is not what a client remembers'),
    ]);
    for (let at = 2; at < 250; at += 1) renameSync(join(place.dir, `f${at}`), join(source, `f${at}`));
    expect((await ask('sync')).code).toBe(0);
    expect(existsSync(join(trash, '2020-01-01'))).toBe(false);
    expect((await ask('trash', 'list')).output).toMatch(/ f1\n1 file, 1 B\n/);
  }));

test.concurrent('a TrashDir may hold what it likes: only the own folder in it is ever emptied', () =>
  withPlace(async (place) => {
    const { dir, source, target } = place;
    const photos = join(dir, 'photos');
    mkdirSync(join(photos, '2020-05-01'), { recursive: true });
    writeFileSync(join(photos, '2020-05-01', 'picture'), 'precious');
    writeFileSync(join(source, 'f'), 'content');
    const { port } = await place.server();
    const ask = asker(place, port);
    expect((await ask('sync', '--trash-dir', photos)).code).toBe(0);
    rmSync(join(source, 'f'));
    expect((await ask('sync', '--trash-dir', photos)).code).toBe(0);
    expect((await ask('trash', 'list', '--trash-dir', photos)).output).toMatch(/ f\n1 file, 7 B\n/);
    const pruned = await ask('trash', 'prune', '--older-than', '0s', '--yes', '--trash-dir', photos);
    expect(pruned.output).toMatch(/^Deleted for good: 1 file, 7 B\.$/m);
    expect(readFileSync(join(photos, '2020-05-01', 'picture'), 'utf8')).toBe('precious');
    expect(existsSync(join(target, 'f'))).toBe(false);
  }));

test.runIf(canMount)(
  'on a nearly full disk the oldest of the trash makes room, and an edit made here stays',
  () =>
    withPlace(async (place) => {
      const { source, target } = place;
      writeFileSync(join(source, 'f'), 'content');
      mkdirSync(target);
      const { port } = await place.server();
      const line = (day: string, why: string): string =>
        JSON.stringify({ at: `${day}/old`, path: 'old', ms: Date.parse(day), why });
      // A disk of 32 MiB, of which three files in the trash take 8 MiB each, and an edit 1 MiB.
      const script = [
        'target=$1; shift; mount -t tmpfs -o size=32m tmpfs "$target"; "$@"; cd "$target/.lanmirror"',
        'mkdir -p trash/journal trash/2020-01-01 trash/2020-01-02 trash/2020-01-03 trash/2020-01-04; cd trash',
        'head -c 1M /dev/zero > 2020-01-01/old',
        'for day in 2 3 4; do head -c 8M /dev/zero > 2020-01-0$day/old; done',
        ...['edited', 'deleted', 'replaced', 'deleted'].map(
          (why, at) => `echo '${line(`2020-01-0${at + 1}`, why)}' > journal/2020-01-0${at + 1}.jsonl`,
        ),
        '"$@"; ls */old',
      ].join('\n');
      const client = place.run(
        'client',
        [
          ...['sync', '--config', '/dev/null', '--server-port', String(port), '--target-dir', target],
          ...['--state-dir', join(place.dir, 'client-state'), '--trash-days', '0', '--trash-min-free', '14M'],
          ...['--key-file', join(place.dir, 'server-state', 'key')],
        ],
        { wrap: ['unshare', '-m', 'sh', '-c', script, 'sh', target] },
      );
      expect(await client.ended()).toBe(0);
      expect(client.output()).toMatch(/^Only 7\.0 MB were free .*: 1 file, 8\.0 MB, put there from 20/m);
      expect(client.output()).toMatch(/\n2020-01-01\/old\n2020-01-03\/old\n2020-01-04\/old\n$/);
    }),
);
