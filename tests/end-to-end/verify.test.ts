/** `verify` finds what no time or size betrays, live and while no client runs, and `--repair` puts it right. */
import { lstatSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NEVER_SCRUBBED } from '@lanmirror/engine/core';
import { expect, test } from 'vitest';
import { openState } from '../../packages/client/src/client.ts';
import { done, stopGently, withPlace } from './disturbed-run.ts';
import { difference, type Place, trashOf } from './programs.ts';
import { settle } from './settle.ts';

const NAMES = ['same', 'rotten', 'gone', 'films/rotten', 'films/same'];

async function mirrored(place: Place) {
  mkdirSync(join(place.source, 'films'));
  for (const name of NAMES) writeFileSync(join(place.source, name), `content of ${name}`);
  const { port } = await place.server();
  const client = place.client(port, 'start');
  await client.until(/^in sync$/m);
  const verify = (...words: string[]) => done(place.once(port, 'verify', ...words));
  return { port, client, verify };
}

/** Other bytes, of the same size and time. */
function rot(path: string): void {
  const { atimeNs, mtimeNs } = lstatSync(path, { bigint: true });
  writeFileSync(path, readFileSync(path, 'utf8').replace('content', 'CONTENT'));
  utimesSync(path, Number(atimeNs) / 1e9, (Number(mtimeNs / 1000n) + 0.5) / 1e6);
}

function spoil({ target }: Place): void {
  rot(join(target, 'rotten'));
  rot(join(target, 'films/rotten'));
  rmSync(join(target, 'gone'));
  writeFileSync(join(target, 'films', 'extra'), 'nobody else has it');
}

const ALL_WRONG = [
  'different   films/rotten (content)',
  'different   rotten (content)',
  'extra       films/extra',
  'missing     gone',
];

const told = (output: string): string[] =>
  output
    .split('\n')
    .filter((line) => /^(different|missing|extra|unreadable|unproved|pending) /.test(line))
    .sort();

test.concurrent('by the running client', () =>
  withPlace(async (place) => {
    const { client, verify } = await mirrored(place);
    const good = await verify();
    expect([good.code, good.output]).toEqual([0, 'Verified: 6 same.\n']);
    spoil(place);
    const found = await verify();
    expect([found.code, told(found.output)]).toEqual([1, ALL_WRONG]);
    const some = await verify('films', '--json');
    const lines = some.output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { path: string; verdict: string });
    expect(lines.map(({ path, verdict }) => `${path} ${verdict}`).sort()).toEqual([
      'films same',
      'films/extra extra',
      'films/rotten different',
      'films/same same',
    ]);
    expect((await verify('--repair')).code).toBe(1);
    await settle(place);
    expect(difference(place.source, place.target)).toEqual([]);
    expect((await verify()).code).toBe(0);
    expect(trashOf(place.target).sort()).toEqual([
      'CONTENT of films/rotten',
      'CONTENT of rotten',
      'nobody else has it',
    ]);
    expect(await stopGently(client)).toBe(0);
  }));

test.concurrent('on the state of a client that does not run, to be put right by the next one', () =>
  withPlace(async (place) => {
    const { port, client, verify } = await mirrored(place);
    expect(await stopGently(client)).toBe(0);
    spoil(place);
    expect(told((await verify()).output)).toEqual(ALL_WRONG);
    expect(await verify('nothing/here')).toMatchObject({
      code: 2,
      output: expect.stringMatching(/Nothing matches 'nothing\/here', neither at the source nor here/),
    });
    expect((await verify('--repair')).output).toMatch(/Put right at the next start or sync\.$/m);
    // Nobody is at work on it: it is wrong until then.
    expect(await verify()).toMatchObject({ code: 1, output: expect.not.stringContaining('pending') });
    expect((await done(place.once(port, 'sync'))).code).toBe(0);
    expect(difference(place.source, place.target)).toEqual([]);
    expect((await verify()).code).toBe(0);
    rmSync(join(place.target, '.lanmirror'), { recursive: true });
    const unmounted = await verify();
    expect([unmounted.code, told(unmounted.output)]).toEqual([3, []]);
  }));

test.concurrent('a running client finds what its disk lost when it is time to look, and has it again', () =>
  withPlace(async (place) => {
    const { port, client, verify } = await mirrored(place);
    expect(await stopGently(client)).toBe(0);
    const state = await openState(join(place.dir, 'client-state'));
    state.setMeta({ scrub: { ...NEVER_SCRUBBED, sinceMs: Date.now() - 8 * 24 * 3_600_000 } });
    await state.close();
    rot(join(place.target, 'films/rotten'));
    const later = place.client(port, 'start', '--scrub-days', '7');
    await later.until(/^Damaged on this disk, though nobody changed it: films\/rotten\./m);
    await later.until(/^Scrub finished: 5 files read, 1 damaged\.$/m);
    await settle(place);
    expect((await done(place.once(port, 'status'))).output).toMatch(
      /^Scrub: {4}finished .*: 5 files read, 1 damaged$/m,
    );
    expect((await verify()).code).toBe(0);
    expect(difference(place.source, place.target)).toEqual([]);
    expect(trashOf(place.target)).toEqual(['CONTENT of films/rotten']);
    expect(await stopGently(later)).toBe(0);
  }));
