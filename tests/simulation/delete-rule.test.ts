/**
 * A mirror that keeps what is deleted at the source, through random edits of the source and of the mirror, crashes and
 * lost states: it has all that the source has, it loses nothing, and it says what it keeps. Back to mirroring, or
 * when its time is over, it is the source again.
 */
import { type DeleteRule, MIRROR_DELETES, PathFilter } from '@lanmirror/engine/core';
import { isWithin, joinPath } from '@lanmirror/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { contentKey } from './content.ts';
import type { MirrorSite } from './mirror-site.ts';
import { nameFor } from './named-history.ts';
import { type MemoryNode, walk } from './node-walk.ts';
import { Player } from './player.ts';
import { type DiskKind, PATHS, type Scene } from './scene.ts';
import { simulated } from './simulated.ts';
import { World } from './world.ts';

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 0x7fffffff));
const RUNS = Number(process.env.SIM_RUNS ?? 60);
const REST_MS = 120_000;
const HOUR_MS = 3_600_000;
/** After this a change of the source was heard, and begun on. */
const HEARD_MS = 300;

simulated();

type Deed =
  | { do: 'write'; path: string; size: 'small' | 'medium' }
  | { do: 'append' | 'remove' | 'mkdir'; path: string }
  | { do: 'rename' | 'swap'; path: string; to: string }
  /** The client dies at its n-th change of the target from now on. */
  | { do: 'fuse'; on: number; n: number; downMs: number; isPowerCut: boolean; keep: number }
  /** The processes begin anew, with or without what they remembered. */
  | { do: 'lose'; what: '' | 'index' | 'state' | 'both' };

/** `isHasty`: the next one follows at once, so that both are heard, and planned, together. */
type Step = Deed & { readonly isHasty: boolean };

const fuse = (n: number): Deed => ({
  ...{ do: 'fuse', on: 0, n, downMs: 10 * HEARD_MS, isPowerCut: false, keep: 1 },
});

function stepsOn(paths: readonly string[]): fc.Arbitrary<Step[]> {
  const path = fc.constantFrom(...paths);
  const small = fc.constantFrom('small' as const, 'medium' as const);
  const deed: fc.Arbitrary<Deed> = fc.oneof(
    { weight: 3, arbitrary: fc.record({ do: fc.constant('write' as const), path, size: small }) },
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constantFrom('append' as const, 'remove', 'remove', 'mkdir'), path }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constantFrom('rename' as const, 'swap'), path, to: path }),
    },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 8 }).map(fuse) },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('lose' as const),
        what: fc.constantFrom('' as const, '', 'index', 'state', 'both'),
      }),
    },
  );
  return fc.array(
    fc.tuple(deed, fc.boolean()).map(([one, isHasty]): Step => ({ ...one, isHasty })),
    {
      ...{ minLength: 4, maxLength: 16 },
    },
  );
}

function sceneOn(disk: DiskKind | undefined): Scene {
  const mirror: Scene['mirrors'][number] = {
    ...{ root: '', mode: 'incremental' as const, found: [], mtimeStepMs: disk === 'windows' ? 2000 : 0 },
    ...{ maxWorkers: 2, holdMin: 100 },
  };
  return {
    ...{ seed: 5, tickMs: 0, mtimeStepMs: 0, hasTwins: false, costMs: 0 },
    mirrors: [disk === undefined ? mirror : { ...mirror, disk }],
  };
}

const ruleOf = (choice: DeleteRule['choice'], ...lines: string[]): DeleteRule => ({
  ...{ choice, text: '' },
  never: new PathFilter(lines.map((line) => ({ line, origin: 'test' }))),
});

/** Contents that stand on the mirror, or are in its trash. */
function contentsOf({ tree }: MirrorSite): {
  readonly here: Map<string, number>;
  readonly trash: Set<string>;
} {
  const here = new Map<string, number>();
  const visit = (folder: MemoryNode | undefined): void => {
    for (const { node } of folder?.slots.values() ?? []) {
      if (node.kind === 'directory') visit(node);
      else if (node.kind === 'file') {
        const key = contentKey(node.bytes);
        here.set(key, (here.get(key) ?? 0) + 1);
      }
    }
  };
  visit(tree.disk.root);
  const trash = new Set<string>();
  for (const [, node] of walk(tree.disk.trash)) if (node.kind === 'file') trash.add(contentKey(node.bytes));
  return { here, trash };
}

/** The files that the books have as kept: path and content. */
function keptContents({ client, nodes }: MirrorSite): [path: string, key: string][] {
  const { kept, baseline } = client?.state ?? {};
  const pathOf = (id: number): string => {
    const entry = kept?.get(id);
    if (entry === undefined) return baseline?.pathOf(id) ?? '?';
    return joinPath(pathOf(entry.parentId), entry.name);
  };
  return [...(kept?.all() ?? [])].flatMap(({ id }): [string, string][] => {
    const path = pathOf(id);
    const node = nodes.get(path);
    return node?.kind === 'file' ? [[path, contentKey(node.bytes)]] : [];
  });
}

