/** Carries out commands in a world. What cannot be done now is not done. */
import { TreeError } from '@lanmirror/engine/tree';
import { isWithin, joinPath, nameOf } from '@lanmirror/protocol';
import type { MemoryTree } from '../../packages/engine/src/tree/memory/memory-tree.ts';
import type { MemoryUser } from '../../packages/engine/src/tree/memory/user.ts';
import type {
  ClientDeath,
  Command,
  DiskTrouble,
  LineTrouble,
  ServerDeath,
  SourceEdit,
  TargetEdit,
} from './command.ts';
import { makeContent } from './content.ts';
import { areTwins, Limit } from './limit.ts';
import type { MirrorSite } from './mirror-site.ts';
import { type Found, KEPT_FILES, type Scene } from './scene.ts';
import { sourcePath } from './source-site.ts';
import type { World } from './world.ts';

const SIZES = { small: 20, medium: 300_000, large: 1_200_000, empty: 0 } as const;
/** What fails this often fails until it is healed. */
export const FOREVER = 1_000_000;
const LONG_NAME = 'n'.repeat(250);
/** So many long names in each other are a path that is too long. */
const TOO_DEEP = 17;

export class Player {
  readonly limit: Limit;
  /** Paths that fail until they are healed. Those of a target are told as paths of its source. */
  readonly failing = new Set<string>();
  readonly #world: World;
  #contents = 0;

  constructor(world: World, scene: Scene) {
    this.#world = world;
    const isExact =
      scene.mtimeStepMs === 0 && scene.tickMs === 0 && scene.mirrors.every((one) => one.mtimeStepMs === 0);
    this.limit = new Limit(world, isExact, scene.hasTwins);
    for (const mirror of world.mirrors) this.#prefill(mirror, mirror.scene.found);
  }

  run(command: Command): void {
    if (!this.limit.allows(command)) return;
    const { do: name } = command;
    if (name === 'advance') return;
    if (name === 'jump') return this.#world.scheduler.jump(command.ms);
    if (isOneOf(SOURCE_EDITS, command)) return this.#edit(command);
    if (isOneOf(TARGET_EDITS, command)) return this.#editTarget(command, this.#mirror(command.on));
    if (isOneOf(LINE_TROUBLES, command)) return this.#troubleLine(command);
    if (isOneOf(SERVER_DEATHS, command)) return this.#endServer(command);
    if (isOneOf(CLIENT_DEATHS, command)) return this.#endClient(command, this.#mirror(command.on));
    return this.#troubleDisk(command as DiskTrouble);
  }

