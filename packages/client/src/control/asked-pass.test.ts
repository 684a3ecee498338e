import { expect, test } from 'vitest';
import { type PassControl, pass } from './asked-pass.ts';

/** A mirror without a session; each call that would act is noted. */
function restingClient() {
  const done: string[] = [];
  const listeners = new Set<(sequence: number) => void>();
  let link: { drain(answer: (head: number) => void): void } | undefined;
  const note = (what: string) => async () => void done.push(what);
  const mirror = {
    ...{ haltReason: '', head: 1, syncedAt: 1, isDifferent: false, problems: [] },
    ...{
      hold: { isHeld: false, paths: [] },
      untilRest: note('rest'),
      differences: { untilSettled: note('settle') },
    },
    ...{ kept: { count: 0, rule: { text: '' } }, passed: { count: 0, rule: [] } },
    requests: { check: note('check'), retryNow: note('retry') },
  };
  const client = {
    ...{ mirror, state: {}, activity: 0, isBusy: true },
    get link() {
      return link;
    },
  };
  const report = {
    ...{ sourceHalt: '', lastFault: '', unreadAtSource: { count: 0, problems: [] } },
    subscribe: (listener: (sequence: number) => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const connect = (head = 1): void => {
    link = { drain: (answer) => answer(head) };
    for (const listener of [...listeners]) listener(-1);
  };
  const control = { client, report, source: 'a server', folder: undefined } as unknown as PassControl;
  return { control, done, connect };
}

const flags = { timeout: 30 };

test('a pass looks at the target as soon as the source is known', async () => {
  const { control, done, connect } = restingClient();
  const passed = pass(control, { flags, signal: new AbortController().signal }, true);
  connect();
  expect((await passed).exit).toBe(0);
  expect(done).toEqual(['check', 'retry', 'rest', 'settle']);
});

test('a pass does not wait for the head of an index that the server has lost since', async () => {
  const { control, connect } = restingClient();
  const passed = pass(control, { flags, signal: new AbortController().signal }, false);
  connect(1000);
  for (let step = 0; step < 50; step += 1) await Promise.resolve();
  connect(1);
  expect(await passed).toMatchObject({ exit: 0, result: { head: 1 } });
});

test('a pass that nobody waits for any more does nothing with a later session', async () => {
  const { control, done, connect } = restingClient();
  const over = new AbortController();
  const passed = pass(control, { flags, signal: over.signal }, true);
  over.abort();
  await passed;
  connect();
  for (let step = 0; step < 50; step += 1) await Promise.resolve();
  expect(done).toEqual([]);
});
