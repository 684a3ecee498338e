/** What an owner fears: files that trickle away, a first play with a new mirror, folders of ours that are mixed up. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Doing } from './do-here.ts';
import { contentOf, difference, makePlace, type Place, trashOf, untilEqual } from './programs.ts';
import { settle } from './settle.ts';

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.dispose());

const fill = (dir: string, count: number): void => {
  for (let at = 0; at < count; at += 1) writeFileSync(join(dir, `f${at}`), `${at}`);
};
/** All but the folder of our own, where a running client has its lock. */
const mirrored = (dir: string): string[] => contentOf(dir).filter((line) => !line.startsWith('.lanmirror'));
const filesIn = (dir: string): number => readdirSync(dir).filter((name) => /^f\d+$/.test(name)).length;

test('an rm that takes its time is held as soon as more than half is gone, and status says how to go on', async () => {
  const { dir, source, target } = place;
  const count = 240;
  fill(source, count);
  const { port } = await place.server();
  // What is born within the window of the guard is never counted: these are older for this mirror.
  expect(await place.client(port, 'sync').ended()).toBe(0);
  rmSync(join(dir, 'client-state'), { recursive: true });
  const client = place.client(port, 'start');
  await client.until(/^in sync$/m);
  const removal = `for at in $(seq 0 ${count - 1}); do rm "$1/f$at"; sleep 0.02; done`;
  execFileSync('sh', ['-c', removal, 'sh', source]);
  await client.until(/HELD: \d+ of 24\d entries are gone at the source/);
  expect(await place.once(port, 'wait').ended()).toBe(3);
  // Up to half has gone before it was known to be a mass: to the trash, and nothing is lost.
  expect(filesIn(target)).toBeGreaterThanOrEqual(count / 2 - 1);
  expect(filesIn(target) + trashOf(target).length).toBe(count);
  const status = place.once(port, 'status');
  await status.ended();
  expect(status.output()).toMatch(/State: {4}HELD: \d+ deletions wait for you/);
  expect(status.output()).toContain('lanmirror-client accept');
  expect(await place.once(port, 'accept', '--yes').ended()).toBe(0);
  await untilEqual(source, target);
  expect(trashOf(target)).toHaveLength(count);
});

test('a first play (20 files in, all of them out again) is never held', async () => {
  const { source, target } = place;
  const { port } = await place.server();
  const client = place.client(port, 'start');
  await client.until(/^in sync$/m);
  fill(source, 20);
  await untilEqual(source, target);
  for (let at = 0; at < 20; at += 1) rmSync(join(source, `f${at}`));
  await untilEqual(source, target);
  await settle(place);
  expect(client.output()).not.toContain('HELD');
  expect(trashOf(target)).toHaveLength(20);
});

test('state folders that were exchanged between two targets, or a target in the place of another, are refused', async () => {
  const { dir, source } = place;
  fill(source, 5);
  const { port } = await place.server();
  const of = (name: string): string[] => [
    '--target-dir',
    join(dir, name),
    '--state-dir',
    join(dir, `${name}-state`),
  ];
  const sync = (name: string): Doing => place.once(port, 'sync', ...of(name));
  for (const name of ['one', 'two']) {
    mkdirSync(join(dir, name));
    expect(await sync(name).ended()).toBe(0);
  }
  const live = place.client(port, 'start', ...of('one'));
  await live.until(/^in sync$/m);
  const swap = (a: string, b: string): void => {
    renameSync(join(dir, a), join(dir, 'aside'));
    renameSync(join(dir, b), join(dir, a));
    renameSync(join(dir, 'aside'), join(dir, b));
  };
  // The targets change places under a running client.
  swap('one', 'two');
  writeFileSync(join(source, 'meanwhile'), 'content');
  await live.until(/HALTED: .*was replaced/);
  swap('one', 'two');
  await live.until(/The target is back/);
  await untilEqual(source, join(dir, 'one'));
  live.process.kill('SIGTERM');
  expect(await live.ended()).toBe(0);
  // Nobody runs: each target meets the memory of the other.
  swap('one', 'two');
  const before = ['one', 'two'].map((name) => contentOf(join(dir, name)));
  for (const name of ['one', 'two']) {
    const refused = sync(name);
    expect([await refused.ended(), refused.output()]).toEqual([
      3,
      expect.stringMatching(/is another target than the one .*state folders were exchanged/s),
    ]);
  }
  expect(['one', 'two'].map((name) => contentOf(join(dir, name)))).toEqual(before);
  swap('one', 'two');
  for (const name of ['one', 'two']) {
    expect(await sync(name).ended()).toBe(0);
    expect(difference(source, join(dir, name))).toEqual([]);
  }
});

