import { expect, test } from 'vitest';
import type { Finding, Verdict } from '../verify/finding.ts';
import { verifyRun } from './verify-run.ts';

const LIVE = new AbortController().signal;

function target(verdicts: readonly Verdict[], haltAfter = Number.POSITIVE_INFINITY) {
  const told: string[] = [];
  const repaired: (readonly number[])[] = [];
  let given = 0;
  const host = {
    async *compare(): AsyncGenerator<Finding> {
      for (const [at, verdict] of verdicts.entries()) {
        given += 1;
        yield { path: `p${at}`, verdict, detail: '', id: verdict === 'extra' ? undefined : at };
      }
    },
    haltReason: () => (given > haltAfter ? 'it is not mounted' : ''),
    repair: async (ids: readonly number[]) => void repaired.push(ids),
    repairText: () => 'somebody does',
    warn: (text: string) => void told.push(text),
    job: '',
  };
  return { host, told, repaired };
}

test('what is as it should be is counted', async () => {
  const { host, told, repaired } = target(['same', 'same', 'pending']);
  expect(await verifyRun(host, true, LIVE)).toEqual({ exit: 0, text: '2 same, 1 pending' });
  expect([told, repaired]).toEqual([[], []]);
});

test('what is wrong is named, and put right only where that is wanted', async () => {
  const wrong = target(['same', 'different', 'extra']);
  expect(await verifyRun(wrong.host, false, LIVE)).toEqual({
    exit: 1,
    text: '1 same, 1 different, 1 extra; "lanmirror-client verify --repair" puts it right',
  });
  expect(wrong.told).toEqual(['Verify: different: p1', 'Verify: extra: p2']);
  expect(wrong.repaired).toEqual([]);
  expect(await verifyRun(wrong.host, true, LIVE)).toEqual({
    ...{ exit: 1, text: '1 same, 1 different, 1 extra; somebody does', owes: 'repair' },
  });
  expect(wrong.repaired).toEqual([[1]]);
});

test('without its disk nothing of a target is called wrong, and nothing is put right', async () => {
  const { host, told, repaired } = target(['missing', 'missing', 'missing'], 1);
  expect(await verifyRun(host, true, LIVE)).toEqual({ exit: 3, text: 'HALTED: it is not mounted' });
  expect(told.length).toBeLessThan(2);
  expect(repaired).toEqual([]);
});

test('one that was broken off puts nothing right', async () => {
  const { host, repaired } = target(['different']);
  const over = new AbortController();
  over.abort();
  expect((await verifyRun(host, true, over.signal)).exit).not.toBe(0);
  expect(repaired).toEqual([]);
});

test('of very much that is wrong the first are named, and the number of the others', async () => {
  const { host, told } = target(Array.from({ length: 150 }, () => 'missing'));
  await verifyRun(host, false, LIVE);
  expect(told).toHaveLength(101);
  expect(told.at(-1)).toBe('Verify: ... and 50 more');
});

test('held and unproved are not called the same', async () => {
  expect((await verifyRun(target(['same', 'held']).host, false, LIVE)).exit).toBe(3);
  expect((await verifyRun(target(['same', 'unproved']).host, false, LIVE)).exit).toBe(1);
});
