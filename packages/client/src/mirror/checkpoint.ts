/**
 * Makes what was applied durable, and only then records it as durable.
 *
 * A checkpoint has a number, which every entry applied since the last one carries. What a power cut finds
 * above the last completed number is verified by content at the next start.
 */
import { TreeError, type WritableTree } from '@lanmirror/engine/tree';
import type { MirrorState } from '../state/mirror-state.ts';

export class Checkpoint {
  readonly #tree: WritableTree;
  readonly #state: MirrorState;
  readonly #warn: (text: string) => void;
  /** Something was changed, or found, that is not known to be durable. */
  isDue = false;

  constructor(tree: WritableTree, state: MirrorState, warn: (text: string) => void) {
    this.#tree = tree;
    this.#state = state;
    this.#warn = warn;
  }

  /** Flushes target and state. Rejects with TreeError when the device failed; it is due again then. */
  async run(): Promise<void> {
    this.isDue = false;
    const { checkpoint } = this.#state.meta;
    this.#state.setMeta({ checkpoint: checkpoint + 1 });
    try {
      await this.#tree.flush();
      await this.#state.flushed();
      this.#state.setMeta({ durableCheckpoint: checkpoint });
    } catch (error) {
      this.isDue = true;
      if (!(error instanceof TreeError)) throw error;
      this.#warn(`The target could not be flushed: ${error.message}`);
      throw error;
    } finally {
      this.#tree.release();
    }
  }
}
