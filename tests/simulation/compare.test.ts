/**
 * A mirror that takes only some differences for differences, through random edits of the source and of the mirror, lost
 * states and power cuts: what counts is put right, what does not is left as it is and counted, and both go on being so
 * when the same is looked at again. Back to every difference, it is the source again.
 */
import { COMPARE_ALL, type CompareRule, compareText, MIRROR_DELETES } from '@lanmirror/engine/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isPassed } from '../../packages/client/src/state/aim.ts';
import { compareTarget } from '../../packages/client/src/verify/compare-target.ts';
import { WRONG } from '../../packages/client/src/verify/finding.ts';
import { contentKey } from './content.ts';
import type { MirrorSite } from './mirror-site.ts';
import { type MemoryNode, walk } from './node-walk.ts';
import { Player } from './player.ts';
import { PATHS, type Scene } from './scene.ts';
import { simulated } from './simulated.ts';
import { findUnplanned } from './state-oracle.ts';
import { World } from './world.ts';

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 0x7fffffff));
const RUNS = Number(process.env.SIM_RUNS ?? 6);
const REST_MS = 120_000;

simulated();

type Deed =
  | { do: 'write'; path: string; size: 'small' | 'medium' }
  | { do: 'append' | 'remove' | 'mkdir' | 'symlink' | 'touch'; path: string }
  | { do: 'chmod'; path: string; mode: number }
  | { do: 'rename' | 'swap'; path: string; to: string }
  | { do: 'localWrite' | 'localRemove' | 'localMkdir'; on: number; path: string }
  | { do: 'restartFull' | 'stopClient'; on: number; downMs: number }
  | { do: 'cutClientPower'; on: number; downMs: number; keepTree: number; keepStore: number }
  /** The processes begin anew, with or without what they remembered. */
  | { do: 'lose'; what: 'index' | 'state' | 'both' };

/** `isHasty`: the next one follows at once, so that both are heard, and planned, together. */
type Step = Deed & { readonly isHasty: boolean };

const path = fc.constantFrom(...PATHS);
const [on, downMs] = [fc.constant(0), fc.constant(100)];

/** What leaves every name where it is. */
const edits: fc.Arbitrary<Deed>[] = [
  fc.record({ do: fc.constant('write' as const), path, size: fc.constantFrom('small' as const, 'medium') }),
  fc.record({ do: fc.constantFrom('append' as const, 'append', 'mkdir', 'touch'), path }),
  fc.record({ do: fc.constant('chmod' as const), path, mode: fc.constantFrom(0o600, 0o755) }),
  fc.record({ do: fc.constantFrom('localWrite' as const), on, path }),
];
const troubles: fc.Arbitrary<Deed>[] = [
  fc.record({ do: fc.constant('lose' as const), what: fc.constantFrom('index' as const, 'state', 'both') }),
  fc.record({ do: fc.constantFrom('restartFull' as const, 'stopClient'), on, downMs }),
];
const moves: fc.Arbitrary<Deed>[] = [
  fc.record({ do: fc.constantFrom('remove' as const, 'remove', 'symlink'), path }),
  fc.record({ do: fc.constantFrom('rename' as const, 'swap'), path, to: path }),
  fc.record({ do: fc.constantFrom('localRemove' as const, 'localMkdir'), on, path }),
  fc.record({
    ...{ do: fc.constant('cutClientPower' as const), on, downMs },
    ...{ keepTree: fc.constantFrom(0, 0.5, 1), keepStore: fc.constantFrom(0, 0.5, 1) },
  }),
];

function stepsOf(deeds: readonly fc.Arbitrary<Deed>[]): fc.Arbitrary<Step[]> {
  const one = fc
    .tuple(fc.oneof(...deeds), fc.boolean())
    .map(([deed, isHasty]): Step => ({ ...deed, isHasty }));
  return fc.array(one, { minLength: 4, maxLength: 16 });
}

const SCENE: Scene = {
  ...{ seed: 5, tickMs: 0, mtimeStepMs: 0, hasTwins: false, costMs: 0 },
  mirrors: [{ root: '', mode: 'incremental', found: [], mtimeStepMs: 0, maxWorkers: 2, holdMin: 100 }],
};

