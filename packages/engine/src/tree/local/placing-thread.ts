/**
 * A thread that makes small new files in a target, so that the thread of the network and of the state does not wait
 * for the five system calls of each. It holds no descriptor between two requests.
 *
 * What it fails over is answered as not placed, and whoever asked does it in its own thread, where it meets what the
 * failed one left as anything else that stands in the way.
 */
import type { NewFile, Stat } from '../port.ts';
import { AskedThread, type ThreadOptions, type ThreadSetting } from './asked-thread.ts';
import { type PlacingAnswer, type PlacingRequest, packFiles, unpackStats } from './placing-message.ts';

export class PlacingThread {
  readonly #thread: AskedThread<PlacingRequest, PlacingAnswer>;

  /** `setting` is asked for when the thread starts. Its program is `placing-worker`. */
  constructor(options: ThreadOptions, setting: () => ThreadSetting) {
    this.#thread = new AskedThread(options, setting);
  }

  /** Places these, unless the root is another one by then; undefined when there is no thread for it. */
  place(
    { dev, ino }: PlacingRequest['root'],
    files: readonly NewFile[],
  ): Promise<readonly (Stat | undefined)[]> | undefined {
    const asked = this.#thread.ask({ root: { dev, ino }, files: packFiles(files) });
    return asked?.then((answer) => (answer === undefined ? files.map(() => undefined) : unpackStats(answer)));
  }
}
