import { type Configuration, EXIT, type ExitCode, UserError } from '@lanmirror/engine/host';
import { beforeEach, expect, test } from 'vitest';
import type { ConfiguredJob } from './configured-job.ts';
import type { JobWish } from './job-course.ts';
import { Supervisor } from './supervisor.ts';

interface Run {
  readonly name: string;
  readonly asked: AbortSignal;
  end(exit?: ExitCode): void;
  fail(error: unknown): void;
}

let nowMs: number;
let runs: Run[];
let told: string[];
let timers: { readonly atMs: number; readonly call: () => void }[];
let supervisor: Supervisor;

beforeEach(() => {
  [nowMs, runs, told, timers] = [0, [], [], []];
  supervisor = new Supervisor({
    nowMs: () => nowMs,
    random01: () => 1,
    after: (delayMs, call) => {
      const timer = { atMs: nowMs + delayMs, call };
      timers.push(timer);
      return () => {
        timers = timers.filter((one) => one !== timer);
      };
    },
    run: ({ name }, asked) =>
      new Promise((resolve, reject) => {
        runs.push({ name, asked, end: (exit = EXIT.done) => resolve(exit), fail: reject });
      }),
    tell: ({ name }, level, text) => told.push(`${name} ${level}: ${text}`),
  });
});

function job(name: string, isDryRun = false): ConfiguredJob {
  return { name, source: '', configuration: {} as Configuration, isActive: true, isDryRun };
}

function take(name: string, wish: JobWish = 'run'): void {
  supervisor.take([{ job: job(name), wish }]);
}

/** Lets promises that are settled be heard. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function pass(ms: number): Promise<void> {
  nowMs += ms;
  const due = timers.filter(({ atMs }) => atMs <= nowMs);
  timers = timers.filter((one) => !due.includes(one));
  for (const { call } of due) call();
  await turn();
}

function condition(name: string): string | undefined {
  return supervisor.reports().find((one) => one.name === name)?.condition;
}

const refusal = (exit: ExitCode): UserError => new UserError('NO', 'It is not there.', 'Mount it.', exit);

test('what one job refuses is told once, is tried again, and changes nothing for the others', async () => {
  take('a');
  take('b');
  expect(runs.map(({ name }) => name)).toEqual(['a', 'b']);
  runs[0]?.fail(refusal(EXIT.usage));
  await turn();
  expect([condition('a'), condition('b'), runs[1]?.asked.aborted]).toEqual(['wrong', 'running', false]);
  expect(supervisor.reports()[0]).toMatchObject({ failure: { code: 'NO' }, nextTryInMs: 4000 });
  await pass(4000);
  expect([condition('a'), runs.length]).toEqual(['running', 3]);
  runs[2]?.fail(refusal(EXIT.usage));
  await turn();
  expect(told).toEqual([
    'a error: NOT MIRRORED: It is not there. Mount it. It is tried again as long as another job runs.',
  ]);
});

test('a fault of ours ends only its job, is told as one, and is not tried again', async () => {
  take('a');
  take('b');
  runs[0]?.fail(new TypeError('x is not a function'));
  await turn();
  expect(told[0]).toContain('It is a fault of lanmirror, not of yours: TypeError: x is not a function');
  expect([condition('a'), condition('b'), timers.length]).toEqual(['faulty', 'running', 0]);
});

test('when every job was refused the program ends with the highest code', async () => {
  take('a');
  take('b');
  runs[0]?.fail(refusal(EXIT.noConnection));
  await turn();
  runs[1]?.fail(refusal(EXIT.usage));
  expect(await supervisor.over).toBe(EXIT.noConnection);
});

test('stop ends all, and the program ends with 0 when they have ended', async () => {
  take('a');
  take('b');
  supervisor.stop();
  expect(runs.map(({ asked }) => asked.aborted)).toEqual([true, true]);
  expect(condition('a')).toBe('ending');
  for (const run of runs) run.end();
  expect(await supervisor.over).toBe(EXIT.done);
});

test('a paused job keeps the program, and goes on when it is resumed', async () => {
  take('a');
  expect(supervisor.wish('A', 'pause')).toBe('running');
  expect(runs[0]?.asked.aborted).toBe(true);
  runs[0]?.end();
  await turn();
  expect(condition('a')).toBe('paused');
  supervisor.wish('a', 'run');
  expect([condition('a'), runs[1]?.asked.aborted]).toEqual(['running', false]);
});

test('a job that its own command stopped stays stopped until it is wished for again', async () => {
  take('a');
  take('b');
  runs[0]?.end();
  await turn();
  expect([condition('a'), runs.length]).toEqual(['stopped', 2]);
  expect(supervisor.wish('a', 'run')).toBe('stopped');
  expect(condition('a')).toBe('running');
});

test('a job that is gone is forgotten when it has ended, and one that comes back meanwhile runs again', async () => {
  take('a');
  take('b');
  supervisor.wish('a', 'gone');
  expect(condition('a')).toBe('ending');
  take('a');
  runs[0]?.end();
  await turn();
  expect([condition('a'), runs.length]).toEqual(['running', 3]);
  supervisor.wish('a', 'gone');
  runs[2]?.end();
  await turn();
  expect([condition('a'), supervisor.wish('a', 'run')]).toEqual([undefined, undefined]);
});

test('a dry run is done when it has ended', async () => {
  supervisor.take([
    { job: job('look', true), wish: 'run' },
    { job: job('b'), wish: 'run' },
  ]);
  runs[0]?.end(EXIT.held);
  await turn();
  expect([condition('look'), told]).toEqual(['done', []]);
});

test('a job that begins anew ends first what it does; one that is done, or waits, begins, and one that rests does not', async () => {
  take('a');
  take('b', 'stop');
  take('c');
  runs[1]?.end();
  await turn();
  for (const name of ['a', 'b', 'c']) supervisor.restart(name);
  await turn();
  expect([runs.map(({ name }) => name), runs[0]?.asked.aborted]).toEqual([['a', 'c'], true]);
  runs[0]?.end();
  await turn();
  expect(runs.map(({ name }) => name)).toEqual(['a', 'c', 'a']);
  expect(['a', 'b', 'c'].map(condition)).toEqual(['running', 'stopped', 'stopped']);
  supervisor.take([{ job: job('d', true), wish: 'run' }]);
  runs[3]?.end();
  await turn();
  expect(condition('d')).toBe('done');
  supervisor.restart('d');
  expect(runs.at(-1)?.name).toBe('d');
});
