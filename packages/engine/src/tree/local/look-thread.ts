/**
 * A thread that looks at whole folders of a tree, so that the other core does its part of a long walk. It changes
 * nothing, and holds no descriptor between two requests.
 *
 * An answer is a look at a moment between the question and now, and it is that for each node by itself, as a walk in one
 * thread is: whoever takes it compares it with what is recorded when the answer is taken, not with what was when it asked.
 */
import { availableParallelism } from 'node:os';
import type { FolderLook } from '../port.ts';
import { AskedThread, type ThreadOptions, type ThreadSetting } from './asked-thread.ts';
import { type LookAnswer, type LookRequest, unpackLooks } from './look-message.ts';

/** Fewer are looked at before a thread has helped: it takes some 30 ms to start, a node some 4 µs. */
const WORTH_A_THREAD = 40_000;

export class LookThread {
  readonly #thread: AskedThread<LookRequest, LookAnswer>;
  readonly #cores: number;

  /** `setting` is asked for when the thread starts. Its program is `look-worker`. */
  constructor(options: ThreadOptions, setting: () => ThreadSetting, cores = availableParallelism()) {
    this.#thread = new AskedThread(options, setting);
    this.#cores = cores;
  }

  /**
   * Looks at these folders; undefined when there is no thread for it, or no gain: `entries` is how many nodes there are
   * to be looked at in the whole walk.
   */
  look(paths: readonly string[], entries: number): Promise<readonly (FolderLook | undefined)[]> | undefined {
    if (entries < WORTH_A_THREAD || this.#cores < 2) return undefined;
    const asked = this.#thread.ask(paths.join('\0'));
    return asked?.then((answer) => (answer === undefined ? paths.map(() => undefined) : unpackLooks(answer)));
  }
}
