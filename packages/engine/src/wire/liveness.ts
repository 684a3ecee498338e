/**
 * Notices a peer that is gone without a word. Any received byte counts as life; a ping is sent only so
 * that there is something to receive.
 */
import { type Connection, DEAD_AFTER_MS, encodeMessage, PING_INTERVAL_MS } from '@lanmirror/protocol';
import type { Clock } from '../core/index.ts';

const CHECK_MS = 5000;

/** Watches a connection until the returned function is called; calls `dead` once when nothing came for DEAD_AFTER_MS. */
export function watchLiveness(connection: Connection, clock: Clock, dead: () => void): () => void {
  let seen = connection.receivedBytes();
  let seenAt = clock.nowMs();
  let pingedAt = clock.nowMs();
  let cancel: () => void;
  const check = (): void => {
    const now = clock.nowMs();
    if (connection.receivedBytes() !== seen) {
      seen = connection.receivedBytes();
      seenAt = now;
    }
    // A process that slept (a laptop, a debugger) has not listened: it gives the peer another chance.
    if (now - pingedAt > 4 * PING_INTERVAL_MS) seenAt = now;
    if (now - seenAt >= DEAD_AFTER_MS) return dead();
    if (now - pingedAt >= PING_INTERVAL_MS) {
      pingedAt = now;
      connection.send(encodeMessage({ type: 'ping' }));
    }
    cancel = clock.after(CHECK_MS, check);
  };
  cancel = clock.after(CHECK_MS, check);
  return () => cancel();
}
