import { expect, test } from 'vitest';
import { ProcessClock, Scheduler } from '../../../../tests/simulation/scheduler.ts';
import { DialError } from '../session/dial.ts';
import { Contact } from './contact.ts';

/** A contact with a server that cannot be reached. */
function unreachable() {
  const scheduler = new Scheduler(1, (error) => {
    throw error;
  });
  const tries: { atMs: number; isFirstContact: boolean }[] = [];
  let rested = 0;
  const contact = new Contact({
    ...{
      program: 'client',
      name: 'test',
      share: '',
      root: '',
      clock: new ProcessClock(scheduler),
      random: () => 0,
    },
    dial: () => Promise.reject(new DialError('unreachable', 'nobody is there')),
    cursor: () => null,
    admit: () => Promise.resolve(true),
    connected: () => undefined,
    ...{ rules: () => undefined, changes: () => undefined, state: () => undefined },
    fingerprint: () => undefined,
    disconnected: () => undefined,
    rested: () => {
      rested += 1;
    },
    failed: (_error, isFirstContact) => tries.push({ atMs: scheduler.nowMs, isFirstContact }),
  });
  const untilMs = async (endMs: number): Promise<void> => {
    await scheduler.settle();
    while (await scheduler.step(endMs));
    scheduler.nowMs = Math.max(scheduler.nowMs, endMs);
  };
  return { contact, tries, untilMs, rested: () => rested };
}

test('a server is called while sessions are wanted, and not in between', async () => {
  const { contact, tries, untilMs, rested } = unreachable();
  await untilMs(10_000);
  expect(tries).toEqual([]);
  expect([contact.start(), contact.start()]).toEqual([true, false]);
  await untilMs(100_000);
  const before = tries.length;
  expect(before).toBeGreaterThan(2);
  expect([contact.rest(), contact.rest()]).toEqual([true, false]);
  await untilMs(200_000);
  expect(tries).toHaveLength(before);
  contact.start();
  await untilMs(200_001);
  expect(tries.at(-1)).toEqual({ atMs: 200_000, isFirstContact: true });
  // There was no session that could have been ended.
  expect(rested()).toBe(0);
  contact.stop();
  const last = tries.length;
  expect(contact.start()).toBe(false);
  await untilMs(300_000);
  expect(tries).toHaveLength(last);
});
