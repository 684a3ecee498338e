/** Stands between client and server, so that their link can be cut and restored at a known moment. */
import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Server, type Socket } from 'node:net';

export class Relay {
  readonly #to: number;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;
  #called: (() => void) | undefined;

  /** Carries everything to a port of this machine. */
  constructor(to: number) {
    this.#to = to;
  }

  /** Where to call; the same after every {@link restore}. */
  get port(): number {
    return this.#port;
  }

  async restore(): Promise<void> {
    this.#server = createServer((socket) => this.#carry(socket));
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Ends every connection; nobody answers until the link is restored. */
  async cut(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
    this.#server = undefined;
  }

  /** Resolves at the next call, with the time of `performance.now()`. */
  nextCall(): Promise<number> {
    return new Promise((resolve) => {
      this.#called = () => resolve(performance.now());
    });
  }

  #carry(socket: Socket): void {
    this.#called?.();
    this.#called = undefined;
    const other = createConnection({ host: '127.0.0.1', port: this.#to, noDelay: true });
    socket.setNoDelay(true);
    for (const [one, two] of [
      [socket, other],
      [other, socket],
    ] as const) {
      this.#sockets.add(one);
      one.pipe(two);
      // A cut looks like this on either side, and the other one has to hear of it.
      one.on('error', () => two.destroy());
      one.on('close', () => {
        this.#sockets.delete(one);
        two.destroy();
      });
    }
  }
}
