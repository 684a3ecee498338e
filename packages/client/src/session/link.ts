/**
 * One session with the server: the control and the data connection, from hello to close.
 *
 * Owns both connections. Everything that comes is checked before it is passed on; what is not of the
 * protocol, out of order or out of sequence ends the session, and the client comes back with its
 * cursor.
 */
import type { Clock, FingerprintAt, Pacing } from '@lanmirror/engine/core';
import { watchLiveness } from '@lanmirror/engine/wire';
import {
  type Changes,
  CLOSE_CODES,
  type Connection,
  type Cursor,
  closeReasonOf,
  DEAD_AFTER_MS,
  decodeServerMessage,
  encodeMessage,
  isDataFrame,
  type Listed,
  MAX_RULE_TEXT,
  MAX_RULES,
  PROTOCOL_VERSION,
  ProtocolError,
  type Refuse,
  type Rule,
  type Rules,
  type ServerMessage,
  type ServerState,
  type SourceFingerprint,
  type Welcome,
} from '@lanmirror/protocol';
import { EarlyAnswers } from './early-answers.ts';
import { Fetcher } from './fetcher.ts';
import { countedConnection, pacedConnection } from './paced-connection.ts';

/** What a share leaves out, as its server told it. */
export interface ToldRules {
  /** Path of the mirrored folder from the top of the share, where the folders of rules begin. */
  readonly path: string;
  readonly ignoresCase: boolean;
  readonly rules: readonly Rule[];
}

export interface LinkListener {
  /** Once, before the first changes. */
  rules(rules: ToldRules): void;
  changes(changes: Changes): void;
  state(state: ServerState): void;
  fingerprint(fingerprint: SourceFingerprint): void;
  /** Once. `refusal` is set when the server said why. */
  closed(why: string, refusal?: Refuse): void;
}

export interface LinkStart {
  readonly program: string;
  readonly name: string;
  /** The share that is wanted; '' for the one without a name. */
  readonly share: string;
  readonly root: string;
  readonly cursor: Cursor | null;
  /** To which what is received is held. */
  readonly pace?: Pacing | undefined;
}

/** The server refused us. */
export class RefusedError extends Error {
  readonly refusal: Refuse;

  constructor(refusal: Refuse) {
    super(refusal.message);
    this.name = 'RefusedError';
    this.refusal = refusal;
  }
}

export class Link {
  readonly welcome: Welcome;
  /** For what a person waits for: answers overtake everything on the data connection. */
  readonly urgent: Fetcher;
  readonly bulk: Fetcher;
  /** What was asked for before it was planned. */
  readonly early: EarlyAnswers;
  readonly #control: Connection;
  readonly #data: Connection;
  readonly #listener: LinkListener;
  readonly #clock: Clock;
  readonly #leave: (() => void)[] = [];
  readonly #drains = new Map<number, (sequence: number) => void>();
  readonly #lists = new Map<number, (listed: Listed) => void>();
  /** Rules that came, until the last of them has. */
  readonly #rules: Rule[] = [];
  /** Characters of them. */
  #ruleText = 0;
  #areRulesTold = false;
  #nextRequest = 1;
  #position: number;
  /** Messages of the feed, lists and states that came. */
  #told = 0;
  #refusal: Refuse | undefined;
  #isClosed = false;

