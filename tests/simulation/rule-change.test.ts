/**
 * Rules come and go, between edits of the source and losses of what both ends remember. No rule deletes anything: what
 * stands on a mirror goes only when its source has gone, and what is published is the same on both ends.
 */
import { loadHash } from '@lanmirror/engine/tree';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SourceFilter } from '../../packages/server/src/publish/source-filter.ts';
import { contentKey } from './content.ts';
import type { MirrorSite } from './mirror-site.ts';
import { walk } from './node-walk.ts';
import { Player } from './player.ts';
import { PATHS, type Scene } from './scene.ts';
import { ignoreDeaths } from './unhandled.ts';
import { World } from './world.ts';

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 0x7fffffff));
const RUNS = Number(process.env.SIM_RUNS ?? 40);
const REST_MS = 120_000;

let restore: () => void;
beforeAll(async () => {
  await loadHash();
  restore = ignoreDeaths();
});
afterAll(() => restore());

const path = fc.constantFrom(...PATHS);
const edit = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('write' as const),
      path,
      size: fc.constantFrom('small' as const, 'medium' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('append' as const, 'remove' as const, 'mkdir' as const),
      path,
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('rename' as const), path, to: path }) },
);
/** The server starts anew with other rules; what is remembered may be lost before that. */
const change = fc.record({
  do: fc.constant('rules' as const),
  lines: fc.array(
    fc.constantFrom('a', '/b', 'd/', 'd/e', '!d/e', 'f/**/b', 'e', '!/a', '*', '!*/', 'keep1'),
    { maxLength: 3 },
  ),
  maxBytes: fc.constantFrom(0, 0, 20, 2000),
  lost: fc.constantFrom('' as const, '' as const, 'index' as const, 'state' as const, 'both' as const),
});
type Step =
  typeof edit extends fc.Arbitrary<infer E>
    ? E | (typeof change extends fc.Arbitrary<infer C> ? C : never)
    : never;
const steps: fc.Arbitrary<Step[]> = fc.array(fc.oneof(edit, change), { minLength: 4, maxLength: 14 });

const SCENE: Scene = {
  ...{ seed: 5, tickMs: 0, mtimeStepMs: 0, hasTwins: false, costMs: 0 },
  mirrors: [{ root: '', mode: 'incremental', found: [], mtimeStepMs: 0, maxWorkers: 2, holdMin: 100 }],
};

/** Contents of files by their paths. */
function filesOf(site: MirrorSite | World['source']): Map<string, string> {
  const files = new Map<string, string>();
  for (const [at, node] of walk(site.tree.disk.root))
    if (node.kind === 'file' && !at.startsWith('.lanmirror')) files.set(at, contentKey(node.bytes));
  return files;
}

function isPublished({ filter, tree }: World['source'], at: string): boolean {
  const node = tree.disk.find(at);
  if (node?.kind !== 'file') return false;
  return (
    !filter.isExcluded(at, 'file') && !filter.isSizeExcluded({ kind: 'file', sizeBytes: node.bytes.length })
  );
}

function changeRules({ source, mirrors }: World, step: Step & { do: 'rules' }): void {
  source.filter = new SourceFilter(
    step.lines.map((line) => ({ line, origin: 'test' })),
    { maxBytes: step.maxBytes },
  );
  if (step.lost === 'state' || step.lost === 'both') mirrors[0]?.kill(100, true);
  source.kill(50, step.lost === 'index' || step.lost === 'both');
}

async function play(made: readonly Step[]): Promise<void> {
  const world = new World(SCENE);
  const player = new Player(world, SCENE);
  const [mirror] = world.mirrors;
  if (mirror === undefined) throw new Error('no mirror');
  world.start();
  await world.advance(REST_MS);
  try {
    for (const step of made) {
      const before = filesOf(mirror);
      if (step.do === 'rules') changeRules(world, step);
      else player.run(step);
      await world.advance(REST_MS);
      expectSame(world.source, mirror);
      if (step.do === 'rules') expectNothingLost(world.source, mirror, before);
      expect(mirror.client?.mirror.fingerprints.comparison).toBe('identical');
    }
  } finally {
    world.end();
  }
}

/** What is published is on the mirror as it is at the source. */
function expectSame(source: World['source'], mirror: MirrorSite): void {
  const here = filesOf(mirror);
  for (const [at, content] of filesOf(source))
    if (isPublished(source, at)) expect([at, here.get(at)]).toEqual([at, content]);
}

/** What was on the mirror is there, unless its source has gone: and then no rule speaks of it. */
function expectNothingLost(
  source: World['source'],
  mirror: MirrorSite,
  before: ReadonlyMap<string, string>,
): void {
  const here = filesOf(mirror);
  for (const [at, content] of before) {
    if (isPublished(source, at)) continue;
    const isNamed = source.filter.isExcluded(at, 'file') || source.tree.disk.find(at)?.kind === 'file';
    if (isNamed) expect([at, here.get(at)]).toEqual([at, content]);
  }
}

test(`a change of rules, whatever was lost with it, deletes nothing (SEED=${SEED})`, async () => {
  await fc.assert(fc.asyncProperty(steps, play), { seed: SEED, numRuns: RUNS });
});
