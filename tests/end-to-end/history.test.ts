/** What happened to a path is told afterwards, with and without a running client; with the real programs. */
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { done, stopGently, withPlace } from './disturbed-run.ts';
import type { Place } from './programs.ts';
import { settle } from './settle.ts';

interface Told {
  readonly operation: string;
  readonly path: string;
  readonly from?: string;
  readonly sizeBytes?: number;
  readonly trash?: string;
  readonly isVersionLost?: boolean;
  readonly result: string;
  readonly code?: string;
}

const asker =
  (place: Place, port: number) =>
  (verb: string, ...rest: string[]) =>
    done(place.once(port, verb, ...rest));

/** The rows of `history --json`, the oldest first. */
async function rows(place: Place, port: number, ...words: string[]): Promise<Told[]> {
  const { code, output } = await asker(place, port)('history', '--json', ...words);
  expect(code).toBe(0);
  return output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Told);
}

const short = ({ operation, from, path }: Told): string =>
  from === undefined ? `${operation} ${path}` : `${operation} ${from} -> ${path}`;

test.concurrent('every change is told, with where the content before it is, and both names of a rename find it', () =>
  withPlace(async (place) => {
    const { source, target } = place;
    mkdirSync(join(source, 'films'));
    writeFileSync(join(source, 'films', 'a'), 'first');
    const { port } = await place.server();
    const ask = asker(place, port);
    const client = place.client(port, 'start');
    await client.until(/^in sync$/m);
    const step = async (work: () => void): Promise<void> => {
      work();
      await settle(place);
    };
    await step(() => writeFileSync(join(source, 'films', 'a'), 'second'));
    await step(() => writeFileSync(join(source, 'films', 'a'), 'third, and longer'));
    await step(() => renameSync(join(source, 'films', 'a'), join(source, 'films', 'b')));
    await step(() => chmodSync(join(source, 'films', 'b'), 0o600));
    await step(() => renameSync(join(source, 'films'), join(source, 'old')));
    await step(() => rmSync(join(source, 'old'), { recursive: true }));
    const all = await rows(place, port);
    expect(all.map(short)).toEqual([
      'created films',
      'created films/a',
      'modified films/a',
      'modified films/a',
      'renamed films/a -> films/b',
      'attributes films/b',
      'renamed films -> old',
      'deleted old',
    ]);
    expect(all.every(({ result }) => result === 'done')).toBe(true);
    // The first version of an hour is kept, and it is told that the next one is not.
    expect(readFileSync(join(target, all[2]?.trash ?? ''), 'utf8')).toBe('first');
    expect([all[3]?.trash, all[3]?.isVersionLost, all[3]?.sizeBytes]).toEqual([undefined, true, 17]);
    expect(readFileSync(join(target, all[7]?.trash ?? '', 'b'), 'utf8')).toBe('third, and longer');
    expect((await rows(place, port, 'films/a')).map(short)).toEqual([
      ...['created films/a', 'modified films/a', 'modified films/a', 'renamed films/a -> films/b'],
      'renamed films -> old',
    ]);
    expect((await rows(place, port, 'films/b')).map(short)).toEqual([
      ...['renamed films/a -> films/b', 'attributes films/b', 'renamed films -> old'],
    ]);
    expect((await rows(place, port, 'old/b')).map(short)).toEqual(['renamed films -> old', 'deleted old']);
    expect((await rows(place, port, '--limit', '2')).map(short)).toEqual([
      ...['renamed films -> old', 'deleted old'],
    ]);
    expect(await rows(place, port, '--since', '0s')).toEqual([]);
    const plain = await ask('history', 'films/a', '--limit', '4');
    expect(plain.output).toMatch(
      / modified +6 B {2}films\/a {2}\(before: \.lanmirror\/trash\/[-\d]+\/films\/a\)/,
    );
    expect(plain.output).toMatch(/ modified +17 B {2}films\/a {2}\(the version before was not kept/);
    expect(plain.output).toMatch(/ renamed +17 B {2}films\/a -> films\/b$/m);
    rmSync(join(target, '.lanmirror', 'trash'), { recursive: true });
    expect((await ask('history', 'old')).output).toMatch(
      / deleted +folder {2}old {2}\(in the trash: .*, not there now\)$/m,
    );
    all.splice(0, all.length, ...(await rows(place, port)));
    expect(await stopGently(client)).toBe(0);
    // Nobody runs: the state tells the same.
    expect(await rows(place, port)).toEqual(all);
    expect((await ask('history', '--limit', 'all')).code).toBe(2);
    expect((await ask('history', '--history-days', '0')).code).toBe(2);
  }));

test.concurrent('an edit made on the mirror and a loss there are told as what they are', () =>
  withPlace(async (place) => {
    const { source, target } = place;
    for (const name of ['edited', 'lost']) writeFileSync(join(source, name), 'of the source');
    const { port } = await place.server();
    const ask = asker(place, port);
    expect((await ask('sync')).code).toBe(0);
    appendFileSync(join(target, 'edited'), ', changed here');
    rmSync(join(target, 'lost'));
    writeFileSync(join(target, 'extra'), 'only here');
    expect((await ask('sync')).code).toBe(0);
    const repaired = (await rows(place, port)).slice(2);
    expect(repaired.map(short).sort()).toEqual([
      ...['put-away edited', 'put-away extra', 'repaired edited', 'repaired lost'],
    ]);
    const trash = repaired.find((row) => short(row) === 'put-away edited')?.trash ?? '';
    expect(readFileSync(join(target, trash), 'utf8')).toBe('of the source, changed here');
  }));

test.concurrent('undo gives back the version before when the one of then was not kept, and says so', () =>
  withPlace(async (place) => {
    const { dir, source, target } = place;
    const file = join(source, 'f');
    writeFileSync(file, 'first');
    const { port } = await place.server();
    const ask = asker(place, port);
    const client = place.client(port, 'start');
    await client.until(/^in sync$/m);
    for (const text of ['second, kept nowhere', 'a mistake, and longer']) {
      writeFileSync(file, text);
      await settle(place);
    }
    const [, kept, lost] = await rows(place, port, 'f');
    expect([kept?.isVersionLost, lost?.isVersionLost]).toEqual([undefined, true]);
    // As if the second content had stood there for an hour.
    const journals = join(target, '.lanmirror', 'trash', 'journal');
    for (const name of readdirSync(journals)) {
      const lines = readFileSync(join(journals, name), 'utf8');
      const hourAgo = Date.now() - 3_600_000;
      writeFileSync(join(journals, name), lines.replace(/"ms":\d+/, `"ms":${hourAgo}`));
    }
    const back = join(dir, 'back');
    const undone = await ask('undo', '--since', '30m', '--to', back);
    expect(undone.output).toMatch(/^1 file to .*\nEarlier than wanted: f is as it was until /m);
    expect(readFileSync(join(back, 'f'), 'utf8')).toBe('first');
    expect(await stopGently(client)).toBe(0);
    expect((await ask('stop')).output).toMatch(/^Nothing to stop: no lanmirror-client runs for /);
  }));
