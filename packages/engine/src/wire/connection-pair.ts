/**
 * The two ends of a line inside one process, as `Connection`s: what is sent at one is a message at the other.
 *
 * Nothing is delivered from within a call of the sender, so whoever sends never meets his own listener half way:
 * messages arrive in a turn of the event loop of their own, in order. Until then they count as buffered, and the
 * bytes are the sender's; the listener gets a copy that is his. A message waits while there is no listener, or while
 * its end is paused. A close arrives behind everything that was sent before it, and is told at both ends.
 *
 * No end can be gone without a word here, so a message counts as received as soon as it was sent: the answer to a
 * ping proves life also while its reader pauses.
 */
import type { Connection, ConnectionListener } from '@lanmirror/protocol';

/** As with every connection: an end that closes does not wait longer for the other one to read. */
const CLOSE_PATIENCE_MS = 1000;
/** The other end did not take the close in time. */
const UNANSWERED = 1006;

interface Message {
  readonly bytes: Uint8Array;
  readonly sent: (() => void) | undefined;
}

interface Close {
  readonly code: number;
  readonly reason: string;
}

/** One end, with the messages that are on their way to it. */
class End {
  other!: End;
  isClosing = false;
  receivedBytes = 0;
  /** Bytes of messages that were not delivered yet. */
  waitingBytes = 0;
  #listener: ConnectionListener | undefined;
  #queue: Message[] = [];
  #isPaused = false;
  #isTurnDue = false;
  /** The other end wants to close, behind what is in the queue. */
  #asked: Close | undefined;
  #closed: Close | undefined;
  #isCloseTold = false;

  listen(listener: ConnectionListener): void {
    this.#listener = listener;
    this.#isCloseTold = false;
    this.#schedule();
  }

  accept(bytes: Uint8Array, sent: (() => void) | undefined): void {
    // It goes nowhere, and is given back in a turn of its own, like everything that is sent.
    if (this.#closed !== undefined) return giveBack(sent);
    this.#queue.push({ bytes, sent });
    this.waitingBytes += bytes.length;
    this.receivedBytes += bytes.length;
    this.#schedule();
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#schedule();
  }

  close(close: Close): void {
    if (this.isClosing) return;
    this.isClosing = true;
    // Who reads nothing would not see the answer to his close, either.
    this.resume();
    this.other.askedToClose(close);
    setTimeout(() => this.end({ code: UNANSWERED, reason: '' }), CLOSE_PATIENCE_MS).unref();
  }

  askedToClose(close: Close): void {
    this.#asked ??= close;
    this.#schedule();
  }

  /** Nothing arrives here any more. */
  end(close: Close): void {
    if (this.#closed !== undefined) return;
    this.isClosing = true;
    this.#closed = close;
    // Nobody reads them any more: their senders have them back.
    for (const { sent } of this.#queue.splice(0)) sent?.();
    this.waitingBytes = 0;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isTurnDue) return;
    this.#isTurnDue = true;
    setImmediate(() => {
      this.#isTurnDue = false;
      this.#turn();
    });
  }

  /** Delivers what was there when the turn began; what a listener causes comes in a later one. */
  #turn(): void {
    for (let left = this.#queue.length; left > 0 && this.#isReading(); left -= 1) this.#deliver();
    if (this.#closed !== undefined) return this.#tellClose(this.#closed);
    if (!this.#isReading()) return;
    if (this.#queue.length > 0) return this.#schedule();
    if (this.#asked === undefined) return;
    this.end(this.#asked);
    // The answer, behind what this end sent before it.
    this.other.askedToClose(this.#asked);
  }

  #isReading(): boolean {
    return this.#listener !== undefined && !this.#isPaused && this.#closed === undefined;
  }

  #deliver(): void {
    const message = this.#queue.shift();
    if (message === undefined) return;
    this.waitingBytes -= message.bytes.length;
    const copy = Buffer.from(message.bytes);
    message.sent?.();
    this.#listener?.message(copy);
  }

  #tellClose({ code, reason }: Close): void {
    if (this.#isCloseTold || this.#listener === undefined) return;
    this.#isCloseTold = true;
    this.#listener.closed(code, reason);
  }
}

/** The bytes are the sender's again, although nobody read them. */
function giveBack(sent: (() => void) | undefined): void {
  if (sent !== undefined) setImmediate(sent);
}

/** Both ends of a new line. `peers`: how each end calls the other one, the first end's first. */
export function connectionPair(peers: readonly [string, string]): [Connection, Connection] {
  const first = new End();
  const second = new End();
  first.other = second;
  second.other = first;
  return [asConnection(first, peers[0]), asConnection(second, peers[1])];
}

/** Plain functions: a connection may be copied with the spread operator. */
function asConnection(end: End, peer: string): Connection {
  return {
    peer,
    listen: (listener) => end.listen(listener),
    send: (bytes, sent) => {
      if (end.isClosing) giveBack(sent);
      else end.other.accept(bytes, sent);
    },
    bufferedBytes: () => end.other.waitingBytes,
    receivedBytes: () => end.receivedBytes,
    pause: () => end.pause(),
    resume: () => end.resume(),
    close: (code, reason) => end.close({ code, reason }),
  };
}
