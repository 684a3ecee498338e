import { type Bandwidth, type Clock, NO_LIMIT, Pace } from '@lanmirror/engine/core';
import { watchLiveness } from '@lanmirror/engine/wire';
import {
  type Connection,
  type ConnectionListener,
  DATA_FRAME,
  DEAD_AFTER_MS,
  decodeClientMessage,
} from '@lanmirror/protocol';
import { describe, expect, test } from 'vitest';
import { countedConnection, pacedConnection } from './paced-connection.ts';

const RATE = 100_000;
const limited: Bandwidth = [{ fromMinute: 0, bytesPerSecond: RATE }];

/** Time that passes when told, and a peer that sends pieces as long as it is read from. */
function makeLine(bandwidth: () => Bandwidth) {
  let nowMs = 0;
  let timers: { atMs: number; work: () => void }[] = [];
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
  let [isPaused, received] = [false, 0];
  let inner: ConnectionListener | undefined;
  const said: { atMs: number; type: string }[] = [];
  const connection = {
    listen: (listener: ConnectionListener) => {
      inner = listener;
    },
    receivedBytes: () => received,
    send: (bytes: Uint8Array) => said.push({ atMs: nowMs, type: decodeClientMessage(bytes).type }),
    pause: () => {
      isPaused = true;
    },
    resume: () => {
      isPaused = false;
    },
    close: () => inner?.closed(1000, ''),
  } as Partial<Connection> as Connection;
  const pace = new Pace(clock, bandwidth);
  const paced = pacedConnection(connection, pace, clock);
  const closed: number[] = [];
  paced.listen({
    message: (bytes) => {
      received += bytes.length;
    },
    closed: (code) => closed.push(code),
  });
  return {
    ...{ paced, pace, said, closed, connection, clock },
    received: () => received,
    isPaused: () => isPaused,
    timers: () => timers.length,
    /** A peer that has something to say in every step. */
    pass(ms: number, pieceBytes = 20_000, stepMs = 10) {
      for (const endMs = nowMs + ms; nowMs < endMs; ) {
        if (!isPaused) inner?.message(new Uint8Array(pieceBytes));
        nowMs += stepMs;
        const due = timers.filter(({ atMs }) => atMs <= nowMs);
        timers = timers.filter(({ atMs }) => atMs > nowMs);
        for (const { work } of due) work();
      }
    },
  };
}

/** The other connection of the session, whose bytes count. */
function besideOf(pace: Pace) {
  let inner: ConnectionListener | undefined;
  let heard = 0;
  const control = {
    listen: (listener: ConnectionListener) => {
      inner = listener;
    },
    pause: () => {
      throw new Error('events wait for nothing');
    },
  } as Partial<Connection> as Connection;
  countedConnection(control, pace).listen({
    message: () => {
      heard += 1;
    },
    closed: () => undefined,
  });
  return { heard: () => heard, give: (bytes: Uint8Array) => inner?.message(bytes) };
}

describe('a connection that is held to a bandwidth', () => {
  test('is read from as fast as that, and no faster', () => {
    const line = makeLine(() => limited);
    line.pass(20_000);
    expect(line.received()).toBeLessThanOrEqual(20 * RATE + RATE / 10 + 20_000);
    expect(line.received()).toBeGreaterThan(0.95 * 20 * RATE);
  });

  test('tells the other end that it lives, often enough, and nothing while it need not rest', () => {
    const line = makeLine(() => limited);
    line.pass(100_000);
    const times = line.said.map(({ atMs }) => atMs);
    expect(new Set(line.said.map(({ type }) => type))).toEqual(new Set(['ping']));
    for (const [at, atMs] of [...times, 100_000].entries())
      expect(atMs - (times[at - 1] ?? 0)).toBeLessThan(DEAD_AFTER_MS / 3);
    const free = makeLine(() => NO_LIMIT);
    free.pass(100_000);
    expect(free.said).toEqual([]);
  });

  test('counts contents that came by the other connection, which is never paused', () => {
    const line = makeLine(() => limited);
    const control = besideOf(line.pace);
    for (let piece = 0; piece < 50; piece += 1) control.give(new Uint8Array(RATE / 10).fill(DATA_FRAME));
    expect(control.heard()).toBe(50);
    line.pass(4900);
    expect(line.received()).toBe(20_000);
    line.pass(1000);
    expect(line.received()).toBeGreaterThan(20_000);
  });

  test('waits for a feed of any length no longer than a second and what its last message takes', () => {
    const line = makeLine(() => limited);
    const control = besideOf(line.pace);
    for (let piece = 0; piece < 2000; piece += 1) control.give(new Uint8Array(RATE / 10));
    expect(control.heard()).toBe(2000);
    line.pass(500, 1);
    expect(line.received()).toBe(1);
    line.pass(700, 1);
    expect(line.received()).toBeGreaterThan(1);
  });

  test('is alive while it rests, for however long, and dead when the other end says nothing after that', () => {
    const line = makeLine(() => limited);
    let isDead = false;
    watchLiveness(line.paced, line.clock, () => {
      isDead = true;
    });
    line.pass(10, 5 * (DEAD_AFTER_MS / 1000) * RATE);
    line.pass(5 * DEAD_AFTER_MS, 0);
    expect([line.isPaused(), isDead]).toEqual([false, false]);
    line.pass(2 * DEAD_AFTER_MS, 0);
    expect(isDead).toBe(true);
  });

  test('stays paused as long as its owner wants it, and as long as it has to rest', () => {
    const line = makeLine(() => limited);
    line.pass(10, RATE);
    line.paced.pause();
    line.pass(2000);
    expect(line.isPaused()).toBe(true);
    line.paced.resume();
    expect(line.isPaused()).toBe(false);
    line.pass(10, RATE);
    line.paced.pause();
    line.paced.resume();
    expect(line.isPaused()).toBe(true);
    line.pass(2000, 0);
    expect(line.isPaused()).toBe(false);
  });

  test('takes another limit within a second, and leaves no timer behind', () => {
    let bandwidth: Bandwidth = limited;
    const line = makeLine(() => bandwidth);
    line.pass(10, 100 * RATE);
    line.pass(5000);
    expect(line.isPaused()).toBe(true);
    bandwidth = NO_LIMIT;
    line.pass(1000);
    expect(line.isPaused()).toBe(false);
    bandwidth = limited;
    line.pass(10, 100 * RATE);
    expect(line.timers()).toBe(1);
    line.paced.close(1000, '');
    expect([line.timers(), line.closed]).toEqual([0, [1000]]);
  });

  test('goes on though a rest ends between two questions for it', () => {
    const answers = [5, 1, 0, 0];
    const line = makeLine(() => NO_LIMIT);
    const pace = { bytesPerSecond: 1, spend: () => undefined, restMs: () => answers.shift() ?? 0 };
    let isPaused = false;
    let listener: ConnectionListener | undefined;
    const connection = {
      listen: (wanted: ConnectionListener) => {
        listener = wanted;
      },
      pause: () => {
        isPaused = true;
      },
      resume: () => {
        isPaused = false;
      },
      send: () => undefined,
    } as Partial<Connection> as Connection;
    pacedConnection(connection, pace, line.clock).listen({
      message: () => undefined,
      closed: () => undefined,
    });
    listener?.message(new Uint8Array(1));
    expect(isPaused).toBe(true);
    line.pass(100);
    expect([isPaused, line.timers()]).toEqual([false, 0]);
  });
});
