/** The peer sent something that is not of this protocol. The connection is closed with `bad-message`. */
export class ProtocolError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'ProtocolError';
  }
}
