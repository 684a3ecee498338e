/** Tells a person of paths that cannot be mirrored as they come up, without flooding the log. */
import { adviceFor, type Clock } from '../../core/index.ts';
import { DAMAGED, type ProblemList } from './problem-list.ts';

/** Lines in one window, and how long it lasts. */
const MAX_LINES = 20;
const WINDOW_MS = 60_000;

/** What is said of a path that is mirrored all the same, or was. */
const TITLES: Readonly<Record<string, string>> = {
  [DAMAGED]: 'Damaged',
  'ignore-kept': 'Mirrored by its earlier rules',
};

export class ProblemLog {
  readonly #clock: Clock;
  readonly #problems: ProblemList;
  readonly #warn: (text: string) => void;
  #lines = 0;
  #untold = 0;
  #cancel: (() => void) | undefined;
  #isStopped = false;

  constructor(clock: Clock, problems: ProblemList, warn: (text: string) => void) {
    this.#clock = clock;
    this.#problems = problems;
    this.#warn = warn;
  }

  /** Tells what is new in the list: each path, then only how many, once the minute is over. */
  tell(): void {
    for (const { path, code } of this.#problems.takeNews()) {
      if (this.#isStopped) return;
      this.#cancel ??= this.#clock.after(WINDOW_MS, () => this.#endWindow());
      if (this.#lines === MAX_LINES) {
        this.#untold += 1;
        continue;
      }
      this.#lines += 1;
      this.#warn(
        `${TITLES[code] ?? 'Not mirrored'}: ${path} (${code}): ${adviceFor(code).cause}. ${adviceFor(code).cure}`,
      );
    }
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel?.();
  }

  #endWindow(): void {
    this.#cancel = undefined;
    if (this.#untold > 0) this.#warn(`Not mirrored: ${this.#untold} more paths since the last one named`);
    this.#lines = 0;
    this.#untold = 0;
  }
}