/** Paths at the source of what waits, because its place is that of a folder that the rule keeps. */
function waitingPaths({ client }: MirrorSite): string[] {
  const problems = client?.mirror.problems ?? [];
  expect(problems.filter(({ code }) => code !== 'PLACE_NOT_DELETED')).toEqual([]);
  return problems.map(({ path }) => path);
}

/** What the source has is on the mirror, and proved to be; but for what is named as waiting for a place that a folder has. */
function expectMirrored(world: World, mirror: MirrorSite, waiting: readonly string[] = []): void {
  const { client, nodes } = mirror;
  if (waiting.length === 0) {
    expect(client?.mirror.problems).toEqual([]);
    expect(client?.mirror.fingerprints.comparison).toBe('identical');
    expect(client?.state.dirtyCount()).toBe(0);
  } else if (mirror.scene.disk === undefined)
    expect(waiting.some((path) => nodes.get(path)?.kind === 'directory')).toBe(true);
  const contents = contentsOf(mirror).here;
  for (const [path, node] of walk(world.source.tree.disk.root))
    if (node.kind === 'file' && !waiting.some((top) => isWithin(path, top)))
      expect(contents.get(contentKey(node.bytes)) ?? 0).toBeGreaterThan(0);
}

/** What is in the books as kept stands on the disk, and nothing else stands there that the source does not have. */
function expectBooked(world: World, mirror: MirrorSite): void {
  const { state } = mirror.client ?? {};
  if (state === undefined) throw new Error('no client');
  const standing = [...walk(mirror.tree.disk.root)].filter(([path]) => !path.startsWith('.lanmirror')).length;
  const atSource = [...walk(world.source.tree.disk.root)].length;
  expect(standing).toBe(atSource + state.meta.keptEntries);
  expect([...state.kept.all()]).toHaveLength(state.meta.keptEntries);
  for (const { id } of state.kept.all()) expect(state.baseline.get(id)).toBeUndefined();
}

/** What replaces nothing, so that all stays where nothing else was done. */
const HARMLESS: ReadonlySet<string> = new Set(['remove', 'lose', 'fuse']);

async function play(
  made: readonly Step[],
  scene: Scene,
  rule: DeleteRule,
  harmless = HARMLESS,
): Promise<void> {
  const disk = scene.mirrors[0]?.disk;
  const world = new World(scene);
  const player = new Player(world, scene);
  const [mirror] = world.mirrors;
  if (mirror === undefined) throw new Error('no mirror');
  mirror.deleteRule = rule;
  world.start();
  await world.advance(REST_MS);
  let before = new Map<string, number>();
  let kept: [path: string, key: string][] = [];
  let isRenamed = false;
  let isOnlyDeleted = true;
  let isAtRest = true;
  let isLit = false;
  try {
    for (const [at, step] of made.entries()) {
      if (isAtRest) {
        [before, kept] = [contentsOf(mirror).here, keptContents(mirror)];
        [isOnlyDeleted, isRenamed] = [true, false];
      }
      isRenamed ||= step.do === 'rename' || step.do === 'swap';
      isOnlyDeleted &&= harmless.has(step.do);
      if (step.do === 'lose') lose(world, step.what);
      else player.run(step);
      isAtRest = !step.isHasty || at === made.length - 1;
      isLit ||= step.do === 'fuse';
      if (!isAtRest) {
        if (isLit) await world.advance(HEARD_MS);
        continue;
      }
      isLit = false;
      await world.advance(REST_MS);
      const waiting = waitingPaths(mirror);
      expectMirrored(world, mirror, waiting);
      if (waiting.length === 0) expectBooked(world, mirror);
      const after = contentsOf(mirror);
      const names = new Set([...walk(world.source.tree.disk.root)].map(([path]) => path));
      for (const [path, key] of kept) {
        expect(after.here.has(key) || after.trash.has(key)).toBe(true);
        // What stays gives way to its own name only, not to a file in the place of a folder above it.
        if (rule.choice === 'never' && disk === undefined && !isRenamed && !names.has(path))
          expect([path, after.here.has(key)]).toEqual([path, true]);
      }
      const isDeletion = rule.choice === 'never' && isOnlyDeleted;
      // Where two names are one, what has the other at the source takes the place.
      const isStill = (key: string): boolean => disk === undefined || !after.trash.has(key);
      if (isDeletion)
        for (const [key, count] of before) if (isStill(key)) expect(after.here.get(key)).toBe(count);
    }
    mirror.defuse();
    // What is kept for some time goes by itself; else another rule lets it go.
    if (typeof rule.choice === 'object')
      for (let part = 0; part < 8; part += 1) await world.advance(HOUR_MS / 6);
    else mirrorAgain(mirror);
    await world.advance(REST_MS);
    expectMirrored(world, mirror);
    expect(mirror.client?.state.meta.keptEntries).toBe(0);
    expectBooked(world, mirror);
  } finally {
    world.end();
  }
}