const microseconds = ({ mtimeNs }: MemoryNode): bigint => mtimeNs / 1000n;

/** In what a file of the source differs from the one here, as anybody sees it on the disks. */
function seen(source: MemoryNode, here: MemoryNode): string[] {
  const isLater = microseconds(source) > microseconds(here);
  return [
    ...(source.bytes.length === here.bytes.length ? [] : ['size']),
    ...(isLater ? ['newer'] : []),
    ...(microseconds(source) === microseconds(here) ? [] : ['mtime']),
    ...(contentKey(source.bytes) === contentKey(here.bytes) ? [] : ['hash']),
  ];
}

/** What counts is put right, and nothing is here that is not. */
function expectRule(world: World, mirror: MirrorSite, rule: CompareRule): void {
  const here = mirror.nodes;
  for (const [at, node] of walk(world.source.tree.disk.root)) {
    const standing = here.get(at);
    const isMissing = standing?.kind !== node.kind;
    if (rule.includes('missing')) expect([at, isMissing]).toEqual([at, false]);
    if (isMissing || standing === undefined || node.kind !== 'file') continue;
    const counting = seen(node, standing).filter((one) => rule.some((each) => each === one));
    expect([at, counting]).toEqual([at, []]);
  }
}

/** The books say what is passed over, nothing is left to do, and verify finds nothing wrong. */
async function expectBooked(world: World, mirror: MirrorSite, rule: CompareRule): Promise<void> {
  const { client, tree } = mirror;
  if (client === undefined) throw new Error('no client');
  const { state } = client;
  for (const entry of state.view.all()) {
    const isNow = isPassed(state, rule, entry, state.baseline.get(entry.id));
    expect([entry.name, state.passedOver.has(entry.id)]).toEqual([entry.name, isNow]);
  }
  const isWhole = rule.includes('missing');
  if (isWhole) expect([state.dirtyCount(), findUnplanned(state)]).toEqual([0, '']);
  const codes = client.mirror.problems.map(({ code }) => code);
  expect(codes.filter((code) => isWhole || code !== 'PLACE_LEFT')).toEqual([]);
  if (codes.length > 0) return;
  const wanted = { text: '', isMatch: () => true, mayHold: () => true };
  const findings = compareTarget({
    ...{ tree, state, clock: client.clock, wanted },
    ...{ isInFlight: () => false, isStopped: () => false, stays: () => false },
  });
  const wrong: string[] = [];
  const verify = async (): Promise<void> => {
    for await (const { path: at, verdict, detail } of findings)
      if (WRONG.has(verdict)) wrong.push(`${verdict} ${at} ${detail}`);
  };
  // What it waits for happens in the world's time.
  let isOver = false;
  const verifying = verify().then(() => {
    isOver = true;
  });
  for (let turn = 0; turn < 1000 && !isOver; turn += 1) await world.advance(100);
  await verifying;
  expect(wrong).toEqual([]);
}

/** All contents that the source or a person gave to a file, so far. */
function gather(contents: Set<string>, ...roots: (MemoryNode | undefined)[]): void {
  for (const root of roots)
    for (const [, node] of walk(root)) if (node.kind === 'file') contents.add(contentKey(node.bytes));
}

function contentsHere(mirror: MirrorSite): Set<string> {
  const here = new Set<string>();
  for (const [where, node] of mirror.nodes)
    if (node.kind === 'file' && !where.startsWith('.lanmirror')) here.add(contentKey(node.bytes));
  return here;
}