  constructor(
    control: Connection,
    data: Connection,
    welcome: Welcome,
    from: number,
    listener: LinkListener,
    clock: Clock,
  ) {
    this.welcome = welcome;
    this.#control = control;
    this.#data = data;
    this.#listener = listener;
    this.#position = from;
    this.urgent = new Fetcher(control, (error) => this.#fail(error));
    this.bulk = new Fetcher(data, (error) => this.#fail(error));
    this.early = new EarlyAnswers(this.urgent, clock);
    this.#clock = clock;
  }

  /** Everything that comes is given to the listener from here on. */
  begin(): void {
    this.#attend(this.#control, this.urgent);
    this.#attend(this.#data, this.bulk);
  }

  /** Counts everything of the feed and of contents that came: while it grows, the server is at work. */
  get activity(): number {
    return this.#position + this.#told + this.contentBytes;
  }

  /** Bytes of file contents received in this session. */
  get contentBytes(): number {
    return this.urgent.receivedBytes + this.bulk.receivedBytes;
  }

  /** Contents are not read now, because as much came as the bandwidth allows. */
  get isResting(): boolean {
    return this.#data.isResting?.() === true;
  }

  applied({ sequence, code, unknown }: FingerprintAt, problems: number): void {
    this.#control.send(encodeMessage({ type: 'applied', sequence, problems, code, unknown }));
  }

  /** Asks the server to take in everything that has happened; `done` gets the head at which it has. */
  drain(done: (sequence: number) => void): void {
    const request = this.#newRequest();
    this.#drains.set(request, done);
    this.#control.send(encodeMessage({ type: 'drain', request }));
  }

  /** Asks what is in these folders of the index; `done` gets the answer, unless the session ends before. */
  list(folders: readonly number[], after: string, done: (listed: Listed) => void): void {
    const request = this.#newRequest();
    this.#lists.set(request, done);
    this.#control.send(encodeMessage({ type: 'list', request, folders, after }));
  }

  /** What the server said makes no sense where it was said: ends the session. */
  broke(error: ProtocolError): void {
    this.#fail(error);
  }

  close(): void {
    this.#end('closed');
    this.#control.close(1000, 'bye');
    this.#data.close(1000, 'bye');
  }

  #newRequest(): number {
    const request = this.#nextRequest;
    this.#nextRequest += 1;
    return request;
  }

  #attend(connection: Connection, fetcher: Fetcher): void {
    if (this.#isClosed) return;
    this.#leave.push(
      watchLiveness(connection, this.#clock, () => this.#fail(new Error('the server is silent'))),
    );
    connection.listen({
      message: (bytes) => this.#receive(bytes, connection, fetcher),
      closed: (code, reason) => this.#closed(code, reason),
    });
  }

  #receive(bytes: Uint8Array, connection: Connection, fetcher: Fetcher): void {
    if (this.#isClosed) return;
    try {
      if (isDataFrame(bytes)) fetcher.receive(bytes);
      else this.#take(decodeServerMessage(bytes), connection);
    } catch (error) {
      this.#fail(error);
    }
  }

  #take(message: ServerMessage, connection: Connection): void {
    switch (message.type) {
      case 'rules':
        return this.#takeRules(message);
      case 'changes':
        this.#told += 1;
        return this.#takeChanges(message);
      case 'state':
        this.#told += 1;
        return this.#listener.state(message);
      case 'fingerprint':
        return this.#listener.fingerprint(message);
      case 'drained': {
        const done = this.#drains.get(message.request);
        this.#drains.delete(message.request);
        return done?.(message.sequence);
      }
      case 'listed': {
        this.#told += 1;
        const done = this.#lists.get(message.request);
        if (!this.#lists.delete(message.request)) throw new ProtocolError('listed what nobody asked for');
        return done?.(message);
      }
      case 'refuse':
        this.#refusal = message;
        return;
      case 'ping':
        return connection.send(encodeMessage({ type: 'pong' }));
      case 'pong':
        return;
      case 'welcome':
      case 'attached':
        throw new ProtocolError(`${message.type} in a running session`);
    }
  }

  #takeRules({ path, ignoresCase, rules, last }: Rules): void {
    if (this.#areRulesTold) throw new ProtocolError('rules after the last of them');
    for (const rule of rules) {
      const before = this.#rules.at(-1)?.folder ?? '';
      // One text for all rules of a folder, whatever many times it was sent.
      const folder = rule.folder === before ? before : rule.folder;
      this.#rules.push({ ...rule, folder });
      this.#ruleText += rule.line.length + (folder === before ? 0 : folder.length);
    }
    if (this.#rules.length > MAX_RULES || this.#ruleText > MAX_RULE_TEXT)
      throw new ProtocolError('more rules than there may be');
    if (!last) return;
    this.#areRulesTold = true;
    this.#listener.rules({ path, ignoresCase, rules: this.#rules.splice(0) });
  }

  /** A hole in the feed is never skipped, and without the rules nobody could tell "gone" from "not told". */
  #takeChanges(changes: Changes): void {
    if (!this.#areRulesTold) throw new ProtocolError('changes before the last of the rules');
    if (changes.after !== this.#position || changes.upTo < changes.after) {
      const what = `changes after ${changes.after}, expected after ${this.#position}`;
      throw new ProtocolError(what, { reason: 'gap' });
    }
    this.#position = changes.upTo;
    this.#listener.changes(changes);
  }

  #closed(code: number, reason: string): void {
    this.#end(this.#refusal?.message ?? closeReasonOf(code) ?? reason);
    this.#control.close(1000, '');
    this.#data.close(1000, '');
  }

  #fail(error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    this.#end(text);
    const [code] = error instanceof ProtocolError ? reasonOf(error) : [1011];
    this.#control.close(code, text);
    this.#data.close(code, text);
  }