function mirrorAgain({ client }: MirrorSite): void {
  client?.mirror.reconfigure({
    maxWorkers: { most: 2, large: 2 },
    ...{ checkIntervalMs: 0, historyDays: 30, minFreeSpace: 0, keepsTrash: true },
    ...{ policy: client.policy, deleteRule: MIRROR_DELETES },
  });
}

function lose({ source, mirrors }: World, what: '' | 'index' | 'state' | 'both'): void {
  mirrors[0]?.kill(100, what === 'state' || what === 'both');
  source.kill(50, what === 'index' || what === 'both');
}

/** While the mirror is away a file leaves a folder, which is deleted then: both are heard as one. */
const LEAVER: Step[] = [
  { do: 'write', path: 'd/e', size: 'small', isHasty: false },
  { do: 'lose', what: '', isHasty: true },
  { do: 'rename', path: 'd/e', to: 'b', isHasty: true },
  { do: 'remove', path: 'd', isHasty: false },
];

/** Killed while two folders exchange their names, one of which has something that is kept; then that one is deleted. */
const EXCHANGED: Step[] = [
  { do: 'write', path: 'd/e', size: 'small', isHasty: false },
  { do: 'write', path: 'f/a', size: 'small', isHasty: false },
  { do: 'remove', path: 'd/e', isHasty: false },
  { ...fuse(3), isHasty: true },
  { do: 'swap', path: 'd', to: 'f', isHasty: true },
  { do: 'remove', path: 'f', isHasty: false },
];

/** To this disk it is one name with the folder, which is deleted then. */
const ASIDE: Step[] = [
  { do: 'write', path: nameFor('d/e'), size: 'small', isHasty: false },
  { do: 'write', path: 'D', size: 'small', isHasty: false },
  { do: 'remove', path: 'd', isHasty: false },
];

test.each([
  ['never, on a disk of Linux', undefined, PATHS, ruleOf('never')],
  ['never, on a disk of Windows', 'windows', PATHS.map(nameFor), ruleOf('never')],
  ['some patterns', undefined, PATHS, ruleOf('mirror', 'a', 'd/e', 'f/')],
  ['for half an hour', undefined, PATHS, ruleOf({ afterMs: HOUR_MS / 2 })],
] as const)(
  `what a rule keeps is lost by nothing that happens: %s (SEED=${SEED})`,
  async (_name, disk, paths, rule) => {
    const property = fc.asyncProperty(stepsOn(paths), (made) => play(made, sceneOn(disk), rule));
    await fc.assert(property, {
      seed: SEED,
      numRuns: typeof rule.choice === 'object' ? Math.ceil(RUNS / 6) : RUNS,
      examples: disk === undefined ? [[LEAVER], [EXCHANGED]] : [[ASIDE]],
    });
  },
);

test.each([
  ['never', ruleOf('never')],
  ['for half an hour', ruleOf({ afterMs: HOUR_MS / 2 })],
] as const)(
  'a folder in the way of a file stays as long as the rule keeps what is in it: %s',
  async (_name, rule) => {
    const scene = sceneOn(undefined);
    const world = new World(scene);
    const player = new Player(world, scene);
    const [mirror] = world.mirrors;
    if (mirror === undefined) throw new Error('no mirror');
    mirror.deleteRule = rule;
    world.start();
    try {
      player.run({ do: 'write', path: 'd/e', size: 'small' });
      await world.advance(REST_MS);
      player.run({ do: 'remove', path: 'd' });
      player.run({ do: 'write', path: 'd', size: 'small' });
      await world.advance(REST_MS);
      lose(world, '');
      await world.advance(REST_MS);
      expect(waitingPaths(mirror)).toEqual(['d']);
      expect([...mirror.nodes.keys()].filter((path) => path.startsWith('d'))).toEqual(['d', 'd/e']);
      for (let part = 0; part < 12; part += 1) await world.advance(HOUR_MS / 6);
      if (rule.choice === 'never') expect(waitingPaths(mirror)).toEqual(['d']);
      else expectMirrored(world, mirror);
      mirrorAgain(mirror);
      await world.advance(REST_MS);
      expectMirrored(world, mirror);
      expect(contentsOf(mirror).trash.size).toBe(1);
    } finally {
      world.end();
    }
  },
);

test('what is kept in a folder that was killed on its way to another name stays, when that folder is deleted then', () =>
  play(EXCHANGED, sceneOn(undefined), ruleOf('never'), new Set([...HARMLESS, 'swap'])));

test('a file that stood aside for a folder that a rule keeps is compared when it has its name, though it was taken over by size and time', () =>
  play(
    [
      { do: 'write', path: 'd/a', size: 'small', isHasty: false },
      { do: 'write', path: 'a', size: 'small', isHasty: false },
      { do: 'rename', path: 'd', to: 'A', isHasty: false },
      { do: 'remove', path: 'A', isHasty: false },
      { do: 'write', path: 'A', size: 'small', isHasty: false },
      { do: 'lose', what: 'index', isHasty: false },
    ],
    sceneOn('windows'),
    ruleOf('never'),
  ));
