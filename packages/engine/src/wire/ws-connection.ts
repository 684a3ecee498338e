/**
 * A WebSocket as a `Connection`. The only file that knows the events of `ws`.
 */
import type { Connection, ConnectionListener } from '@lanmirror/protocol';
import type { RawData, WebSocket } from 'ws';

/** How long the other end may take to answer a close before the socket is cut. */
const CLOSE_PATIENCE_MS = 1000;

/** What `ws` must be told on both ends: no compression, one frame at a time, few fragments. */
export const WEBSOCKET_LIMITS = {
  perMessageDeflate: false,
  maxFragments: 16,
  maxBufferedChunks: 4096,
} as const;

/** What a close frame has room for; more is an error of `ws`. */
const MAX_REASON_BYTES = 120;

/** The longest beginning that fits, without cutting a character in two. */
function cutToBytes(text: string, maxBytes: number): string {
  let cut = text.slice(0, maxBytes);
  while (Buffer.byteLength(cut) > maxBytes) cut = cut.slice(0, -1);
  return cut;
}

/** Wraps an open socket. Messages that arrive before `listen` are kept for it. */
export function wsConnection(socket: WebSocket, peer: string): Connection {
  let listener: ConnectionListener | undefined;
  let received = 0;
  const early: Uint8Array[] = [];
  socket.binaryType = 'nodebuffer';
  socket.on('message', (data: RawData, isBinary: boolean) => {
    const bytes = data as Buffer;
    received += bytes.length;
    // Text is not of this protocol; an empty message is refused by the codec.
    const message = isBinary ? bytes : new Uint8Array(0);
    if (listener === undefined) early.push(message);
    else listener.message(message);
  });
  socket.on('pong', () => {
    received += 1;
  });
  // 'close' always follows an error and carries the outcome; the text is kept for it.
  let problem = '';
  socket.on('error', (error: Error) => {
    problem = error.message;
  });
  let closed: { code: number; reason: string } | undefined;
  socket.on('close', (code: number, reason: Buffer) => {
    closed = { code, reason: reason.toString() || problem };
    listener?.closed(closed.code, closed.reason);
  });
  return {
    peer,
    listen(next) {
      listener = next;
      for (const message of early.splice(0)) next.message(message);
      if (closed !== undefined) next.closed(closed.code, closed.reason);
    },
    send(bytes, sent) {
      if (socket.readyState !== socket.OPEN) {
        // It goes nowhere, and is given back in a turn of its own, like everything that is sent.
        if (sent !== undefined) setImmediate(sent);
        return;
      }
      // A failed send is followed by 'close', which is where it is handled.
      socket.send(bytes, () => sent?.());
    },
    bufferedBytes: () => socket.bufferedAmount,
    receivedBytes: () => received,
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    close(code, reason) {
      if (socket.readyState === socket.CLOSED) return;
      // Who reads nothing does not see the answer to a close, either.
      socket.resume();
      socket.close(code, cutToBytes(reason, MAX_REASON_BYTES));
      setTimeout(() => socket.terminate(), CLOSE_PATIENCE_MS).unref();
    },
  };
}
