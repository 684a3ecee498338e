import fc from 'fast-check';
import { expect, test } from 'vitest';
import { restAtMs } from './rest.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 0x7fffffff));
const ms = fc.nat(100_000);

test(`it rests once it was quiet for long enough, and is never waited for longer than the limit (SEED=${seed})`, () => {
  fc.assert(
    fc.property(ms, ms, ms, ms, (beganMs, laterMs, quietMs, mostMs) => {
      const changedMs = beganMs + laterMs;
      const rule = { quietMs, mostMs };
      const atMs = restAtMs({ beganMs, changedMs }, rule);
      expect(atMs).toBeLessThanOrEqual(beganMs + mostMs);
      expect(atMs - changedMs >= quietMs || atMs === beganMs + mostMs).toBe(true);
      expect(restAtMs({ beganMs, changedMs: changedMs + 1 }, rule)).toBeGreaterThanOrEqual(atMs);
    }),
    { seed },
  );
});
