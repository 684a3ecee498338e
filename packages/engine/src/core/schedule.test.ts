import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  askedRunEnded,
  comingRun,
  decideRun,
  LATE_MS,
  NEVER_RUN,
  oweRun,
  type RunMemory,
  type RunRecord,
  type RunRules,
  type RunWhy,
  recallRuns,
  runBegan,
  runEnded,
  spread,
} from './schedule.ts';
import { openFrom, type TimeWindow, windowAt } from './time-window.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`schedule.test SEED=${seed}`);

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const START = 20_000 * DAY;

const every =
  (periodMs: number, phaseMs = 0) =>
  (ms: number) =>
    Math.floor((ms - phaseMs) / periodMs + 1) * periodMs + phaseMs;
const daily = (fromMs: number, toMs: number): TimeWindow => ({
  opensAfter: every(DAY, fromMs),
  closesAfter: every(DAY, toMs),
});
const rulesFor = (periodMs: number, more: Partial<RunRules> = {}): RunRules => ({
  ...{
    id: `every ${periodMs}`,
    dueAfter: every(periodMs),
    windows: [],
    isMissedRun: false,
    isHalted: false,
    ...more,
  },
});
const record = (why: RunWhy, beganMs: number, endedMs: number, exit: number | null = 0): RunRecord => ({
  ...{ why, beganMs, endedMs, exit, text: '' },
});

const allDue = (dueAfter: (ms: number) => number, afterMs: number, untilMs: number): number[] => {
  const found: number[] = [];
  for (let at = dueAfter(afterMs); at <= untilMs; at = dueAfter(at)) found.push(at);
  return found;
};

interface Run {
  readonly why: RunWhy;
  readonly beganMs: number;
}

/** A program that looks at its schedule whenever it was told to, and at least every minute, as the real one does. */
class Program {
  readonly rules: RunRules;
  memory: RunMemory = NEVER_RUN;
  nowMs = START;
  freeMs = 0;
  /** First and last of what was left out at once. */
  missed: [number, number][] = [];
  runs: Run[] = [];

  constructor(rules: RunRules) {
    this.rules = rules;
  }

  /** Looks once; a run that begins takes `runMs`. Returns until when it rests. */
  look(runMs: number): number {
    const { step, memory } = decideRun(this.rules, this.memory, this.nowMs, this.freeMs);
    this.memory = memory;
    if (step.kind === 'wait') return Math.min(step.untilMs ?? Number.POSITIVE_INFINITY, this.nowMs + MINUTE);
    if (step.kind === 'missed') this.missed.push([step.firstMs, step.lastMs]);
    else {
      this.runs.push({ why: step.why, beganMs: this.nowMs });
      this.memory = runBegan(memory, step.why, this.nowMs);
      const beganMs = this.nowMs;
      this.nowMs += runMs;
      this.memory = runEnded(this.memory, record(step.why, beganMs, this.nowMs), false);
      this.freeMs = this.nowMs;
    }
    return this.nowMs;
  }

  /** Until then, with runs of these lengths in turn. */
  liveUntil(endMs: number, runsMs: readonly number[]): void {
    while (this.nowMs < endMs) {
      const restMs = this.look(runsMs[this.runs.length % runsMs.length] ?? 0);
      this.nowMs = Math.max(this.nowMs, Math.min(restMs, endMs));
    }
    this.look(0);
  }

  /** Off, and started again then. */
  restart(atMs: number, isRunWanted = false): void {
    this.nowMs = atMs;
    this.freeMs = 0;
    this.memory = recallRuns(this.memory, this.rules, isRunWanted);
  }
}

const period = fc.integer({ min: 1, max: 2000 }).map((minutes) => minutes * MINUTE);
const lengths = fc.array(fc.integer({ min: 0, max: 5 * HOUR }), { minLength: 1, maxLength: 5 });
const hours = fc
  .tuple(fc.nat(23), fc.nat(23))
  .filter(([from, to]) => from !== to)
  .map(([from, to]) => daily(from * HOUR, to * HOUR));
const anyWindows = fc.array(hours, { maxLength: 2 });

