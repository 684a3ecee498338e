/** The end of a history: everything that disturbs ends, and what was promised must come true. */
import { PARKED_PARENT } from '@lanmirror/engine/core';
import { isWithin } from '@lanmirror/protocol';
import type { Problem } from '../../packages/client/src/apply/problem-list.ts';
import { findMistold, findUnlike, toldProblems, type Unlike } from './comparison.ts';
import { findMisprinted } from './fingerprint-oracle.ts';
import type { MirrorSite } from './mirror-site.ts';
import type { Player } from './player.ts';
import { sourcePath } from './source-site.ts';
import { findUnplanned } from './state-oracle.ts';
import { repeated, unrepeated } from './undone-name.ts';
import type { World } from './world.ts';

/** Time in which a world at rest is watched: what failed is looked at again every minute. */
const STAY_MS = 130_000;
/** Time in which a healthy world must come to rest: the longest retry is ten minutes. */
const REST_MS = 1_500_000;

/** What is said of an entry that waits until the source can tell. */
const WAITING_CODES: ReadonlySet<string> = new Set(['KEPT', 'PLACE_KEPT']);

export class Rest {
  readonly #world: World;
  readonly #player: Player;

  constructor(world: World, player: Player) {
    this.#world = world;
    this.#player = player;
  }

  /** All disturbances end, but for failing paths at first; then those too. */
  async come(): Promise<void> {
    const world = this.#world;
    await world.advance(3000);
    world.network.tampering = undefined;
    world.network.isUp = true;
    world.source.isHintless = false;
    world.source.mount();
    for (const mirror of world.mirrors) {
      mirror.mount();
      mirror.defuse();
      mirror.tree.disk.isFull = false;
    }
    this.#makeRoots();
    await world.advance(5000);
    if (this.#player.failing.size > 0) await this.#restWithFailures();
    this.#player.run({ do: 'heal' });
    await this.#restart();
    await this.#settleQuestions();
    await this.#untilRest();
    // Long enough that everything which is done again and again was done once.
    await this.#world.advance(STAY_MS);
    if (!this.#isAtRest()) this.#world.violate(`${this.#difference()}\n  (it had been at rest)`);
    this.#checkFingerprints();
    await this.#world.advance(0);
  }

  /** Once more with nothing changed: nothing is sent, nothing is touched, nothing is left to plan. */
  async repeat(): Promise<void> {
    const { source, mirrors, scheduler } = this.#world;
    const before = mirrors.map(({ oracle }) => oracle.visibleChanges);
    // What a disk rounds off is verified by content after a loss, and set again; and who of two namesakes stands
    // aside is decided anew with the ids.
    const isExact = mirrors.every(({ scene }) => scene.mtimeStepMs === 0 && scene.disk === undefined);
    const isForgetting = isExact && source.unmirrorable().length === 0 && this.#player.limit.mayForget();
    const lose = scheduler.upTo(3);
    source.kill(0, isForgetting && lose === 1);
    for (const mirror of mirrors) mirror.kill(0, isForgetting && lose === 2);
    await this.#world.advance(100);
    await this.#untilRest();
    for (const [at, { client, oracle }] of mirrors.entries()) {
      const changes = oracle.visibleChanges - (before[at] ?? 0);
      if (client?.contentBytes !== 0)
        this.#world.violate(`I7: mirror ${at} was sent ${client?.contentBytes} bytes again`);
      if (changes > 0)
        this.#world.violate(`I7: ${changes} changes of mirror ${at} though nothing had changed`);
      const left = client === undefined ? '' : findUnplanned(client.state);
      if (left !== '') this.#world.violate(`I7: planned anew, mirror ${at} would do ${left}`);
    }
    await this.#world.advance(STAY_MS);
    this.#checkFingerprints();
    await this.#world.advance(0);
  }

  #checkFingerprints(): void {
    const { source, mirrors } = this.#world;
    for (const [at, mirror] of mirrors.entries()) {
      const wrong = findMisprinted(source, mirror);
      if (wrong.length > 0) this.#world.violate(`I15: mirror ${at}: ${wrong.join('; ')}`);
    }
  }

  /** A folder that is mirrored has to be there for that. */
  #makeRoots(): void {
    const { source, mirrors } = this.#world;
    for (const { scene } of mirrors) {
      if (scene.root === '' || source.tree.disk.find(scene.root)?.kind === 'directory') continue;
      if (source.tree.disk.find(scene.root) !== undefined)
        this.#player.run({ do: 'remove', path: scene.root });
      this.#player.run({ do: 'mkdir', path: scene.root });
    }
  }

