/**
 * Ignore files come, change, move and go in the source, with losses of what both ends remember and files that cannot be
 * read for a while. What they hide is not published and not removed from a mirror; what they show is there.
 */
import { PathFilter } from '@lanmirror/engine/core';
import { isWithin, joinPath, nameOf } from '@lanmirror/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { numberedRules } from '../../packages/engine/src/host/rule-lines.ts';
import { filterRules } from '../../packages/engine/src/source/publish/ignore-file.ts';
import { SourceFilter } from '../../packages/engine/src/source/publish/source-filter.ts';
import type { Absence } from '../../packages/engine/src/tree/memory/index.ts';
import { contentKey } from './content.ts';
import type { MirrorSite } from './mirror-site.ts';
import { walk } from './node-walk.ts';
import { FOREVER, Player } from './player.ts';
import { PATHS, type Scene } from './scene.ts';
import { simulated } from './simulated.ts';
import { World } from './world.ts';

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 0x7fffffff));
const RUNS = Number(process.env.SIM_RUNS ?? 25);
const REST_MS = 120_000;
const NAME = '.ignore';

simulated();

const SCENE: Scene = {
  ...{ seed: 5, tickMs: 0, mtimeStepMs: 0, hasTwins: false, costMs: 0 },
  mirrors: [
    {
      ...{ root: '', mode: 'incremental', found: [], mtimeStepMs: 0 },
      ...{ maxWorkers: 2, holdMin: 100 },
    } as const,
  ],
};

type Edit =
  | { do: 'write'; path: string; size: 'small' | 'medium' }
  | { do: 'append' | 'remove' | 'mkdir'; path: string }
  | { do: 'rename'; path: string; to: string };
/** An ignore file says this from now on, or is gone; with its neighbours at once: it is written last. */
interface Rules {
  readonly do: 'rules';
  readonly folder: string;
  readonly lines: readonly string[] | undefined;
  readonly isHalfWritten: boolean;
}
/** What both ends remember is lost, or only the server starts anew. */
interface Loss {
  readonly do: 'loss';
  readonly lost: '' | 'index' | 'state' | 'both';
}
/** An ignore file cannot be read for a while, in which the server may start anew. */
interface Lock {
  readonly do: 'lock';
  readonly folder: string;
  readonly lost: 'nothing' | 'server' | 'index';
}
/** The server, or the mirror, is off while this is done. */
interface Away {
  readonly do: 'away';
  readonly who: 'server' | 'mirror' | 'both';
  readonly edits: readonly (Edit | Rules)[];
}
/** The disk of the source is away for a while: nothing is where it was. */
interface Unmount {
  readonly do: 'unmount';
  readonly left: Absence;
}
type Step = Edit | Rules | Loss | Lock | Away | Unmount;

const FOLDERS = ['', 'd', 'd/e', 'f', 'f/e'] as const;
const LINES = ['a', '/a', '/e', 'e/', 'e/a', '*', '!*/', '!a', '!/e/a', 'b', '.ignore', 'd/'];

const path = fc.constantFrom(...PATHS);
const folder = fc.constantFrom(...FOLDERS);
const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({
    do: fc.constant('write' as const),
    path,
    size: fc.constantFrom('small' as const, 'medium' as const),
  }),
  fc.record({ do: fc.constantFrom('append' as const, 'remove' as const, 'mkdir' as const), path }),
  fc.record({ do: fc.constant('rename' as const), path, to: path }),
);
const rules: fc.Arbitrary<Rules> = fc.record({
  do: fc.constant('rules' as const),
  folder,
  lines: fc.option(fc.array(fc.constantFrom(...LINES), { maxLength: 3 }), { nil: undefined, freq: 3 }),
  isHalfWritten: fc.boolean(),
});
const loss: fc.Arbitrary<Loss> = fc.record({
  do: fc.constant('loss' as const),
  lost: fc.constantFrom('' as const, 'index' as const, 'state' as const, 'both' as const),
});
const lock: fc.Arbitrary<Lock> = fc.record({
  do: fc.constant('lock' as const),
  folder,
  lost: fc.constantFrom('nothing' as const, 'server' as const, 'index' as const),
});
const away: fc.Arbitrary<Away> = fc.record({
  do: fc.constant('away' as const),
  who: fc.constantFrom('server' as const, 'mirror' as const, 'both' as const),
  edits: fc.array(fc.oneof(edit, rules), { minLength: 1, maxLength: 3 }),
});
const unmount: fc.Arbitrary<Unmount> = fc.record({
  do: fc.constant('unmount' as const),
  left: fc.constantFrom<Absence>('absent', 'empty', 'replaced'),
});
const steps = fc.array(
  fc.oneof({ weight: 4, arbitrary: edit }, { weight: 4, arbitrary: rules }, loss, lock, away, unmount),
  { minLength: 4, maxLength: 14 },
);

