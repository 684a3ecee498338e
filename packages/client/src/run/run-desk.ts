/**
 * When a mirror does what: the runs by its schedules, the hours of its window, and what somebody asks for.
 * From all of that follows whether a session with the server is wanted.
 *
 * Owns the two kinds of runs and the one timer. Made once for each mirror, with everything it needs.
 */
import {
  askedRunEnded,
  type Clock,
  type RunMemory,
  Timers,
  type WindowState,
  windowAt,
} from '@lanmirror/engine/core';
import { type LogLevel, type ScheduleRules, zonedTime } from '@lanmirror/engine/host';
import type { MirrorState } from '../state/mirror-state.ts';
import { type RunEnd, RunLoop } from './run-loop.ts';
import {
  endText,
  exceptionText,
  isoTime,
  type RunReport,
  restText,
  runsOfKind,
  whyText,
} from './run-report.ts';
import { syncRules, verifyRules } from './run-rules.ts';

/** A clock that is set, and a machine that slept, are noticed after this. */
const LOOK_MS = 60_000;

/** In the place of a schedule of verifications that is not followed yet. */
const UNJOINED = 'unjoined';

type Kind = 'sync' | 'verify';

export interface RunKeeper {
  readonly meta: Pick<MirrorState['meta'], 'runs'>;
  setMeta(meta: Pick<MirrorState['meta'], 'runs'>): void;
  flushed(): Promise<unknown>;
}

export interface RunDeskHost {
  readonly clock: Clock;
  /** Remembers the runs. */
  readonly state: RunKeeper;
  /** Names the mirror: its runs are spread by it. */
  readonly seed: string;
  /** Of the moment: a reload may bring others. */
  rules(): ScheduleRules;
  /** Sessions with the server are wanted, or are not. */
  connect(): void;
  rest(): void;
  /** A whole pass. While it goes on sessions are wanted. */
  sync(signal: AbortSignal): Promise<RunEnd>;
  verify(signal: AbortSignal): Promise<RunEnd>;
  /** The target was joined. Before that there is nothing to verify, nor anything to put right. */
  isJoined(): boolean;
  say(level: LogLevel, text: string): void;
  /** A fault of the program. */
  failed(error: unknown): void;
}

export class RunDesk {
  readonly #host: RunDeskHost;
  readonly #timers: Timers;
  readonly #sync: RunLoop;
  readonly #verify: RunLoop;
  /** Commands that need a session now. */
  #visits = 0;
  #saidRest = '';
  #isClosed = false;

