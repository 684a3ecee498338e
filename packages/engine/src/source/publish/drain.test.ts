import { expect, test } from 'vitest';
import { type DrainHost, drained } from './drain.ts';

/** A root whose work is over after so many rounds; what was asked of it, in order. */
function host(busyRounds: number): DrainHost & { readonly asked: string[] } {
  const asked: string[] = [];
  let left = busyRounds;
  return {
    asked,
    clock: {
      turn: async () => void asked.push('turn'),
      after: (_delayMs, work) => {
        left -= 1;
        asked.push('rest');
        work();
        return () => undefined;
      },
    },
    looks: { hurry: () => void asked.push('hurry'), hurryAbsent: () => void asked.push('absent') },
    scans: { done: async () => void asked.push('scans') },
    outerNames: { lookedAt: async () => void asked.push('names outside') },
    watcher: () => ({ caughtUp: async () => void asked.push('watcher') }),
    isBusy: () => left > 0,
  };
}

test('what the kernel and the watcher hold, and names outside, come before the looks are hurried', async () => {
  const root = host(0);
  await drained(root);
  expect(root.asked).toEqual(['turn', 'turn', 'turn', 'names outside', 'watcher', 'hurry', 'watcher']);
});

test('scans and lone removals are waited for until nothing is in hand any more', async () => {
  const root = host(3);
  await drained(root);
  const rounds = [...Array(3).keys()].flatMap(() => ['scans', 'absent', 'rest']);
  expect(root.asked.slice(6)).toEqual([...rounds, 'watcher']);
});

test('what a look showed the watcher that it had missed is looked at, too', async () => {
  let toldRounds = 1;
  let asks = 0;
  const root: DrainHost = {
    ...host(0),
    clock: {
      turn: async () => undefined,
      after: (_delayMs, work) => {
        toldRounds -= 1;
        work();
        return () => undefined;
      },
    },
    watcher: () => ({
      caughtUp: async () => {
        asks += 1;
        if (asks === 2) toldRounds = 1;
      },
    }),
    isBusy: () => toldRounds > 0,
  };
  await drained(root);
  expect([toldRounds, asks]).toEqual([0, 4]);
});

test('what never comes to rest is waited for in bounds', async () => {
  const root = host(Number.POSITIVE_INFINITY);
  await drained(root);
  expect(root.asked.filter((one) => one === 'rest')).toHaveLength(4000);
});

test('a root that nobody watches is drained of what is in hand', async () => {
  const root = { ...host(1), watcher: () => undefined };
  await drained(root);
  expect(root.isBusy()).toBe(false);
});

test('a root that stops during a rest is waited for no longer', async () => {
  let isStopped = false;
  const root = host(Number.POSITIVE_INFINITY);
  const clock: DrainHost['clock'] = {
    ...root.clock,
    after: (delayMs, work) => {
      isStopped = true;
      return root.clock.after(delayMs, work);
    },
  };
  await drained({ ...root, clock, isBusy: () => !isStopped });
  expect(root.asked.filter((one) => one === 'rest')).toHaveLength(1);
});