/** What the source has, and what its ignore files say of that now. */
class Truth {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  get filter(): PathFilter {
    const nested = [...this.#nodes()].flatMap(([at, node]) =>
      nameOf(at) === NAME && node.kind === 'file'
        ? filterRules(numberedRules(new TextDecoder().decode(node.bytes)), at)
        : [],
    );
    return new PathFilter(nested);
  }

  /** Contents by path of what is to be mirrored. */
  published(): Map<string, string> {
    const { filter } = this;
    const files = [...this.#nodes()].filter(
      ([at, { kind }]) => kind === 'file' && !filter.isExcluded(at, kind),
    );
    return new Map(files.map(([at, { bytes }]) => [at, contentKey(bytes)]));
  }

  isHidden(at: string): boolean {
    const kind = this.#world.source.tree.disk.find(at)?.kind;
    return kind !== undefined && kind !== 'other' && this.filter.isExcluded(at, kind);
  }

  /** Of all files but those at or below `apart`. */
  contents(apart?: string): Set<string> {
    const isCounted = (at: string): boolean => apart === undefined || !isWithin(at, apart);
    return new Set(
      [...this.#nodes()].flatMap(([at, node]) =>
        node.kind === 'file' && isCounted(at) ? contentKey(node.bytes) : [],
      ),
    );
  }

  #nodes(): ReturnType<typeof walk> {
    return walk(this.#world.source.tree.disk.root);
  }
}

function standing({ tree }: MirrorSite): Map<string, string> {
  const files = [...walk(tree.disk.root)].filter(
    ([at, { kind }]) => kind === 'file' && !isWithin(at, '.lanmirror'),
  );
  return new Map(files.map(([at, { bytes }]) => [at, contentKey(bytes)]));
}

class Play {
  readonly #world = new World(SCENE);
  readonly #player = new Player(this.#world, SCENE);
  readonly #truth = new Truth(this.#world);

