import { MAX_FRAME_BYTES } from '@lanmirror/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Bandwidth, type Clock, CREDIT_MS, NO_LIMIT, Pace } from '../../core/index.ts';
import { systemClock } from '../../wire/index.ts';
import { ContentTurns, type Turns } from './content-turns.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`content-turns.test SEED=${seed}`);

const limit = (bytesPerSecond: number): Bandwidth => [{ fromMinute: 0, bytesPerSecond }];
const RATE = 1_000_000;

const paceOf = (clock: Clock, bytesPerSecond: number): Pace => new Pace(clock, () => limit(bytesPerSecond));
const turnsOf = (clock: Clock, bandwidth: () => Bandwidth): ContentTurns =>
  new ContentTurns(clock, new Pace(clock, bandwidth));

/** Time that passes when told; a timer that is due runs then, at its time. */
function makeClock() {
  let nowMs = 0;
  let timers: { atMs: number; work: () => void }[] = [];
  return {
    ...systemClock,
    nowMs: () => nowMs,
    wallMs: () => nowMs,
    after(delayMs: number, work: () => void) {
      const timer = { atMs: nowMs + delayMs, work };
      timers.push(timer);
      return () => {
        timers = timers.filter((one) => one !== timer);
      };
    },
    get timers() {
      return timers.length;
    },
    async pass(ms: number) {
      const endMs = nowMs + ms;
      for (;;) {
        await systemClock.turn();
        const next = timers.filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0];
        if (next === undefined) break;
        timers = timers.filter((one) => one !== next);
        nowMs = next.atMs;
        next.work();
      }
      nowMs = endMs;
    },
  };
}

interface Sent {
  readonly who: string;
  readonly atMs: number;
  readonly bytes: number;
}

/** Asks for one frame after the other, as a fetch does, until the client has left or all are sent. */
async function ask(
  gate: ReturnType<ContentTurns['gateOf']>,
  frames: readonly number[],
  note: (bytes: number) => void,
): Promise<void> {
  for (const bytes of frames) {
    if (!(await gate.turn())) return;
    note(bytes);
    gate.sent(bytes);
  }
}

