/**
 * Connections in memory whose messages travel when the simulation says so. In order and complete, as
 * the port promises, until they are cut, stalled or tampered with on purpose.
 */
import {
  type Connection,
  type ConnectionListener,
  decodeServerMessage,
  isDataFrame,
  type ServerMessage,
} from '@lanmirror/protocol';
import type { Scheduler } from './scheduler.ts';

const MAX_DELAY_MS = 3;
/** How long an end that closed waits for the other one. */
const CLOSE_PATIENCE_MS = 1000;
const ABNORMAL = 1006;

/** What is done once to the feed of changes on its way, against the contract of a connection. */
export type Tampering = 'drop' | 'duplicate' | 'swap';

export interface WireObserver {
  /** A message arrives; returns what arrives in its stead. */
  arriving(direction: Direction, bytes: Uint8Array): readonly Uint8Array[];
  /** A sender changed bytes that it had given away. */
  sharedBytes(direction: Direction): void;
  /** So much is on its way to one end. */
  inFlight(direction: Direction, bytes: number): void;
}

export type Direction = 'to-client' | 'to-server';

interface Message {
  readonly copy: Uint8Array;
  readonly given: Uint8Array;
  readonly sent: (() => void) | undefined;
}

/** One end, and the messages on their way to it. */
class End {
  readonly direction: Direction;
  other!: End;
  listener: ConnectionListener | undefined;
  isClosing = false;
  isClosed = false;
  isPaused = false;
  stalledUntilMs = 0;
  receivedBytes = 0;
  inFlightBytes = 0;
  readonly #scheduler: Scheduler;
  readonly #observer: WireObserver;
  readonly #early: Uint8Array[] = [];
  readonly #queue: (Message | { readonly code: number; readonly reason: string })[] = [];
  #closed: { code: number; reason: string } | undefined;
  #isTravelling = false;

  constructor(scheduler: Scheduler, observer: WireObserver, direction: Direction) {
    this.#scheduler = scheduler;
    this.#observer = observer;
    this.direction = direction;
  }

  /** A message sets out towards this end. */
  accept(given: Uint8Array, sent: (() => void) | undefined): void {
    this.#queue.push({ copy: given.slice(), given, sent });
    this.inFlightBytes += given.length;
    this.#observer.inFlight(this.direction, this.inFlightBytes);
    this.travel();
  }

  /** The other end closes: this one hears of it after everything sent before. */
  acceptClose(code: number, reason: string): void {
    this.#queue.push({ code, reason });
    this.travel();
  }

  travel(): void {
    if (this.#isTravelling || this.isPaused || this.isClosed || this.#queue.length === 0) return;
    this.#isTravelling = true;
    const stallMs = Math.max(0, this.stalledUntilMs - this.#scheduler.nowMs);
    this.#scheduler.after(stallMs + this.#scheduler.upTo(MAX_DELAY_MS), () => {
      this.#isTravelling = false;
      if (this.isPaused || this.isClosed) return;
      if (this.stalledUntilMs <= this.#scheduler.nowMs) this.#arrive();
      this.travel();
    });
  }

  #arrive(): void {
    const next = this.#queue.shift();
    if (next === undefined) return;
    if ('code' in next) {
      this.end(next.code, next.reason);
      this.#scheduler.after(this.#scheduler.upTo(MAX_DELAY_MS), () => this.other.end(next.code, next.reason));
      return;
    }
    this.inFlightBytes -= next.given.length;
    if (Buffer.compare(next.given, next.copy) !== 0) this.#observer.sharedBytes(this.direction);
    next.sent?.();
    for (const bytes of this.#observer.arriving(this.direction, next.copy)) {
      this.receivedBytes += bytes.length;
      this.#scheduler.trace(`${this.direction} ${describe(this.direction, bytes)}`);
      if (this.listener === undefined) this.#early.push(bytes);
      else if (!this.isClosed) this.listener.message(bytes);
    }
  }

