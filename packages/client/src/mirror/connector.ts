/**
 * Keeps a session with the server: dials, says hello, and after a break comes back, first soon and then
 * ever more slowly, for ever.
 */
import { backoffMs, type Clock, type Pacing, type Random } from '@lanmirror/engine/core';
import type {
  Changes,
  CloseReason,
  Connection,
  Cursor,
  Refuse,
  ServerState,
  SourceFingerprint,
  Welcome,
} from '@lanmirror/protocol';
import type { DialError } from '../session/dial.ts';
import { type Link, openLink, type RefusedError, type ToldRules } from '../session/link.ts';

export interface ConnectorOptions {
  readonly program: string;
  readonly name: string;
  /** The share that is wanted; '' for the one without a name. */
  readonly share: string;
  readonly root: string;
  readonly clock: Clock;
  readonly random: Random;
  /** To which what is received is held; without it, to nothing. */
  readonly pace?: Pacing | undefined;
  /** `signal`: nobody waits for it any more. */
  dial(signal: AbortSignal): Promise<Connection>;
  cursor(): Cursor | null;
  /** The server accepted us; nothing flows yet. False ends it: what it publishes must not come here. */
  admit(welcome: Welcome): Promise<boolean>;
  connected(link: Link): void;
  /** What the share leaves out, once in a session and before its first changes. */
  rules(rules: ToldRules): void;
  changes(changes: Changes): void;
  state(state: ServerState): void;
  fingerprint(fingerprint: SourceFingerprint): void;
  /** `isEnded`: the server meant it. */
  disconnected(why: string, isEnded: boolean): void;
  /** A try failed. `isFirstContact`: the server has never been reached in this run. */
  failed(error: DialError | RefusedError | Error, isFirstContact: boolean, retryMs: number): void;
}

export class Connector {
  readonly #options: ConnectorOptions;
  #attempt = 0;
  #isStopped = false;
  readonly #stopping = new AbortController();
  #wasReached = false;
  #cancelRetry: (() => void) | undefined;
  #link: Link | undefined;
  /** Connections of the present try. */
  #dialed: Connection[] = [];

  constructor(options: ConnectorOptions) {
    this.#options = options;
  }

  start(): void {
    void this.#connect();
  }

  /** Ends the session, or the try to get one, at whatever point it is. */
  stop(): void {
    this.#isStopped = true;
    this.#stopping.abort();
    this.#cancelRetry?.();
    this.#link?.close();
    for (const connection of this.#dialed) connection.close(1000, 'bye');
  }

  /** Connections of a try are known from the start, so that a stop does not have to wait for their answers. */
  async #dial(): Promise<Connection> {
    const connection = await this.#options.dial(this.#stopping.signal);
    this.#dialed.push(connection);
    if (this.#isStopped) connection.close(1000, 'bye');
    return connection;
  }

  async #connect(): Promise<void> {
    const { program, name, share, root, clock, pace } = this.#options;
    const listener = {
      rules: (rules: ToldRules) => this.#options.rules(rules),
      changes: (changes: Changes) => this.#options.changes(changes),
      state: (state: ServerState) => this.#options.state(state),
      fingerprint: (fingerprint: SourceFingerprint) => this.#options.fingerprint(fingerprint),
      closed: (why: string, refusal?: Refuse) => {
        this.#link = undefined;
        if (this.#isStopped) return;
        // Of two connections the one that brings no word may be closed first.
        this.#options.disconnected(why, refusal !== undefined || why === ('stopping' satisfies CloseReason));
        this.#retry();
      },
    };
    this.#dialed = [];
    try {
      const start = { program, name, share, root, cursor: this.#options.cursor(), pace };
      const link = await openLink(() => this.#dial(), start, listener, clock);
      if (this.#isStopped) return link.close();
      this.#link = link;
      this.#wasReached = true;
      this.#attempt = 0;
      if (!(await this.#options.admit(link.welcome))) this.stop();
      if (this.#isStopped) return;
      this.#options.connected(link);
      link.begin();
    } catch (error) {
      this.#failed(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #failed(error: Error): void {
    if (this.#isStopped) return;
    const delay = backoffMs(this.#attempt, this.#options.random());
    this.#options.failed(error, !this.#wasReached, delay);
    this.#schedule(delay);
  }

  #retry(): void {
    if (!this.#isStopped) this.#schedule(backoffMs(this.#attempt, this.#options.random()));
  }

  #schedule(delayMs: number): void {
    this.#attempt += 1;
    this.#cancelRetry = this.#options.clock.after(delayMs, () => void this.#connect());
  }
}
