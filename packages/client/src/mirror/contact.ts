/**
 * The sessions with the server while they are wanted: a `Connector` for each such time. In between nothing is
 * dialed, and no connection stays open.
 */
import type { Link } from '../session/link.ts';
import { Connector, type ConnectorOptions } from './connector.ts';

export interface ContactOptions extends ConnectorOptions {
  /** The session was ended from here, for a while. What was in flight is gone on with in the next. */
  rested(): void;
}

export class Contact {
  readonly #options: ContactOptions;
  #connector: Connector | undefined;
  #isConnected = false;
  #wasReached = false;
  #isStopped = false;

  constructor(options: ContactOptions) {
    this.#options = options;
  }

  /** Sessions are wanted from now on. Returns false when they were already. */
  start(): boolean {
    if (this.#isStopped || this.#connector !== undefined) return false;
    const options = this.#options;
    this.#connector = new Connector({
      ...options,
      connected: (link: Link) => {
        this.#isConnected = true;
        this.#wasReached = true;
        options.connected(link);
      },
      disconnected: (why, isEnded) => {
        this.#isConnected = false;
        options.disconnected(why, isEnded);
      },
      failed: (error, isFirstContact, retryMs) =>
        options.failed(error, isFirstContact && !this.#wasReached, retryMs),
    });
    this.#connector.start();
    return true;
  }

  /** None are wanted until the next `start`. Returns false when none were. */
  rest(): boolean {
    if (this.#connector === undefined) return false;
    this.#connector.stop();
    this.#connector = undefined;
    if (this.#isConnected) this.#options.rested();
    this.#isConnected = false;
    return true;
  }

  /** None are wanted any more. */
  stop(): void {
    this.#isStopped = true;
    this.#connector?.stop();
  }
}