describe('while the program runs', () => {
  test('every due time is followed by a run that began at it, or as soon as the one that was going on had ended', () => {
    fc.assert(
      fc.property(period, lengths, (periodMs, runsMs) => {
        const program = new Program(rulesFor(periodMs));
        program.liveUntil(START + 5 * DAY, runsMs);
        const { runs } = program;
        expect(program.missed).toEqual([]);
        const dueAfter = every(periodMs);
        let settledMs = START;
        let freeMs = START;
        for (const [at, { beganMs }] of runs.entries()) {
          expect(beganMs).toBe(Math.max(dueAfter(settledMs), freeMs));
          settledMs = beganMs;
          freeMs = beganMs + (runsMs[at % runsMs.length] ?? 0);
        }
        // The last looks at the end have found everything that was due.
        expect(dueAfter(program.memory.settledMs)).toBeGreaterThan(START + 5 * DAY);
      }),
      { seed, numRuns: 50 },
    );
  });

  test('no run begins outside of its window, and one that came due there begins when it opens', () => {
    fc.assert(
      fc.property(period, lengths, anyWindows, (periodMs, runsMs, windows) => {
        const program = new Program(rulesFor(periodMs, { windows }));
        program.liveUntil(START + 5 * DAY, runsMs);
        for (const { beganMs } of program.runs) expect(windowAt(windows, beganMs).isOpen).toBe(true);
        expect(program.missed).toEqual([]);
        // Two days are enough for every window to open and for every schedule to come.
        const longest = Math.max(...runsMs) + periodMs + DAY;
        const begins = [START, ...program.runs.map(({ beganMs }) => beganMs)];
        for (const [at, beganMs] of begins.entries())
          expect((begins[at + 1] ?? START + 5 * DAY) - beganMs).toBeLessThanOrEqual(longest + MINUTE);
      }),
      { seed, numRuns: 50 },
    );
  });

  test('a clock that is set makes nobody wait longer than the next due time of the new hour', () => {
    const jump = fc.integer({ min: -400 * DAY, max: 400 * DAY });
    fc.assert(
      fc.property(period, jump, fc.boolean(), (periodMs, jumpMs, isMissedRun) => {
        const program = new Program(rulesFor(periodMs, { isMissedRun }));
        program.liveUntil(START + 2 * DAY, [0]);
        program.nowMs += jumpMs;
        while (program.look(0) <= program.nowMs);
        const atMs = program.nowMs;
        const before = program.runs.length;
        // A minute of it may be a correction, which repeats nothing.
        program.liveUntil(every(periodMs)(atMs + MINUTE) + MINUTE, [0]);
        expect(program.runs.length).toBeGreaterThan(before);
      }),
      { seed, numRuns: 100 },
    );
  });

  test('a clock that is corrected by seconds repeats no run', () => {
    const program = new Program(rulesFor(HOUR));
    program.liveUntil(START + HOUR, [0]);
    expect(program.runs).toHaveLength(1);
    program.nowMs -= 30_000;
    program.liveUntil(START + HOUR + MINUTE, [0]);
    expect(program.runs).toHaveLength(1);
  });

  test('another schedule counts from the moment at which it is there', () => {
    const program = new Program(rulesFor(7 * DAY, { isMissedRun: true }));
    program.liveUntil(START + 3 * DAY, [0]);
    const before = program.runs.length;
    const { step } = decideRun(rulesFor(HOUR, { isMissedRun: true }), program.memory, program.nowMs, 0);
    expect(program.runs).toHaveLength(before);
    expect(step).toEqual({ kind: 'wait', untilMs: program.nowMs + HOUR });
  });
});

