import type { CloseReason } from './close-code.ts';

/** The peer sent something that is not of this protocol. The connection is closed with `reason`. */
export class ProtocolError extends Error {
  readonly reason: CloseReason;

  constructor(message: string, options: { cause?: unknown; reason?: CloseReason } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'ProtocolError';
    this.reason = options.reason ?? 'bad-message';
  }
}
