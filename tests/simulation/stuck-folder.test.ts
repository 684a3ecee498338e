/** What waits for the place of a folder that cannot leave it is told by that, and comes as soon as the folder can. */
import { expect, test } from 'vitest';
import type { Command } from './command.ts';
import { findUnlike } from './comparison.ts';
import { walk } from './node-walk.ts';
import { Player } from './player.ts';
import type { Scene } from './scene.ts';
import { simulated } from './simulated.ts';
import { World } from './world.ts';

simulated();

const REST_MS = 20_000;
const SCENE: Scene = {
  ...{ seed: 1, tickMs: 0, mtimeStepMs: 0, hasTwins: false, costMs: 0 },
  mirrors: [{ root: '', mode: 'incremental', found: [], mtimeStepMs: 0, maxWorkers: 1, holdMin: 100 }],
};
const fail = (path: string, operation: 'move' | 'putAway'): Command => ({
  ...{ do: 'failTarget', on: 0, path, operation, code: 'DENIED', times: 1000 },
});

interface Outcome {
  /** Code and path of what is told. */
  readonly told: readonly string[];
  readonly messages: readonly string[];
  /** Files that stand here. */
  readonly files: readonly string[];
}

/** Plays each of these commands to its end, and expects all to be right by itself when nothing fails any more. */
async function play(...commands: Command[]): Promise<Outcome> {
  const world = new World(SCENE);
  const player = new Player(world, SCENE);
  const [mirror] = world.mirrors;
  if (mirror === undefined) throw new Error('no mirror');
  world.start();
  try {
    for (const command of commands) {
      player.run(command);
      await world.advance(REST_MS);
    }
    const problems = mirror.client?.mirror.problems ?? [];
    const files = [...walk(mirror.tree.disk.root)].filter(([, { kind }]) => kind === 'file');
    const outcome = {
      told: problems.map(({ code, path }) => `${code} ${path}`),
      messages: problems.map(({ message }) => message),
      files: files
        .map(([path]) => path)
        .filter((path) => /^[a-f](\/|$)/.test(path))
        .sort(),
    };
    player.run({ do: 'heal' });
    // The longest that is waited for the next try of what fails.
    await world.advance(700_000);
    expect([findUnlike(world.source, mirror), mirror.client?.mirror.problems]).toEqual([[], []]);
    return outcome;
  } finally {
    world.end();
  }
}

test('a new folder waits, with what comes into it later, for the folder of its name that cannot be moved, and tells where that belongs', async () => {
  const { told, messages, files } = await play(
    { do: 'write', path: 'd/b', size: 'small' },
    fail('d', 'move'),
    { do: 'rename', path: 'd', to: 'f' },
    { do: 'write', path: 'd/a', size: 'small' },
    { do: 'write', path: 'd/e/a', size: 'small' },
  );
  expect([told, files]).toEqual([['DENIED f', 'PLACE_STUCK d'], ['d/b']]);
  expect(messages[1]).toContain('(its own is f)');
});

test('what is renamed into a folder that waits so stays where it stands', async () => {
  const { told, files } = await play(
    { do: 'write', path: 'd/b', size: 'small' },
    { do: 'write', path: 'a', size: 'small' },
    fail('d', 'move'),
    { do: 'rename', path: 'd', to: 'f' },
    { do: 'write', path: 'd/e', size: 'small' },
    { do: 'rename', path: 'a', to: 'd/a' },
  );
  expect([told, files]).toEqual([
    ['DENIED f', 'PLACE_STUCK d'],
    ['a', 'd/b'],
  ]);
});

test('a file waits for the folder of its name that cannot be removed', async () => {
  const { told, files } = await play(
    { do: 'write', path: 'd/b', size: 'small' },
    fail('d', 'putAway'),
    { do: 'remove', path: 'd' },
    { do: 'write', path: 'd', size: 'small' },
    { do: 'write', path: 'e', size: 'small' },
  );
  expect([told, files]).toEqual([
    ['DENIED d', 'PLACE_STUCK d'],
    ['d/b', 'e'],
  ]);
});