  #end(why: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const leave of this.#leave) leave();
    this.urgent.close();
    this.bulk.close();
    this.#listener.closed(why, this.#refusal);
  }
}

/**
 * Says hello on both connections; nothing flows before the link's `begin`. Rejects with RefusedError,
 * ProtocolError, or Error when the line breaks or the server is silent; both connections are closed then.
 */
export async function openLink(
  dialNext: () => Promise<Connection>,
  start: LinkStart,
  listener: LinkListener,
  clock: Clock,
): Promise<Link> {
  const { program, name, share, root, cursor, pace } = start;
  const dialed = await dialNext();
  const control = pace === undefined ? dialed : countedConnection(dialed, pace);
  let data: Connection | undefined;
  try {
    control.send(
      encodeMessage({ type: 'hello', protocol: PROTOCOL_VERSION, program, name, share, root, cursor }),
    );
    const { answer: welcome, rest } = await firstAnswer(control, 'welcome', clock);
    const second = await dialNext();
    data = pace === undefined ? second : pacedConnection(second, pace, clock);
    data.send(encodeMessage({ type: 'attach', protocol: PROTOCOL_VERSION, session: welcome.session }));
    const attached = await firstAnswer(data, 'attached', clock);
    const from = welcome.feed === 'snapshot' ? 0 : (cursor?.sequence ?? 0);
    return new Link(rest(), attached.rest(), welcome, from, listener, clock);
  } catch (error) {
    const [code, text] = error instanceof ProtocolError ? reasonOf(error) : [1000, 'bye'];
    control.close(code, text);
    data?.close(code, text);
    throw error;
  }
}

/** How a connection is closed on which something came that is not of the protocol. */
function reasonOf({ reason, message }: ProtocolError): [code: number, text: string] {
  return [CLOSE_CODES[reason], message];
}

/**
 * The first message of a connection, which must be of this type and come within DEAD_AFTER_MS. What comes
 * after it is kept: `rest` gives the connection as if the first message had never come.
 */
function firstAnswer<T extends 'welcome' | 'attached'>(
  connection: Connection,
  type: T,
  clock: Clock,
): Promise<{ answer: Extract<ServerMessage, { type: T }>; rest(): Connection }> {
  const later: Uint8Array[] = [];
  let closed: { code: number; reason: string } | undefined;
  return new Promise((resolve, reject) => {
    let isAnswered = false;
    const giveUp = clock.after(DEAD_AFTER_MS, () => reject(new Error('the server does not answer')));
    const rest = (): Connection => ({
      ...connection,
      listen(listener) {
        connection.resume();
        connection.listen(listener);
        for (const message of later.splice(0)) listener.message(message);
        if (closed !== undefined) listener.closed(closed.code, closed.reason);
      },
    });
    connection.listen({
      message(bytes) {
        if (isAnswered) {
          later.push(bytes);
          return;
        }
        isAnswered = true;
        giveUp();
        try {
          const message = decodeServerMessage(bytes);
          // What follows waits on the wire until there is someone to take it.
          connection.pause();
          if (message.type === type)
            resolve({ answer: message as Extract<ServerMessage, { type: T }>, rest });
          else if (message.type === 'refuse') reject(new RefusedError(message));
          else reject(new ProtocolError(`${message.type} instead of ${type}`));
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      },
      closed(code, reason) {
        closed = { code, reason };
        giveUp();
        const why = closeReasonOf(code) ?? reason;
        reject(new Error(`the server closed the connection${why === '' ? '' : `: ${why}`}`));
      },
    });
  });
}
