/**
 * Receives connections that proved a key, until each is a session of a share or refused.
 *
 * A connection must say `hello` or `attach` within the deadline; anything that is not of the protocol closes it with
 * a code. Which share it gets is asked of the program; how many sessions there are, over all shares, is limited here.
 */
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
} from '@lanmirror/protocol';
import type { Clock } from '../../core/index.ts';
import { watchLiveness } from '../../wire/index.ts';
import { RefusalLog } from './refusal-log.ts';
import type { Session } from './session.ts';
import { type Refusal, ShareDesk } from './share-desk.ts';

const MAX_SESSIONS = 256;

export interface FrontDeskOptions {
  readonly clock: Clock;
  /** The share of this name for who has the key `keyName`; a refusal when there is none for him, or not now. */
  share(name: string, keyName: string): ShareDesk | Refusal;
  note(level: 'info' | 'warn' | 'debug', text: string): void;
}

interface Guest {
  readonly connection: Connection;
  readonly keyName: string;
  seat?: Seat;
  channel: 0 | 1;
  leave: () => void;
}

interface Seat {
  readonly desk: ShareDesk;
  readonly session: Session;
}

export class FrontDesk {
  readonly #options: FrontDeskOptions;
  readonly #seats = new Map<string, Seat>();
  /** Those who have not said yet what they want. */
  readonly #waiting = new Set<Guest>();
  readonly #refusals: RefusalLog;

  constructor(options: FrontDeskOptions) {
    this.#options = options;
    this.#refusals = new RefusalLog(options.clock, (text) => options.note('warn', text));
  }

  /** A new connection. `keyName`: the key that it proved, '' where none is asked for. */
  welcome(connection: Connection, keyName = ''): void {
    const guest: Guest = { connection, keyName, channel: 0, leave: () => undefined };
    guest.leave = this.#options.clock.after(HELLO_DEADLINE_MS, () =>
      this.#refuse(guest, { code: 'silent', text: 'no hello came' }),
    );
    this.#waiting.add(guest);
    connection.listen({
      message: (bytes) => this.#receive(guest, bytes),
      closed: () => this.#end(guest),
    });
  }

  /** This key is one no more, or another one: ends the sessions of who proved it, and those that wait for one. */
  endKey(keyName: string): void {
    const text = 'the key is not one any more';
    for (const { session } of [...this.#seats.values()])
      if (session.start.keyName === keyName) session.close('stopping', text);
    for (const guest of [...this.#waiting])
      if (guest.keyName === keyName) this.#refuse(guest, { code: 'no-such-share', text });
  }

  #receive(guest: Guest, bytes: Uint8Array): void {
    // What was on its way when he was refused.
    if (guest.seat === undefined && !this.#waiting.has(guest)) return;
    try {
      const message = decodeClientMessage(bytes);
      if (guest.seat !== undefined) guest.seat.session.receive(message, guest.channel);
      else this.#admit(guest, message);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#refusals.tell(guest.connection.peer, `it does not speak the protocol: ${error.message}`);
      this.#refuse(guest, { code: 'bad-message', text: error.message });
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
      return this.#refuse(guest, { code: 'version', text });
    }
    if (message.type === 'hello') this.#open(guest, message);
    else this.#attach(guest, message);
  }

  #open(guest: Guest, hello: Hello): void {
    if (this.#seats.size >= MAX_SESSIONS)
      return this.#refuse(guest, { code: 'busy', text: 'too many clients' });
    const desk = this.#options.share(hello.share, guest.keyName);
    if (!(desk instanceof ShareDesk)) return this.#turnAway(guest, hello, desk);
    const session = desk.open(guest.connection, hello, guest.keyName);
    if ('code' in session) return this.#refuse(guest, session);
    this.#seats.set(session.token, { desk, session });
    this.#seat(guest, { desk, session }, 0);
    desk.greet(session);
  }

  /** He comes again for ever: once is enough for the log, until somebody does something. */
  #turnAway(guest: Guest, hello: Hello, refusal: Refusal): void {
    this.#refusals.tellOnce(guest.connection.peer, `${hello.name}: ${refusal.text}`);
    this.#refuse(guest, refusal);
  }

  #attach(guest: Guest, attach: Attach): void {
    const seat = this.#seats.get(attach.session);
    // A session is its key's: that of another is none to this one.
    if (seat === undefined || seat.session.start.keyName !== guest.keyName)
      return this.#refuse(guest, { code: 'bad-message', text: 'no such session' });
    seat.session.attach(guest.connection);
    this.#seat(guest, seat, 1);
  }

  /** From here on the session speaks for the connection. */
  #seat(guest: Guest, seat: Seat, channel: 0 | 1): void {
    guest.leave();
    this.#waiting.delete(guest);
    guest.seat = seat;
    guest.channel = channel;
    guest.leave = watchLiveness(guest.connection, this.#options.clock, () => {
      guest.connection.close(CLOSE_CODES.silent, 'nothing was heard');
      this.#end(guest);
    });
  }

  #refuse(guest: Guest, { code, text }: Refusal): void {
    guest.leave();
    guest.connection.send(encodeMessage({ type: 'refuse', code, message: text.slice(0, 1000) }));
    guest.connection.close(CLOSE_CODES[code satisfies CloseReason], text);
    this.#end(guest);
  }

  /** Either connection ending ends the session: the client comes back with its cursor. */
  #end(guest: Guest): void {
    guest.leave();
    this.#waiting.delete(guest);
    const { seat } = guest;
    if (seat === undefined) return;
    this.#seats.delete(seat.session.token);
    seat.desk.left(seat.session);
  }
}
