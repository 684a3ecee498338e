/**
 * Opens a connection to a server and makes sure that the other end has the key.
 */
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { DEFAULT_KEY_NAME, PSK_TLS, WEBSOCKET_LIMITS, wsConnection } from '@lanmirror/engine/wire';
import { type Connection, HELLO_DEADLINE_MS, MAX_PAYLOAD_BYTES } from '@lanmirror/protocol';
import { type ClientOptions, WebSocket } from 'ws';

/** Why no connection came about. */
export type DialFault =
  /** Nobody answers at this address. */
  | 'unreachable'
  /** The other end does not accept our key, or could not prove that it has it. */
  | 'key'
  /** Someone else listens there. */
  | 'not-lanmirror';

export class DialError extends Error {
  readonly fault: DialFault;

  constructor(fault: DialFault, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'DialError';
    this.fault = fault;
  }
}

export interface Address {
  readonly host: string;
  readonly port: number;
  /** 32 bytes. */
  readonly key: Uint8Array;
}

/** Connects. Rejects with a DialError; nothing stays open then. */
export function dial({ host, port, key }: Address): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const options: ClientOptions & Pick<ConnectionOptions, 'pskCallback'> = {
      ...PSK_TLS,
      ...WEBSOCKET_LIMITS,
      // No certificate is ever trusted: only the key proves the other end.
      ca: [],
      pskCallback: () => ({ psk: key, identity: DEFAULT_KEY_NAME }),
      maxPayload: MAX_PAYLOAD_BYTES,
      handshakeTimeout: HELLO_DEADLINE_MS,
    };
    const socket = new WebSocket(`wss://${host.includes(':') ? `[${host}]` : host}:${port}`, options);
    socket.once('error', (error) => reject(toDialError(error)));
    socket.once('upgrade', (response) => {
      const certificate = (response.socket as TLSSocket).getPeerCertificate();
      if (Object.keys(certificate).length === 0) return;
      socket.terminate();
      reject(new DialError('key', 'the other end showed a certificate instead of proving the key'));
    });
    socket.once('open', () => resolve(wsConnection(socket, `${host}:${port}`)));
  });
}

const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTDOWN',
]);

function toDialError(error: Error & { code?: string }): DialError {
  const code = error.code ?? '';
  if (UNREACHABLE.has(code)) return new DialError('unreachable', error.message, { cause: error });
  if (/wrong version number|packet length too long|http request/i.test(error.message)) {
    return new DialError('not-lanmirror', 'something that does not speak TLS listens there', {
      cause: error,
    });
  }
  if (code.startsWith('ERR_SSL') || code === 'EPROTO' || code.includes('CERT')) {
    return new DialError('key', 'wrong key, it is not the one of this server', { cause: error });
  }
  return new DialError('unreachable', error.message, { cause: error });
}