  #mirror(on: number): MirrorSite {
    const { mirrors } = this.#world;
    return mirrors[on % mirrors.length] as MirrorSite;
  }

  // --- the source ---------------------------------------------------------------------------------

  #edit(command: SourceEdit): void {
    const { source, scheduler } = this.#world;
    const work = (edit: (user: MemoryUser) => void): void =>
      source.edit((user) => possibly(() => edit(user)));
    if (command.do === 'churn') {
      const large = (user: MemoryUser): void => user.write(command.path, this.#content(SIZES.large));
      work(large);
      scheduler.after(command.afterMs, () => work(large));
      return;
    }
    work((user) => this.#editSource(command, user, source.tree));
  }

  #editSource(command: Exclude<SourceEdit, { do: 'churn' }>, user: MemoryUser, tree: MemoryTree): void {
    switch (command.do) {
      case 'write':
        return user.write(command.path, this.#content(SIZES[command.size]));
      case 'append':
        return user.append(command.path, this.#content(SIZES.small));
      case 'patch':
        return user.write(command.path, this.#patched(tree, command.path));
      case 'remove':
        return user.remove(command.path);
      case 'mkdir':
        return user.mkdir(command.path);
      case 'symlink':
        return user.symlink(command.path, `to ${++this.#contents}`);
      case 'touch':
        return user.touch(command.path);
      case 'chmod':
        return user.chmod(command.path, command.mode);
      case 'rename':
        return rename(user, tree, command.path, command.to);
      case 'swap':
        return swap(user, tree, command.path, command.to);
      case 'link':
        return linkFile(user, tree, command.path, command.to);
      case 'takeAway':
        return takeAway(user, tree, command.path);
      case 'bringBack':
        return user.bringBack();
      default:
        return this.#makeUnmirrorable(command, user);
    }
  }

  #makeUnmirrorable(
    command: Extract<SourceEdit, { do: 'fifo' | 'undecodable' | 'deepen' | 'reserve' }>,
    user: MemoryUser,
  ): void {
    switch (command.do) {
      case 'fifo':
        return user.makeOther(command.path);
      case 'undecodable':
        user.mkdir(command.path);
        return user.writeUndecodable(command.path, 'caf\\xe9');
      case 'deepen':
        return user.mkdir([command.path, ...Array<string>(TOO_DEEP).fill(LONG_NAME)].join('/'));
      case 'reserve':
        return user.write(
          joinPath(command.path === 'a' ? '' : command.path, '.LANmirror'),
          this.#content(SIZES.small),
        );
    }
  }

  // --- the targets --------------------------------------------------------------------------------

  #prefill(mirror: MirrorSite, found: readonly Found[]): void {
    const { source } = this.#world;
    mirror.edit(
      found.map(({ path }) => path),
      (user) => {
        for (const { path, as } of found) {
          possibly(() => {
            if (as === 'folder') return user.mkdir(path);
            const twin = (KEPT_FILES as readonly string[]).includes(path)
              ? source.tree.disk.find(path)
              : undefined;
            user.write(path, as === 'equal' && twin !== undefined ? twin.bytes : this.#localContent());
            if (as === 'equal' && twin !== undefined) user.touch(path, twin.mtimeNs);
          });
        }
      },
    );
  }

  #editTarget(command: TargetEdit, mirror: MirrorSite): void {
    const edit = (paths: readonly string[], work: (user: MemoryUser) => void): void =>
      mirror.edit(paths, (user) => possibly(() => work(user)));
    const { path } = command;
    switch (command.do) {
      case 'localWrite':
        return edit([path], (user) => user.write(path, this.#localContent()));
      case 'localRemove':
        return edit([path], (user) => user.remove(path));
      case 'localMkdir':
        return edit([path], (user) => user.mkdir(path));
      case 'localFifo':
        return edit([path], (user) => user.makeOther(path));
      case 'localRename':
        if (areTwins(mirror.tree, path, command.to)) return;
        return edit([path, command.to], (user) => rename(user, mirror.tree, path, command.to));
    }
  }

  // --- lines, processes, disks --------------------------------------------------------------------

  #troubleLine(command: LineTrouble): void {
    const { network, source } = this.#world;
    switch (command.do) {
      case 'networkDown':
        return network.down(command.ms);
      case 'loseHints':
        return source.loseHints(command.isTold);
      case 'hintless':
        source.isHintless = command.is;
        return;
      case 'cut':
        return network.cut();
      case 'stall':
        return network.stall(command.direction, command.ms);
      case 'tamper':
        network.tampering = command.how;
        return;
    }
  }

  #endServer(command: ServerDeath): void {
    const { source } = this.#world;
    switch (command.do) {
      case 'stopServer':
        return source.stop(command.downMs);
      case 'killServer':
        return source.kill(command.downMs, command.isIndexLost && this.limit.mayForget());
      case 'cutServerPower':
        return source.cutPower(command.downMs, command.keepTree, command.keep);
      case 'backUpServer':
        return source.backUp();
      case 'restoreServer':
        return source.restore(command.downMs);
    }
  }

  #endClient(command: ClientDeath, mirror: MirrorSite): void {
    switch (command.do) {
      case 'stopClient':
        return mirror.stop(command.downMs);
      case 'restartOnly':
        return mirror.restartOnly(command.downMs, command.pattern);
      case 'restartFull':
        return mirror.restartFull(command.downMs);
      case 'killClient':
        return mirror.kill(command.downMs, command.isStateLost);
      case 'loseBoth':
        this.#world.source.kill(command.downMs, true);
        return mirror.kill(command.downMs, true);
      case 'fuse':
        return mirror.lightFuse(command.n, command.downMs, command.isPowerCut ? command.keep : undefined);
      case 'cutClientPower':
        return mirror.cutPower(command.downMs, command.keepTree, command.keepStore);
      case 'cutWhileReplacing': {
        const write: SourceEdit = { do: 'write', path: command.path, size: 'small' };
        this.#edit(write);
        this.#world.scheduler.after(2500, () => {
          mirror.lightFuse(command.n, 0, command.keep);
          this.#edit(write);
        });
        return;
      }
    }
  }

  #troubleDisk(command: DiskTrouble): void {
    const { source, mirrors } = this.#world;
    switch (command.do) {
      case 'unmountSource':
        return source.unmount(command.left);
      case 'mountSource':
        return source.mount();
      case 'heal':
        this.failing.clear();
        source.heal();
        for (const mirror of mirrors) mirror.heal();
        return;
      case 'unmountTarget':
        return this.#mirror(command.on).unmount(command.left);
      case 'mountTarget':
        return this.#mirror(command.on).mount();
      case 'fillTarget':
        return this.#mirror(command.on).fill(command.ms);
      case 'lock':
        source.lock(command.path, command.ms);
        return command.isScanned ? source.loseHints(true) : undefined;
      case 'failSource': {
        const { path, operation, times } = command;
        if (times >= FOREVER) this.failing.add(path);
        return source.fail((tree) => tree.failNext(path, 'DENIED', { operation, times }));
      }
      case 'failTarget': {
        const { path, code, times, on, operation } = command;
        const options = operation === undefined ? { times } : { times, operation };
        if (times >= FOREVER) this.failing.add(sourcePath(this.#mirror(on).scene.root, path));
        return this.#mirror(on).fail((tree) => tree.failNext(path, code, options));
      }
    }
  }

  #content(sizeBytes: number): Uint8Array {
    this.#contents += 1;
    const isPadded = this.limit.isUniqueSized && sizeBytes > 0;
    return makeContent(`content ${this.#contents}`, sizeBytes + (isPadded ? this.#contents : 0));
  }

  /** What stands there with a few bytes changed in the middle, or some zeros there, and something at the end. */
  #patched(tree: MemoryTree, path: string): Uint8Array {
    const node = tree.disk.find(path);
    const before = node?.kind === 'file' ? node.bytes : makeContent('patched', SIZES.large);
    const tail = this.#content(SIZES.small);
    const bytes = Buffer.concat([before, tail]);
    const middle = before.length >>> 1;
    const isHole = this.#contents % 2 === 0;
    bytes.fill(
      isHole ? 0 : `patch ${this.#contents}`,
      middle,
      Math.min(before.length, middle + (isHole ? 80_000 : 40)),
    );
    return new Uint8Array(bytes);
  }

  /** Of a size that no content of the source has: an edit of equal size within one tick leaves no trace. */
  #localContent(): Uint8Array {
    this.#contents += 1;
    return makeContent(`local ${this.#contents}`, 2000 + this.#contents);
  }
}

