/**
 * Opens the sessions of one share for those whom the front desk has let in, and tells them what is new.
 *
 * Owns the list of the share's sessions.
 */
import { randomBytes } from 'node:crypto';
import {
  type CloseReason,
  type Connection,
  encodeMessage,
  type Hello,
  PROTOCOL_VERSION,
  ROOT_ID,
  type Welcome,
} from '@lanmirror/protocol';
import { decideFeed, FEED_TABLE } from '../../core/index.ts';
import { ChangeParts } from './change-parts.ts';
import { requestedPath } from './requested-root.ts';
import { Session, type SessionHost } from './session.ts';
import { stateMessage } from './state-message.ts';

export interface ShareDeskOptions extends SessionHost {
  /** Program and version, for the client's log. */
  readonly program: string;
  /** Of this machine. */
  readonly name: string;
  /** The published folder, absolute. */
  readonly monitorDir: string;
  /** Marks of `path`, a folder of the share, and of what is above it, for a client on the same machine. */
  marksOf(path: string): Pick<Welcome, 'shareMarks' | 'outerMarks'>;
}

/** Why somebody is not let in. */
export interface Refusal {
  readonly code: CloseReason;
  /** For the person at the other end. */
  readonly text: string;
}

export class ShareDesk {
  readonly #host: ShareDeskOptions;
  readonly #parts: ChangeParts;
  readonly #sessions = new Set<Session>();

  constructor(host: ShareDeskOptions) {
    this.#host = host;
    this.#parts = new ChangeParts(host.index);
  }

  get sessions(): Iterable<Session> {
    return this.#sessions;
  }

  /** Contents are on their way to some client. */
  get isSending(): boolean {
    for (const session of this.#sessions) if (session.isSending) return true;
    return false;
  }

  /**
   * Makes a session of a connection that said hello; nothing is sent before its {@link greet}.
   * @param keyName the key that the connection proved, '' where none is asked for
   */
  open(control: Connection, hello: Hello, keyName: string): Session | Refusal {
    const { index, publisher, monitorDir } = this.#host;
    const path = requestedPath(monitorDir, hello.root);
    // While the first scan runs a subdirectory may not be known yet: the client tries again.
    if (path !== '' && publisher.isScanning) return { code: 'busy', text: 'the server is scanning its tree' };
    const root = path === undefined ? undefined : index.byPath(path);
    const isFolder =
      path === '' ? root === undefined || root.kind === 'directory' : root?.kind === 'directory';
    if (path === undefined || !isFolder)
      return { code: 'no-such-root', text: `"${hello.root}" is not a folder inside ${monitorDir}` };
    const { feed, reason } = decideFeed(hello.cursor, index);
    const session = new Session(this.#host, {
      control,
      parts: this.#parts,
      keyName,
      name: hello.name,
      program: hello.program,
      token: randomBytes(16).toString('hex'),
      rootId: root?.id ?? ROOT_ID,
      rootPath: path,
      from: feed === 'snapshot' ? 0 : (hello.cursor?.sequence ?? 0),
      feed,
      reason: FEED_TABLE[reason].message,
    });
    this.#sessions.add(session);
    return session;
  }

  /** Welcomes a session, and begins its feed. */
  greet(session: Session): void {
    const { index, program, name, monitorDir, marksOf, note } = this.#host;
    const { control, token, rootId, rootPath, feed, reason } = session.start;
    control.send(
      encodeMessage({
        type: 'welcome',
        protocol: PROTOCOL_VERSION,
        program,
        name,
        session: token,
        indexId: index.indexId,
        generation: index.generation,
        feed,
        reason,
        rootId,
        rootPath: rootPath === '' ? monitorDir : `${monitorDir}/${rootPath}`,
        ...marksOf(rootPath),
      }),
    );
    note('info', `${session.name} (${session.peer}) connected: ${reason}`);
    session.begin();
  }

  /** A connection of this session broke. */
  left(session: Session): void {
    if (!this.#sessions.delete(session)) return;
    session.ended();
    this.#host.note('info', `${session.name} (${session.peer}) disconnected`);
  }

  /** The index has a new head. */
  pump(): void {
    for (const session of this.#sessions) session.pump();
  }

  tellState(): void {
    if (this.#sessions.size === 0) return;
    const bytes = stateMessage(this.#host.publisher);
    for (const session of this.#sessions) session.tellState(bytes);
  }

  /** Contents became known, and with them perhaps a fingerprint. */
  tellFingerprints(): void {
    for (const session of this.#sessions) session.tellFingerprint();
  }

  /** Ends all sessions; `why` is for the people at the other ends. */
  close(why = 'the server is stopping'): void {
    for (const session of [...this.#sessions]) session.close('stopping', why);
    this.#sessions.clear();
  }
}