describe('after a time without the program', () => {
  const off = fc.integer({ min: LATE_MS + 1, max: 40 * DAY });

  test('the last due time is a run if it is not late, and with RunMissed whatever was missed; all of them are one run', () => {
    fc.assert(
      fc.property(period, off, fc.boolean(), (periodMs, offMs, isMissedRun) => {
        const program = new Program(rulesFor(periodMs, { isMissedRun }));
        program.liveUntil(START + DAY, [0]);
        const before = program.runs.length;
        const firstMs = every(periodMs)(program.memory.settledMs);
        const wakeMs = START + DAY + offMs;
        program.restart(wakeMs);
        while (program.look(0) <= program.nowMs);
        const why = program.runs.slice(before).map((run) => run.why);
        const lastMs = every(periodMs)(wakeMs) - periodMs;
        if (firstMs > wakeMs) expect(why).toEqual([]);
        else if (wakeMs - lastMs <= LATE_MS) expect(why).toEqual(['schedule']);
        else expect(why).toEqual(isMissedRun ? ['missed'] : []);
        expect(every(periodMs)(program.memory.settledMs)).toBeGreaterThan(wakeMs);
      }),
      { seed, numRuns: 200 },
    );
  });

  test('no due time that is not late, or whose window is still to open, is left out, and none is run or left out twice', () => {
    const offs = fc.array(fc.tuple(fc.nat(3 * DAY), fc.nat(10 * HOUR)), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(
        period,
        fc.nat(DAY),
        offs,
        anyWindows,
        fc.boolean(),
        (periodMs, phaseMs, spans, windows, isMissedRun) => {
          const dueAfter = every(periodMs, phaseMs);
          const program = new Program(rulesFor(periodMs, { dueAfter, windows, isMissedRun }));
          program.look(0);
          for (const [offMs, onMs] of spans) {
            const wakeMs = program.nowMs + offMs;
            const [settledMs, runs, missed] = [
              program.memory.settledMs,
              program.runs.length,
              program.missed.length,
            ];
            const waited = program.memory.owed;
            program.restart(wakeMs);
            while (program.look(0) <= program.nowMs);
            const due = allDue(dueAfter, settledMs, wakeMs);
            const kept = due.filter((dueMs) => wakeMs - (openFrom(windows, dueMs) ?? 0) <= LATE_MS);
            const isWanted = waited !== null || kept.length > 0 || (isMissedRun && due.length > 0);
            const isOpen = windowAt(windows, wakeMs).isOpen;
            expect(program.runs.length - runs).toBe(isWanted && isOpen ? 1 : 0);
            expect(program.memory.owed !== null).toBe(isWanted && !isOpen);
            const late = due.filter((dueMs) => !kept.includes(dueMs));
            const isLeftOut = waited === null && !isMissedRun && late.length > 0;
            expect(program.missed.slice(missed)).toEqual(isLeftOut ? [[late[0], late.at(-1)]] : []);
            program.liveUntil(wakeMs + onMs, [0]);
          }
          const begins = program.runs.map(({ beganMs }) => beganMs);
          for (const [at, beganMs] of begins.entries())
            expect(dueAfter(begins[at - 1] ?? START)).toBeLessThanOrEqual(beganMs);
        },
      ),
      { seed, numRuns: 300 },
    );
  });

  test('a machine that is on at every second of its due times is mirrored then', () => {
    const program = new Program(rulesFor(DAY, { dueAfter: every(DAY, 3 * HOUR) }));
    program.liveUntil(START + 2 * HOUR, [0]);
    for (const day of [1, 3, 5]) {
      program.restart(START + day * DAY + 3 * HOUR + 20_000);
      program.liveUntil(START + day * DAY + 4 * HOUR, [0]);
    }
    const began = [1, 3, 5].map((day) => START + day * DAY + 3 * HOUR + 20_000);
    expect(program.runs).toEqual(began.map((beganMs) => ({ why: 'schedule', beganMs })));
    const left = [0, 2, 4].map((day) => START + day * DAY + 3 * HOUR);
    expect(program.missed).toEqual(left.map((dueMs) => [dueMs, dueMs]));
  });

  test('a due time of today waits for the window of today, whatever was missed on the days before', () => {
    const windows = [daily(22 * HOUR, 23 * HOUR)];
    const program = new Program(rulesFor(DAY, { dueAfter: every(DAY, 12 * HOUR), windows }));
    program.liveUntil(START + 2 * HOUR, [0]);
    program.restart(START + 2 * DAY + 14 * HOUR);
    program.liveUntil(START + 3 * DAY, [0]);
    expect(program.runs).toEqual([{ why: 'schedule', beganMs: START + 2 * DAY + 22 * HOUR }]);
    expect(program.missed).toEqual([[START + 12 * HOUR, START + DAY + 12 * HOUR]]);
  });

  test('a year of missed seconds is judged in few questions', () => {
    let questions = 0;
    const dueAfter = (ms: number): number => {
      questions += 1;
      return every(1000)(ms);
    };
    const rules = rulesFor(1000, { dueAfter });
    const memory = { ...NEVER_RUN, ruleId: rules.id, settledMs: START };
    const { step } = decideRun(rules, memory, START + 365 * DAY, 0);
    const lastMs = START + 365 * DAY - LATE_MS - 1000;
    expect(step).toEqual({ kind: 'missed', firstMs: START + 1000, lastMs });
    expect(questions).toBeLessThan(100);
  });

  test('what a closed window kept waiting was not missed', () => {
    const windows = [daily(23 * HOUR, 7 * HOUR)];
    const program = new Program(rulesFor(DAY, { dueAfter: every(DAY, 20 * HOUR), windows }));
    program.liveUntil(START + 21 * HOUR, [0]);
    program.restart(START + 22 * HOUR);
    program.liveUntil(START + 24 * HOUR, [0]);
    expect(program.runs).toEqual([{ why: 'schedule', beganMs: START + 23 * HOUR }]);
  });

  test('a run that waits for its window begins at once when there is none any more, also after a restart', () => {
    const windows = [daily(23 * HOUR, 7 * HOUR)];
    const rules = rulesFor(DAY, { dueAfter: every(DAY, 20 * HOUR), windows });
    const program = new Program(rules);
    program.liveUntil(START + 21 * HOUR, [0]);
    program.restart(START + 22 * HOUR);
    const decided = decideRun({ ...rules, windows: [] }, program.memory, program.nowMs, 0);
    expect(decided.step).toEqual({ kind: 'run', why: 'schedule' });
  });

  test('a missed run waits for the window as every other', () => {
    const windows = [daily(23 * HOUR, 7 * HOUR)];
    const rules = rulesFor(DAY, { dueAfter: every(DAY, 2 * HOUR), windows, isMissedRun: true });
    const program = new Program(rules);
    program.liveUntil(START + HOUR, [0]);
    program.restart(START + 12 * HOUR);
    program.liveUntil(START + 13 * HOUR, [0]);
    program.restart(START + 14 * HOUR);
    program.liveUntil(START + DAY + HOUR, [0]);
    expect(program.runs).toEqual([{ why: 'missed', beganMs: START + 23 * HOUR }]);
  });

  test('a run that a kill broke off is remembered as such, and done again when missed ones are', () => {
    const rules = rulesFor(DAY);
    const memory = runBegan({ ...NEVER_RUN, ruleId: rules.id, settledMs: START }, 'schedule', START + DAY);
    const found = recallRuns(memory, rules, false);
    expect(found).toMatchObject({ running: null, owed: null, last: { beganMs: START + DAY, exit: null } });
    expect(recallRuns(memory, { isMissedRun: true }, false).owed).toBe('missed');
    expect(recallRuns(NEVER_RUN, rules, false)).toEqual(NEVER_RUN);
  });

  test('a run for the start itself is one run, whatever else was missed', () => {
    const program = new Program(rulesFor(HOUR, { isMissedRun: true }));
    program.liveUntil(START + DAY, [0]);
    const before = program.runs.length;
    program.restart(START + 3 * DAY + 1, true);
    while (program.look(0) <= program.nowMs);
    expect(program.runs.slice(before).map(({ why }) => why)).toEqual(['start']);
  });
});