  get #mirror(): MirrorSite {
    const [mirror] = this.#world.mirrors;
    if (mirror === undefined) throw new Error('no mirror');
    return mirror;
  }

  async run(made: readonly Step[]): Promise<void> {
    this.#world.source.filter = new SourceFilter([], { ignoreNames: [NAME] });
    this.#world.start();
    try {
      await this.#world.advance(REST_MS);
      for (const step of made) await this.#step(step);
    } finally {
      this.#world.end();
    }
  }

  async #step(step: Step): Promise<void> {
    const before = standing(this.#mirror);
    await this.#do(step);
    await this.#world.advance(REST_MS);
    // A folder that was removed, or has lost its place while nobody knew of it, takes along what is left alone in it.
    // What is renamed to a hidden name is gone from the share.
    const ends = step.do === 'rename' ? [step.to, joinPath(step.to, nameOf(step.path))] : [];
    const hidden = ends.find((at) => this.#truth.isHidden(at));
    if (!isRemoving(step)) this.#expectKept(before, hidden);
    this.#expectMirrored();
  }

  async #do(step: Step): Promise<void> {
    switch (step.do) {
      case 'rules':
        return this.#write(step);
      case 'loss':
        return this.#lose(step);
      case 'lock':
        return this.#lock(step);
      case 'away':
        return this.#away(step);
      case 'unmount':
        this.#world.source.unmount(step.left);
        await this.#world.advance(REST_MS);
        return this.#world.source.mount();
      default:
        return this.#player.run(step);
    }
  }

  #write({ folder: at, lines, isHalfWritten }: Rules): void {
    const { source, scheduler } = this.#world;
    const file = joinPath(at, NAME);
    const set = (text: string): void =>
      source.edit((user) => {
        if (at === '' || source.tree.disk.find(at)?.kind === 'directory') user.write(file, text);
      });
    if (lines === undefined)
      return source.edit((user) => {
        if (source.tree.disk.find(file) !== undefined) user.remove(file);
      });
    const text = `${lines.join('\n')}\n`;
    if (!isHalfWritten) return set(text);
    set('');
    scheduler.after(30, () => set(text));
  }

  #lose({ lost }: Loss): void {
    const { source } = this.#world;
    if (lost === 'state' || lost === 'both') this.#mirror.kill(100, true);
    source.kill(50, lost === 'index' || lost === 'both');
  }

  async #lock({ folder: at, lost }: Lock): Promise<void> {
    const { source } = this.#world;
    const file = joinPath(at, NAME);
    const before = standing(this.#mirror);
    const published = this.#truth.published();
    source.fail((tree) => tree.failNext(file, 'DENIED', { operation: 'open', times: FOREVER }));
    if (lost !== 'nothing') source.kill(50, lost === 'index');
    await this.#world.advance(REST_MS);
    this.#expectKept(before);
    for (const at of this.#told()) expect([at, published.has(at)]).toEqual([at, true]);
    source.heal();
    source.tree.heal(file);
  }

  async #away({ who, edits }: Away): Promise<void> {
    if (who !== 'mirror') this.#world.source.stop(20_000);
    if (who !== 'server') this.#mirror.kill(30_000, false);
    await this.#world.advance(10_000);
    for (const one of edits)
      if (one.do === 'rules') this.#write(one);
      else this.#player.run(one);
  }

  /** Paths of files that the mirror was told of. */
  #told(): string[] {
    const { view } = this.#mirror.client?.state ?? {};
    return [...(view?.all() ?? [])].flatMap(({ id, kind }) =>
      kind === 'file' ? (view?.pathOf(id) ?? []) : [],
    );
  }

  /** What the mirror had, and the source has still, wherever and hidden or not, is on the mirror. */
  #expectKept(before: ReadonlyMap<string, string>, apart?: string): void {
    const there = this.#truth.contents(apart);
    const here = new Set(standing(this.#mirror).values());
    for (const [at, content] of before)
      if (there.has(content)) expect([at, here.has(content)]).toEqual([at, true]);
  }

  /** All that is published and nothing else was told, and is here. */
  #expectMirrored(): void {
    const mirror = this.#mirror;
    const published = this.#truth.published();
    const problems = mirror.client?.mirror.problems ?? [];
    const waiting = problems.filter(({ code }) => code === 'PLACE_EXCLUDED').map((problem) => problem.path);
    expect(problems.filter((problem) => !waiting.some((top) => isWithin(problem.path, top)))).toEqual([]);
    const here = standing(mirror);
    for (const [at, content] of published)
      if (!waiting.some((top) => isWithin(at, top))) expect([at, here.get(at)]).toEqual([at, content]);
    expect(this.#told().sort()).toEqual([...published.keys()].sort());
    if (waiting.length === 0) expect(mirror.client?.mirror.fingerprints.comparison).toBe('identical');
  }
}

function isRemoving(step: Step): boolean {
  if (step.do === 'away') return true;
  return step.do === 'remove';
}

test(`ignore files hide and show, whatever happens to them, and a mirror loses nothing (SEED=${SEED})`, async () => {
  const property = fc.asyncProperty(steps, (made) => new Play().run(made));
  await fc.assert(property, { seed: SEED, numRuns: RUNS });
});
