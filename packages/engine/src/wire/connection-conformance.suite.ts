/**
 * What every connection must do. Run it from a `*.test.ts` with a way to make a line with two ends.
 * The random test prints its seed when it fails and takes one from the environment variable SEED.
 */
import type { Connection } from '@lanmirror/protocol';
import { MAX_PAYLOAD_BYTES } from '@lanmirror/protocol';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

export interface Line {
  readonly ends: readonly [Connection, Connection];
  /** Frees what the line needs besides its ends. */
  dispose(): Promise<void>;
}

const SEED = process.env.SEED === undefined ? undefined : Number(process.env.SEED);
const PATIENCE_MS = 1000;
/** More than any system keeps of a line whose reader does not read. */
const MAX_HELD_BYTES = 256 << 20;

/** Notes what arrives at an end, from the moment it is made. */
export class Ear {
  readonly messages: Uint8Array[] = [];
  readonly closes: { readonly code: number; readonly reason: string }[] = [];
  /** Called with each message, after it was noted. */
  heard: (bytes: Uint8Array) => void = () => undefined;
  #look: () => void = () => undefined;

  constructor(connection: Connection) {
    connection.listen({
      message: (bytes) => {
        this.messages.push(bytes);
        this.heard(bytes);
        this.#look();
      },
      closed: (code, reason) => {
        this.closes.push({ code, reason });
        this.#look();
      },
    });
  }

  /** Resolves as soon as this is so; it is looked at with everything that arrives. */
  until(isSo: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#look = () => {
        if (isSo()) resolve();
      };
      this.#look();
    });
  }

  untilCount(count: number): Promise<void> {
    return this.until(() => this.messages.length >= count);
  }

  untilClosed(): Promise<void> {
    return this.until(() => this.closes.length > 0);
  }
}

const filled = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value);