  constructor(host: RunDeskHost) {
    this.#host = host;
    this.#timers = new Timers(host.clock, (work) => {
      try {
        work();
      } catch (error) {
        host.failed(error);
      }
    });
    this.#sync = this.#newLoop('sync');
    this.#verify = this.#newLoop('verify');
  }

  /** Begins: what a start finds is remembered, and what is due is done. */
  begin(): void {
    this.#sync.recall(this.#host.rules().isSyncOnStart);
    this.#verify.recall(false);
    this.#look();
  }

  /** The settings are others now. */
  reconfigure(): void {
    this.#look();
  }

  /**
   * Has a session while `work` goes on, because a person asked for it. `endOf` tells how it ended, which is
   * remembered as a run; undefined for what was no whole pass to its end.
   */
  async visit<T>(work: () => Promise<T>, endOf: (result: T) => RunEnd | undefined): Promise<T> {
    const { clock } = this.#host;
    const beganMs = clock.wallMs();
    this.#visits += 1;
    this.#look();
    try {
      const result = await work();
      const end = endOf(result);
      const times = { beganMs, endedMs: clock.wallMs() };
      if (end !== undefined)
        this.#keep('sync', askedRunEnded(this.#memory('sync'), { why: 'asked', ...times, ...end }));
      return result;
    } finally {
      this.#visits -= 1;
      this.#look();
    }
  }

  /** Why no session is wanted now, and none is there; '' otherwise. */
  get rest(): string {
    return this.#visits > 0 || this.#sync.isRunning ? '' : this.#restByRules();
  }

  /** Why a person who asks for something now does not get what the rules say; '' when they say the same. */
  get exception(): string {
    return exceptionText(this.#host.rules(), this.#window());
  }

  get report(): RunReport {
    const { isJoined, rules } = this.#host;
    const { isLive, timeZone, windows } = rules();
    const { isOpen, changesMs } = this.#window();
    const window = { isOpen, changes: changesMs === undefined ? null : isoTime(changesMs) };
    return {
      ...{ isLive, timeZone, rest: this.rest },
      window: windows.length === 0 ? null : window,
      sync: runsOfKind(this.#memory('sync'), this.#sync.nextMs),
      verify: runsOfKind(this.#memory('verify'), isJoined() ? this.#verify.nextMs : undefined),
    };
  }

  /** Breaks off what goes on. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timers.stop();
    await Promise.all([this.#sync.stop(), this.#verify.stop()]);
  }

  /** Does what is due, has or ends the session, and looks again when something is due next. */
  #look(): void {
    if (this.#isClosed) return;
    const { clock, connect, rest } = this.#host;
    const { isOpen, changesMs } = this.#window();
    this.#sync.look(isOpen);
    if (this.#host.isJoined()) this.#verify.look(true);
    else this.#tellUnjoined();
    const why = this.rest;
    if (why === '') connect();
    else rest();
    this.#tellRest(why);
    const nowMs = clock.wallMs();
    const moments = [this.#sync.nextMs, this.#verify.nextMs, changesMs, nowMs + LOOK_MS];
    const nextMs = Math.min(...moments.filter((one) => one !== undefined && one > nowMs).map(Number));
    this.#timers.replace('look', nextMs - nowMs, () => this.#look());
  }

  #tellRest(why: string): void {
    if (why !== '' && why !== this.#saidRest) this.#host.say('info', `Not connected: ${why}`);
    this.#saidRest = why;
  }

  #tellUnjoined(): void {
    const memory = this.#memory('verify');
    if (memory.ruleId === UNJOINED || this.#host.rules().verify === undefined) return;
    // Kept, so that a job which is tried again and again says it once; and what came due before counts for nothing then.
    this.#keep('verify', { ...memory, ruleId: UNJOINED, owed: null });
    const text = 'Nothing is verified before the target is joined; from then on VerifySchedule is followed.';
    this.#host.say('info', text);
  }

  #restByRules(): string {
    return restText(this.#host.rules(), this.#window(), this.#sync.nextMs);
  }

  #window(): WindowState {
    return windowAt(this.#host.rules().windows, this.#host.clock.wallMs());
  }

  #memory(kind: Kind): RunMemory {
    return this.#host.state.meta.runs[kind];
  }

  #keep(kind: Kind, memory: RunMemory): void {
    const { state, failed } = this.#host;
    if (this.#isClosed || memory === this.#memory(kind)) return;
    state.setMeta({ runs: { ...state.meta.runs, [kind]: memory } });
    state.flushed().catch(failed);
  }

  #time(ms: number): string {
    return zonedTime(ms, this.#host.rules().timeZone);
  }

  #newLoop(kind: Kind): RunLoop {
    const { clock, rules, seed, say, failed } = this.#host;
    const name = kind === 'sync' ? 'Run' : 'Verification';
    return new RunLoop({
      ...{ clock, failed },
      rules: () => (kind === 'sync' ? syncRules : verifyRules)(rules(), seed),
      memory: () => this.#memory(kind),
      keep: (memory) => this.#keep(kind, memory),
      work: (signal) => this.#host[kind](signal),
      began: (why) => say('info', `${name} ${whyText(why)} begins`),
      missed: (firstMs, lastMs) => {
        const last = lastMs === firstMs ? '' : `, last ${this.#time(lastMs)}`;
        const due = `it was due ${this.#time(firstMs)}${last}`;
        say('warn', `${name} missed: ${due}, and is left out (RunMissed = no)`);
      },
      ended: (record, isOwed) => {
        const { last } = runsOfKind(this.#memory(kind), undefined);
        const level = record.exit === 0 || isOwed ? 'info' : 'warn';
        if (last !== null)
          say(level, `${name} ended: ${endText(last)}${isOwed ? '; it goes on when it may' : ''}`);
        this.#look();
      },
    });
  }
}
