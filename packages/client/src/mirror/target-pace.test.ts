import { type TargetKindFinding, Timers, targetKindOf, type Workers } from '@lanmirror/engine/core';
import { expect, test } from 'vitest';
import { ProcessClock, Scheduler } from '../../../../tests/simulation/scheduler.ts';
import { TargetPace } from './target-pace.ts';

const WANTED: Workers = { most: 8, large: 8 };

/** A pace of a target that is what `found` says at the moment; `advance` lets the time pass. */
function paceOf(found: () => TargetKindFinding) {
  const scheduler = new Scheduler(1, (error) => {
    throw error;
  });
  const clock = new ProcessClock(scheduler);
  const given: number[] = [];
  const told: string[] = [];
  const pace = new TargetPace(
    {
      ...{ timers: new Timers(clock), random: () => 1, findKind: found },
      changed: ({ kind }) => told.push(kind),
      setWorkers: ({ most }) => given.push(most),
      warn: (text) => told.push(text),
    },
    WANTED,
  );
  const fail = (count: number, code = 'IO'): void => {
    for (let n = 0; n < count; n++) pace.failed(code, 'timed out');
  };
  const succeed = (count: number): void => {
    for (let n = 0; n < count; n++) pace.succeeded();
  };
  return { pace, given, told, fail, succeed, scheduler };
}

test('a target that turns out to be a network drive has two workers from then on, and is asked again when it is back', () => {
  let found = targetKindOf('auto', undefined);
  const { pace, given, told } = paceOf(() => found);
  pace.look();
  expect([given.at(-1), pace.checkpointIntervalMs]).toEqual([8, 5000]);
  found = targetKindOf('auto', 'NFS');
  pace.look();
  pace.look();
  expect(told).toEqual(['local', 'network']);
  expect([given.at(-1), pace.checkpointIntervalMs]).toEqual([2, 30_000]);
  pace.setWanted({ most: 1, large: 1 });
  expect(given.at(-1)).toBe(1);
  found = targetKindOf('auto', undefined);
  pace.look();
  expect(given.at(-1)).toBe(1);
  pace.setWanted(WANTED);
  expect(given.at(-1)).toBe(8);
});

test('a network drive that fails often has one worker, then a pause, then one again, and after many successes all', async () => {
  const { pace, given, told, fail, succeed, scheduler } = paceOf(() => targetKindOf('network', undefined));
  pace.look();
  fail(4);
  expect([pace.facts.speed, given.at(-1)]).toEqual(['one', 1]);
  fail(4);
  expect([pace.facts.speed, given.at(-1), pace.isPaused]).toEqual(['pause', 0, true]);
  expect(told.at(-1)).toMatch(/still fails \(timed out\): nothing is fetched for it for 2 seconds/);
  expect(await scheduler.step(1900)).toBe(false);
  expect(await scheduler.step(2100)).toBe(true);
  expect([pace.facts.speed, given.at(-1)]).toEqual(['one', 1]);
  succeed(20);
  expect([pace.facts.speed, given.at(-1)]).toEqual(['full', 2]);
});

test('what is wrong with one path, and whatever a disk of this machine does, slows nothing', () => {
  const network = paceOf(() => targetKindOf('network', undefined));
  network.pace.look();
  for (const code of ['DENIED', 'NO_SPACE', 'ABSENT', 'NAME_TOO_LONG']) network.fail(100, code);
  expect(network.pace.facts.speed).toBe('full');
  const local = paceOf(() => targetKindOf('local', 'NFS'));
  local.pace.look();
  local.fail(100);
  expect(local.pace.facts.speed).toBe('full');
});
