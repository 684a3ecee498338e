/** Files with several names at the source, with the real programs: what comes through one name is mirrored under all of them. */
import {
  chmodSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { difference, makePlace, type Place, type Program, untilEqual } from './programs.ts';

let place: Place;
/** A folder beside the source. */
let outside: string;
beforeEach(() => {
  place = makePlace();
  outside = join(place.dir, 'outside');
  mkdirSync(outside);
});
afterEach(() => place.dispose());

/** A file with three names in the source, and one with a second name outside of it. */
function fill(): void {
  const { source } = place;
  writeFileSync(join(source, 'a'), 'one');
  linkSync(join(source, 'a'), join(source, 'b'));
  mkdirSync(join(source, 'x'));
  linkSync(join(source, 'a'), join(source, 'x/c'));
  writeFileSync(join(outside, 'o'), 'old');
  linkSync(join(outside, 'o'), join(source, 'o'));
}

/** Starts a mirror; the result runs a command beside it. */
async function mirror(kind: string): Promise<(verb: string) => Program> {
  if (kind === 'a local source') {
    const run = (verb: string): Program =>
      place.run('client', [
        ...[verb, '--config', '/dev/null', '--source', place.source, '--target-dir', place.target],
        ...['--state-dir', join(place.dir, 'client-state')],
      ]);
    await run('start').until(/^in sync$/m);
    return run;
  }
  const { port } = await place.server('--watch', kind);
  await place.client(port, 'start').until(/^in sync$/m);
  return (verb) => place.client(port, verb);
}

const KINDS = ['native', 'chokidar', 'a local source'];

test.each(KINDS)(
  'what is done to a file through one name arrives at once under all its names (%s)',
  async (kind) => {
    fill();
    const { source, target } = place;
    await mirror(kind);
    writeFileSync(join(source, 'b'), 'two-two');
    await untilEqual(source, target);
    expect(readFileSync(join(target, 'x/c'), 'utf8')).toBe('two-two');
    chmodSync(join(source, 'x/c'), 0o600);
    await untilEqual(source, target);
    expect(statSync(join(target, 'a')).mode & 0o777).toBe(0o600);
    utimesSync(join(source, 'a'), 1000, 1000);
    await untilEqual(source, target);
    // A name that another file takes goes its own way, and so does one that is gone.
    writeFileSync(join(source, 'new'), 'three');
    renameSync(join(source, 'new'), join(source, 'b'));
    linkSync(join(source, 'a'), join(source, 'x/d'));
    writeFileSync(join(source, 'x/d'), 'four, by a later name');
    unlinkSync(join(source, 'x/c'));
    await untilEqual(source, target);
    expect(readFileSync(join(target, 'a'), 'utf8')).toBe('four, by a later name');
  },
);

test.each(KINDS)(
  'a sync says "in sync" only when what came through a name outside is here (%s)',
  async (kind) => {
    fill();
    const { source, target } = place;
    const ask = await mirror(kind);
    for (const [verb, content] of [
      ['sync', 'outside-write'],
      ['wait', 'once more'],
    ] as const) {
      writeFileSync(join(outside, 'o'), content);
      const asked = ask(verb);
      expect(await asked.ended()).toBe(0);
      expect([readFileSync(join(target, 'o'), 'utf8'), difference(source, target)]).toEqual([content, []]);
    }
  },
);
