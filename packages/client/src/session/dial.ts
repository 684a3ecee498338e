/**
 * Opens a connection to a server and makes sure that the other end has the key.
 */
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { PSK_TLS, WEBSOCKET_LIMITS, wsConnection } from '@lanmirror/engine/wire';
import { type Connection, HELLO_DEADLINE_MS, MAX_PAYLOAD_BYTES } from '@lanmirror/protocol';
import { type ClientOptions, WebSocket } from 'ws';
import { hostAndPort } from './server-name.ts';

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
  /** What the server calls it. */
  readonly keyName: string;
}

/** Connects. Rejects with a DialError, also when `signal` says that nobody waits any more; nothing stays open then. */
export function dial({ host, port, key, keyName }: Address, signal?: AbortSignal): Promise<Connection> {
  const peer = hostAndPort(host, port);
  return new Promise((resolve, reject) => {
    const options: ClientOptions & Pick<ConnectionOptions, 'pskCallback'> = {
      ...PSK_TLS,
      ...WEBSOCKET_LIMITS,
      // No certificate is ever trusted: only the key proves the other end.
      ca: [],
      pskCallback: () => ({ psk: key, identity: keyName }),
      maxPayload: MAX_PAYLOAD_BYTES,
      handshakeTimeout: HELLO_DEADLINE_MS,
    };
    const socket = new WebSocket(`wss://${peer}`, options);
    const hangUp = (): void => socket.terminate();
    signal?.addEventListener('abort', hangUp, { once: true });
    if (signal?.aborted === true) hangUp();
    socket.once('close', () => signal?.removeEventListener('abort', hangUp));
    socket.once('error', (error) => reject(toDialError(error)));
    socket.once('upgrade', (response) => {
      const certificate = (response.socket as TLSSocket).getPeerCertificate();
      if (Object.keys(certificate).length === 0) return;
      socket.terminate();
      reject(new DialError('key', 'the other end showed a certificate instead of proving the key'));
    });
    socket.once('open', () => {
      // A connection that is up is closed by its owner, with a goodbye.
      signal?.removeEventListener('abort', hangUp);
      resolve(wsConnection(socket, peer));
    });
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
