/** A line between a client and a server that counts what goes over it, and can be cut at a given point. */
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';

export interface MeteredLine {
  readonly port: number;
  /** Bytes since the last call, both ways. */
  taken(): number;
  close(): Promise<void>;
}

/** Leads to `port` of this machine. `passed` is told how many bytes came from there since the last `taken`. */
export async function meteredLine(
  port: number,
  passed: (bytes: number) => void = () => undefined,
): Promise<MeteredLine> {
  const sockets = new Set<Socket>();
  let count = 0;
  let received = 0;
  const join = (from: Socket, to: Socket, isFromServer: boolean): void => {
    sockets.add(from);
    from.on('data', (bytes) => {
      count += bytes.length;
      if (!isFromServer) return;
      received += bytes.length;
      passed(received);
    });
    from.pipe(to);
    from.on('error', () => to.destroy());
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
  };
  const server = createServer((near) => {
    const far = createConnection(port, '127.0.0.1');
    join(near, far, false);
    join(far, near, true);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    taken() {
      const bytes = count;
      count = 0;
      received = 0;
      return bytes;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
