import { type Connection, DEAD_AFTER_MS, decodeClientMessage, PING_INTERVAL_MS } from '@lanmirror/protocol';
import { describe, expect, test } from 'vitest';
import type { Clock } from '../core/index.ts';
import { watchLiveness } from './liveness.ts';

const STEP_MS = 100;

/** Time that passes when told, and a connection that counts. */
function makePeer() {
  let nowMs = 0;
  let received = 0;
  let isResting = false;
  let timers: { atMs: number; work: () => void }[] = [];
  const pings: number[] = [];
  let diedAt: number | undefined;
  const clock: Clock = {
    wallMs: () => nowMs,
    nowMs: () => nowMs,
    after(delayMs, work) {
      const timer = { atMs: nowMs + delayMs, work };
      timers.push(timer);
      return () => {
        timers = timers.filter((one) => one !== timer);
      };
    },
    turn: () => Promise.resolve(),
  };
  const connection = {
    receivedBytes: () => received,
    isResting: () => isResting,
    send: (bytes: Uint8Array) => {
      expect(decodeClientMessage(bytes)).toEqual({ type: 'ping' });
      pings.push(nowMs);
    },
  } as Connection;
  const leave = watchLiveness(connection, clock, () => {
    diedAt = nowMs;
  });
  const runDue = (): void => {
    const due = timers.filter((timer) => timer.atMs <= nowMs);
    timers = timers.filter((timer) => timer.atMs > nowMs);
    for (const { work } of due) work();
  };
  return {
    pings,
    leave,
    diedAt: () => diedAt,
    hear: () => {
      received += 1;
    },
    rest: (isWanted: boolean) => {
      isResting = isWanted;
    },
    /** `each` runs before every step of time. */
    pass(ms: number, each: () => void = () => undefined) {
      for (const endMs = nowMs + ms; nowMs < endMs; ) {
        each();
        nowMs += STEP_MS;
        runDue();
      }
    },
    sleep(ms: number) {
      nowMs += ms;
      runDue();
    },
  };
}

describe('liveness', () => {
  test('no ping is sent while something is received', () => {
    const peer = makePeer();
    peer.pass(200_000, peer.hear);
    expect(peer.pings).toEqual([]);
    expect(peer.diedAt()).toBeUndefined();
  });

  test('a silent peer is pinged, and lives as long as it answers', () => {
    const peer = makePeer();
    let answered = 0;
    peer.pass(200_000, () => {
      if (peer.pings.length > answered) peer.hear();
      answered = peer.pings.length;
    });
    expect(peer.pings.length).toBeGreaterThanOrEqual(10);
    for (const [at, time] of peer.pings.entries())
      expect(time - (peer.pings[at - 1] ?? 0)).toBeGreaterThanOrEqual(PING_INTERVAL_MS);
    expect(peer.diedAt()).toBeUndefined();
  });

  test('a peer that does not answer is dead after the limit and not long after, and was asked before', () => {
    const peer = makePeer();
    peer.pass(20_000, peer.hear);
    peer.pass(60_000);
    expect(peer.diedAt()).toBeGreaterThanOrEqual(20_000 + DEAD_AFTER_MS - STEP_MS);
    expect(peer.diedAt()).toBeLessThanOrEqual(20_000 + DEAD_AFTER_MS + 10_000);
    expect(peer.pings.length).toBeGreaterThanOrEqual(2);
  });

  test('after a sleep of our own the peer is asked at once and gets the whole time to answer', () => {
    const peer = makePeer();
    peer.pass(7000, peer.hear);
    peer.sleep(3_600_000);
    expect(peer.diedAt()).toBeUndefined();
    expect(peer.pings).toHaveLength(1);
    peer.pass(DEAD_AFTER_MS - STEP_MS);
    expect(peer.diedAt()).toBeUndefined();
    peer.pass(10_000);
    expect(peer.diedAt()).toBeDefined();
  });

  test('a connection that rests by its own wish is not dead, and its peer has the whole time after that', () => {
    const peer = makePeer();
    peer.rest(true);
    peer.pass(10 * DEAD_AFTER_MS);
    expect(peer.diedAt()).toBeUndefined();
    peer.rest(false);
    peer.pass(DEAD_AFTER_MS - 10_000);
    expect(peer.diedAt()).toBeUndefined();
    peer.pass(20_000);
    expect(peer.diedAt()).toBeDefined();
  });

  test('nothing happens after leaving', () => {
    const peer = makePeer();
    peer.leave();
    peer.pass(100_000);
    expect(peer.pings).toEqual([]);
    expect(peer.diedAt()).toBeUndefined();
  });
});
