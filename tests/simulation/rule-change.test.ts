/**
 * Rules of the share and of the mirror come and go, between edits of the source and losses of what both ends remember. No rule deletes anything: what
 * stands on a mirror goes only when its source has gone, and what is published is the same on both ends.
 */
import { type AgeLimits, ageVerdict } from '@lanmirror/engine/core';
import { isWithin, joinPath, parentOf } from '@lanmirror/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NO_OWN_RULES } from '../../packages/client/src/state/own-rules.ts';
import { SourceFilter } from '../../packages/engine/src/source/publish/source-filter.ts';
import { contentKey } from './content.ts';
import type { MirrorSite } from './mirror-site.ts';
import { nameFor } from './named-history.ts';
import { type MemoryNode, walk } from './node-walk.ts';
import { Player } from './player.ts';
import { type DiskKind, PATHS, type Scene } from './scene.ts';
import { simulated } from './simulated.ts';
import { World } from './world.ts';

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 0x7fffffff));
const RUNS = Number(process.env.SIM_RUNS ?? 40);
const REST_MS = 120_000;

simulated();

/** Rules for the usual paths, and for those that no disk of Windows or macOS can hold side by side. */
const LINES = ['a', '/b', 'd/', 'd/e', '!d/e', 'f/**/b', 'e', '!/a', '*', '!*/', 'keep1'];
const NAMED_LINES = [
  'a',
  '/A',
  'd/',
  'D',
  'd/con',
  '!d/con',
  'wh*',
  'WHY\\?',
  'D/**/a:b',
  '\u00e9',
  'x.',
  '*',
  '!*/',
];

type Edit =
  | { do: 'write'; path: string; size: 'small' | 'medium' }
  | { do: 'append' | 'remove' | 'mkdir'; path: string }
  | { do: 'rename'; path: string; to: string };
/**
 * The share gets other rules: it is closed and opened with them while nothing is lost, or another server starts after a
 * kill. What is remembered may be lost before that.
 */
interface Change {
  readonly do: 'rules';
  readonly lines: readonly string[];
  readonly maxBytes: number;
  readonly lost: '' | 'index' | 'state' | 'both';
  readonly isKilled: boolean;
}
/** The mirror gets other rules of its own, while it runs or by another start; it may lose what it remembers. */
interface OwnChange {
  readonly do: 'own';
  readonly lines: readonly string[];
  readonly maxBytes: number;
  readonly ages: AgeLimits;
  readonly how: 'live' | 'killed' | 'state-lost';
}
type Step = Edit | Change | OwnChange;

/** No step of a history lies so long before another one. */
const [SOME_MS, MORE_MS] = [130_000, 500_000];
const NO_AGES: AgeLimits = { minAgeMs: 0, maxAgeMs: 0 };
const AGES: readonly AgeLimits[] = [
  { minAgeMs: SOME_MS, maxAgeMs: 0 },
  { minAgeMs: 0, maxAgeMs: MORE_MS },
  { minAgeMs: SOME_MS, maxAgeMs: MORE_MS },
];

/** What may be lost: after a loss of the state nobody knows of a side name whose it was. */
const LOST = ['', '', 'index', 'state', 'both'] as const;
const NAMED_LOST = ['', 'index'] as const;
const LOSSES = ['state-lost'] as const;

function stepsWith(
  paths: readonly string[],
  lines: readonly string[],
  lost: readonly Change['lost'][],
): fc.Arbitrary<Step[]> {
  const path = fc.constantFrom(...paths);
  const write = fc.record({
    do: fc.constant('write' as const),
    path,
    size: fc.constantFrom('small' as const, 'medium' as const),
  });
  const touch = fc.record({
    do: fc.constantFrom('append' as const, 'remove' as const, 'mkdir' as const),
    path,
  });
  const rename = fc.record({ do: fc.constant('rename' as const), path, to: path });
  const change = fc.record({
    do: fc.constant('rules' as const),
    lines: fc.array(fc.constantFrom(...lines), { maxLength: 3 }),
    maxBytes: fc.constantFrom(0, 0, 20, 2000),
    lost: fc.constantFrom(...lost),
    isKilled: fc.boolean(),
  });
  const edit = fc.oneof(
    { weight: 3, arbitrary: write },
    { weight: 2, arbitrary: touch },
    { weight: 2, arbitrary: rename },
  );
  const ownChange = fc.record({
    do: fc.constant('own' as const),
    lines: fc.array(fc.constantFrom(...lines), { maxLength: 2 }),
    maxBytes: fc.constantFrom(0, 0, 20),
    ages: fc.constantFrom(NO_AGES, NO_AGES, ...AGES),
    how: fc.constantFrom('live' as const, 'killed' as const, ...(lost.includes('state') ? LOSSES : [])),
  });
  return fc.array(fc.oneof({ weight: 3, arbitrary: edit }, change, ownChange), {
    minLength: 4,
    maxLength: 14,
  });
}

