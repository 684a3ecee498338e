/**
 * Which job mirrors where at this moment. A running job keeps the folders that it began with, whatever its
 * section says by now: another one that would write into, around or over them waits until it has left.
 */
import { once } from 'node:events';
import type { ConfiguredJob } from './configured-job.ts';
import { idOf } from './configured-job.ts';
import { doMeet, type Territory, territoriesOf } from './job-check.ts';

/** The right of one job to run in its folders. */
export interface Turn {
  /** With the settings of the moment when it began. */
  readonly job: ConfiguredJob;
  /** Called once, when nothing is written any more. */
  leave(): void;
}

interface Held extends Turn {
  readonly territories: readonly Territory[];
  readonly left: Promise<void>;
}

export class JobTurns {
  /** By the id of the job. */
  readonly #held = new Map<string, Held>();
  readonly #waiting = new Map<string, string>();

  /**
   * Waits until no other job holds folders of this one.
   * @param now what its section says at this moment
   * @param asked aborted when it is not wanted any more
   * @param waits told once of each job that is waited for
   * @returns undefined when it was aborted first
   */
  async take(
    now: () => ConfiguredJob,
    asked: AbortSignal,
    waits: (other: ConfiguredJob) => void,
  ): Promise<Turn | undefined> {
    const id = idOf(now().name);
    const told = new Set<Held>();
    try {
      while (!asked.aborted) {
        const job = now();
        const holder = this.#holderOf(territoriesOf(job));
        if (holder === undefined) return this.#hold(id, job);
        this.#waiting.set(id, holder.job.name);
        if (!told.has(holder)) waits(holder.job);
        told.add(holder);
        await untilEither(holder.left, asked);
      }
      return undefined;
    } finally {
      this.#waiting.delete(id);
    }
  }

  /** The running job of that name as it began; undefined when it does not run. */
  running(name: string): ConfiguredJob | undefined {
    return this.#held.get(idOf(name))?.job;
  }

  /** The name of the job that this one waits for. */
  waitsFor(name: string): string | undefined {
    return this.#waiting.get(idOf(name));
  }

  #holderOf(wanted: readonly Territory[]): Held | undefined {
    return [...this.#held.values()].find(({ territories }) => doMeet(territories, wanted));
  }

  #hold(id: string, job: ConfiguredJob): Turn {
    let leave = (): void => undefined;
    const left = new Promise<void>((resolve) => {
      leave = () => {
        this.#held.delete(id);
        resolve();
      };
    });
    const held = { job, territories: territoriesOf(job), left, leave };
    this.#held.set(id, held);
    return held;
  }
}

async function untilEither(left: Promise<void>, asked: AbortSignal): Promise<void> {
  const over = new AbortController();
  try {
    const aborted = once(asked, 'abort', { signal: over.signal }).catch(() => undefined);
    await Promise.race([left, aborted]);
  } finally {
    over.abort();
  }
}
