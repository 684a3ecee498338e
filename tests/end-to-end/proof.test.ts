/** What a mirror remembers is wrong, and nothing tells of it but the fingerprints: no command calls that done. */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openState } from '../../packages/client/src/client.ts';
import { done, stopGently, withPlace } from './disturbed-run.ts';
import { difference, filesIn, type Place, trashOf, write } from './programs.ts';

const COUNT = 5;

/** The state of a client that does not run forgets a file, and the target has lost it. */
async function forget(place: Place, path: string): Promise<void> {
  const state = await openState(join(place.dir, 'client-state'));
  const id = state.view.idAt(path);
  if (id === undefined) throw new Error(`${path} is not known`);
  state.transact(() => {
    state.view.remove(id);
    state.baseline.remove(id);
  });
  await state.flushed();
  await state.close();
  rmSync(join(place.target, path));
}

test.concurrent('sync waits for what the fingerprints prove, and for what is put right because of it', () =>
  withPlace(async (place) => {
    const { source, target } = place;
    for (let at = 0; at < COUNT; at += 1) writeFileSync(join(source, `f${at}`), `content ${at}`);
    const { port } = await place.server();
    expect((await done(place.once(port, 'sync'))).code).toBe(0);
    await forget(place, 'f1');
    const synced = await done(place.once(port, 'sync'));
    expect([synced.code, synced.output]).toEqual([
      0,
      expect.stringMatching(
        /1 path differed from the source.*\n {2}f1\n[\s\S]*Fingerprint: \S+, identical to the server/,
      ),
    ]);
    expect(difference(source, target)).toEqual([]);
    // What is not there cannot be said to be: a part of the tree proves nothing of the whole, and says so.
    await forget(place, 'f2');
    const part = await done(place.once(port, 'sync', '--only', 'f3'));
    expect([part.code, existsSync(join(target, 'f2'))]).toEqual([0, false]);
    const client = place.client(port, 'start');
    await client.until(/^in sync$/m);
    expect(await done(place.once(port, 'wait'))).toMatchObject({ code: 0 });
    expect(difference(source, target)).toEqual([]);
    expect(await stopGently(client)).toBe(0);
  }));

/** Paths of the folders whose look is remembered, so that the next pass needs not compare what is in them. */
async function knownFolders(place: Place): Promise<string[]> {
  const state = await openState(join(place.dir, 'client-state'));
  const folders = [...state.baseline.all()].filter(({ kind }) => kind === 'directory');
  const known = folders.filter(({ id }) => state.rolls.get(id) !== undefined);
  const paths = known.map(({ id }) => state.baseline.pathOf(id) ?? '?');
  await state.close();
  return paths.sort();
}

test.concurrent('the pass after a first copy finds every folder known, and what was edited meanwhile', () =>
  withPlace(async (place) => {
    const { source, target } = place;
    mkdirSync(join(source, 'a', 'b'), { recursive: true });
    for (const name of ['top', 'a/one', 'a/b/two']) writeFileSync(join(source, name), name);
    symlinkSync('one', join(source, 'a', 'link'));
    const { port } = await place.server();
    expect((await done(place.once(port, 'sync'))).code).toBe(0);
    expect(await knownFolders(place)).toEqual(['', 'a', 'a/b']);
    writeFileSync(join(target, 'a', 'b', 'two'), 'edited here');
    expect((await done(place.once(port, 'sync'))).code).toBe(0);
    expect(difference(source, target)).toEqual([]);
  }));

test.concurrent('what is left as it is by the rule for comparing hides nothing else that the fingerprints would show', () =>
  withPlace(async (place) => {
    const { source, target } = place;
    for (const name of ['left', 'lost', 'd/there']) write(source, name);
    const { port } = await place.server();
    const rule = ['--compare', 'missing, size'];
    expect((await done(place.once(port, 'sync', ...rule))).code).toBe(0);
    utimesSync(join(target, 'left'), 1, 1);
    await forget(place, 'lost');
    const found = await done(place.once(port, 'sync', ...rule));
    expect(found).toMatchObject({
      code: 0,
      output: expect.stringContaining('1 path differed from the source'),
    });
    expect([filesIn(target), lstatSync(join(target, 'left')).mtimeMs]).toEqual([filesIn(source), 1000]);
  }));

/** Past the size up to which a file travels in one piece. */
const LARGE_BYTES = 3 << 20;

test.concurrent('a server that lost its index is believed no content for its size and time, and the same is not sent again', () =>
  withPlace(async (place) => {
    const { source, target, dir } = place;
    const put = (name: string, text: string): void => {
      writeFileSync(join(source, name), text);
      utimesSync(join(source, name), 1_700_000_000, 1_700_000_000);
    };
    for (const name of ['same', 'other']) put(name, 'first');
    for (const name of ['large-same', 'large-other']) put(name, 'a'.repeat(LARGE_BYTES));
    const first = await place.server();
    expect((await done(place.once(first.port, 'sync'))).code).toBe(0);
    const before = statSync(join(target, 'same')).ino;
    expect(await stopGently(first.program)).toBe(0);
    put('other', 'FIRST');
    put('large-other', 'b'.repeat(LARGE_BYTES));
    rmSync(join(dir, 'server-state', 'index'), { recursive: true });
    const { port } = await place.server();
    const client = place.client(port, 'start');
    await client.until(/identical to the server/);
    expect(difference(source, target)).toEqual([]);
    expect(statSync(join(target, 'same')).ino).toBe(before);
    expect(trashOf(target).sort()).toEqual(['a'.repeat(LARGE_BYTES), 'first']);
    expect((await done(place.once(port, 'verify'))).output).toContain('Verified: 4 same.');
    expect(await stopGently(client)).toBe(0);
  }));
