/**
 * One client's session on the server, from its welcome on.
 *
 * Owns the feed of changes, the answers to lists, and those to fetches of both connections of the client (control and
 * data). Reads the index, never writes it. If a connection breaks both are closed and everything here
 * is forgotten: the client comes back with its cursor.
 */

import {
  type Applied,
  CLOSE_CODES,
  type ClientMessage,
  type CloseReason,
  type Connection,
  encodeMessage,
  ProtocolError,
  type ServerMessage,
} from '@lanmirror/protocol';
import { type Clock, compareFingerprints, type Feed, type FingerprintAt } from '../../core/index.ts';
import type { ReadableTree } from '../../tree/index.ts';
import type { IndexEntry } from '../index/index-entry.ts';
import type { TreeIndex } from '../index/tree-index.ts';
import type { Publisher } from '../publish/publisher.ts';
import type { Misread } from '../publish/scrub.ts';
import { ChangeFeed } from './change-feed.ts';
import type { ChangeParts } from './change-parts.ts';
import type { ClientStatus } from './client-status.ts';
import { ContentFeed } from './content-feed.ts';
import type { Turns } from './content-turns.ts';
import { FolderList } from './folder-list.ts';
import { Rate } from './rate.ts';
import type { ContentHost } from './request-stream.ts';
import { ruleMessages } from './rule-message.ts';
import { stateMessage } from './state-message.ts';

/** Hashes learned by reading are written to the index in groups. */
const HASH_GROUP = 256;
const HASH_DELAY_MS = 500;
/** Fetches that wait are told of no more often. */
const HELD_SIGN_MS = 2500;
const NOTHING_APPLIED = { sequence: -1, problems: 0, code: '', unknown: 0 };

export interface SessionHost {
  /** Of the share; '' for the one without a name. */
  readonly shareName: string;
  readonly tree: ReadableTree;
  readonly index: TreeIndex;
  readonly publisher: Publisher;
  readonly clock: Clock;
  /** In which contents are sent to all clients. */
  readonly turns: Turns;
  /** A file gave another content than it did before, and is as it was otherwise. */
  misread(entry: IndexEntry): Misread;
  note(level: 'info' | 'warn' | 'debug', text: string): void;
}

export interface SessionStart {
  readonly control: Connection;
  /** Of the share: what is sent to one client is kept for the others. */
  readonly parts: ChangeParts;
  /** The key that the client proved; '' where none is asked for. */
  readonly keyName: string;
  /** Of the client. */
  readonly name: string;
  /** Program and version of the client. */
  readonly program: string;
  readonly token: string;
  readonly rootId: number;
  /** Path of the mirrored folder relative to the share. */
  readonly rootPath: string;
  readonly from: number;
  readonly feed: Feed;
  /** Why the feed is that one, for a person. */
  readonly reason: string;
}

export class Session {
  readonly start: SessionStart;
  readonly name: string;
  readonly token: string;
  readonly #host: SessionHost;
  readonly #control: Connection;
  readonly #feed: ChangeFeed;
  readonly #lists: FolderList;
  readonly #contents: ContentFeed[] = [];
  readonly #learned: { id: number; version: number; hash: Uint8Array }[] = [];
  readonly #root: { readonly id: number; readonly path: string };
  #data: Connection | undefined;
  readonly #since: string;
  readonly #rate = new Rate();
  #acknowledged: Pick<Applied, 'sequence' | 'problems' | 'code' | 'unknown'> = NOTHING_APPLIED;
  /** The fingerprint of the source as this client was told it last. */
  #toldFingerprint: FingerprintAt | undefined;
  #toldHeldMs = Number.NEGATIVE_INFINITY;
  #isClosed = false;
  #areRulesTold = false;
  #cancelLearn: (() => void) | undefined;
  #inSyncAt = -1;

  constructor(host: SessionHost, start: SessionStart) {
    this.#host = host;
    this.start = start;
    this.#control = start.control;
    this.name = start.name;
    this.token = start.token;
    this.#since = new Date(host.clock.wallMs()).toISOString();
    this.#root = { id: start.rootId, path: start.rootPath };
    const mayStart = () => !host.publisher.isScanning;
    const lost = (): void => this.close('gap', 'removals that were not sent yet are no longer known');
    this.#feed = new ChangeFeed(start.control, start.parts, start, mayStart, lost);
    this.#lists = new FolderList(start.control, host.index, mayStart);
    this.#contents.push(this.#contentFeed(start.control, true));
  }

