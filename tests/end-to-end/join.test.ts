/** `join HOST[:PORT] DIR`, as a new user does it, mistakes included. */
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { done, stopGently, withPlace } from './disturbed-run.ts';
import { difference, type Place } from './programs.ts';

interface Joiner {
  readonly port: number;
  readonly key: string;
  /** Runs `join` and what follows from it, with the key in the environment unless told otherwise. */
  join(words: readonly string[], env?: Record<string, string>): ReturnType<Place['run']>;
}

async function begin(place: Place): Promise<Joiner> {
  for (let at = 0; at < 20; at += 1) writeFileSync(join(place.source, `f${at}`), `${at}`);
  const { port } = await place.server();
  const key = readFileSync(join(place.dir, 'server-state', 'key'), 'utf8').trim();
  const state = { XDG_STATE_HOME: join(place.dir, 'xdg') };
  return {
    port,
    key,
    join: (words, env = { LANMIRROR_KEY: key }) =>
      place.run('client', ['join', ...words], { env: { ...state, ...env } }),
  };
}

test.concurrent('one line makes a mirror; afterwards start is enough, and joining again changes nothing', () =>
  withPlace(async (place) => {
    const { dir, source, target } = place;
    const { port, key, join: run } = await begin(place);
    const first = run([`127.0.0.1:${port}`, 'target']);
    await first.until(/^in sync$/m);
    expect(difference(source, target)).toEqual([]);
    expect(first.output()).toMatch(/the key is right/);
    expect(await stopGently(first)).toBe(0);
    const ini = readFileSync(join(dir, 'client.ini'), 'utf8');
    expect(ini).toBe(`[Client]\nServerIP = 127.0.0.1\nServerPort = ${port}\nTargetDir = ${target}\n`);
    expect(ini).not.toContain(key);
    expect(first.output()).not.toContain(key);
    const env = { XDG_STATE_HOME: join(dir, 'xdg') };
    const later = place.run('client', ['sync'], { env });
    expect(await later.ended()).toBe(0);
    const again = run([`127.0.0.1:${port}`, 'target'], {});
    await again.until(/^in sync$/m);
    expect(await stopGently(again)).toBe(0);
    expect(readFileSync(join(dir, 'client.ini'), 'utf8')).toBe(ini);
    const [stored = ''] = /The key is kept in (.*)\.$/m.exec(first.output())?.slice(1) ?? [];
    expect(readFileSync(stored, 'utf8').trim()).toBe(key);
    expect(statSync(stored).mode & 0o777).toBe(0o600);
  }));

test.concurrent('a mistake is told, has its exit code, and leaves no folder, key or settings behind', () =>
  withPlace(async (place) => {
    const { dir, target } = place;
    const { port, key, join: run } = await begin(place);
    const wrong = Buffer.alloc(32, 7).toString('base64url');
    const mistakes: [string[], Record<string, string>, number, RegExp][] = [
      [[`127.0.0.1:${port}`], { LANMIRROR_KEY: key }, 2, /needs HOST/],
      [['http://nas', 'target'], { LANMIRROR_KEY: key }, 2, /is not the address of a server/],
      [[`127.0.0.1:${port}`, 'target'], { LANMIRROR_KEY: wrong }, 4, /not the one of this server/],
      [[`127.0.0.1:${port}`, 'target'], { LANMIRROR_KEY: 'secret' }, 2, /does not hold a key/],
      [[`127.0.0.1:${port}`, 'target'], {}, 2, /No key was given/],
      [['127.0.0.1:1', 'target'], { LANMIRROR_KEY: key }, 4, /does not answer/],
      [[`127.0.0.1:${port}`, '/'], { LANMIRROR_KEY: key }, 2, /./],
      [[`127.0.0.1:${port}`, 'no/such/parent'], { LANMIRROR_KEY: key }, 2, /neither does its parent/],
      [[`127.0.0.1:${port}`, 'source', '--yes'], { LANMIRROR_KEY: key }, 2, /lie inside each other/],
    ];
    for (const [words, env, code, text] of mistakes) {
      const { code: is, output } = await done(run(words, env));
      expect([words, is, output]).toEqual([words, code, expect.stringMatching(text)]);
    }
    expect(existsSync(target)).toBe(false);
    expect(existsSync(join(dir, 'client.ini'))).toBe(false);
    expect(existsSync(join(dir, 'xdg', 'lanmirror'))).toBe(false);
  }));

test.concurrent('an INI of another mirror is not taken over, and what a person wrote in it stays', () =>
  withPlace(async (place) => {
    const { dir } = place;
    const { port, join: run } = await begin(place);
    const text = '# mine\n[Client]\nTargetDir = other   # the other one\nMaxWorkers = 3\n';
    writeFileSync(join(dir, 'client.ini'), text);
    const refused = await done(run([`127.0.0.1:${port}`, 'target']));
    expect([refused.code, refused.output]).toEqual([2, expect.stringContaining('is for another mirror')]);
    expect(readFileSync(join(dir, 'client.ini'), 'utf8')).toBe(text);
    const joined = run([`127.0.0.1:${port}`, 'other']);
    await joined.until(/^in sync$/m);
    expect(await stopGently(joined)).toBe(0);
    expect(readFileSync(join(dir, 'client.ini'), 'utf8')).toMatch(
      /^# mine\n\[Client\]\nTargetDir = .*other # the other one\nMaxWorkers = 3\nServerIP = 127/,
    );
  }));

test.concurrent('a folder with files is taken over only after a yes', () =>
  withPlace(async (place) => {
    const { target, source } = place;
    const { port, join: run } = await begin(place);
    mkdirSync(target);
    writeFileSync(join(target, 'precious'), 'x');
    const asked = await done(run([`127.0.0.1:${port}`, 'target']));
    expect([asked.code, asked.output]).toEqual([3, expect.stringContaining('--yes')]);
    expect(existsSync(join(target, 'f0'))).toBe(false);
    expect(existsSync(join(place.dir, 'client.ini'))).toBe(false);
    const agreed = run([`127.0.0.1:${port}`, 'target', '--yes']);
    await agreed.until(/^in sync$/m);
    expect(difference(source, target)).toEqual([]);
    expect(await stopGently(agreed)).toBe(0);
  }));

test.concurrent('where a client of that target runs, a join leaves nothing that stands in the way of the right one', () =>
  withPlace(async (place) => {
    const { dir } = place;
    const { port, join: run } = await begin(place);
    const running = place.client(port, 'start');
    await running.until(/^in sync$/m);
    const refused = await done(run([`127.0.0.1:${port}`, 'target']));
    expect([refused.code, refused.output]).toEqual([5, expect.stringContaining('is already running')]);
    expect(existsSync(join(dir, 'client.ini'))).toBe(false);
    expect(existsSync(join(dir, 'xdg', 'lanmirror'))).toBe(false);
    const right = run([`127.0.0.1:${port}`, 'other']);
    await right.until(/^in sync$/m);
    expect(await stopGently(right)).toBe(0);
    expect(await stopGently(running)).toBe(0);
  }));
