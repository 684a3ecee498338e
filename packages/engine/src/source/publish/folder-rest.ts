/** Waits until nothing is written in some folders any more, by samples of them. */
import { type Clock, type RestRule, restAtMs, type Timers, type Unrest } from '../../core/index.ts';

/** Samples take at most this part of the time. */
const SAMPLE_SHARE = 1 / 10;

export interface FolderRestHost {
  readonly clock: Clock;
  readonly timers: Timers;
  /** Equal ones: nothing has changed between them. */
  sample(): string;
  /** They are at rest, or were waited for long enough. */
  over(): void;
}

export class FolderRest {
  readonly #host: FolderRestHost;
  #rule: RestRule = { quietMs: 0, mostMs: 0 };
  #unrest: Unrest | undefined;
  #sample = '';
  /** What the last one took. */
  #costMs = 0;

  constructor(host: FolderRestHost) {
    this.#host = host;
  }

  get isOn(): boolean {
    return this.#unrest !== undefined;
  }

  /** They are waited for from now on. Does nothing while they are. */
  begin(rule: RestRule): void {
    if (this.isOn) return;
    this.#rule = rule;
    const nowMs = this.#host.clock.nowMs();
    this.#unrest = { beganMs: nowMs, changedMs: nowMs };
    this.#takeSample();
    this.#plan();
  }

  /** They have changed, or are others. */
  changed(): void {
    if (this.#unrest !== undefined) this.#unrest = { ...this.#unrest, changedMs: this.#host.clock.nowMs() };
  }

  #look(): void {
    const { clock, over } = this.#host;
    if (this.#takeSample()) this.changed();
    if (clock.nowMs() < this.#restMs) return this.#plan();
    this.#unrest = undefined;
    over();
  }

  #plan(): void {
    const { clock, timers } = this.#host;
    const soonMs = Math.min(this.#rule.quietMs / 2, this.#restMs - clock.nowMs());
    timers.once(Math.max(soonMs, this.#costMs / SAMPLE_SHARE), () => this.#look());
  }

  get #restMs(): number {
    return this.#unrest === undefined ? 0 : restAtMs(this.#unrest, this.#rule);
  }

  /** Returns whether it is another one than the last. */
  #takeSample(): boolean {
    const { clock, sample } = this.#host;
    const [before, startMs] = [this.#sample, clock.nowMs()];
    this.#sample = sample();
    this.#costMs = clock.nowMs() - startMs;
    return this.#sample !== before;
  }
}
