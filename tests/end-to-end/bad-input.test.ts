/** What a person gets wrong: an exit code, a message that names the cause, and nothing lost or left. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { contentOf, makePlace, type Place } from './programs.ts';

let place: Place;
let others: Place[] = [];
beforeEach(() => {
  place = makePlace();
});
afterEach(async () => {
  for (const one of [place, ...others]) await one.dispose();
  others = [];
});

/** A second place that ends with the test, too. */
function another(): Place {
  const made = makePlace();
  others.push(made);
  return made;
}

const WRONG_KEY = Buffer.alloc(32, 1).toString('base64url');

describe('a first contact that fails leaves no trace in the target', () => {
  const targets: Record<string, () => void> = {
    'that does not exist': () => undefined,
    'that is empty': () => mkdirSync(place.target),
    'that holds files': () => {
      mkdirSync(place.target);
      writeFileSync(join(place.target, 'mine'), 'of a person');
    },
  };
  test.each(Object.keys(targets))('a target %s', async (name) => {
    const { dir, target } = place;
    const { port } = await place.server();
    targets[name]?.();
    const before = contentOf(target);
    writeFileSync(join(dir, 'wrong'), WRONG_KEY);
    const wrong = place.client(port, 'sync', '--adopt', '--key-file', join(dir, 'wrong'));
    expect(await wrong.ended()).toBe(4);
    expect(wrong.output()).toContain('wrong key');
    expect(contentOf(target)).toEqual(before);
    const absent = place.client(1, 'sync', '--adopt', '--timeout', '1');
    expect(await absent.ended()).toBe(4);
    expect(absent.output()).toContain('did not answer for 1 second');
    expect(contentOf(target)).toEqual(before);
    const elsewhere = place.client(port, 'sync', '--adopt', '--server-root', 'nope');
    expect(await elsewhere.ended()).toBe(4);
    expect(elsewhere.output()).toContain('"nope" is not a folder inside');
    expect(contentOf(target)).toEqual(before);
  });
});

describe('a folder is never mirrored into itself', () => {
  const cases: Record<string, (dir: string) => { target: string; flags?: string[] }> = {
    'the folder itself': (dir) => ({ target: join(dir, 'source') }),
    'a folder in it': (dir) => ({ target: join(dir, 'source', 'in') }),
    'a folder in it that does not exist yet': (dir) => ({ target: join(dir, 'source', 'new') }),
    'a folder around it': (dir) => ({ target: dir }),
    'a folder in another part of it': (dir) => ({
      target: join(dir, 'source', 'new'),
      flags: ['--server-root', 'in'],
    }),
  };
  test.each(Object.keys(cases))('%s is refused with 2', async (name) => {
    const { dir, source } = place;
    mkdirSync(join(source, 'in'));
    writeFileSync(join(source, 'in', 'file'), 'content');
    const elsewhere = another();
    const { port } = await place.server();
    const { target, flags = [] } = cases[name]?.(dir) ?? { target: '' };
    const before = contentOf(source);
    const flagsOfAll = ['--adopt', '--state-dir', elsewhere.dir, '--target-dir', target];
    const client = place.client(port, 'sync', ...flagsOfAll, ...flags);
    expect(await client.ended()).toBe(2);
    expect(client.output()).toMatch(/are the same or lie inside each other\.\nChoose a folder outside of it/);
    expect(contentOf(source)).toEqual(before);
  });
});
