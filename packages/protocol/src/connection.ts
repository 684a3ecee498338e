/**
 * The port of a connection: ordered, reliable, message by message, until it closes. Implementations:
 * a WebSocket, and a pair in memory.
 */
export interface ConnectionListener {
  /** One whole message; the bytes belong to the listener. */
  message(bytes: Uint8Array): void;
  /** Once, whoever closed it and for whatever reason; nothing follows. */
  closed(code: number, reason: string): void;
}

export interface Connection {
  /** For the log: address of the other end. */
  readonly peer: string;
  listen(listener: ConnectionListener): void;
  /** Queues a message. The bytes must not be changed until `sent` is called, which comes once, never from within this call, and for bytes that go nowhere after a close, too. */
  send(bytes: Uint8Array, sent?: () => void): void;
  /** Bytes queued here and not yet taken by the operating system. */
  bufferedBytes(): number;
  /** Bytes received so far: proof that the other end lives. */
  receivedBytes(): number;
  /** Nothing is read now because this end wants it so: that nothing comes says nothing of the other end. Absent: never. */
  isResting?(): boolean;
  /** Stops reading until `resume`, so that the other end's sending stalls. */
  pause(): void;
  resume(): void;
  /** Says why and closes; does not wait for the other end for longer than a second. */
  close(code: number, reason: string): void;
}
