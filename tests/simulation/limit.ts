/**
 * What is not asked of the product, with the reason. Each of these is a limit that the manual states, or
 * a fault that is known; whoever mends one takes it out here.
 */
import type { MemoryTree } from '../../packages/engine/src/tree/memory/memory-tree.ts';
import type { Command } from './command.ts';
import type { World } from './world.ts';

export class Limit {
  readonly #world: World;
  /** Contents are told apart by their size, so that equal size and time always mean equal content. */
  readonly isUniqueSized: boolean;

  constructor(world: World, isExact: boolean, hasTwins: boolean) {
    this.#world = world;
    this.isUniqueSized = !hasTwins && !isExact;
    this.#mayForgetTwins = isExact || !hasTwins;
  }

  readonly #mayForgetTwins: boolean;

  /** Whether a command is played at all. */
  allows(command: Command): boolean {
    switch (command.do) {
      // Before it is joined a target has no marker by which its absence could be noticed.
      case 'unmountTarget':
        return this.#world.mirrors.every(({ client }) => client?.state.meta.targetId !== '');
      // After a loss, size and time are believed, as rsync does.
      case 'unmountSource':
      case 'takeAway':
        return this.#mayForgetTwins;
      case 'killClient':
        return !command.isStateLost || this.#mayForgetTwins;
      case 'cutClientPower':
        return this.#mayForgetTwins;
      // Two copies of an index that both begin a generation give it the same number.
      case 'restoreServer':
        return this.#world.source.isBackupOfThisGeneration && this.mayForget();
      case 'loseBoth':
      case 'cutServerPower':
        return this.mayForget();
      default:
        return true;
    }
  }

  /**
   * Whether the index may be lost: an empty folder that was never indexed cannot be told from a disk that
   * is not mounted.
   */
  mayForget(): boolean {
    return this.#mayForgetTwins && this.#world.source.isMounted;
  }
}

/** Twins by size and time are told apart by their content only, and that is not read at every start. */
export function areTwins(tree: MemoryTree, a: string, b: string): boolean {
  const one = tree.disk.find(a);
  const other = tree.disk.find(b);
  if (one?.kind !== 'file' || other?.kind !== 'file') return false;
  return one.bytes.length === other.bytes.length && one.mtimeNs === other.mtimeNs;
}
