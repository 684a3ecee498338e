import { EXIT } from '@lanmirror/engine/host';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  begun,
  conditionOf,
  ended,
  endOf,
  type JobCourse,
  type JobFailure,
  type JobWish,
  newCourse,
  stepOf,
  wished,
} from './job-course.ts';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);

function failure(exit: JobFailure['exit'], isFault = false, mayPass = false): JobFailure {
  return { code: 'X', message: 'no', nextStep: '', exit, isFault, mayPass };
}

const anyWish = fc.constantFrom<JobWish>('run', 'pause', 'stop', 'off', 'gone');
const anyFailure = fc.record({
  exit: fc.constantFrom(EXIT.someFailed, EXIT.usage, EXIT.held, EXIT.noConnection),
  isFault: fc.boolean(),
  mayPass: fc.boolean(),
});
const anyEvent = fc.oneof(
  fc.record({ kind: fc.constant('wish' as const), wish: anyWish }),
  fc.record({ kind: fc.constant('end' as const), failure: fc.option(anyFailure, { nil: undefined }) }),
  fc.record({ kind: fc.constant('time' as const), ms: fc.integer({ min: 1, max: 1_000_000 }) }),
);

test(`whatever happens: never two runs at once, none against a wish, and an end only where nothing runs (SEED=${SEED})`, () => {
  fc.assert(
    fc.property(
      fc.array(anyEvent, { maxLength: 40 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (events, random) => {
        let course: JobCourse = newCourse('run');
        let nowMs = 0;
        for (const event of events) {
          if (event.kind === 'time') nowMs += event.ms;
          if (event.kind === 'wish') course = wished(course, event.wish);
          if (event.kind === 'end' && course.isRunning)
            course = ended(
              course,
              event.failure && failure(event.failure.exit, event.failure.isFault),
              nowMs,
              random,
            );
          const step = stepOf(course, nowMs);
          if (step === 'begin') {
            expect([course.isRunning, course.wish]).toEqual([false, 'run']);
            course = begun(course, nowMs);
            expect(stepOf(course, nowMs)).toBe('rest');
          }
          if (step === 'end') expect([course.isRunning, course.wish === 'run']).toEqual([true, false]);
          const exit = endOf([course], nowMs);
          if (course.isRunning || course.wish === 'pause') expect(exit).toBeUndefined();
          else if (course.wish === 'run' && course.failure?.mayPass) expect(exit).toBeUndefined();
          else expect(exit).toBe(course.wish === 'run' ? (course.failure?.exit ?? 0) : 0);
        }
        // Whatever was before: who wishes for a run gets one.
        course = wished(course, 'run');
        if (!course.isRunning) expect(stepOf(course, nowMs)).toBe('begin');
      },
    ),
    { seed: SEED, numRuns: 500 },
  );
});

test('a run that was wished for while the one before ended comes right behind it', () => {
  let course = wished(wished(begun(newCourse('run'), 0), 'stop'), 'run');
  expect(stepOf(course, 0)).toBe('rest');
  course = ended(course, undefined, 5, 0.5);
  expect(stepOf(course, 5)).toBe('begin');
});

test('a refused job is tried again, later each time and within ten minutes, a fault of ours never', () => {
  let course = begun(newCourse('run'), 0);
  let last = 0;
  for (let at = 0; at < 12; at += 1) {
    course = ended(course, failure(EXIT.noConnection), 1000, 1);
    expect(course.dueMs - 1000).toBeGreaterThanOrEqual(last);
    last = course.dueMs - 1000;
    expect(stepOf(course, course.dueMs - 1)).toBe('rest');
    expect(stepOf(course, course.dueMs)).toBe('begin');
    course = begun(course, 1000);
  }
  expect(last).toBe(600_000);
  const lasted = ended(course, failure(EXIT.noConnection), 1000 + 60_000, 1);
  expect([lasted.failures, lasted.dueMs]).toEqual([1, 61_000 + 4000]);
  const faulty = ended(begun(newCourse('run'), 0), failure(EXIT.someFailed, true), 0, 1);
  expect([stepOf(faulty, 1e12), conditionOf(faulty)]).toEqual(['rest', 'faulty']);
});

test('the program ends with the highest code when all have failed, and goes on as long as one runs or is paused', () => {
  const refused = ended(begun(newCourse('run'), 0), failure(EXIT.noConnection), 0, 1);
  const wrong = ended(begun(newCourse('run'), 0), failure(EXIT.usage), 0, 1);
  const running = begun(newCourse('run'), 0);
  expect(endOf([wrong, refused, newCourse('off')], 0)).toBe(EXIT.noConnection);
  expect(endOf([wrong, refused, running], 0)).toBeUndefined();
  expect(endOf([wrong, newCourse('pause')], 0)).toBeUndefined();
  const unmounted = ended(begun(newCourse('run'), 0), failure(EXIT.usage, false, true), 0, 1);
  expect(endOf([wrong, unmounted, refused], 0)).toBeUndefined();
  expect(endOf([wrong, wished(unmounted, 'stop')], 0)).toBe(EXIT.usage);
  expect(endOf([ended(running, undefined, 0, 0)], 0)).toBe(EXIT.done);
});

test('each condition has its word', () => {
  const running = begun(newCourse('run'), 0);
  expect(conditionOf(running)).toBe('running');
  expect(conditionOf(wished(running, 'pause'))).toBe('ending');
  expect(conditionOf(newCourse('pause'))).toBe('paused');
  expect(conditionOf(newCourse('off'))).toBe('off');
  expect(conditionOf(newCourse('stop'))).toBe('stopped');
  expect(conditionOf(ended(running, failure(EXIT.held), 0, 0))).toBe('refused');
  expect(conditionOf(ended(running, failure(EXIT.usage), 0, 0))).toBe('wrong');
  expect(conditionOf(ended(running, undefined, 0, 0))).toBe('done');
});
