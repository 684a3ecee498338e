/** Copies whose times are a little off, taken over by the real programs. */
import { cpSync, lutimesSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { difference, makePlace, type Place, trashOf } from './programs.ts';

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(async () => {
  await place.dispose();
});

const TIME_S = 1_700_000_001;

/** Two files at the source, and a copy of them: the time of `near` is 1.5 s off, that of `far` 5 s. */
function makeCopy(): void {
  const { source, target } = place;
  for (const name of ['near', 'far']) {
    writeFileSync(join(source, name), `content of ${name}`);
    utimesSync(join(source, name), TIME_S, TIME_S);
  }
  mkdirSync(target);
  cpSync(source, target, { recursive: true });
  lutimesSync(join(target, 'near'), TIME_S, TIME_S - 1.5);
  lutimesSync(join(target, 'far'), TIME_S, TIME_S + 5);
}

test('within ModifyWindow a copy is taken for the file of the source, and its time is put right', async () => {
  makeCopy();
  const { source, target } = place;
  const { port } = await place.server();
  const fetchedWith = async (...flags: string[]): Promise<string[]> => {
    const dry = place.once(port, 'sync', '--adopt', '--dry-run', ...flags);
    expect(await dry.ended()).toBe(0);
    return [...dry.output().matchAll(/Would fetch: (.*)/g)].map(([, name = '']) => name);
  };
  expect(await fetchedWith()).toEqual(['far', 'near']);
  expect(await fetchedWith('--modify-window', '2000')).toEqual(['far']);
  const pass = place.once(port, 'sync', '--adopt', '--modify-window', '2000');
  expect(await pass.ended()).toBe(0);
  expect(pass.output()).toContain('1 entries match');
  expect(difference(source, target)).toEqual([]);
  expect(trashOf(target)).toEqual([]);
});

test('verify takes times within the window for the same, and no others', async () => {
  makeCopy();
  const { target } = place;
  const { port } = await place.server();
  expect(await place.once(port, 'sync', '--adopt', '--modify-window', '2000').ended()).toBe(0);
  for (const [name, off] of [
    ['near', 1],
    ['far', 3],
  ] as const)
    lutimesSync(join(target, name), TIME_S, TIME_S + off);
  const verify = place.once(port, 'verify');
  expect(await verify.ended()).toBe(1);
  expect(verify.output()).toMatch(/different +far \(time\)/);
  expect(verify.output()).not.toMatch(/different +near/);
});
