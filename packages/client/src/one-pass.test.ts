import { expect, test } from 'vitest';
import { type OnePass, untilPassed } from './one-pass.ts';

/** A client that is told how far it is, with sessions whose server names a head. */
function passingClient() {
  const mirror = {
    ...{ syncedAt: -1, isDifferent: false, problems: [], hold: { isHeld: false } },
    differences: { untilSettled: async () => undefined },
  };
  const client = { mirror, link: undefined as unknown, activity: 0, isBusy: true };
  const listeners = new Set<(sequence: number) => void>();
  const tell = (sequence: number): void => {
    for (const one of [...listeners]) one(sequence);
  };
  const report = {
    ...{ isHeld: false, sourceHalt: '', lastFault: '', unreadInPart: { count: 0 } },
    subscribe: (one: (sequence: number) => void) => {
      listeners.add(one);
      return () => listeners.delete(one);
    },
  };
  const configuration = { number: () => 30, text: () => '' };
  const pass = { configuration, client, report, isDryRun: false } as unknown as OnePass;
  return {
    pass,
    connect: (head: number): void => {
      client.link = { drain: (answer: (head: number) => void) => answer(head) };
      tell(-1);
    },
    disconnect: (): void => {
      client.link = undefined;
    },
    synced: (sequence: number): void => {
      mirror.syncedAt = sequence;
      tell(sequence);
    },
  };
}

/** How a pass ends for which the server lost its index: the next session names another head. */
async function endWithHead7({ connect, synced }: ReturnType<typeof passingClient>, passed: Promise<unknown>) {
  await settled();
  connect(7);
  synced(5);
  await settled();
  synced(7);
  return passed;
}

/** Until what follows from what was told is done. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

test('a pass is over at the head that the server named, and not before', async () => {
  const { pass, connect, synced } = passingClient();
  let isOver = false;
  const passed = untilPassed(pass).finally(() => {
    isOver = true;
  });
  connect(10);
  for (const sequence of [1, 9]) synced(sequence);
  await settled();
  expect(isOver).toBe(false);
  synced(10);
  expect(await passed).toBe(0);
});

test('a pass does not wait for the head of an index that the server has lost since', async () => {
  const passing = passingClient();
  const passed = untilPassed(passing.pass);
  passing.connect(1000);
  passing.synced(5);
  expect(await endWithHead7(passing, passed)).toBe(0);
});

test('nor for that of a session that ended with the answer', async () => {
  const passing = passingClient();
  const passed = untilPassed(passing.pass);
  passing.synced(5);
  passing.connect(1000);
  passing.disconnect();
  expect(await endWithHead7(passing, passed)).toBe(0);
});
