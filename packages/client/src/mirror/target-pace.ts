/**
 * How hard the target is worked on, by what it is: a disk of this machine, or a drive behind a network, which gets few
 * workers, and fewer or none for a while when it fails often.
 *
 * What it is can be seen only while it is there, so it is asked again whenever the target was found.
 */
import {
  afterOutcome,
  afterPause,
  checkpointIntervalMs,
  pauseMs,
  type Random,
  type TargetKindFinding,
  type Throttle,
  type Timers,
  targetKindOf,
  throttledWorkers,
  UNTHROTTLED,
  type Workers,
  workersOn,
} from '@lanmirror/engine/core';

/** Faults of the disk itself; everything else is about one path. */
const FAULTS: ReadonlySet<string> = new Set(['IO', 'FLUSH_FAILED']);

export interface TargetPaceHost {
  readonly timers: Timers;
  readonly random: Random;
  /** What the target is now; undefined for a disk of this machine. */
  readonly findKind: (() => TargetKindFinding) | undefined;
  /** It is another one than before. */
  changed(finding: TargetKindFinding): void;
  setWorkers(workers: Workers): void;
  warn(text: string): void;
}

export interface PaceFacts extends TargetKindFinding {
  /** `full`: as many workers as it may have; `one`, or none during a `pause`, because it fails often. */
  readonly speed: Throttle['level'];
}

export class TargetPace {
  readonly #host: TargetPaceHost;
  #wanted: Workers;
  #finding: TargetKindFinding = targetKindOf('local', undefined);
  #throttle = UNTHROTTLED;

  /** `wanted`: as many workers as a disk of this machine would have. */
  constructor(host: TargetPaceHost, wanted: Workers) {
    this.#host = host;
    this.#wanted = wanted;
  }

  /** For a person. */
  get facts(): PaceFacts {
    return { ...this.#finding, speed: this.#throttle.level };
  }

  /** Nothing is begun for a while. */
  get isPaused(): boolean {
    return this.#throttle.level === 'pause';
  }

  /**
   * Whether what failed may be tried again. While much fails there is time for little: that is for what was not tried
   * yet. Else the same few would fail again and again, each time for a longer pause, and a pass would never end.
   */
  mayRetry(isIdle: boolean): boolean {
    return isIdle || this.#throttle.level === 'full';
  }

  /** Milliseconds until the next checkpoint. */
  get checkpointIntervalMs(): number {
    return checkpointIntervalMs(this.#finding.kind);
  }

  /** How many workers there may be while nothing fails. */
  get mostWorkers(): Workers {
    return workersOn(this.#finding.kind, this.#wanted);
  }

  /** The target is there: what is it? */
  look(): void {
    const finding = this.#host.findKind?.() ?? this.#finding;
    const { kind, fileSystem, setting } = this.#finding;
    if (finding.kind === kind && finding.fileSystem === fileSystem && finding.setting === setting) return;
    this.#finding = finding;
    if (finding.kind === 'local') this.#throttle = UNTHROTTLED;
    this.#host.changed(finding);
    this.#setWorkers();
  }

  /** Another number of workers is wanted from now on. */
  setWanted(workers: Workers): void {
    this.#wanted = workers;
    this.#setWorkers();
  }

  /** Something was done on the target. */
  succeeded(): void {
    if (this.#finding.kind === 'network') this.#follow(afterOutcome(this.#throttle, false), '');
  }

  /** An operation on it failed with the code of a TreeError. */
  failed(code: string, message: string): void {
    if (this.#finding.kind !== 'network' || !FAULTS.has(code)) return;
    this.#follow(afterOutcome(this.#throttle, true), message);
  }

  #follow(throttle: Throttle, message: string): void {
    const before = this.#throttle.level;
    this.#throttle = throttle;
    if (throttle.level === before) return;
    if (throttle.level === 'pause') this.#pause(message);
    else if (throttle.level === 'one')
      this.#host.warn(`The target fails often (${message}): one worker goes on until it is better`);
    this.#setWorkers();
  }

  #pause(message: string): void {
    const { timers, random, warn } = this.#host;
    const lengthMs = pauseMs(this.#throttle, random());
    warn(
      `The target still fails (${message}): nothing is fetched for it for ${Math.ceil(lengthMs / 1000)} seconds`,
    );
    timers.replace('pause', lengthMs, () => {
      this.#throttle = afterPause(this.#throttle);
      this.#setWorkers();
    });
  }

  #setWorkers(): void {
    this.#host.setWorkers(throttledWorkers(this.#throttle, this.mostWorkers));
  }
}