function sceneOn(disk: DiskKind | undefined): Scene {
  const mtimeStepMs = disk === 'windows' ? 2000 : 0;
  const mirror = {
    root: '',
    mode: 'incremental',
    found: [],
    mtimeStepMs,
    maxWorkers: 2,
    holdMin: 100,
  } as const;
  return {
    ...{ seed: 5, tickMs: 0, mtimeStepMs: 0, hasTwins: false, costMs: 0 },
    mirrors: [disk === undefined ? mirror : { ...mirror, disk }],
  };
}

/** A file of a mirror, by its path here. */
interface Standing {
  /** Its path at the source, as far as somebody knew it. */
  readonly source: string;
  readonly content: string;
  /** The client has it in its books. */
  readonly isKnown: boolean;
}

/** The names at the source of what a mirror has, also of what it has forgotten since. */
class Books {
  readonly #names = new WeakMap<MemoryNode, string>();

  filesOf({ tree, client }: MirrorSite): Map<string, Standing> {
    const files = new Map<string, Standing>();
    const { baseline, meta } = client?.state ?? {};
    const visit = (
      folder: MemoryNode | undefined,
      id: number | undefined,
      here: string,
      source: string,
    ): void => {
      for (const { name, node } of folder?.slots.values() ?? []) {
        if (here === '' && name === '.lanmirror') continue;
        const known = id === undefined ? undefined : baseline?.get(baseline.occupantId(id, name) ?? 0);
        if (known !== undefined) this.#names.set(node, known.sourceName ?? known.name);
        const [path, at] = [joinPath(here, name), joinPath(source, this.#names.get(node) ?? name)];
        if (node.kind === 'directory') visit(node, known?.id, path, at);
        else files.set(path, { source: at, content: contentKey(node.bytes), isKnown: known !== undefined });
      }
    };
    visit(tree.disk.root, meta?.rootId, '', '');
    return files;
  }
}

/** The source as the mirror is to have it: by the rules of both. */
class Wanted {
  readonly source: World['source'];
  own = new SourceFilter();
  ages = NO_AGES;
  readonly #wallMs: () => number;

  constructor({ source, scheduler }: World) {
    this.source = source;
    this.#wallMs = () => scheduler.wallMs;
  }

  /** Everything that the share has is to be on the mirror. */
  get isAll(): boolean {
    return this.own.isEmpty && this.ages === NO_AGES;
  }

  get root(): MemoryNode | undefined {
    return this.source.tree.disk.root;
  }

  kindAt(at: string): MemoryNode['kind'] | undefined {
    return this.source.tree.disk.find(at)?.kind;
  }

  isExcluded(at: string, kind: 'file' | 'directory'): boolean {
    return [this.source.filter, this.own].some((filter) => filter.isExcluded(at, kind));
  }

  readonly isMirrored = (at: string): boolean => {
    const node = this.source.tree.disk.find(at);
    if (node?.kind !== 'file') return false;
    const mtimeUs = Number(node.mtimeNs / 1000n);
    const file = { kind: 'file' as const, sizeBytes: node.bytes.length, mtimeUs };
    if (ageVerdict(this.ages, file, this.#wallMs()) !== 'in') return false;
    return ![this.source.filter, this.own].some((filter) => filter.isLeftOut(at, file));
  };
}

function changeRules({ source, mirrors }: World, step: Change): void {
  source.filter = new SourceFilter(
    step.lines.map((line) => ({ line, origin: 'test' })),
    { maxBytes: step.maxBytes },
  );
  if (step.lost === 'state' || step.lost === 'both') mirrors[0]?.kill(100, true);
  const isIndexLost = step.lost === 'index' || step.lost === 'both';
  if (step.isKilled || isIndexLost) source.kill(50, isIndexLost);
  else source.stop(0);
}

function changeOwnRules({ mirrors: [mirror] }: World, wanted: Wanted, step: OwnChange): void {
  const { maxBytes, ages } = step;
  const rules = step.lines.map((line) => ({ line, origin: 'test' }));
  wanted.own = new SourceFilter(rules, { maxBytes });
  wanted.ages = ages;
  const set = { ...NO_OWN_RULES, ...ages, rules, maxBytes };
  if (step.how === 'live') return mirror?.useOwnRules(set);
  mirror?.kill(100, step.how === 'state-lost');
  mirror?.useOwnRules(set);
}

async function play(made: readonly Step[], scene: Scene): Promise<void> {
  const world = new World(scene);
  const player = new Player(world, scene);
  const [mirror] = world.mirrors;
  if (mirror === undefined) throw new Error('no mirror');
  const books = new Books();
  const wanted = new Wanted(world);
  world.start();
  await world.advance(REST_MS);
  try {
    for (const step of made) {
      const before = books.filesOf(mirror);
      if (step.do === 'rules') changeRules(world, step);
      else if (step.do === 'own') changeOwnRules(world, wanted, step);
      else player.run(step);
      const mirrored = new Set([...before.values()].map((file) => file.source).filter(wanted.isMirrored));
      await world.advance(REST_MS);
      const after = books.filesOf(mirror);
      const waiting = toldToWait(mirror);
      expectSame(wanted, after, waiting);
      if (step.do === 'rules' || step.do === 'own') expectNothingLost(wanted, before, after, mirrored);
      if (waiting.length === 0 && wanted.isAll)
        expect(mirror.client?.mirror.fingerprints.comparison).toBe('identical');
    }
  } finally {
    world.end();
  }
}

/** Paths that wait until somebody moves what is left alone in their place; nothing else goes wrong. */
function toldToWait({ client }: MirrorSite): string[] {
  const problems = client?.mirror.problems ?? [];
  const excluded = problems.filter(({ code }) => code === 'PLACE_EXCLUDED');
  // What is to have the name of one of those waits for it.
  const behind = excluded.length === 0 ? [] : problems.filter(({ code }) => code === 'PLACE_STUCK');
  const tops = [...excluded, ...behind].map(({ path }) => path);
  expect(problems.filter(({ path }) => !tops.some((top) => isWithin(path, top)))).toEqual([]);
  return tops;
}

/** What is mirrored is on the mirror as it is at the source. */
function expectSame(wanted: Wanted, here: ReadonlyMap<string, Standing>, waiting: readonly string[]): void {
  const known = [...here.values()].filter(({ isKnown }) => isKnown);
  const contents = new Map(known.map(({ source: at, content }) => [at, content]));
  for (const [at, node] of walk(wanted.root))
    if (wanted.isMirrored(at) && !waiting.some((top) => isWithin(at, top)))
      expect([at, contents.get(at)]).toEqual([at, contentKey(node.bytes)]);
}

/**
 * What was on the mirror is there, unless its source has gone: and then no rule speaks of it. Its folder may have got
 * another name here. What was mirrored as this began, and is too old by now, may have come anew in between.
 */
function expectNothingLost(
  wanted: Wanted,
  before: ReadonlyMap<string, Standing>,
  after: ReadonlyMap<string, Standing>,
  mirrored: ReadonlySet<string>,
): void {
  const texts = new Set([...after.values()].map(({ source: at, content }) => `${at}: ${content}`));
  for (const { source: at, content } of before.values()) {
    if (wanted.isMirrored(at) || isFolderGone(wanted, at)) continue;
    const isNamed = wanted.isExcluded(at, 'file') || wanted.kindAt(at) === 'file';
    const text = `${at}: ${content}`;
    const node = mirrored.has(at) ? wanted.source.tree.disk.find(at) : undefined;
    const isNewer = node !== undefined && texts.has(`${at}: ${contentKey(node.bytes)}`);
    if (isNamed) expect([text, isNewer || texts.has(text)]).toEqual([text, true]);
  }
}

/** What is left alone in a folder goes with it when that, which no rule speaks of, is gone. */
function isFolderGone(wanted: Wanted, at: string): boolean {
  const folder = parentOf(at);
  if (folder === '' || wanted.isExcluded(folder, 'directory')) return false;
  return wanted.kindAt(folder) !== 'directory' || isFolderGone(wanted, folder);
}

test.each([
  ['a disk of Linux', sceneOn(undefined), stepsWith(PATHS, LINES, LOST)],
  ['a disk of Windows', sceneOn('windows'), stepsWith(PATHS.map(nameFor), NAMED_LINES, NAMED_LOST)],
  ['a disk of macOS', sceneOn('macos'), stepsWith(PATHS.map(nameFor), NAMED_LINES, NAMED_LOST)],
])(
  `a change of rules, whatever was lost with it, deletes nothing on %s (SEED=${SEED})`,
  async (_disk, scene, steps) => {
    const property = fc.asyncProperty(steps, (made) => play(made, scene));
    await fc.assert(property, { seed: SEED, numRuns: RUNS });
  },
);

test('what was renamed to a place that it could not get here, and is too large by now, goes from its old one', () =>
  play(
    [
      { do: 'write', path: 'd/why?', size: 'small' },
      { do: 'write', path: 'D/\u00e9/a:b', size: 'small' },
      { do: 'rules', lines: ['wh*'], maxBytes: 20, lost: '', isKilled: false },
      { do: 'rename', path: 'D/\u00e9/a:b', to: 'd/WHY?' },
      { do: 'write', path: 'd/WHY?', size: 'medium' },
    ],
    sceneOn('macos'),
  ));
