/**
 * A thread that is asked by messages and answers each of them, in their order. It is started when it is needed first,
 * and ends when it was not for a while.
 *
 * A thread that fails takes nothing with it: what it was asked for has no answer then, and whoever asked does it in its
 * own thread.
 */
import { SHARE_ENV, Worker } from 'node:worker_threads';

export interface ThreadOptions {
  /** The program of the thread, as a file that Node can run. */
  readonly script: URL;
  /** The thread failed and there will be no other. */
  failed(error: Error): void;
}

/** What a thread has to know of the tree that it works in. */
export interface ThreadSetting {
  /** The root, with its own links resolved. */
  readonly root: string;
  readonly walk: 'held' | 'checked';
}

/** Starting costs a tenth of a second of processor time; what waits costs some megabytes. */
const IDLE_MS = 10_000;

/** It keeps nothing from one request to the next: without limits V8 would let some tens of megabytes lie about. */
const YOUNG_MB = 4;
const OLD_MB = 32;

export class AskedThread<Request, Answer> {
  readonly #options: ThreadOptions;
  readonly #setting: () => ThreadSetting;
  #worker: Worker | undefined;
  #isBroken = false;
  /** In the order in which they were asked, which is the order of the answers. */
  readonly #asked: ((answer: Answer | undefined) => void)[] = [];
  #idle: NodeJS.Timeout | undefined;

  /** `setting` is asked for when the thread starts. */
  constructor(options: ThreadOptions, setting: () => ThreadSetting) {
    this.#options = options;
    this.#setting = setting;
  }

  /** The answer, undefined when the thread failed over it; undefined as a whole when there is no thread. */
  ask(request: Request): Promise<Answer | undefined> | undefined {
    const worker = this.#running();
    if (worker === undefined) return undefined;
    clearTimeout(this.#idle);
    // While somebody waits the program does not end.
    worker.ref();
    worker.postMessage(request);
    return new Promise((answer) => this.#asked.push(answer));
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
    worker.on('message', (answer: Answer) => this.#answered(answer));
    worker.on('error', (error) => this.#fail(error as Error));
    worker.on('exit', (code) => {
      if (worker === this.#worker) this.#fail(new Error(`it ended with ${code}`));
    });
    return worker;
  }

  #answered(answer: Answer): void {
    this.#asked.shift()?.(answer);
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
    for (const answer of this.#asked.splice(0)) answer(undefined);
    this.#options.failed(error);
  }
}