async function play(made: readonly Step[], rule: CompareRule): Promise<void> {
  const world = new World(SCENE);
  const player = new Player(world, SCENE);
  const [mirror] = world.mirrors;
  if (mirror === undefined) throw new Error('no mirror');
  mirror.compare = rule;
  world.start();
  await world.advance(REST_MS);
  const contents = new Set<string>();
  let before = new Map<string, [string, bigint]>();
  let isEditedHere = false;
  let standing = new Set<string>();
  let isOnlySwapped = true;
  const isNever = rule.every((one) => one === 'missing');
  let isEditOnly = made.every((step) => !['remove', 'rename', 'swap'].includes(step.do));
  try {
    for (const [at, step] of made.entries()) {
      if (step.do === 'lose') lose(world, step.what);
      else player.run(step);
      gather(
        contents,
        world.source.tree.disk.root,
        step.do === 'localWrite' ? mirror.tree.disk.root : undefined,
      );
      isEditOnly &&= step.do !== 'localRemove' && step.do !== 'localMkdir' && step.do !== 'cutClientPower';
      if (step.do === 'localWrite' || step.do === 'mkdir') before = new Map();
      isEditedHere ||= step.do.startsWith('local');
      isOnlySwapped &&= step.do === 'swap' || step.do === 'stopClient';
      if (step.isHasty && at < made.length - 1) continue;
      // What somebody did here is found when the target is looked at, which a start does.
      if (isEditedHere) player.run({ do: 'stopClient', on: 0, downMs: 100 });
      isEditedHere = false;
      await world.advance(REST_MS);
      // Names are exchanged, or wait for that: nothing has gone.
      const here = contentsHere(mirror);
      if (isOnlySwapped) for (const key of standing) expect([key, here.has(key)]).toEqual([key, true]);
      [standing, isOnlySwapped] = [here, true];
      expectRule(world, mirror, rule);
      await expectBooked(world, mirror, rule);
      for (const [where, node] of mirror.nodes)
        if (node.kind === 'file' && !where.startsWith('.lanmirror'))
          expect([where, contents.has(contentKey(node.bytes))]).toEqual([where, true]);
      if (isNever && isEditOnly)
        for (const [where, facts] of before)
          expect([where, factsOf(mirror.nodes.get(where))]).toEqual([where, facts]);
      before = new Map([...mirror.nodes].map(([where, node]) => [where, factsOf(node)]));
    }
    compareAll(mirror);
    await world.advance(REST_MS);
    expect(mirror.client?.state.passedOver.count).toBe(0);
    expect(mirror.client?.mirror.problems).toEqual([]);
    expect(mirror.client?.mirror.fingerprints.comparison).toBe('identical');
    expectRule(world, mirror, COMPARE_ALL);
  } finally {
    world.end();
  }
}

/** A folder has the time that what is in it gives it. */
function factsOf(node: MemoryNode | undefined): [string, bigint] {
  if (node?.kind !== 'file') return [node?.kind ?? 'nothing', 0n];
  return [contentKey(node.bytes), node.mtimeNs];
}

function compareAll({ client }: MirrorSite): void {
  client?.mirror.reconfigure({
    maxWorkers: { most: 2, large: 2 },
    ...{ checkIntervalMs: 0, historyDays: 30, minFreeSpace: 0, keepsTrash: true, compare: COMPARE_ALL },
    ...{ policy: client.policy, deleteRule: MIRROR_DELETES },
  });
}

function lose({ source, mirrors }: World, what: 'index' | 'state' | 'both'): void {
  mirrors[0]?.kill(100, what !== 'index');
  source.kill(50, what !== 'state');
}

const RULES: CompareRule[] = [
  ['missing'],
  ['missing', 'newer'],
  ['missing', 'size'],
  ['missing', 'size', 'mtime'],
  ['missing', 'hash'],
  ['size', 'mtime', 'hash'],
  ['newer'],
];

test.each(RULES.map((rule) => [compareText(rule), rule] as const))(
  `what counts is put right, and nothing else: Compare = %s (SEED=${SEED})`,
  async (_text, rule) => {
    const still = fc.asyncProperty(stepsOf([...edits, ...troubles]), (made) => play(made, rule));
    await fc.assert(still, { seed: SEED, numRuns: RUNS });
    const moving = fc.asyncProperty(stepsOf([...edits, ...troubles, ...moves]), (made) => play(made, rule));
    await fc.assert(moving, { seed: SEED, numRuns: RUNS });
  },
);