test('a run that was cut off is owed, and one that came to its end is not', () => {
  const began = runBegan({ ...NEVER_RUN, owed: 'schedule' }, 'schedule', START);
  expect(began).toMatchObject({ owed: null, running: { why: 'schedule', beganMs: START } });
  expect(runEnded(began, record('schedule', START, START + 1, null), true).owed).toBe('schedule');
  expect(runEnded(began, record('schedule', START, START + 1), false)).toMatchObject({
    ...{ owed: null, running: null, last: { exit: 0 } },
  });
});

test('a pass that a person asked for stands for the runs that were due before it, if it got through', () => {
  const memory: RunMemory = { ...NEVER_RUN, owed: 'missed', settledMs: START };
  const through = askedRunEnded(memory, record('asked', START + HOUR, START + 2 * HOUR, 1));
  expect(through).toMatchObject({ owed: null, settledMs: START + HOUR, last: { why: 'asked' } });
  const failed = askedRunEnded(memory, record('asked', START + HOUR, START + 2 * HOUR, 4));
  expect(failed).toMatchObject({ owed: 'missed', settledMs: START, last: { exit: 4 } });
});

test('what came to be owed while a person had a pass done stays owed', () => {
  const asked = record('asked', START, START + HOUR);
  const owed = oweRun(NEVER_RUN, 'repair');
  expect(askedRunEnded(owed, asked, null).owed).toBe('repair');
  expect(askedRunEnded(owed, asked, 'repair').owed).toBeNull();
});

