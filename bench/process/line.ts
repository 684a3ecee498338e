/** The network between the two sides of a contestant. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { type Host, makeNetworkPair, whyNoPair } from '../../tests/end-to-end/network-pair.ts';
import { parseTraffic } from '../measure/counter.ts';

export interface Line {
  readonly server: Host;
  readonly client: Host;
  /** Bytes that went over it in both directions; undefined where others use it, too. */
  bytes(): number | undefined;
  /** Call when all programs on it have ended. */
  dispose(): Promise<void>;
}

/** Both sides are on this machine and talk by its loopback. */
export function loopback(): Line {
  const host = { address: '127.0.0.1', enter: [] };
  return { server: host, client: host, bytes: () => undefined, dispose: () => Promise.resolve() };
}

/** Why {@link cable} cannot be had here; '' when it can. */
export function whyNoCable(): string {
  noCable ??= whyNoPair();
  return noCable;
}
let noCable: string | undefined;

/** Two hosts of their own with a cable between them, as fast as the machine, or of `rate` (as `tc` writes it). */
export async function cable(rate: string | null): Promise<Line> {
  const pair = await makeNetworkPair(rate);
  const [program = '', ...args] = [...pair.server.enter, 'cat', '/proc/net/dev'];
  return {
    server: pair.server,
    client: pair.client,
    bytes: () => parseTraffic(execFileSync(program, args, { encoding: 'utf8' })),
    dispose: () => pair.dispose(),
  };
}

/** A port that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  server.close();
  await once(server, 'close');
  return port;
}
