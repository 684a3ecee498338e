/**
 * When a mirror does what: the runs by its schedules, the hours of its window, and what somebody asks for.
 * From all of that follows whether a session with the server is wanted.
 *
 * Owns the two kinds of runs and the one timer. Made once for each mirror, with everything it needs.
 */
import {
  askedRunEnded,
  type Clock,
  oweRun,
  type RunMemory,
  type RunRules,
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
  NONE_COMING,
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
  /** Source or target are not there, as far as that is known without a session; see `haltChanged`. */
  isHalted(): boolean;
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

  /** The source or the target may be there again. */
  haltChanged(): void {
    if (this.#memory('sync').owed === 'halted') this.#look();
  }

  /**
   * Has a session while `work` goes on, because a person asked for it. `endOf` tells how it ended, which is
   * remembered as a run; undefined for what was no whole pass to its end.
   */
  async visit<T>(work: () => Promise<T>, endOf: (result: T) => RunEnd | undefined): Promise<T> {
    const { clock } = this.#host;
    const beganMs = clock.wallMs();
    const { owed } = this.#memory('sync');
    this.#visits += 1;
    this.#look();
    try {
      const result = await work();
      const end = endOf(result);
      if (end !== undefined) {
        const { exit, text } = end;
        const record = { why: 'asked', beganMs, endedMs: clock.wallMs(), exit, text } as const;
        this.#keep('sync', askedRunEnded(this.#memory('sync'), record, owed));
        this.#owe(end.owes);
      }
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
      sync: runsOfKind(this.#memory('sync'), this.#sync.coming),
      verify: runsOfKind(this.#memory('verify'), isJoined() ? this.#verify.coming : NONE_COMING),
    };
  }

  /** Breaks off what goes on, and with it the session: whatever a run is at, nothing more comes. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timers.stop();
    const ended = Promise.all([this.#sync.stop(), this.#verify.stop()]);
    this.#host.rest();
    await ended;
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
    this.#tellRest(why);
    if (why === '') connect();
    else rest();
    const nowMs = clock.wallMs();
    const moments = [this.#sync.coming.atMs, this.#verify.coming.atMs, changesMs, nowMs + LOOK_MS];
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
    return restText(this.#host.rules(), this.#window(), this.#sync.coming);
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

  /** A live mirror does by itself what is left. */
  #owe(why: RunEnd['owes']): void {
    if (why !== undefined && !this.#host.rules().isLive)
      this.#keep('sync', oweRun(this.#memory('sync'), why));
  }

  #rulesOf(kind: Kind): RunRules {
    const { rules, seed, isHalted } = this.#host;
    return kind === 'sync' ? syncRules(rules(), seed, isHalted()) : verifyRules(rules(), seed);
  }

  #time(ms: number): string {
    return zonedTime(ms, this.#host.rules().timeZone);
  }

  #newLoop(kind: Kind): RunLoop {
    const { clock, say, failed } = this.#host;
    const name = kind === 'sync' ? 'Run' : 'Verification';
    return new RunLoop({
      ...{ clock, failed },
      rules: () => this.#rulesOf(kind),
      memory: () => this.#memory(kind),
      keep: (memory) => this.#keep(kind, memory),
      work: (signal) => this.#host[kind](signal),
      began: (why) => say('info', `${name} ${whyText(why)} begins`),
      missed: (firstMs, lastMs) => {
        const last = lastMs === firstMs ? '' : `, last ${this.#time(lastMs)}`;
        const due = `it was due ${this.#time(firstMs)}${last}`;
        say('warn', `${name} missed: ${due}, and is left out (RunMissed = no)`);
      },
      ended: (record, isCut, owes) => {
        this.#owe(owes);
        const { last } = runsOfKind(this.#memory(kind), NONE_COMING);
        const level = record.exit === 0 || isCut ? 'info' : 'warn';
        if (last !== null)
          say(level, `${name} ended: ${endText(last)}${isCut ? '; it goes on when it may' : ''}`);
        this.#look();
      },
    });
  }
}
