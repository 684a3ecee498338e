import { type Connection, type ConnectionListener, DEAD_AFTER_MS, encodeMessage } from '@lanmirror/protocol';
import { expect, test } from 'vitest';
import { openLink } from './link.ts';

const START = { program: 'p', name: 'n', share: '', root: '', cursor: null };
const LISTENER = {
  rules: () => undefined,
  changes: () => undefined,
  state: () => undefined,
  fingerprint: () => undefined,
  closed: () => undefined,
};

interface Line {
  readonly connection: Connection;
  /** What the other end says. */
  hear(bytes: Uint8Array): void;
  readonly isClosed: boolean;
}

function makeLine(): Line {
  let listener: ConnectionListener | undefined;
  let isClosed = false;
  return {
    connection: {
      peer: 'server',
      listen: (next) => {
        listener = next;
      },
      send: () => undefined,
      bufferedBytes: () => 0,
      receivedBytes: () => 0,
      pause: () => undefined,
      resume: () => undefined,
      close: () => {
        isClosed = true;
      },
    },
    hear: (bytes) => listener?.message(bytes),
    get isClosed() {
      return isClosed;
    },
  };
}

/** A clock whose only timer is rung by the test. */
function makeClock() {
  const timers: { delayMs: number; work: () => void; isCancelled: boolean }[] = [];
  return {
    timers,
    wallMs: () => 0,
    nowMs: () => 0,
    turn: () => Promise.resolve(),
    after: (delayMs: number, work: () => void) => {
      const timer = { delayMs, work, isCancelled: false };
      timers.push(timer);
      return () => {
        timer.isCancelled = true;
      };
    },
  };
}

test('a server that never answers is given up when it counts as dead, and its line is closed', async () => {
  const line = makeLine();
  const clock = makeClock();
  const link = openLink(() => Promise.resolve(line.connection), START, LISTENER, clock);
  await Promise.resolve();
  const [timer] = clock.timers;
  expect(timer?.delayMs).toBe(DEAD_AFTER_MS);
  timer?.work();
  await expect(link).rejects.toThrow('the server does not answer');
  expect(line.isClosed).toBe(true);
});

test('a server that refuses and stays on the line is hung up on', async () => {
  const line = makeLine();
  const clock = makeClock();
  const link = openLink(() => Promise.resolve(line.connection), START, LISTENER, clock);
  await Promise.resolve();
  line.hear(encodeMessage({ type: 'refuse', code: 'version', message: 'too old' }));
  await expect(link).rejects.toThrow('too old');
  expect(line.isClosed).toBe(true);
  expect(clock.timers.every(({ isCancelled }) => isCancelled)).toBe(true);
});
