/**
 * Receives connections that proved the key, until each is a session or refused.
 *
 * Owns the list of sessions. A connection must say `hello` or `attach` within the deadline; anything
 * that is not of the protocol closes it with a code.
 */
import { randomBytes } from 'node:crypto';
import {
  type Attach,
  CLOSE_CODES,
  type ClientMessage,
  type CloseReason,
  type Connection,
  decodeClientMessage,
  encodeMessage,
  HELLO_DEADLINE_MS,
  type Hello,
  PROTOCOL_VERSION,
  ProtocolError,
  type Welcome,
} from '@lanmirror/protocol';
import { decideFeed, FEED_TABLE } from '../../core/index.ts';
import { watchLiveness } from '../../wire/index.ts';
import { ChangeParts } from './change-parts.ts';
import { RefusalLog } from './refusal-log.ts';
import { requestedPath } from './requested-root.ts';
import { Session, type SessionHost } from './session.ts';
import { stateMessage } from './state-message.ts';

const MAX_SESSIONS = 256;

export interface FrontDeskOptions extends SessionHost {
  /** Program and version, for the client's log. */
  readonly program: string;
  readonly name: string;
  /** The published folder, absolute. */
  readonly monitorDir: string;
  /** Marks of `path`, a folder of the share, and of what is above it, for a client on the same machine. */
  marksOf(path: string): Pick<Welcome, 'shareMarks' | 'outerMarks'>;
}

interface Guest {
  readonly connection: Connection;
  session?: Session;
  channel: 0 | 1;
  leave: () => void;
}

export class FrontDesk {
  readonly #host: FrontDeskOptions;
  readonly #sessions = new Map<string, Session>();
  readonly #refusals: RefusalLog;
  readonly #parts: ChangeParts;

  constructor(host: FrontDeskOptions) {
    this.#host = host;
    this.#parts = new ChangeParts(host.index);
    this.#refusals = new RefusalLog(host.clock, (text) => host.note('warn', text));
  }

  get sessions(): Iterable<Session> {
    return this.#sessions.values();
  }

  /** Contents are on their way to some client. */
  get isSending(): boolean {
    for (const session of this.#sessions.values()) if (session.isSending) return true;
    return false;
  }

  /** A new connection. */
  welcome(connection: Connection): void {
    const guest: Guest = { connection, channel: 0, leave: () => undefined };
    const deadline = this.#host.clock.after(HELLO_DEADLINE_MS, () =>
      this.#refuse(guest, 'silent', 'no hello came'),
    );
    guest.leave = deadline;
    connection.listen({
      message: (bytes) => this.#receive(guest, bytes),
      closed: () => {
        guest.leave();
        this.#end(guest);
      },
    });
  }

