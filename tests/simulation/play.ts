/** Plays a history in a world, then lets everything come to rest and checks that nothing is amiss. */
import { TreeError } from '@lanmirror/engine/tree';
import { isWithin, joinPath, nameOf } from '@lanmirror/protocol';
import type { MemoryTree } from '../../packages/engine/src/tree/memory/memory-tree.ts';
import type { MemoryUser } from '../../packages/engine/src/tree/memory/user.ts';
import { type Command, PATHS, type Step } from './command.ts';
import { contentKey, makeContent } from './content.ts';
import { mirroredFacts } from './state-oracle.ts';
import { type Plants, World } from './world.ts';

const SIZES = { small: 20, medium: 300_000, large: 1_200_000, empty: 0 } as const;
/** Time in which a healthy world must come to rest: the longest retry is ten minutes. */
const REST_MS = 1_500_000;
const FOREVER = 1_000_000;

/** Plays `steps`. Rejects with what was violated; resolves to the digest of everything that happened. */
export async function play(seed: number, steps: readonly Step[], plants: Plants = {}): Promise<string> {
  const world = new World(seed, plants);
  const player = new Player(world);
  try {
    for (const { command, pauseMs } of steps) {
      world.scheduler.trace(`command ${JSON.stringify(command)}`);
      player.run(command);
      await world.advance(command.do === 'advance' ? command.ms : pauseMs);
    }
    await player.rest();
    await player.replay();
  } catch (error) {
    if (process.env.SIM_TRACE !== undefined) console.log(world.scheduler.lastLines(100_000));
    throw error;
  } finally {
    world.end();
  }
  return world.scheduler.traceHash();
}

class Player {
  readonly #world: World;
  readonly #failing = new Map<string, number>();
  #contents = 0;

  constructor(world: World) {
    this.#world = world;
  }