test('a mirror that is pointed at another server changes nothing before a person says so', async () => {
  const { dir, source, target } = place;
  fill(source, 130);
  const right = await place.server();
  expect(await place.client(right.port, 'sync').ended()).toBe(0);
  // What a lost state finds on the target was there before: that counts.
  rmSync(join(dir, 'client-state'), { recursive: true });
  expect(await place.once(right.port, 'sync').ended()).toBe(0);
  const other = join(dir, 'other');
  mkdirSync(other);
  writeFileSync(join(other, 'f1'), 'of another source, and longer');
  writeFileSync(join(other, 'foreign'), 'content');
  const program = place.run('server', [
    ...['--config', '/dev/null', '--monitor-dir', other, '--bind-ip', '127.0.0.1', '--port', '0'],
    ...['--state-dir', join(dir, 'other-state'), '--key-file', join(dir, 'server-state', 'key')],
  ]);
  const [, text] = await program.until(/Listening on 127\.0\.0\.1:(\d+)/);
  const port = Number(text);
  const before = mirrored(target);
  const held = place.once(port, 'sync');
  expect([await held.ended(), held.output()]).toEqual([3, expect.stringMatching(/it may be another server/)]);
  expect(mirrored(target)).toEqual(before);
  const client = place.client(port, 'start');
  await client.until(/HELD: 129 of 130 .*another server/);
  const status = place.once(port, 'status');
  await status.ended();
  expect(status.output()).toMatch(/HELD: 129 .*it may be another server/);
  expect(mirrored(target)).toEqual(before);
  client.process.kill('SIGTERM');
  expect(await client.ended()).toBe(0);
  // It was a mistake: with the right server all is as it was.
  expect(await place.once(right.port, 'sync').ended()).toBe(0);
  expect(mirrored(target)).toEqual(before);
  // It is meant.
  expect(await place.once(port, 'sync').ended()).toBe(3);
  expect(await place.once(port, 'accept', '--yes').ended()).toBe(0);
  expect(await place.once(port, 'sync').ended()).toBe(0);
  expect(difference(other, target)).toEqual([]);
  expect(trashOf(target)).toHaveLength(130);
});

test('a folder that somebody took from a mirror comes again, whole, with the next change in it', async () => {
  const { dir, source, target } = place;
  mkdirSync(join(source, 'd', 'deep'), { recursive: true });
  for (const path of ['d/a', 'd/deep/b', 'beside']) writeFileSync(join(source, path), path);
  const { port } = await place.server();
  const client = place.client(port, 'start');
  await client.until(/^in sync$/m);
  renameSync(join(target, 'd'), join(dir, 'elsewhere'));
  writeFileSync(join(source, 'd/a'), 'changed');
  await client.until(/Missing on the mirror, fetched again: d/);
  await untilEqual(source, target);
  renameSync(join(target, 'd/deep'), join(dir, 'elsewhere too'));
  writeFileSync(join(source, 'd/deep/new'), 'new');
  await untilEqual(source, target);
  await settle(place);
  expect(client.output()).not.toContain('Failed');
});

test('what is edited on a mirror while nothing else happens is put right when CheckHours are over, and what is in the way goes with a word', async () => {
  const { dir, source, target } = place;
  fill(source, 3);
  const { port } = await place.server();
  // An hour of this program is over after a second.
  const hurry = 'const set=setTimeout;globalThis.setTimeout=(f,ms,...a)=>set(f,ms===3600000?1000:ms,...a)';
  const client = place.run(
    'client',
    [
      ...['start', '--config', '/dev/null', '--server-port', String(port), '--target-dir', target],
      ...['--state-dir', join(dir, 'client-state'), '--key-file', join(dir, 'server-state', 'key')],
      ...['--check-hours', '1'],
    ],
    { env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hurry)}` } },
  );
  await client.until(/^in sync$/m);
  writeFileSync(join(target, 'f1'), 'edited here');
  rmSync(join(target, 'f2'));
  writeFileSync(join(target, 'extra'), 'added here');
  await client.until(/Changed on the mirror, put right .*: f1/);
  await untilEqual(source, target);
  expect(client.output()).toMatch(/Not at the source, put away \(it is in the trash\): extra$/m);
  expect(client.output()).not.toContain('Deleted');
  writeFileSync(join(target, 'new'), 'in the way');
  writeFileSync(join(source, 'new'), 'of the source');
  await client.until(/Added on the mirror, put away \(it is in the trash\): new/);
  await untilEqual(source, target);
  expect(trashOf(target).sort()).toEqual(['added here', 'edited here', 'in the way']);
});