describe('turns of contents', () => {
  test('all clients together are sent no more than the rate allows, and everything in the end', async () => {
    const size = fc.integer({ min: 0, max: MAX_FRAME_BYTES });
    const frames = fc.array(size, { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(fc.array(frames, { minLength: 1, maxLength: 6 }), async (streams) => {
        const clock = makeClock();
        const turns = turnsOf(clock, () => limit(RATE));
        const sent: Sent[] = [];
        const asking = streams.map((sizes, at) =>
          ask(turns.gateOf([turns, clock][at % 2] as object, at % 3 === 0), sizes, (bytes) =>
            sent.push({ who: String(at), atMs: clock.nowMs(), bytes }),
          ),
        );
        await clock.pass((streams.flat().reduce((sum, one) => sum + one, 0) / RATE) * 1000 + 10_000);
        await Promise.all(asking);
        requireWithin(sent, RATE);
        expect(sent).toHaveLength(streams.flat().length);
        expect(clock.timers).toBe(0);
      }),
      { seed, numRuns: 60 },
    );
  });

  test('a client that asks for twenty files gets no more than one that asks for one', async () => {
    const clock = makeClock();
    const turns = turnsOf(clock, () => limit(RATE));
    const sent = { greedy: 0, modest: 0 };
    const frames = new Array<number>(1000).fill(MAX_FRAME_BYTES);
    const [greedy, modest] = [{}, {}];
    for (let file = 0; file < 20; file += 1)
      void ask(turns.gateOf(greedy, false), frames, (bytes) => {
        sent.greedy += bytes;
      });
    void ask(turns.gateOf(modest, false), frames, (bytes) => {
      sent.modest += bytes;
    });
    await clock.pass(30_000);
    expect(sent.modest).toBeGreaterThan(0.45 * (sent.greedy + sent.modest));
    expect(sent.modest + sent.greedy).toBeGreaterThan(0.95 * 30 * RATE);
    turns.leave(greedy);
    turns.leave(modest);
    expect(clock.timers).toBe(0);
  });

  test('of one client what a person waits for goes first', async () => {
    const clock = makeClock();
    const turns = turnsOf(clock, () => limit(RATE));
    const order: string[] = [];
    const client = {};
    const large = new Array<number>(4).fill(MAX_FRAME_BYTES);
    const asking = ask(turns.gateOf(client, false), large, () => order.push('large'));
    const more = ask(turns.gateOf(client, false), large, () => order.push('large'));
    await clock.pass(1);
    const urgent = ask(turns.gateOf(client, true), [100], () => order.push('urgent'));
    await clock.pass(10_000);
    await Promise.all([asking, more, urgent]);
    expect(order.slice(0, 2)).toEqual(['large', 'urgent']);
    expect(order).toHaveLength(9);
  });

  test('another limit holds for those who wait already, within a second', async () => {
    const clock = makeClock();
    let bandwidth: Bandwidth = limit(32_768);
    const turns = turnsOf(clock, () => bandwidth);
    let sent = 0;
    const asking = ask(turns.gateOf({}, false), new Array<number>(50).fill(MAX_FRAME_BYTES), () => {
      sent += 1;
    });
    await clock.pass(2000);
    expect([sent, turns.bytesPerSecond]).toEqual([1, 32_768]);
    bandwidth = NO_LIMIT;
    await clock.pass(1000);
    await asking;
    expect([sent, turns.bytesPerSecond]).toEqual([50, Number.POSITIVE_INFINITY]);
  });

  test('a client that leaves holds up nobody, and what it waited for is not sent', async () => {
    const clock = makeClock();
    const turns = turnsOf(clock, () => limit(RATE));
    const sent: string[] = [];
    const [leaving, staying] = [{}, {}];
    const frames = new Array<number>(100).fill(MAX_FRAME_BYTES);
    const gone = ask(turns.gateOf(leaving, false), frames, () => sent.push('leaving'));
    const asking = ask(turns.gateOf(staying, false), [10, 10], () => sent.push('staying'));
    await clock.pass(0);
    turns.leave(leaving);
    await gone;
    await clock.pass(1000);
    await asking;
    expect(sent).toEqual(['leaving', 'staying', 'staying']);
  });

  test('each share gets no more than its own rate, all together no more than that of all, and each gets all in the end', async () => {
    const size = fc.integer({ min: 0, max: MAX_FRAME_BYTES });
    const stream = fc.record({
      share: fc.integer({ min: 0, max: 2 }),
      frames: fc.array(size, { minLength: 1, maxLength: 8 }),
    });
    const rate = fc.constantFrom(RATE / 4, RATE / 2, 2 * RATE, Number.POSITIVE_INFINITY);
    const rates = fc.tuple(rate, rate, rate);
    await fc.assert(
      fc.asyncProperty(rates, fc.array(stream, { minLength: 1, maxLength: 6 }), async (own, streams) => {
        const clock = makeClock();
        const all = turnsOf(clock, () => limit(RATE));
        const shares = own.map((bytesPerSecond) => all.within(paceOf(clock, bytesPerSecond)));
        const sent: Sent[] = [];
        const asking = streams.map(({ share, frames }) =>
          ask((shares[share] as Turns).gateOf({}, false), frames, (bytes) =>
            sent.push({ who: String(share), atMs: clock.nowMs(), bytes }),
          ),
        );
        const sum = streams.flatMap(({ frames }) => frames).reduce((total, one) => total + one, 0);
        await clock.pass((sum / (RATE / 4)) * 1000 + 10_000);
        await Promise.all(asking);
        requireWithin(sent, RATE);
        for (const [share, bytesPerSecond] of own.entries())
          requireWithin(
            sent.filter(({ who }) => who === String(share)),
            bytesPerSecond,
          );
        expect(sent).toHaveLength(streams.flatMap(({ frames }) => frames).length);
        expect(clock.timers).toBe(0);
      }),
      { seed, numRuns: 60 },
    );
  });

  test('a share that rests for its own limit holds up no other', async () => {
    const clock = makeClock();
    const all = turnsOf(clock, () => NO_LIMIT);
    const slow = all.within(paceOf(clock, 32_768));
    const frames = new Array<number>(3).fill(MAX_FRAME_BYTES);
    const slowly = ask(slow.gateOf({}, false), frames, () => undefined);
    await clock.pass(100);
    let sent = 0;
    await ask(all.within(paceOf(clock, Number.POSITIVE_INFINITY)).gateOf({}, false), frames, () => {
      sent += 1;
    });
    expect([sent, clock.nowMs()]).toEqual([3, 100]);
    // Another share with a limit of its own that may go earlier than the first one.
    const quick = ask(all.within(paceOf(clock, 10 * MAX_FRAME_BYTES)).gateOf({}, false), frames, () => {
      sent += 1;
    });
    await clock.pass(250);
    await quick;
    expect([sent, slow.bytesPerSecond]).toEqual([6, 32_768]);
    await clock.pass(30_000);
    await slowly;
  });
});

/** In no time more than the rate allows, what a tenth of a second brings, and one frame. */
function requireWithin(sent: readonly Sent[], bytesPerSecond: number): void {
  for (const [from, first] of sent.entries()) {
    let sum = 0;
    for (const { atMs, bytes } of sent.slice(from)) {
      sum += bytes;
      const most = (bytesPerSecond * (atMs - first.atMs + CREDIT_MS)) / 1000 + MAX_FRAME_BYTES;
      expect(sum).toBeLessThanOrEqual(most);
    }
  }
}