  run(command: Command): void {
    const world = this.#world;
    switch (command.do) {
      case 'write':
        return this.#edit((user) => user.write(command.path, this.#content(SIZES[command.size])));
      case 'churn':
        this.#edit((user) => user.write(command.path, this.#content(SIZES.large)));
        world.scheduler.after(command.afterMs, () =>
          this.#edit((user) => user.write(command.path, this.#content(SIZES.large))),
        );
        return;
      case 'cutWhileReplacing':
        this.#edit((user) => user.write(command.path, this.#content(SIZES.small)));
        world.scheduler.after(2500, () => {
          world.lightFuse(command.n, 0, command.keep);
          this.#edit((user) => user.write(command.path, this.#content(SIZES.small)));
        });
        return;
      case 'append':
        return this.#edit((user) => user.append(command.path, this.#content(SIZES.small)));
      case 'remove':
        return this.#edit((user) => user.remove(command.path));
      case 'mkdir':
        return this.#edit((user) => user.mkdir(command.path));
      case 'symlink':
        return this.#edit((user) => user.symlink(command.path, `to ${++this.#contents}`));
      case 'touch':
        return this.#edit((user) => user.touch(command.path));
      case 'chmod':
        return this.#edit((user) => user.chmod(command.path, command.mode));
      case 'rename':
        return this.#edit((user) => rename(user, world.source, command.path, command.to));
      case 'swap':
        return this.#edit((user) => swap(user, world.source, command.path, command.to));
      case 'localWrite':
        return this.#editTarget([command.path], (user) =>
          user.write(command.path, this.#content(SIZES.small)),
        );
      case 'localRemove':
        return this.#editTarget([command.path], (user) => user.remove(command.path));
      case 'localMkdir':
        return this.#editTarget([command.path], (user) => user.mkdir(command.path));
      case 'localRename':
        // Twins by size and time are told apart by their content only, and that is not read at every start.
        if (areTwins(world.target, command.path, command.to)) return;
        return this.#editTarget([command.path, command.to], (user) =>
          rename(user, world.target, command.path, command.to),
        );
      case 'advance':
        return;
      case 'jump':
        return world.scheduler.jump(command.ms);
      default:
        return this.#disturb(command);
    }
  }

  #disturb(
    command: Exclude<
      Command,
      { do: 'write' | 'churn' | 'cutWhileReplacing' | 'append' | 'advance' | 'jump' }
    >,
  ): void {
    const world = this.#world;
    switch (command.do) {
      case 'networkDown':
        world.isNetworkUp = false;
        world.cut();
        world.scheduler.after(command.ms, () => {
          world.isNetworkUp = true;
        });
        return;
      case 'loseHints':
        return world.loseHints(command.isTold);
      case 'hintless':
        world.isHintless = command.is;
        return;
      case 'cut':
        return world.cut();
      case 'stall':
        return world.stall(command.direction, command.ms);
      case 'tamper':
        world.tampering = command.how;
        return;
      case 'killServer':
        return world.killServer(command.downMs, undefined, command.isIndexLost && this.#mayForget());
      case 'cutServerPower':
        return world.killServer(command.downMs, this.#mayForget() ? command.keep : undefined);
      case 'stopServer':
        return world.stopServer(command.downMs);
      case 'stopClient':
        return world.stopClient(command.downMs);
      case 'killClient':
        return world.killClient(command.downMs, command.isStateLost);
      case 'fuse':
        return world.lightFuse(command.n, command.downMs, command.isPowerCut ? command.keep : undefined);
      case 'cutClientPower':
        return world.cutClientPower(command.downMs, command.keepTree, command.keepStore);
      case 'unmountSource':
        return world.unmountSource(command.left);
      case 'unmountTarget':
        return world.unmountTarget(command.left);
      case 'mountSource':
        return world.mountSource();
      case 'mountTarget':
        return world.mountTarget();
      case 'heal':
        this.#failing.clear();
        return world.heal(PATHS);
      case 'failSource':
        this.#fails(command.path, command.times);
        return world.failSource((tree) =>
          tree.failNext(command.path, 'DENIED', { operation: command.operation, times: command.times }),
        );
      case 'failTarget':
        this.#fails(command.path, command.times);
        return world.failTarget((tree) =>
          tree.failNext(command.path, command.code, { times: command.times }),
        );
    }
  }

  #fails(path: string, times: number): void {
    this.#failing.set(path, Math.max(times, this.#failing.get(path) ?? 0));
  }

  // --- rest ---------------------------------------------------------------------------------------

  /** All disturbances end, but for failing paths at first; then those too. */
  async rest(): Promise<void> {
    const world = this.#world;
    await world.advance(3000);
    world.tampering = undefined;
    world.isHintless = false;
    world.isNetworkUp = true;
    world.mountSource();
    world.mountTarget();
    world.defuse();
    await world.advance(5000);
    if ([...this.#failing.values()].some((times) => times >= FOREVER)) await this.#restWithFailures();
    world.heal(PATHS);
    await this.#restart(
      () => world.stopClient(0),
      () => world.stopServer(0),
    );
    world.loseHints(true);
    await this.#until(
      () => this.#isAtRest(),
      () => this.#difference(),
    );
  }

  /** A path that fails stops nobody else, and a person was told of it. */
  async #restWithFailures(): Promise<void> {
    const world = this.#world;
    await this.#restart(
      () => world.stopClient(0),
      () => world.stopServer(0),
    );
    world.loseHints(true);
    const isDone = (): boolean =>
      this.#unlike().every(
        (path) => this.#isKept(path) || this.#related(path).some((one) => this.#isFailing(one)),
      );
    await this.#until(isDone, () => `I12: kept back by a failing path: ${this.#unlike().join(', ')}`);
    const isTold = (): boolean =>
      this.#unlike().every((path) => this.#related(path).some((one) => this.#isTold(one)));
    await this.#until(
      isTold,
      () => `nobody was told of ${this.#unlike().join(', ')}; told: ${world.client?.toldProblems.join(', ')}`,
    );
  }

  /** Once more with nothing changed: nothing is sent, and nothing is touched. */
  async replay(): Promise<void> {
    const world = this.#world;
    const before = world.oracle.visibleChanges;
    const lose = world.scheduler.upTo(3);
    world.killServer(0, undefined, lose === 1);
    world.killClient(0, lose === 2);
    await world.advance(100);
    await this.#until(
      () => this.#isAtRest(),
      () => this.#difference(),
    );
    if (world.client?.contentBytes !== 0)
      world.violate(`I7: ${world.client?.contentBytes} bytes were sent again`);
    const changes = world.oracle.visibleChanges - before;
    if (changes > 0)
      world.violate(`I7: ${changes} changes of the target though nothing had changed (${lose})`);
    await world.advance(0);
  }

  async #restart(...stops: (() => void)[]): Promise<void> {
    const world = this.#world;
    await this.#until(
      () => world.server !== undefined && world.client !== undefined,
      () => 'a process did not come back',
    );
    for (const stop of stops) stop();
    await this.#until(
      () => world.server !== undefined && world.client !== undefined,
      () => 'a process did not come back',
    );
  }

  async #until(isDone: () => boolean, describe: () => string): Promise<void> {
    const world = this.#world;
    const endMs = world.scheduler.nowMs + REST_MS;
    for (let waitMs = 20; !isDone(); waitMs = Math.min(waitMs * 2, 10_000)) {
      if (world.scheduler.nowMs > endMs) {
        world.violate(describe());
        if (process.env.SIM_TRACE !== undefined) console.log(world.scheduler.lastLines(100_000));
      }
      await world.advance(waitMs);
    }
  }

  #isAtRest(): boolean {
    const { client, server } = this.#world;
    if (client === undefined || server === undefined || server.publisher.isScanning) return false;
    return (
      client.mirror.syncedAt === server.index.head &&
      this.#unlike().length === 0 &&
      client.toldProblems.length === 0
    );
  }

  #difference(): string {
    const { client, server } = this.#world;
    const state = `synced at ${client?.mirror.syncedAt} of ${server?.index.head}, halt "${server?.publisher.halt}", problems ${client?.toldProblems.join(', ')}`;
    const { source, target } = this.#world;
    const from = mirroredFacts(source.disk.root, contentKey);
    const to = mirroredFacts(target.disk.root, contentKey);
    const lines = this.#unlike().map((path) => `  ${path}: source ${from.get(path)}, target ${to.get(path)}`);
    return `I1: did not come to rest (${state})\n${lines.join('\n')}`;
  }

  /** Paths that are not the same on both sides. */
  #unlike(): string[] {
    const { source, target } = this.#world;
    const from = mirroredFacts(source.disk.root, contentKey);
    const to = mirroredFacts(target.disk.root, contentKey);
    return [...new Set([...from.keys(), ...to.keys()])].filter((path) => from.get(path) !== to.get(path));
  }

  /** Whether the target keeps what may exist at the source where the server cannot look. */
  #isKept(path: string): boolean {
    const problems = this.#world.client?.mirror.problems ?? [];
    return problems.some((problem) => problem.code === 'KEPT' && isWithin(path, problem.path));
  }

  /** Whether a path fails, or is in one that does, or is the folder of one. */
  #isFailing(path: string): boolean {
    for (const [failing, times] of this.#failing) {
      if (times < FOREVER) continue;
      if (path === '.' || isWithin(path, failing) || isWithin(failing, path)) return true;
    }
    return false;
  }

  /** A path, where the client has to move what stands there, and where what belongs there stands. */
  #related(path: string): string[] {
    const state = this.#world.client?.state;
    const paths = [path];
    if (state === undefined) return paths;
    const trees = [
      [state.baseline, state.view],
      [state.view, state.baseline],
    ] as const;
    for (const [here, there] of trees) {
      for (const { id } of here.all()) if (here.pathOf(id) === path) paths.push(there.pathOf(id) ?? path);
    }
    return paths;
  }

  #isTold(path: string): boolean {
    const told = this.#world.client?.toldProblems ?? [];
    return told.some((problem) => path === '.' || isWithin(path, problem) || isWithin(problem, path));
  }

  /**
   * Whether the index may be lost: an empty folder that was never indexed cannot be told from a disk that
   * is not mounted.
   */
  #mayForget(): boolean {
    return this.#world.isSourceMounted;
  }

  // --- edits --------------------------------------------------------------------------------------

  #edit(work: (user: MemoryUser) => void): void {
    this.#world.edit((user) => possibly(() => work(user)));
  }

  #editTarget(paths: readonly string[], work: (user: MemoryUser) => void): void {
    this.#world.editTarget(paths, (user) => possibly(() => work(user)));
  }

  #content(sizeBytes: number): Uint8Array {
    this.#contents += 1;
    return makeContent(`content ${this.#contents}`, sizeBytes);
  }
}

/** What cannot be done now is not done. */
function possibly(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof TreeError)) throw error;
  }
}

/** Onto a file, into a folder. */
function rename(user: MemoryUser, tree: MemoryTree, from: string, to: string): void {
  const isFolder = tree.disk.find(to)?.kind === 'directory';
  const target = isFolder ? joinPath(to, nameOf(from)) : to;
  if (!isWithin(target, from)) user.rename(from, target);
}

function areTwins(tree: MemoryTree, a: string, b: string): boolean {
  const one = tree.disk.find(a);
  const other = tree.disk.find(b);
  if (one?.kind !== 'file' || other?.kind !== 'file') return false;
  return one.bytes.length === other.bytes.length && one.mtimeNs === other.mtimeNs;
}

function swap(user: MemoryUser, tree: MemoryTree, a: string, b: string): void {
  if (isWithin(a, b) || isWithin(b, a)) return;
  if (tree.disk.find(a) === undefined || tree.disk.find(b) === undefined) return;
  user.rename(a, 'swapping');
  user.rename(b, a);
  user.rename('swapping', b);
}