test('one run is owed for all that it is needed for', () => {
  expect(oweRun(oweRun(NEVER_RUN, 'start'), 'repair').owed).toBe('start');
});

describe('after a run that a halt ended', () => {
  const owed = { ...oweRun(NEVER_RUN, 'halted'), ruleId: `every ${DAY}`, settledMs: START };

  test('none begins for it while that lasts, and one at once when it is over', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: DAY - 1 }), (afterMs) => {
        const halted = decideRun(rulesFor(DAY, { isHalted: true }), owed, START + afterMs, 0);
        expect(halted.step).toEqual({ kind: 'wait', untilMs: START + DAY });
        const over = decideRun(rulesFor(DAY), halted.memory, START + afterMs, 0);
        expect(over.step).toEqual({ kind: 'run', why: 'halted' });
      }),
      { seed },
    );
  });

  test('one of the schedule is done all the same, and a closed window is waited for', () => {
    const windows = [daily(6 * HOUR, 7 * HOUR)];
    expect(decideRun(rulesFor(DAY, { isHalted: true }), owed, START + DAY, 0).step).toEqual({
      ...{ kind: 'run', why: 'schedule' },
    });
    expect(decideRun(rulesFor(DAY, { windows }), owed, START + 1, 0).step).toEqual({
      ...{ kind: 'wait', untilMs: START + 6 * HOUR },
    });
  });

  test('any other run that is owed waits for no halt', () => {
    const repair = { ...owed, owed: 'repair' } as const;
    expect(decideRun(rulesFor(DAY, { isHalted: true }), repair, START, 0).step.kind).toBe('run');
  });
});

describe('what comes', () => {
  test('behind a run that goes on is a time of the schedule, never the moment of the question', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3 * DAY }), fc.boolean(), (inMs, isMissedRun) => {
        const rules = rulesFor(HOUR, { isMissedRun });
        const settled = { ...NEVER_RUN, ruleId: rules.id, settledMs: START };
        const coming = comingRun(rules, runBegan(settled, 'start', START + 1), START + 1 + inMs, 0, true);
        const isDue = 1 + inMs >= HOUR;
        expect(coming).toEqual({
          ...{ atMs: every(HOUR)(START + 1 + inMs), owed: isDue ? 'schedule' : null },
        });
      }),
      { seed },
    );
  });

  test('when a run waits for its window is its opening, and why', () => {
    const rules = rulesFor(DAY, { windows: [daily(6 * HOUR, 7 * HOUR)] });
    const memory = { ...oweRun(NEVER_RUN, 'repair'), ruleId: rules.id, settledMs: START };
    expect(comingRun(rules, memory, START + HOUR, 0, false)).toEqual({
      ...{ atMs: START + 6 * HOUR, owed: 'repair' },
    });
  });

  test('is nothing without a schedule, also while a run goes on', () => {
    const rules = rulesFor(DAY, { dueAfter: undefined });
    expect(comingRun(rules, NEVER_RUN, START, 0, true)).toEqual({ atMs: undefined, owed: null });
  });
});

describe('jitter', () => {
  test('moves all times by one share of it, which depends on the seed alone', () => {
    fc.assert(
      fc.property(period, fc.nat(DAY), fc.string(), fc.nat(DAY), (periodMs, jitterMs, name, afterMs) => {
        const dueAfter = every(periodMs);
        const offset = (ms: number): number => {
          const due = spread(dueAfter, jitterMs, name)(ms) ?? Number.NaN;
          expect(due).toBeGreaterThan(ms);
          return (((due - dueAfter(0)) % periodMs) + periodMs) % periodMs;
        };
        expect(offset(START + afterMs)).toBe(offset(START));
        const [first = 0] = [spread(every(10 * DAY), jitterMs, name)(20 * DAY - 1)];
        expect(first - 20 * DAY).toBeGreaterThanOrEqual(0);
        expect(first - 20 * DAY).toBeLessThanOrEqual(jitterMs);
      }),
      { seed },
    );
  });

  test('spreads a hundred machines over the whole of it', () => {
    const tenths = Array.from({ length: 100 }, (_, at) => {
      const due = spread(every(DAY), HOUR, `mirror-${at} /mnt/mirror`)(START - 1) ?? 0;
      return Math.floor((due - START) / (HOUR / 10));
    });
    expect(new Set(tenths)).toEqual(new Set(Array.from({ length: 10 }, (_, at) => at)));
  });
});
