/**
 * The one port. The first byte of a connection decides: 0x16 is TLS, where the key is demanded and
 * then a WebSocket; anything else gets one line of HTTP and is closed, so that a person who opens the
 * address in a browser is told what this is.
 *
 * A connection that has not proved the key and opened its WebSocket within the deadline is cut. Nothing
 * is parsed before the key was proved except TLS itself.
 */
import { randomBytes } from 'node:crypto';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import { createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { PSK_TLS, WEBSOCKET_LIMITS, wsConnection } from '@lanmirror/engine/wire';
import { type Connection, HELLO_DEADLINE_MS, MAX_PAYLOAD_BYTES } from '@lanmirror/protocol';
import { WebSocketServer } from 'ws';

const TLS_HANDSHAKE = 0x16;
const MAX_CONNECTIONS = 512;
const PLAIN_ANSWER = [
  'HTTP/1.1 426 Upgrade Required',
  'Connection: close',
  'Content-Type: text/plain; charset=utf-8',
  '',
  'This is a lanmirror server. Mirror it with lanmirror-client and its key.\n',
].join('\r\n');

export interface ListenerOptions {
  readonly host: string;
  readonly port: number;
  /** The key of this name, 32 bytes; undefined when there is none. */
  keyOf(name: string): Uint8Array | undefined;
  /** A connection that proved the key of this name. */
  connected(connection: Connection, keyName: string): void;
  /** Someone without a right key, or not speaking TLS; as often as someone likes to. */
  refused(peer: string, why: string): void;
}

export interface Listener {
  readonly port: number;
  close(): Promise<void>;
}

/** Listens. Rejects with the system's error (EADDRINUSE, EACCES, EADDRNOTAVAIL) when it cannot. */
export async function listen(options: ListenerOptions): Promise<Listener> {
  const https = createPskServer(options);
  const sockets = new Set<Socket>();
  const tcp = createTcpServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    sortFirstByte(socket, https, options);
  });
  tcp.maxConnections = MAX_CONNECTIONS;
  await listening(tcp, options);
  const address = tcp.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    close: () =>
      new Promise((resolve) => {
        tcp.close(() => resolve());
        for (const socket of sockets) socket.destroySoon();
        setTimeout(() => {
          for (const socket of sockets) socket.destroy();
        }, 1000).unref();
      }),
  };
}

function listening(tcp: TcpServer, { host, port }: ListenerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    tcp.once('error', reject);
    tcp.listen({ host, port }, () => {
      tcp.off('error', reject);
      resolve();
    });
  });
}

function sortFirstByte(socket: Socket, https: HttpsServer, options: ListenerOptions): void {
  const deadline = setTimeout(() => socket.destroy(), HELLO_DEADLINE_MS);
  socket.once('close', () => clearTimeout(deadline));
  // Errors of a raw socket end in 'close'; nothing is known yet that could be told anyone.
  socket.on('error', () => socket.destroy());
  socket.once('data', (first: Buffer) => {
    clearTimeout(deadline);
    socket.pause();
    if (first[0] !== TLS_HANDSHAKE) {
      options.refused(peerOf(socket), 'not TLS');
      socket.end(PLAIN_ANSWER);
      return;
    }
    socket.unshift(first);
    https.emit('connection', socket);
  });
}

function createPskServer(options: ListenerOptions): HttpsServer {
  const webSockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_PAYLOAD_BYTES,
    clientTracking: false,
    ...WEBSOCKET_LIMITS,
  });
  const proved = new WeakMap<TLSSocket, { readonly name: string; readonly key: Uint8Array }>();
  const https = createHttpsServer({
    ...PSK_TLS,
    handshakeTimeout: HELLO_DEADLINE_MS,
    headersTimeout: HELLO_DEADLINE_MS,
    requestTimeout: HELLO_DEADLINE_MS,
    connectionsCheckingInterval: 1000,
    maxHeaderSize: 8192,
    pskCallback(socket, identity) {
      // A random key for an unknown name fails exactly like a wrong key: names cannot be probed.
      const stranger = randomBytes(32);
      const key = options.keyOf(identity);
      if (key !== undefined) proved.set(socket, { name: identity, key });
      return key ?? stranger;
    },
  });
  https.on('tlsClientError', (error, socket) => options.refused(peerOf(socket), whyRefused(error)));
  https.on('request', (_request, response) => response.writeHead(426).end());
  https.on('upgrade', (request, socket, head) => {
    const tls = request.socket as TLSSocket;
    const proof = proved.get(tls);
    // Between the handshake and this the key may have been removed, and another one got its name.
    const present = proof && options.keyOf(proof.name);
    if (proof === undefined || present === undefined || Buffer.compare(present, proof.key) !== 0) {
      socket.destroy();
      return;
    }
    webSockets.handleUpgrade(request, socket, head, (ws) =>
      options.connected(wsConnection(ws, peerOf(tls)), proof.name),
    );
  });
  // Without a listener of ours `ws` answers a bad upgrade itself and closes.
  return https;
}

/** In words of a person; a name and a key that are both unknown read the same. */
function whyRefused(error: Error & { code?: string; reason?: string }): string {
  if (/binder does not verify/.test(error.message)) return 'wrong key';
  return `no TLS with the key (${error.reason ?? error.code ?? error.message})`;
}

function peerOf(socket: Socket): string {
  const address = socket.remoteAddress?.replace(/^::ffff:/, '') ?? 'unknown';
  return `${address.includes(':') ? `[${address}]` : address}:${socket.remotePort ?? 0}`;
}
