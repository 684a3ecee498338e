import { UserError } from '@lanmirror/engine/host';
import { describe, expect, test } from 'vitest';
import { NO_ANSWER_YET } from './running-client.ts';
import { NOT_RUNNING, untilStarted } from './until-started.ts';

/** Fails with these codes one after the other, then answers with what was left of the time. */
function answering(...codes: string[]): (leftMs: number) => Promise<number> {
  return async (leftMs) => {
    const code = codes.shift();
    if (code !== undefined) throw new UserError(code, code);
    return leftMs;
  };
}

describe('a command right after the start of a client', () => {
  test('waits for the lock of the client, then for its answer, and has less time left for the rest', async () => {
    const left = await untilStarted(5000, answering(NOT_RUNNING, NO_ANSWER_YET, NO_ANSWER_YET));
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThan(5000 - 3 * 40);
  });

  test('gives up on a client that does not answer only when its time is over', async () => {
    const begunMs = performance.now();
    const ask = answering(...Array.from({ length: 1000 }, () => NO_ANSWER_YET));
    await expect(untilStarted(300, ask)).rejects.toMatchObject({ code: NO_ANSWER_YET });
    expect(performance.now() - begunMs).toBeGreaterThan(200);
  });

  test('never waits for what waiting does not change', async () => {
    await expect(untilStarted(60_000, answering('RESTING'))).rejects.toMatchObject({ code: 'RESTING' });
  });
});
