/**
 * When a run is due, and what becomes of due times that cannot be kept. Pure: the clock, the times of the schedule
 * and what is remembered go in, what to do now comes out.
 *
 * - Runs never overlap. A run that comes due while one goes on waits, and is done once after it: however many due
 *   times have passed meanwhile, they are one run.
 * - Outside of its window a run that came due waits for the opening. One that the window cuts off goes on there.
 * - A due time that was not seen for more than `LATE_MS`, because the program or the machine was off or asleep,
 *   was missed. All that were missed are one run at once, or none, as `RunMissed` says. Later due times, that were
 *   not, are a run in any case, and those that were missed are the same one.
 * - A run that a halt ended is done again when the halt is over, as far as anybody hears of that; a run of the schedule
 *   that comes due before is done all the same, and finds what there is.
 * - A clock that was set back makes nobody wait longer: due times count from the new hour.
 */
import { type NextAfter, openFrom, type TimeWindow } from './time-window.ts';

/** A due time that is older than this when it is seen was missed. Longer than a restart takes, and than a look is late. */
export const LATE_MS = 300_000;
/** Clocks are corrected by such amounts, and no run is repeated for it. */
const CORRECTION_MS = 60_000;

/**
 * Why a run is done: its time has come, that was while nobody was there, the program started, a person asked, a
 * verification found what is to be put right, or the one before was ended by a halt.
 */
export type RunWhy = 'schedule' | 'missed' | 'start' | 'asked' | 'repair' | 'halted';

export interface RunRules {
  /** Names the schedule: what came due by another one is forgotten. '' without one. */
  readonly id: string;
  /** Due times, spread already; undefined without a schedule. */
  readonly dueAfter: NextAfter | undefined;
  /** None: at any time. */
  readonly windows: readonly TimeWindow[];
  /** Missed due times are a run as soon as that is possible. */
  readonly isMissedRun: boolean;
  /** What a run needs is not there, as far as that is known now. */
  readonly isHalted: boolean;
}

export interface RunRecord {
  readonly why: RunWhy;
  /** Milliseconds since 1970. */
  readonly beganMs: number;
  readonly endedMs: number;
  /** The exit code of the same command; null when it was broken off. */
  readonly exit: number | null;
  /** How it ended, for a person. */
  readonly text: string;
}

/** What is kept of the runs of one kind, across restarts. */
export interface RunMemory {
  /** `id` of the rules by which due times were settled. */
  readonly ruleId: string;
  /** Due times up to here were dealt with, milliseconds since 1970. */
  readonly settledMs: number;
  /** A run is to be done as soon as that is possible, and why; null for none. */
  readonly owed: RunWhy | null;
  readonly running: { readonly why: RunWhy; readonly beganMs: number } | null;
  /** The last that ended; null before the first. */
  readonly last: RunRecord | null;
}

export const NEVER_RUN: RunMemory = {
  ...{ ruleId: '', settledMs: 0, owed: null, running: null, last: null },
};

export type RunStep =
  /** Begin one. */
  | { readonly kind: 'run'; readonly why: RunWhy }
  /** Due times were missed, from the first to the last of these, and are left out. */
  | { readonly kind: 'missed'; readonly firstMs: number; readonly lastMs: number }
  /** Nothing before `untilMs`; undefined: not by itself. */
  | { readonly kind: 'wait'; readonly untilMs: number | undefined };

export interface RunDecision {
  readonly step: RunStep;
  readonly memory: RunMemory;
}

/** What comes after now. */
export interface ComingRun {
  /** When a run begins, milliseconds since 1970; undefined: not by itself, or nobody knows when. */
  readonly atMs: number | undefined;
  /** Why one is to be done as soon as that is possible, before or at `atMs`; null when none is. */
  readonly owed: RunWhy | null;
}

/** What there is to do at `nowMs`, when no run goes on. `freeMs`: when the last one of this process ended, 0 for none. */
export function decideRun(rules: RunRules, before: RunMemory, nowMs: number, freeMs: number): RunDecision {
  const memory = settleClock(rules, before, nowMs);
  const wait = (untilMs: number | undefined): RunDecision => ({ step: { kind: 'wait', untilMs }, memory });
  const isPossible = memory.owed !== 'halted' || !rules.isHalted;
  if (memory.owed !== null && isPossible) return beginOrWait(rules, memory, memory.owed, nowMs);
  const { dueAfter, windows } = rules;
  const due = dueAfter?.(memory.settledMs);
  if (due === undefined || dueAfter === undefined) return wait(undefined);
  if (nowMs < due) return wait(openFrom(windows, due));
  const isMissed = (dueMs: number): boolean => {
    const possible = openFrom(windows, dueMs);
    return possible !== undefined && nowMs - Math.max(possible, freeMs) > LATE_MS;
  };
  const settled = { ...memory, settledMs: nowMs };
  // What came due later was possible later: it is missed only with all before it.
  if (!isMissed(due)) return beginOrWait(rules, settled, 'schedule', nowMs);
  const lastMs = lastDue(dueAfter, due, nowMs, isMissed);
  const step: RunStep = { kind: 'missed', firstMs: due, lastMs };
  if (!rules.isMissedRun) return { step, memory: { ...memory, settledMs: lastMs } };
  const isLater = (dueAfter(lastMs) ?? Number.POSITIVE_INFINITY) <= nowMs;
  return beginOrWait(rules, settled, isLater ? 'schedule' : 'missed', nowMs);
}

