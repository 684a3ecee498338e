/**
 * Ignore files with rules that are away, or empty: whether they stay so. Whoever saves one may remove it first, and whoever
 * removes a folder may come to it before all that it hides. Until nothing has been written in their folders for a while,
 * their rules hold as if they were there.
 */
import { isWithin, parentOf } from '@lanmirror/protocol';
import type { Clock, RestRule, Timers } from '../../core/index.ts';
import { FolderRest } from './folder-rest.ts';

const RULE: RestRule = { quietMs: 3000, mostMs: 30_000 };

export interface RuleAbsenceHost {
  readonly clock: Clock;
  readonly timers: Timers;
  /** Of what is in these folders: equal ones are of the same. */
  sample(folders: readonly string[]): string;
  /** These have been away for long enough: what of them is away still is gone. */
  over(paths: readonly string[]): void;
}

export class RuleAbsence {
  readonly #host: RuleAbsenceHost;
  readonly #rest: FolderRest;
  /** Since when, by their paths. */
  readonly #sinceMs = new Map<string, number>();

  constructor(host: RuleAbsenceHost) {
    this.#host = host;
    const { clock, timers } = host;
    this.#rest = new FolderRest({
      ...{ clock, timers },
      sample: () => host.sample(this.#folders()),
      over: () => this.#over(),
    });
  }

  /** The rules of some file hold although it is away. */
  get isWaiting(): boolean {
    return this.#rest.isOn;
  }

  /** An ignore file with rules is not there, or has none. */
  note(path: string): void {
    if (this.#sinceMs.has(path)) return;
    this.#sinceMs.set(path, this.#host.clock.nowMs());
    this.#rest.begin(RULE);
    this.#rest.changed();
  }

  /** Something has changed at a path. */
  noticed(path: string): void {
    if (!this.isWaiting) return;
    for (const file of this.#sinceMs.keys()) if (isWithin(path, parentOf(file))) return this.#rest.changed();
  }

  /** What has gone too short a time ago is waited for anew: the end of the wait was meant for others. */
  #over(): void {
    const dueMs = this.#host.clock.nowMs() - RULE.quietMs;
    const due = [...this.#sinceMs].flatMap(([path, sinceMs]) => (sinceMs <= dueMs ? [path] : []));
    for (const path of due) this.#sinceMs.delete(path);
    if (this.#sinceMs.size > 0) this.#rest.begin(RULE);
    this.#host.over(due);
  }

  /** Those nearest to the top first, of which a sample has most. */
  #folders(): string[] {
    const folders = new Set([...this.#sinceMs.keys()].map(parentOf));
    return [...folders].sort((a, b) => a.length - b.length);
  }
}