  /** The index has a new head. */
  pump(): void {
    for (const session of this.#sessions.values()) session.pump();
  }

  tellState(): void {
    if (this.#sessions.size === 0) return;
    const bytes = stateMessage(this.#host.publisher);
    for (const session of this.#sessions.values()) session.tellState(bytes);
  }

  /** Contents became known, and with them perhaps a fingerprint. */
  tellFingerprints(): void {
    for (const session of this.#sessions.values()) session.tellFingerprint();
  }

  close(): void {
    for (const session of [...this.#sessions.values()]) session.close('stopping', 'the server is stopping');
    this.#sessions.clear();
  }

  #receive(guest: Guest, bytes: Uint8Array): void {
    try {
      const message = decodeClientMessage(bytes);
      if (guest.session !== undefined) guest.session.receive(message, guest.channel);
      else this.#admit(guest, message);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#refusals.tell(guest.connection.peer, `it does not speak the protocol: ${error.message}`);
      this.#refuse(guest, 'bad-message', error.message);
    }
  }

  #admit(guest: Guest, message: ClientMessage): void {
    if (message.type !== 'hello' && message.type !== 'attach')
      throw new ProtocolError(`${message.type} before hello`);
    if (message.protocol !== PROTOCOL_VERSION) {
      const who = message.type === 'hello' ? ` (${message.program})` : '';
      this.#refusals.tellOnce(
        guest.connection.peer,
        `it speaks protocol ${message.protocol}${who}, this server ${PROTOCOL_VERSION}: update the older one`,
      );
      const text = `this server speaks protocol ${PROTOCOL_VERSION}, the client ${message.protocol}: update the older one`;
      return this.#refuse(guest, 'version', text);
    }
    if (message.type === 'hello') this.#open(guest, message);
    else this.#attach(guest, message);
  }

  #open(guest: Guest, hello: Hello): void {
    const { index, publisher, program, name, monitorDir } = this.#host;
    if (this.#sessions.size >= MAX_SESSIONS) return this.#refuse(guest, 'busy', 'too many clients');
    const path = hello.share === '' ? requestedPath(monitorDir, hello.root) : undefined;
    // While the first scan runs a subdirectory may not be known yet: the client tries again.
    if (path !== '' && publisher.isScanning)
      return this.#refuse(guest, 'busy', 'the server is scanning its tree');
    const root = path === undefined ? undefined : index.byPath(path);
    if (
      path === undefined ||
      (root !== undefined && root.kind !== 'directory') ||
      (path !== '' && root === undefined)
    ) {
      return this.#refuse(guest, 'no-such-root', `"${hello.root}" is not a folder inside ${monitorDir}`);
    }
    const { feed, reason } = decideFeed(hello.cursor, index);
    const session = new Session(this.#host, {
      control: guest.connection,
      parts: this.#parts,
      name: hello.name,
      program: hello.program,
      token: randomBytes(16).toString('hex'),
      rootId: root?.id ?? 1,
      rootPath: path,
      from: feed === 'snapshot' ? 0 : (hello.cursor?.sequence ?? 0),
      feed,
    });
    this.#seat(guest, session, 0);
    this.#sessions.set(session.token, session);
    guest.connection.send(
      encodeMessage({
        type: 'welcome',
        protocol: PROTOCOL_VERSION,
        program,
        name,
        session: session.token,
        indexId: index.indexId,
        generation: index.generation,
        feed,
        reason: FEED_TABLE[reason].message,
        rootId: root?.id ?? 1,
        rootPath: path === '' ? monitorDir : `${monitorDir}/${path}`,
        ...this.#host.marksOf(path),
      }),
    );
    this.#host.note(
      'info',
      `${hello.name} (${guest.connection.peer}) connected: ${FEED_TABLE[reason].message}`,
    );
    session.begin();
  }

  #attach(guest: Guest, attach: Attach): void {
    const session = this.#sessions.get(attach.session);
    if (session === undefined) return this.#refuse(guest, 'bad-message', 'no such session');
    session.attach(guest.connection);
    this.#seat(guest, session, 1);
  }

  /** From here on the session speaks for the connection. */
  #seat(guest: Guest, session: Session, channel: 0 | 1): void {
    guest.leave();
    guest.session = session;
    guest.channel = channel;
    guest.leave = watchLiveness(guest.connection, this.#host.clock, () => {
      guest.connection.close(CLOSE_CODES.silent, 'nothing was heard');
      this.#end(guest);
    });
  }

  #refuse(guest: Guest, reason: CloseReason, text: string): void {
    guest.leave();
    guest.connection.send(encodeMessage({ type: 'refuse', code: reason, message: text.slice(0, 1000) }));
    guest.connection.close(CLOSE_CODES[reason], text);
    this.#end(guest);
  }

  /** Either connection ending ends the session: the client comes back with its cursor. */
  #end(guest: Guest): void {
    guest.leave();
    const { session } = guest;
    if (session === undefined || this.#sessions.get(session.token) !== session) return;
    this.#sessions.delete(session.token);
    session.ended();
    this.#host.note('info', `${session.name} (${session.peer}) disconnected`);
  }
}