/** What comes next. `isRunning`: behind the run that goes on; then `atMs` is of the schedule, and what is owed comes right after it. */
export function comingRun(
  rules: RunRules,
  before: RunMemory,
  nowMs: number,
  freeMs: number,
  isRunning: boolean,
): ComingRun {
  // What came due while one goes on is not missed.
  const { step, memory } = decideRun(rules, before, nowMs, isRunning ? nowMs : freeMs);
  if (step.kind === 'wait') return { atMs: step.untilMs, owed: memory.owed };
  const owed = step.kind === 'run' ? step.why : memory.owed;
  if (!isRunning) return { atMs: nowMs, owed };
  const due = rules.dueAfter?.(nowMs);
  return { atMs: due === undefined ? undefined : openFrom(rules.windows, due), owed };
}

/** A run has begun: whatever was due by now is dealt with by it. */
export function runBegan(memory: RunMemory, why: RunWhy, nowMs: number): RunMemory {
  return {
    ...memory,
    settledMs: Math.max(memory.settledMs, nowMs),
    owed: null,
    running: { why, beganMs: nowMs },
  };
}

/** It has ended. `isOwed`: it could not come to its end, and goes on as soon as that is possible. */
export function runEnded(memory: RunMemory, record: RunRecord, isOwed: boolean): RunMemory {
  return { ...memory, running: null, last: record, owed: isOwed ? record.why : memory.owed };
}

/** A run is to be done as soon as that is possible. One that is owed already is done for this, too. */
export function oweRun(memory: RunMemory, why: RunWhy): RunMemory {
  return memory.owed === null ? { ...memory, owed: why } : memory;
}

/**
 * A person had a whole pass done. One that got through is as good as the runs that were due before it.
 * `owedBefore`: what was owed as it began; what came to that meanwhile is not done by it.
 */
export function askedRunEnded(
  memory: RunMemory,
  record: RunRecord,
  owedBefore: RunWhy | null = memory.owed,
): RunMemory {
  const isThrough = record.exit === 0 || record.exit === 1;
  if (!isThrough) return { ...memory, last: record };
  const owed = memory.owed === owedBefore ? null : memory.owed;
  return { ...memory, last: record, owed, settledMs: Math.max(memory.settledMs, record.beganMs) };
}

/** What a start finds. `isRunWanted`: one run is to be done for the start itself. A run that a kill broke off was missed. */
export function recallRuns(
  memory: RunMemory,
  rules: Pick<RunRules, 'isMissedRun'>,
  isRunWanted: boolean,
): RunMemory {
  const { running } = memory;
  const owed = memory.owed ?? (isRunWanted ? 'start' : null);
  if (running === null) return { ...memory, owed };
  const { why, beganMs } = running;
  const text = 'the program ended meanwhile';
  const last: RunRecord = { why, beganMs, endedMs: beganMs, exit: null, text };
  return { ...memory, running: null, last, owed: owed ?? (rules.isMissedRun ? 'missed' : null) };
}

/**
 * The same times, later by a share of `jitterMs` that depends on `seed` alone: machines with one schedule do not all
 * begin at once, and each of them always begins at its own time.
 */
export function spread(dueAfter: NextAfter, jitterMs: number, seed: string): NextAfter {
  const offsetMs = Math.floor(fractionOf(seed) * jitterMs);
  if (offsetMs === 0) return dueAfter;
  return (ms) => {
    const due = dueAfter(ms - offsetMs);
    return due === undefined ? undefined : due + offsetMs;
  };
}

/**
 * The last due time up to `untilMs` for which `holds` says yes. It says so of `firstMs`, and of none after one of which
 * it does not. Halves the time in question with each step: there may be millions between.
 */
function lastDue(
  dueAfter: NextAfter,
  firstMs: number,
  untilMs: number,
  holds: (dueMs: number) => boolean,
): number {
  const isOne = (ms: number | undefined): ms is number => ms !== undefined && ms <= untilMs && holds(ms);
  let lastMs = firstMs;
  let endMs = untilMs;
  for (let next = dueAfter(lastMs); isOne(next); next = dueAfter(lastMs)) {
    const middleMs = lastMs + Math.floor((endMs - lastMs) / 2);
    const found = dueAfter(middleMs);
    if (!isOne(found)) endMs = middleMs;
    lastMs = isOne(found) ? found : next;
  }
  return lastMs;
}

function beginOrWait(rules: RunRules, memory: RunMemory, why: RunWhy, nowMs: number): RunDecision {
  const possible = openFrom(rules.windows, nowMs);
  if (possible === nowMs) return { step: { kind: 'run', why }, memory };
  return { step: { kind: 'wait', untilMs: possible }, memory: { ...memory, owed: why } };
}

function settleClock(rules: RunRules, memory: RunMemory, nowMs: number): RunMemory {
  const isSameRule = memory.ruleId === rules.id;
  if (isSameRule && memory.settledMs <= nowMs + CORRECTION_MS) return memory;
  return { ...memory, ruleId: rules.id, settledMs: nowMs };
}

/** Of a text a number in [0, 1), as if drawn by lot (FNV-1a, and a last stir of its upper bits). */
function fractionOf(seed: string): number {
  let hash = 0x811c9dc5;
  for (const character of seed) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