  listen(listener: ConnectionListener): void {
    this.listener = listener;
    for (const bytes of this.#early.splice(0)) listener.message(bytes);
    if (this.#closed !== undefined) listener.closed(this.#closed.code, this.#closed.reason);
  }

  /** Nothing arrives here any more. */
  end(code: number, reason: string): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.isClosing = true;
    this.#queue.length = 0;
    this.#closed = { code, reason };
    this.listener?.closed(code, reason);
  }

  /** Whoever listened is dead. */
  silence(): void {
    this.isClosed = true;
    this.isClosing = true;
    this.#queue.length = 0;
  }

  close(code: number, reason: string): void {
    if (this.isClosing) return;
    this.isClosing = true;
    this.other.acceptClose(code, reason);
    this.#scheduler.after(CLOSE_PATIENCE_MS, () => this.end(ABNORMAL, 'no answer'));
  }
}

/** One connection between a client and a server, seen from outside. */
export class Wire {
  readonly client: Connection;
  readonly server: Connection;
  readonly #ends: readonly [End, End];
  readonly #scheduler: Scheduler;

  constructor(scheduler: Scheduler, observer: WireObserver) {
    this.#scheduler = scheduler;
    const client = new End(scheduler, observer, 'to-client');
    const server = new End(scheduler, observer, 'to-server');
    client.other = server;
    server.other = client;
    this.#ends = [client, server];
    this.client = asConnection(client, 'the server');
    this.server = asConnection(server, 'the client');
  }

  get isOver(): boolean {
    return this.#ends.every((end) => end.isClosed);
  }

  /** The line breaks: what is on its way is lost, and both ends hear of it, one perhaps later. */
  cut(): void {
    for (const end of this.#ends) end.isClosing = true;
    for (const end of this.#ends) {
      end.stalledUntilMs = Number.POSITIVE_INFINITY;
      this.#scheduler.after(this.#scheduler.upTo(20), () => end.end(ABNORMAL, 'the line broke'));
    }
  }

  /** The process at one end dies: that end hears nothing any more, the other one that the line broke. */
  die(direction: Direction): void {
    for (const end of this.#ends) {
      if (end.direction === direction) end.silence();
      else this.#scheduler.after(this.#scheduler.upTo(20), () => end.end(ABNORMAL, 'the line broke'));
    }
  }

  /** Nothing arrives at the client, or at the server, for a while; nobody is told. */
  stall(direction: Direction, ms: number): void {
    for (const end of this.#ends) {
      if (end.direction === direction) end.stalledUntilMs = this.#scheduler.nowMs + ms;
    }
  }
}

/** Plain functions: a connection may be copied with the spread operator. */
function asConnection(end: End, peer: string): Connection {
  return {
    peer,
    listen: (listener) => end.listen(listener),
    send: (bytes, sent) => {
      if (!end.isClosing) end.other.accept(bytes, sent);
    },
    bufferedBytes: () => end.other.inFlightBytes,
    receivedBytes: () => end.receivedBytes,
    pause: () => {
      end.isPaused = true;
    },
    resume: () => {
      end.isPaused = false;
      end.travel();
    },
    close: (code, reason) => end.close(code, reason),
  };
}

const known = new WeakMap<Uint8Array, ServerMessage>();

/** What a control message to a client says. Each is asked for by all who look at the line, and read once. */
export function messageIn(bytes: Uint8Array): ServerMessage {
  const message = known.get(bytes) ?? decodeServerMessage(bytes);
  known.set(bytes, message);
  return message;
}

/** Type, position and length; nothing of it is random from run to run. */
function describe(direction: Direction, bytes: Uint8Array): string {
  if (isDataFrame(bytes)) return `data ${bytes.length}`;
  if (direction === 'to-server') return `control ${bytes.length}`;
  const message = messageIn(bytes);
  if (message.type !== 'changes') return `${message.type} ${bytes.length}`;
  return `changes ${message.after}-${message.upTo} head ${message.head} ${message.entries.map(({ id, name }) => `${id}:${name}`).join(' ')} removed ${message.removed.map(({ id }) => id).join(' ')}`;
}

/** Whether this message is a part of the feed of changes. */
export function isChanges(direction: Direction, bytes: Uint8Array): boolean {
  return direction === 'to-client' && !isDataFrame(bytes) && messageIn(bytes).type === 'changes';
}
