import { expect, test } from 'vitest';
import { ProcessClock, Scheduler } from '../../../../../tests/simulation/scheduler.ts';
import { Timers } from '../../core/index.ts';
import { RuleAbsence } from './rule-absence.ts';
import { RulePause } from './rule-pause.ts';

/** A clock, and a folder in which something is written every so many ms until a time. */
function makeFolder(everyMs: number, untilMs: number) {
  const scheduler = new Scheduler(1, (error) => {
    throw error;
  });
  let writes = 0;
  for (let atMs = everyMs; atMs <= untilMs; atMs += everyMs)
    scheduler.after(atMs, () => {
      writes += 1;
    });
  const clock = new ProcessClock(scheduler);
  const ended: { readonly atMs: number; readonly paths: readonly string[] }[] = [];
  const over = (paths: readonly string[] = []): void => void ended.push({ atMs: scheduler.nowMs, paths });
  const sampled: (readonly string[])[] = [];
  const sample = (folders: readonly string[]): string => {
    sampled.push(folders);
    return `${writes}`;
  };
  const host = { clock, timers: new Timers(clock), sample, over };
  const pass = async (ms: number): Promise<void> => {
    const endMs = scheduler.nowMs + ms;
    while (await scheduler.step(endMs));
    scheduler.jump(endMs - scheduler.nowMs);
  };
  return { host, ended, sampled, pass };
}

test.each([
  ['nothing is written', 1, 0, 200],
  ['something is written for a second', 50, 1000, 1200],
  ['it never ends', 50, 60_000, 5000],
])(
  'a pause ends when the folder was quiet, and after five seconds: %s',
  async (_what, everyMs, untilMs, endMs) => {
    const { host, ended, sampled, pass } = makeFolder(everyMs, untilMs);
    const pause = new RulePause(host);
    pause.begin('d');
    expect(pause.isOn).toBe(true);
    await pass(20_000);
    expect([pause.isOn, ended.length, sampled[0]]).toEqual([false, 1, ['d']]);
    expect(ended[0]?.atMs).toBeGreaterThanOrEqual(endMs);
    expect(ended[0]?.atMs).toBeLessThanOrEqual(Math.min(endMs + 200, 5000));
  },
);

test('rules that change again and again are waited for longer each time, and after a while of rest no longer', async () => {
  const { host, ended, pass } = makeFolder(1, 0);
  const pause = new RulePause(host);
  const lengthMs = async (): Promise<number> => {
    const beganMs = host.clock.nowMs();
    pause.begin('');
    await pass(5000);
    pause.opened();
    return (ended.at(-1)?.atMs ?? 0) - beganMs;
  };
  expect([await lengthMs(), await lengthMs(), await lengthMs()]).toEqual([200, 400, 800]);
  await pass(10_001);
  expect(await lengthMs()).toBe(200);
});

test.each([
  ['nothing is written', 1, 0, 3000],
  ['something is written for ten seconds', 500, 10_000, 13_000],
  ['it never ends', 500, 120_000, 30_000],
])(
  'what is missing is gone when its folder was quiet, and after half a minute: %s',
  async (_what, everyMs, untilMs, endMs) => {
    const { host, ended, sampled, pass } = makeFolder(everyMs, untilMs);
    const absence = new RuleAbsence(host);
    for (const path of ['a/deep/.ignore', 'a/.ignore', 'a/deep/.ignore']) absence.note(path);
    await pass(100_000);
    expect([absence.isWaiting, ended.map(({ paths }) => paths), sampled.at(-1)]).toEqual([
      false,
      [['a/deep/.ignore', 'a/.ignore']],
      ['a', 'a/deep'],
    ]);
    expect(ended[0]?.atMs).toBeGreaterThanOrEqual(endMs);
    expect(ended[0]?.atMs).toBeLessThanOrEqual(Math.min(endMs + 1500, 30_000));
  },
);

test('the end of a wait is not one for a file that went a moment before, and a hint from a watcher counts as a write', async () => {
  const { host, ended, pass } = makeFolder(500, 120_000);
  const absence = new RuleAbsence(host);
  absence.note('a/.ignore');
  await pass(29_000);
  absence.note('b/.ignore');
  await pass(2000);
  expect(ended).toEqual([{ atMs: 30_000, paths: ['a/.ignore'] }]);
  await pass(60_000);
  expect(ended.at(-1)).toEqual({ atMs: 60_000, paths: ['b/.ignore'] });

  const quiet = makeFolder(1, 0);
  const hinted = new RuleAbsence(quiet.host);
  hinted.note('d/.ignore');
  await quiet.pass(2000);
  hinted.noticed('d/x');
  hinted.noticed('e');
  await quiet.pass(2900);
  expect(quiet.ended).toEqual([]);
  await quiet.pass(200);
  expect(quiet.ended).toEqual([{ atMs: 5000, paths: ['d/.ignore'] }]);
});
