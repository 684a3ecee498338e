/**
 * A thread that makes small new files in a target, so that the thread of the network and of the state does not wait
 * for the five system calls of each. It is started when it is needed first, and ends when it was not for a while. It
 * holds no descriptor between two requests.
 *
 * A thread that fails takes nothing with it: what it was asked for is answered as not placed, and whoever asked does
 * it in its own thread, where it meets what the failed one left as anything else that stands in the way.
 */
import { SHARE_ENV, Worker } from 'node:worker_threads';
import type { NewFile, Stat } from '../port.ts';
import {
  type PlacingAnswer,
  type PlacingRequest,
  type PlacingSetting,
  packFiles,
  unpackStats,
} from './placing-message.ts';

export interface PlacingOptions {
  /** The program of the thread: `placing-worker` as a file that Node can run. */
  readonly script: URL;
  /** The thread failed and there will be no other. */
  failed(error: Error): void;
}

/** Starting costs a tenth of a second of processor time; what waits costs some megabytes. */
const IDLE_MS = 10_000;

/** It keeps nothing from one request to the next: without limits V8 would let some tens of megabytes lie about. */
const YOUNG_MB = 4;
const OLD_MB = 32;

interface Asked {
  readonly count: number;
  answer(stats: readonly (Stat | undefined)[]): void;
}

export class PlacingThread {
  readonly #options: PlacingOptions;
  readonly #setting: () => PlacingSetting;
  #worker: Worker | undefined;
  #isBroken = false;
  /** In the order in which they were asked, which is the order of the answers. */
  readonly #asked: Asked[] = [];
  #idle: NodeJS.Timeout | undefined;

  /** `setting` is asked for when the thread starts. */
  constructor(options: PlacingOptions, setting: () => PlacingSetting) {
    this.#options = options;
    this.#setting = setting;
  }

  /** Places these, unless the root is another one by then; undefined when there is no thread for it. */
  place(
    { dev, ino }: PlacingRequest['root'],
    files: readonly NewFile[],
  ): Promise<readonly (Stat | undefined)[]> | undefined {
    const worker = this.#running();
    if (worker === undefined) return undefined;
    clearTimeout(this.#idle);
    // While somebody waits the program does not end.
    worker.ref();
    worker.postMessage({ root: { dev, ino }, files: packFiles(files) } satisfies PlacingRequest);
    return new Promise((answer) => this.#asked.push({ count: files.length, answer }));
  }

  #running(): Worker | undefined {
    if (this.#isBroken) return undefined;
    try {
      this.#worker ??= this.#start();
      return this.#worker;
    } catch (error) {
      // The system gives no more threads, for example.
      this.#fail(error as Error);
      return undefined;
    }
  }

  #start(): Worker {
    const worker = new Worker(this.#options.script, {
      workerData: this.#setting(),
      env: SHARE_ENV,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB, maxOldGenerationSizeMb: OLD_MB },
    });
    worker.on('message', (answer: PlacingAnswer) => this.#answered(answer));
    worker.on('error', (error) => this.#fail(error as Error));
    return worker;
  }

  #answered(answer: PlacingAnswer): void {
    this.#asked.shift()?.answer(unpackStats(answer));
    if (this.#asked.length > 0) return;
    this.#worker?.unref();
    this.#idle = setTimeout(() => this.#end(), IDLE_MS).unref();
  }

  #end(): void {
    const worker = this.#worker;
    this.#worker = undefined;
    void worker?.terminate();
  }

  #fail(error: Error): void {
    this.#isBroken = true;
    this.#worker = undefined;
    for (const { count, answer } of this.#asked.splice(0)) answer(new Array(count).fill(undefined));
    this.#options.failed(error);
  }
}
