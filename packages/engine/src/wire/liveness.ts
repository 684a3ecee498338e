/**
 * Notices a peer that is gone without a word. Any received byte counts as life; a ping is sent only when
 * there was none for a while, so that there is something to receive. A connection that rests by its own wish
 * is silent for no fault of the peer.
 */
import { type Connection, DEAD_AFTER_MS, encodeMessage, PING_INTERVAL_MS } from '@lanmirror/protocol';
import type { Clock } from '../core/index.ts';

const CHECK_MS = 5000;
/** A check that is later than this was not late by load: the process was suspended. */
const SUSPENDED_MS = 2 * CHECK_MS;

/** Watches a connection until the returned function is called; calls `dead` once when nothing came for DEAD_AFTER_MS. */
export function watchLiveness(connection: Connection, clock: Clock, dead: () => void): () => void {
  let received = connection.receivedBytes();
  let heardAt = clock.nowMs();
  let askedAt = Number.NEGATIVE_INFINITY;
  let checkedAt = heardAt;
  let cancel: () => void;
  const check = (): void => {
    const now = clock.nowMs();
    // A process that slept (a laptop, a debugger) has not listened: it gives the peer another chance.
    const wasSuspended = now - checkedAt > SUSPENDED_MS;
    const isExcused = wasSuspended || connection.isResting?.() === true;
    if (connection.receivedBytes() !== received || isExcused) heardAt = now;
    received = connection.receivedBytes();
    checkedAt = now;
    if (now - heardAt >= DEAD_AFTER_MS) return dead();
    const isSilent = wasSuspended || now - heardAt >= PING_INTERVAL_MS;
    if (isSilent && now - askedAt >= PING_INTERVAL_MS) {
      askedAt = now;
      connection.send(encodeMessage({ type: 'ping' }));
    }
    cancel = clock.after(CHECK_MS, check);
  };
  cancel = clock.after(CHECK_MS, check);
  return () => cancel();
}