  get peer(): string {
    return this.#control.peer;
  }

  /** Contents are on their way to this client. */
  get isSending(): boolean {
    return this.#contents.some((content) => !content.isIdle);
  }

  /** How this client is, for the person who asks. */
  get status(): ClientStatus {
    const { index, clock } = this.#host;
    const { sequence, problems, code, unknown } = this.#acknowledged;
    const fingerprint = code === '' ? null : { code, unknown };
    const sentBytes = this.#sentBytes;
    const own = this.#fingerprint();
    return {
      name: this.name,
      address: this.peer,
      program: this.start.program,
      share: this.#host.shareName,
      key: this.start.keyName,
      root: this.#root.path,
      since: this.#since,
      acknowledged: sequence,
      behind: index.head - Math.max(0, sequence),
      problems,
      fingerprint,
      comparison: compareFingerprints(fingerprint === null ? undefined : { sequence, ...fingerprint }, own),
      serverFingerprint: own === undefined ? null : { code: own.code, unknown: own.unknown },
      sentBytes,
      bytesPerSecond: this.#rate.perSecond(sentBytes, clock.nowMs()),
    };
  }

  get #sentBytes(): number {
    return this.#contents.reduce((sum, content) => sum + content.sentBytes, 0);
  }

  /** Begins the feed; call after `welcome` was sent. */
  begin(): void {
    this.tellState();
    this.pump();
  }

  /** The index has a new head. */
  pump(): void {
    const { index, publisher } = this.#host;
    if (!publisher.isScanning && index.pathOf(this.#root.id) !== this.#root.path) {
      return this.close('no-such-root', `"${this.#root.path}" is not there any more`);
    }
    this.#tellRules();
    this.#feed.pump();
    this.#lists.pump();
  }

  /** Before the first changes, which are those of a scan that went by these rules. */
  #tellRules(): void {
    const { publisher } = this.#host;
    if (this.#areRulesTold || publisher.isScanning) return;
    this.#areRulesTold = true;
    for (const message of ruleMessages(publisher.filter, this.#root.path)) this.#send(message);
  }

  /** `bytes`: the message, which is the same for all clients. */
  tellState(bytes = stateMessage(this.#host.publisher)): void {
    if (this.#isClosed) return;
    this.#control.send(bytes);
    for (const content of this.#contents) content.look();
    this.#noteSync();
  }

  /** The client's data connection. A second one replaces nothing: it is refused. */
  attach(connection: Connection): void {
    if (this.#data !== undefined) throw new ProtocolError('a data connection is attached already');
    this.#data = connection;
    this.#contents.push(this.#contentFeed(connection, false));
    connection.send(encodeMessage({ type: 'attached' }));
  }

  /** A message on the control (0) or data (1) connection. Throws ProtocolError for what does not belong there. */
  receive(message: ClientMessage, on: 0 | 1): void {
    switch (message.type) {
      case 'fetch':
        return this.#contents[on]?.start(message);
      case 'blocks':
        return this.#contents[on]?.blocks(message);
      case 'cancel':
        return this.#contents[on]?.cancel(message.request);
      case 'applied':
        return this.#applied(message);
      case 'drain':
        return this.#drain(message.request);
      case 'list':
        return this.#lists.ask(message);
      case 'ping':
        return (on === 0 ? this.#control : this.#data)?.send(encodeMessage({ type: 'pong' }));
      case 'pong':
        return;
      case 'hello':
      case 'attach':
        throw new ProtocolError(`${message.type} in a running session`);
    }
  }

  close(reason: CloseReason, text: string): void {
    if (this.#isClosed) return;
    this.#send({ type: 'refuse', code: reason, message: text.slice(0, 1000) });
    this.#control.close(CLOSE_CODES[reason], text);
    this.#data?.close(CLOSE_CODES[reason], text);
    this.ended();
  }

  /** A connection broke: let go of everything. */
  ended(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#feed.close();
    this.#lists.close();
    for (const content of this.#contents) content.close();
    this.#host.turns.leave(this);
    this.#control.close(CLOSE_CODES.stopping, 'session ended');
    this.#data?.close(CLOSE_CODES.stopping, 'session ended');
    this.#learn();
  }

  /** The fingerprint of the source belongs to a head; it is told to who is there, first and when it is final. */
  tellFingerprint(): void {
    const own = this.#fingerprint();
    const told = this.#toldFingerprint;
    if (own === undefined || own.sequence !== this.#acknowledged.sequence) return;
    if (own.sequence === told?.sequence && (own.unknown > 0 || own.code === told.code)) return;
    this.#toldFingerprint = own;
    this.#send({ type: 'fingerprint', ...own });
  }

  #fingerprint(): FingerprintAt | undefined {
    const { index } = this.#host;
    const own = index.fingerprint(this.#root.id);
    return own && { sequence: index.head, ...own };
  }

  #applied(applied: Applied): void {
    if (applied.sequence > this.#host.index.head) throw new ProtocolError('applied more than was sent');
    this.#acknowledged = applied;
    this.tellFingerprint();
    this.#noteSync();
  }

  /** With what cannot be looked at nobody is in sync. */
  #noteSync(): void {
    const { index, publisher } = this.#host;
    const { sequence, problems } = this.#acknowledged;
    if (sequence !== index.head || this.#inSyncAt === sequence || publisher.halt !== '') return;
    const isFirst = this.#inSyncAt < 0;
    this.#inSyncAt = sequence;
    const failing = problems === 0 ? '' : ` but for ${problems} paths`;
    this.#host.note(isFirst ? 'info' : 'debug', `${this.name} (${this.peer}) is in sync${failing}`);
  }

  #drain(request: number): void {
    this.#host.publisher
      .drain()
      .then((sequence) => {
        this.pump();
        this.#send({ type: 'drained', request, sequence });
      })
      .catch((error: unknown) => this.#fail(error));
  }

  #send(message: ServerMessage): void {
    if (!this.#isClosed) this.#control.send(encodeMessage(message));
  }

  /** Contents for it wait for their turn; said once for all that do. */
  #tellHeld(): void {
    const nowMs = this.#host.clock.nowMs();
    if (nowMs - this.#toldHeldMs < HELD_SIGN_MS) return;
    this.#toldHeldMs = nowMs;
    this.tellState();
  }

  #fail(error: unknown): void {
    this.#host.note('warn', `The session of ${this.name} failed: ${String(error)}`);
    this.ended();
  }

  #contentFeed(connection: Connection, isUrgent: boolean): ContentFeed {
    const gate = this.#host.turns.gateOf(this, isUrgent);
    return new ContentFeed(
      connection,
      this.#contentHost(),
      (error) => this.#fail(error),
      gate,
      () => this.#tellHeld(),
    );
  }

  #contentHost(): ContentHost {
    const { tree, index, clock, publisher, misread } = this.#host;
    return {
      tree,
      index,
      clock,
      misread,
      isRootAway: () => publisher.isRootAway(false),
      isRootAwayNow: () => publisher.isRootAway(true),
      isLeftOut: (path, entry) => publisher.filter.isLeftOut(path, entry),
      suspect: (path) => publisher.hint(path),
      sent: (entry, path, hash, durationMs) => {
        publisher.transferred(path, durationMs);
        this.#rate.note(this.#sentBytes, clock.nowMs());
        this.#remember(entry, hash);
      },
      readFresh: (entry, path, hash) => publisher.contents.verifyLater(entry, path, hash),
    };
  }

  #remember(entry: IndexEntry, hash: Uint8Array): void {
    this.#learned.push({ id: entry.id, version: entry.version, hash });
    if (this.#learned.length >= HASH_GROUP) this.#learn();
    else this.#cancelLearn ??= this.#host.clock.after(HASH_DELAY_MS, () => this.#learn());
  }

  #learn(): void {
    this.#cancelLearn?.();
    this.#cancelLearn = undefined;
    if (this.#learned.length > 0) this.#host.publisher.contents.learn(this.#learned.splice(0));
  }
}