export function connectionConformance(name: string, makeLine: () => Promise<Line>): void {
  describe(`${name} keeps the rules of a connection`, () => {
    let line: Line;
    let near: Connection;
    let far: Connection;
    beforeEach(async () => {
      line = await makeLine();
      [near, far] = line.ends;
    });
    afterEach(async () => {
      near.close(1000, '');
      far.close(1000, '');
      await line.dispose();
    });

    test('messages arrive whole, in order and once, in both directions', async () => {
      const message = fc.record({
        isFromNear: fc.boolean(),
        length: fc.oneof(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: MAX_PAYLOAD_BYTES })),
        value: fc.integer({ min: 0, max: 255 }),
      });
      const [atNear, atFar] = [new Ear(near), new Ear(far)];
      const check = fc.asyncProperty(fc.array(message, { maxLength: 20 }), async (sent) => {
        atNear.messages.length = 0;
        atFar.messages.length = 0;
        for (const { isFromNear, length, value } of sent)
          (isFromNear ? near : far).send(filled(length, value));
        const toFar = sent.filter(({ isFromNear }) => isFromNear);
        const toNear = sent.filter(({ isFromNear }) => !isFromNear);
        await Promise.all([atFar.untilCount(toFar.length), atNear.untilCount(toNear.length)]);
        for (const [ear, expected] of [
          [atFar, toFar],
          [atNear, toNear],
        ] as const) {
          expect(ear.messages.length).toBe(expected.length);
          for (const [at, { length, value }] of expected.entries())
            expect(Buffer.compare(ear.messages[at] ?? filled(0, 0), filled(length, value))).toBe(0);
        }
      });
      await fc.assert(check, { numRuns: 30, ...(SEED === undefined ? {} : { seed: SEED }) });
    });

    test('nothing is delivered from within a send, also when the sender listens to the answer', async () => {
      let isSending = false;
      const send = (from: Connection, bytes: Uint8Array): void => {
        expect(isSending).toBe(false);
        isSending = true;
        from.send(bytes);
        isSending = false;
      };
      const [atNear, atFar] = [new Ear(near), new Ear(far)];
      atFar.heard = (bytes) => {
        expect(isSending).toBe(false);
        send(far, bytes);
      };
      for (let at = 0; at < 10; at += 1) send(near, filled(10, at));
      await atNear.untilCount(10);
      expect(atNear.messages.map(([first]) => first)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    });

    test('the bytes belong to the listener: whoever sent them may use them again once they are sent', async () => {
      const atFar = new Ear(far);
      const frame = new Uint8Array(100_000);
      const sent: number[] = [];
      for (let at = 1; at <= 5; at += 1) {
        frame.fill(at);
        await new Promise<void>((resolve) => {
          near.send(frame.subarray(0, frame.length - at), () => {
            sent.push(at);
            resolve();
          });
        });
      }
      frame.fill(99);
      await atFar.untilCount(5);
      expect(sent).toEqual([1, 2, 3, 4, 5]);
      for (const [at, message] of atFar.messages.entries())
        expect(Buffer.compare(message, filled(frame.length - at - 1, at + 1))).toBe(0);
    });

    test('messages that come before there is a listener are kept for it', async () => {
      near.send(filled(3, 1));
      near.send(filled(3, 2));
      // What comes back proves that the others have long arrived.
      const atNear = new Ear(near);
      far.send(filled(1, 9));
      await atNear.untilCount(1);
      const atFar = new Ear(far);
      near.send(filled(3, 3));
      await atFar.untilCount(3);
      expect(atFar.messages.map(([first]) => first)).toEqual([1, 2, 3]);
    });

    test('while the reader pauses the sending stalls; all comes in order when it goes on', async () => {
      const atFar = new Ear(far);
      far.pause();
      const bytes = filled(MAX_PAYLOAD_BYTES, 7);
      let count = 0;
      let free = 0;
      while (near.bufferedBytes() < 4 * MAX_PAYLOAD_BYTES) {
        expect(count * bytes.length).toBeLessThan(MAX_HELD_BYTES);
        near.send(bytes, () => {
          free += 1;
        });
        count += 1;
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(free).toBeLessThan(count);
      expect(atFar.messages.length).toBeLessThan(count);
      far.resume();
      await atFar.untilCount(count);
      expect(atFar.messages.length).toBe(count);
      const echoed = new Ear(near);
      far.send(filled(1, 1));
      await echoed.untilCount(1);
      expect(near.bufferedBytes()).toBe(0);
      expect(free).toBe(count);
    });

    test('what came counts as received', async () => {
      const atFar = new Ear(far);
      const before = far.receivedBytes();
      near.send(filled(1000, 1));
      await atFar.untilCount(1);
      expect(far.receivedBytes() - before).toBeGreaterThanOrEqual(1000);
    });

    test('a close comes behind what was sent before it, is told once at both ends, and nothing follows', async () => {
      const [atNear, atFar] = [new Ear(near), new Ear(far)];
      for (let at = 0; at < 5; at += 1) near.send(filled(50_000, at));
      near.close(4001, 'enough');
      near.close(4002, 'again');
      near.send(filled(1, 99));
      await Promise.all([atNear.untilClosed(), atFar.untilClosed()]);
      far.send(filled(1, 99));
      expect(atFar.messages.map(([first]) => first)).toEqual([0, 1, 2, 3, 4]);
      expect(atFar.closes).toEqual([{ code: 4001, reason: 'enough' }]);
      far.close(4003, 'too late');
      near.close(4003, 'too late');
      const late = new Ear(far);
      await late.untilClosed();
      expect(late.closes).toEqual([{ code: 4001, reason: 'enough' }]);
      expect(atNear.closes.map(({ code }) => code)).toEqual([4001]);
      expect(atFar.closes).toHaveLength(1);
      expect(atNear.messages).toHaveLength(0);
    });

    test('the bytes of every message are given back, also when it was sent behind the close or did not leave any more', async () => {
      const [atNear, atFar] = [new Ear(near), new Ear(far)];
      far.pause();
      let left = 0;
      let isSending = true;
      const send = (from: Connection, length: number): void => {
        left += 1;
        isSending = true;
        from.send(filled(length, 1), () => {
          expect(isSending).toBe(false);
          left -= 1;
        });
        isSending = false;
      };
      while (near.bufferedBytes() < 4 * MAX_PAYLOAD_BYTES) {
        expect(left * MAX_PAYLOAD_BYTES).toBeLessThan(MAX_HELD_BYTES);
        send(near, MAX_PAYLOAD_BYTES);
        await new Promise((resolve) => setImmediate(resolve));
      }
      near.close(1000, 'bye');
      send(near, 10);
      await atNear.untilClosed();
      far.close(1000, 'bye');
      await atFar.untilClosed();
      send(near, 10);
      send(far, 10);
      await expect.poll(() => left).toBe(0);
    });

    test('who closes does not wait for a reader that pauses for longer than a second', async () => {
      const atNear = new Ear(near);
      far.pause();
      new Ear(far);
      const startedMs = performance.now();
      near.close(1000, 'bye');
      await atNear.untilClosed();
      expect(performance.now() - startedMs).toBeLessThan(3 * PATIENCE_MS);
    });
  });
}