const SOURCE_EDITS = [
  'write',
  'churn',
  'append',
  'patch',
  'remove',
  'mkdir',
  'symlink',
  'touch',
  'chmod',
  'rename',
  'swap',
  'link',
  'fifo',
  'undecodable',
  'deepen',
  'reserve',
  'takeAway',
  'bringBack',
] as const satisfies readonly SourceEdit['do'][];
const TARGET_EDITS = [
  'localWrite',
  'localRemove',
  'localMkdir',
  'localFifo',
  'localRename',
] as const satisfies readonly TargetEdit['do'][];
const LINE_TROUBLES = [
  'networkDown',
  'loseHints',
  'hintless',
  'cut',
  'stall',
  'tamper',
] as const satisfies readonly LineTrouble['do'][];
const SERVER_DEATHS = [
  'stopServer',
  'killServer',
  'cutServerPower',
  'backUpServer',
  'restoreServer',
] as const satisfies readonly ServerDeath['do'][];
const CLIENT_DEATHS = [
  'stopClient',
  'restartFull',
  'restartOnly',
  'killClient',
  'loseBoth',
  'fuse',
  'cutClientPower',
  'cutWhileReplacing',
] as const satisfies readonly ClientDeath['do'][];

function isOneOf<N extends Command['do']>(
  names: readonly N[],
  command: Command,
): command is Extract<Command, { do: N }> {
  return (names as readonly string[]).includes(command.do);
}

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

function swap(user: MemoryUser, tree: MemoryTree, a: string, b: string): void {
  if (isWithin(a, b) || isWithin(b, a)) return;
  if (tree.disk.find(a) === undefined || tree.disk.find(b) === undefined) return;
  user.rename(a, 'swapping');
  user.rename(b, a);
  user.rename('swapping', b);
}

function linkFile(user: MemoryUser, tree: MemoryTree, from: string, to: string): void {
  if (tree.disk.find(from)?.kind === 'file') user.link(from, to);
}

/** '' is everything that commands name. */
function takeAway(user: MemoryUser, tree: MemoryTree, path: string): void {
  const paths = path === '' ? [...(tree.disk.root?.slots.values() ?? [])].map(({ name }) => name) : [path];
  for (const one of paths) possibly(() => user.takeAway(one));
}
