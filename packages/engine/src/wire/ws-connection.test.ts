import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { MAX_PAYLOAD_BYTES } from '@lanmirror/protocol';
import { WebSocket, WebSocketServer } from 'ws';
import { connectionConformance } from './connection-conformance.suite.ts';
import { WEBSOCKET_LIMITS, wsConnection } from './ws-connection.ts';

const OPTIONS = { ...WEBSOCKET_LIMITS, maxPayload: MAX_PAYLOAD_BYTES };

connectionConformance('a WebSocket', async () => {
  const server = new WebSocketServer({ ...OPTIONS, host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const accepted = once(server, 'connection');
  const near = new WebSocket(`ws://127.0.0.1:${port}`, OPTIONS);
  // Wrapped before anything can come.
  const nearEnd = wsConnection(near, 'far');
  const [far] = (await accepted) as [WebSocket];
  const farEnd = wsConnection(far, 'near');
  if (near.readyState !== near.OPEN) await once(near, 'open');
  return {
    ends: [nearEnd, farEnd],
    dispose: () => new Promise((resolve) => server.close(() => resolve())),
  };
});
