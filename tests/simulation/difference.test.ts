/** What a mirror remembers is made wrong behind its back: at rest the fingerprints differ, and it mends itself. */
import { describe, expect, test } from 'vitest';
import type { MirrorState } from '../../packages/client/src/state/mirror-state.ts';
import { findUnlike } from './comparison.ts';
import { findMisprinted } from './fingerprint-oracle.ts';
import type { MirrorSite } from './mirror-site.ts';
import { Player } from './player.ts';
import type { Scene } from './scene.ts';
import { simulated } from './simulated.ts';
import { World } from './world.ts';

const SCENE: Scene = {
  ...{ seed: 5, tickMs: 0, mtimeStepMs: 0, hasTwins: false, costMs: 0 },
  mirrors: [{ root: '', mode: 'incremental', found: [], mtimeStepMs: 0, maxWorkers: 2, holdMin: 100 }],
};
const REST_MS = 60_000;

simulated();

interface Resting {
  readonly world: World;
  readonly mirror: MirrorSite;
  readonly state: MirrorState;
  /** Something else changes at the source, and all comes to rest again. */
  disturb(): Promise<void>;
}

async function atRest(): Promise<Resting> {
  const world = new World(SCENE);
  const player = new Player(world, SCENE);
  world.start();
  for (const path of ['d/a', 'd/e/a', 'f/a', 'f/e/b', 'a']) player.run({ do: 'write', path, size: 'small' });
  await world.advance(REST_MS);
  const [mirror] = world.mirrors;
  const state = mirror?.client?.state;
  if (mirror === undefined || state === undefined) throw new Error('no mirror runs');
  expect(findMisprinted(world.source, mirror)).toEqual([]);
  const disturb = async (): Promise<void> => {
    player.run({ do: 'write', path: 'b', size: 'small' });
    // What it remembers is wrong: that it says so until it is mended is the fault that was made.
    for (let step = 0; step < 1000; step += 1) {
      await world.advance(10).catch((error: unknown) => {
        if (!world.violations.every((text) => text.startsWith('I8: said to be in sync'))) throw error;
        world.violations.splice(0);
      });
    }
    await world.advance(REST_MS);
  };
  return { world, mirror, state, disturb };
}

const idAt = (state: MirrorState, path: string): number => state.view.idAt(path) ?? -1;

const FAULTS: Readonly<Record<string, (state: MirrorState) => void>> = {
  'the hash of a content': (state) => {
    const entry = state.baseline.get(idAt(state, 'd/e/a'));
    if (entry !== undefined) state.baseline.put({ ...entry, hash: new Uint8Array(32) });
  },
  'the time of a file, in view and baseline alike': (state) => {
    const id = idAt(state, 'f/e/b');
    const [told, standing] = [state.view.get(id), state.baseline.get(id)];
    if (told !== undefined) state.view.put({ ...told, mtimeUs: 77 });
    if (standing !== undefined) state.baseline.put({ ...standing, mtimeUs: 77 });
  },
  'an entry that nobody told of any more': (state) => {
    const id = idAt(state, 'd/a');
    state.view.remove(id);
    state.baseline.remove(id);
  },
  'a whole folder that nobody told of any more': (state) => {
    const id = idAt(state, 'd');
    state.view.removeTree(id);
    state.baseline.removeTree(id);
  },
  'an entry of the source that does not exist': (state) => {
    const entry = state.view.get(idAt(state, 'f/a'));
    const standing = state.baseline.get(entry?.id ?? -1);
    if (entry === undefined || standing === undefined) return;
    state.view.put({ ...entry, id: 7777, name: 'never' });
    state.baseline.put({ ...standing, id: 7777, name: 'never' });
  },
};

describe('a difference that the fingerprints prove is found and mended', () => {
  test.each(Object.keys(FAULTS))('%s', async (fault) => {
    const { world, mirror, state, disturb } = await atRest();
    state.transact(() => FAULTS[fault]?.(state));
    await disturb();
    expect(findUnlike(world.source, mirror)).toEqual([]);
    expect(findMisprinted(world.source, mirror)).toEqual([]);
    expect(mirror.client?.mirror.differences.paths).toEqual([]);
    world.end();
  });
});