  /** A path that fails stops nobody else, and a person was told of it. */
  async #restWithFailures(): Promise<void> {
    await this.#restart();
    // Nothing goes on while a person is asked.
    if (this.#world.source.server?.publisher.halt !== '') return;
    const open = (mirror: MirrorSite, isExcused: (path: string) => boolean): string[] =>
      findUnlike(this.#world.source, mirror)
        .map(({ path }) => path)
        .filter((path) => !isKept(mirror, path) && !this.#related(mirror, path).some(isExcused));
    const kept = (): string[] =>
      this.#world.mirrors.flatMap((mirror) => {
        if (mirror.client?.mirror.hold.isHeld) return [];
        const isExcused = (path: string): boolean => this.#isFailing(path);
        // What is out of everybody's sight is so for a moment, or because it fails itself.
        const hidden = parkedPaths(mirror).filter((path) => !this.#related(mirror, path).some(isExcused));
        return [...open(mirror, isExcused), ...hidden];
      });
    await this.#until(
      () => kept().length === 0,
      () => `I12: kept back by a failing path: ${kept().join(', ')}`,
    );
    const untold = (): string[] =>
      this.#world.mirrors.flatMap((mirror) => {
        const told = toldProblems(mirror);
        const isTold = (path: string): boolean =>
          told.some((one) => isWithin(path, one) || isWithin(one, path));
        return mirror.client?.mirror.hold.isHeld ? [] : open(mirror, isTold);
      });
    await this.#until(
      () => untold().length === 0,
      () => `I12: nobody was told of ${untold().join(', ')}`,
    );
    const uncaused = (): string[] =>
      this.#world.mirrors.flatMap(({ client }) =>
        (client?.mirror.problems ?? []).filter(({ code }) => code === 'UNSETTLED').map(({ path }) => path),
      );
    await this.#until(
      () => uncaused().length === 0,
      () => `I12: told without the cause: ${uncaused().join(', ')}`,
    );
  }

  async #restart(): Promise<void> {
    const { source, mirrors } = this.#world;
    const isUp = (): boolean =>
      source.server !== undefined && mirrors.every(({ client }) => client !== undefined);
    await this.#until(isUp, () => 'I12: a process did not come back');
    for (const mirror of mirrors) mirror.stop(0);
    source.stop(0);
    await this.#until(isUp, () => 'I12: a process did not come back');
    source.loseHints(true);
  }

  /** Whatever waits for a person is answered, on the server first. */
  async #settleQuestions(): Promise<void> {
    const { source, mirrors } = this.#world;
    await this.#until(
      () => source.server?.publisher.isScanning === false || source.server?.publisher.halt !== '',
      () => 'I12: the first scan does not end',
    );
    if (source.server?.publisher.halt !== '') {
      this.#player.limit.mayForget();
      source.kill(0, true);
    }
    await this.#world.advance(20_000);
    const held = mirrors.filter(({ client }) => client?.mirror.hold.isHeld);
    for (const mirror of held) mirror.agree();
    await this.#world.advance(20_000);
    for (const mirror of held) mirror.disagree();
  }

  #untilRest(): Promise<void> {
    return this.#until(
      () => this.#isAtRest(),
      () => this.#difference(),
    );
  }

  async #until(isDone: () => boolean, describe: () => string): Promise<void> {
    const world = this.#world;
    const endMs = world.scheduler.nowMs + REST_MS;
    for (let waitMs = 20; !isDone(); waitMs = Math.min(waitMs * 2, 10_000)) {
      if (world.scheduler.nowMs > endMs) world.violate(describe());
      await world.advance(waitMs);
    }
  }

  #isAtRest(): boolean {
    const { server } = this.#world.source;
    if (server === undefined || server.publisher.isScanning) return false;
    return this.#world.mirrors.every(
      (mirror) =>
        mirror.client?.mirror.syncedAt === server.index.head &&
        findUnlike(this.#world.source, mirror).length === 0 &&
        findMistold(this.#world.source, mirror).length === 0,
    );
  }

  #difference(): string {
    const { source, mirrors } = this.#world;
    const lines = mirrors.flatMap((mirror, at) => {
      const { client } = mirror;
      const state = `synced at ${client?.mirror.syncedAt} of ${source.server?.index.head}, held ${client?.mirror.hold.isHeld}, halt "${client?.mirror.haltReason}${source.server?.publisher.halt}"`;
      return [
        `mirror ${at} of "${mirror.scene.root}" did not come to rest (${state})`,
        ...findUnlike(source, mirror).map(describeUnlike),
        ...findMistold(source, mirror),
      ];
    });
    return `I1: ${lines.join('\n  ')}`;
  }

  /** Whether a path fails, or is in one that does, or is the folder of one. */
  #isFailing(path: string): boolean {
    for (const failing of this.#player.failing)
      if (isWithin(path, failing) || isWithin(failing, path)) return true;
    return false;
  }

  /**
   * Where, in the source's paths, the client has to move what stands at a path of the mirror, where what belongs there
   * stands, and where the folder has to go that stands in the place of one above it.
   */
  #related(mirror: MirrorSite, path: string): string[] {
    const { root, disk } = mirror.scene;
    const own = path === '.' ? '' : path;
    const paths = new Set([own]);
    // A disk that keeps names decomposed shows them so where the source has none any more.
    const form = (name: string): string => (disk === 'macos' ? name.normalize('NFC') : name);
    const places = placesOf(mirror);
    for (const both of places)
      if (both.some((one) => form(one) === form(own))) for (const one of both) paths.add(one);
    const moving = new Set(places.filter(([here, there]) => here !== there));
    // A set hands out what is added to it while it is gone through.
    for (const one of paths)
      for (const move of moving) {
        const [here, there] = move;
        if (!isWithin(form(one), form(here))) continue;
        paths.add(`${there}${form(one).slice(form(here).length)}`);
        moving.delete(move);
      }
    return [...paths].map((one) => sourcePath(root, one));
  }
}

