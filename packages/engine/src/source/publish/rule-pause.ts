/**
 * How long nothing is watched and published after a change of the rules in the source: until others of them, and the
 * folder around them, have been written, too. While they go on changing each pause asks for a quiet twice as long.
 */
import type { Clock, Timers } from '../../core/index.ts';
import { FolderRest } from './folder-rest.ts';

const QUIET_MS = 200;
const MOST_MS = 5000;
/** Rules that hold for so long are at rest again. */
const REST_MS = 10_000;

export interface RulePauseHost {
  readonly clock: Clock;
  readonly timers: Timers;
  /** Of what is in these folders: equal ones are of the same. */
  sample(folders: readonly string[]): string;
  /** Everything is to be watched and scanned by the rules of then. */
  over(): void;
}

export class RulePause {
  readonly #clock: Clock;
  readonly #rest: FolderRest;
  #folder = '';
  #quietMs = QUIET_MS;
  #openedMs = Number.NEGATIVE_INFINITY;

  constructor({ clock, timers, sample, over }: RulePauseHost) {
    this.#clock = clock;
    this.#rest = new FolderRest({ clock, timers, over, sample: () => sample([this.#folder]) });
  }

  get isOn(): boolean {
    return this.#rest.isOn;
  }

  /** The rules of a folder are other ones. Does nothing in a pause. */
  begin(folder: string): void {
    if (this.isOn) return;
    const isAtRest = this.#clock.nowMs() - this.#openedMs > REST_MS;
    this.#quietMs = isAtRest ? QUIET_MS : Math.min(2 * this.#quietMs, MOST_MS);
    this.#folder = folder;
    this.#rest.begin({ quietMs: this.#quietMs, mostMs: MOST_MS });
  }

  /** The scan by the rules of now is over. */
  opened(): void {
    this.#openedMs = this.#clock.nowMs();
  }
}
