/**
 * Holds what is received to a bandwidth: a connection is not read from while more came than is allowed, so that the
 * sending of the other end stalls. What is on its way already waits in the buffers of both systems.
 */
import type { Clock, Pacing } from '@lanmirror/engine/core';
import { type Connection, encodeMessage, isDataFrame, PING_INTERVAL_MS } from '@lanmirror/protocol';

/** While contents owe so much rest, ms, the feed costs nothing: what is told of a large tree would hold them back for minutes. */
const MOST_OWED_MS = 1000;

/** A connection whose bytes count, and that is read from without a rest: events overtake contents. */
export function countedConnection(connection: Connection, pace: Pacing): Connection {
  return {
    ...connection,
    listen: ({ message, closed }) =>
      connection.listen({
        message(bytes) {
          if (isDataFrame(bytes) || pace.restMs() < MOST_OWED_MS) pace.spend(bytes.length);
          message(bytes);
        },
        closed,
      }),
  };
}

/** A connection whose bytes count, and that rests after each message as long as `pace` says. */
export function pacedConnection(connection: Connection, pace: Pacing, clock: Clock): Connection {
  let isPausedByOwner = false;
  let cancelRest: (() => void) | undefined;
  let isClosed = false;
  let saidAt = clock.nowMs();
  /** The other end's question for a sign of life lies behind what is not read yet: it is answered without being heard. */
  const sayAlive = (): void => {
    if (clock.nowMs() - saidAt < PING_INTERVAL_MS / 2) return;
    saidAt = clock.nowMs();
    connection.send(encodeMessage({ type: 'ping' }));
  };
  /** Pauses for as long as it has to; returns whether it does. */
  const rest = (): boolean => {
    if (isClosed || cancelRest !== undefined) return true;
    // Asked once: the next answer may be another one already.
    const restMs = pace.restMs();
    if (restMs === 0) return false;
    connection.pause();
    sayAlive();
    cancelRest = clock.after(restMs, () => {
      cancelRest = undefined;
      if (!rest() && !isPausedByOwner) connection.resume();
    });
    return true;
  };
  const end = (): void => {
    isClosed = true;
    cancelRest?.();
    cancelRest = undefined;
  };
  return {
    ...connection,
    isResting: () => cancelRest !== undefined,
    listen: ({ message, closed }) =>
      connection.listen({
        message(bytes) {
          pace.spend(bytes.length);
          message(bytes);
          rest();
        },
        closed(code, reason) {
          end();
          closed(code, reason);
        },
      }),
    pause() {
      isPausedByOwner = true;
      connection.pause();
    },
    resume() {
      isPausedByOwner = false;
      if (cancelRest === undefined) connection.resume();
    },
    close(code, reason) {
      // The answer to a close has to be read.
      end();
      connection.close(code, reason);
    },
  };
}