/** Path on the target and at the source of everything; twice the same of what has one of them only. */
function placesOf({ client }: MirrorSite): [string, string][] {
  const { baseline, view } = client?.state ?? {};
  const ids = new Set([...(baseline?.all() ?? []), ...(view?.all() ?? [])].map(({ id }) => id));
  return [...ids].flatMap((id): [string, string][] => {
    const [here, there] = [baseline?.pathOf(id), view?.pathOf(id)];
    const one = here ?? there;
    return one === undefined ? [] : [[here ?? one, there ?? one]];
  });
}

/** Where what a client has in its staging folder belongs. */
function parkedPaths({ client }: MirrorSite): string[] {
  const { baseline, view } = client?.state ?? {};
  return [...(baseline?.children(PARKED_PARENT) ?? [])].map(({ id, name }) => view?.pathOf(id) ?? name);
}

/**
 * Whether the target keeps what may exist at the source where the server cannot look, or leaves what belongs there
 * where it stands, and says so. Beside a new file of its name it stands under a side name: which of the two is which
 * cannot be told from the names.
 */
function isKept({ client, scene: { disk } }: MirrorSite, path: string): boolean {
  const problems = client?.mirror.problems ?? [];
  // After a loss of the state nobody knows of a side name whose it was, and it is told as it stands here.
  const known = [unrepeated(path), ...(disk === undefined ? [] : [repeated(path, disk)])];
  // Of what stands under another name the source may be all that is known by now.
  const places = (problem: Problem): string[] => [
    problem.path,
    client?.state.baseline.pathOf(problem.id) ?? problem.path,
  ];
  return problems.some(
    (problem) =>
      WAITING_CODES.has(problem.code) &&
      places(problem).some((place) => known.some((one) => isWithin(one, place))),
  );
}

function describeUnlike({ path, source, target }: Unlike): string {
  return `${path}: source ${source}, target ${target}`;
}
