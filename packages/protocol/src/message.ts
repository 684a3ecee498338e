/**
 * Every control message, both ways. docs/PROTOCOL.md explains when each is sent and what follows.
 *
 * Each message is a MessagePack map with a `type`; `message-check.ts` refuses anything else.
 * Numbers are whole; the unit is in the name.
 */
import type { Cursor, SourceEntry } from './entry.ts';

/** First message of a control connection, from the client. */
export interface Hello {
  readonly type: 'hello';
  readonly protocol: number;
  /** Program and version, for the other end's log. */
  readonly program: string;
  /** Name of the client, for the server's list. */
  readonly name: string;
  /** Published root that is wanted; '' is the only one for now. */
  readonly share: string;
  /** The subdirectory that is mirrored as the user wrote it, absolute or relative; '' for all. */
  readonly root: string;
  /** Where the client's view ends; null when it has none. */
  readonly cursor: Cursor | null;
}

/** First message of a data connection: it belongs to the session that `welcome` named. */
export interface Attach {
  readonly type: 'attach';
  readonly protocol: number;
  readonly session: string;
}

/** One file of a fetch. */
export interface FetchItem {
  readonly id: number;
  readonly version: number;
  /** The client holds this many bytes from the start ... */
  readonly offset: number;
  /** ... and this is their BLAKE3 (32 bytes); null when offset is 0 and nothing is held. */
  readonly hash: Uint8Array | null;
  /**
   * The client holds another content of this many bytes, whose block list follows in `blocks`; 0 when none does.
   * Such an item is the only one of its fetch.
   */
  readonly baseBytes: number;
}

/** Asks for contents; answered by data frames that carry `request`. */
export interface Fetch {
  readonly type: 'fetch';
  readonly request: number;
  readonly items: readonly FetchItem[];
}

/** The next digests of the block list that the only item of `request` announced. */
export interface Blocks {
  readonly type: 'blocks';
  readonly request: number;
  /** BLOCK_DIGEST_BYTES for each block, in the order of the blocks. */
  readonly digests: Uint8Array;
}

/** The client no longer wants the answer to `request`; no more frames of it follow the server's reading of this. */
export interface Cancel {
  readonly type: 'cancel';
  readonly request: number;
}

/** All changes up to `sequence` are applied and durable at the client, but for `problems` paths. */
export interface Applied {
  readonly type: 'applied';
  readonly sequence: number;
  readonly problems: number;
  /** Fingerprint of the target at `sequence`; '' when it has none. */
  readonly code: string;
  /** Files whose content hash is not known: above 0 the code is provisional. */
  readonly unknown: number;
}

/** Asks the server to finish its scan, its watcher queue and its settle queue and to name the head then. */
export interface Drain {
  readonly type: 'drain';
  readonly request: number;
}

/** Asks what is directly in these folders, by their ids. */
export interface List {
  readonly type: 'list';
  readonly request: number;
  readonly folders: readonly number[];
  /** Of the first folder only what stands behind this name in the server's order; '' for all. */
  readonly after: string;
}

export interface Ping {
  readonly type: 'ping';
}
export interface Pong {
  readonly type: 'pong';
}

export type ClientMessage = Hello | Attach | Fetch | Blocks | Cancel | Applied | Drain | List | Ping | Pong;

/** Answer to `hello`. */
export interface Welcome {
  readonly type: 'welcome';
  readonly protocol: number;
  readonly program: string;
  readonly name: string;
  /** Secret of this session, for `attach`. */
  readonly session: string;
  readonly indexId: string;
  readonly generation: number;
  /**
   * `continue`: only what came after the cursor follows. `walk`: the same, but removals of that time are not
   * known, and have to be found with `list`. `snapshot`: everything follows, from nothing.
   */
  readonly feed: 'continue' | 'walk' | 'snapshot';
  /** Why, for the log. */
  readonly reason: string;
  /** Id of the folder that is mirrored. */
  readonly rootId: number;
  /** The mirrored folder as the server knows it, for people. */
  readonly rootPath: string;
  /** Marks of the mirrored folder and of the folders above it up to the share's root: a target in one of them would mirror itself. */
  readonly shareMarks: readonly string[];
  /** Marks of the folders above the share's root: a target that is one of them holds its own source. */
  readonly outerMarks: readonly string[];
}

/** Answer to `attach`. */
export interface Attached {
  readonly type: 'attached';
}

/** An entry that exists no more, with everything that was below it. */
export interface Removal {
  readonly id: number;
  readonly sequence: number;
}

/**
 * A part of the feed. Parts arrive without holes: `after` equals the previous part's `upTo`.
 * Only at a part with `head` is the set complete and may be planned.
 */
export interface Changes {
  readonly type: 'changes';
  readonly after: number;
  readonly upTo: number;
  readonly head: boolean;
  readonly entries: readonly SourceEntry[];
  readonly removed: readonly Removal[];
}

/** A rule of what is published: a line of gitignore syntax. */
export interface Rule {
  readonly line: string;
  /**
   * Path of the folder that it is about, with all below it, from the top of the share, `''` for all of it: its paths begin
   * there. Rules of a deeper folder count after those of the folders above, wherever they stand in the list.
   */
  readonly folder: string;
  /** Where it stands, for people. */
  readonly origin: string;
}

/**
 * The next rules of the share, in their order: paths that they exclude are not published, and are left alone by
 * mirrors. Sent in every session before its first `changes`.
 */
export interface Rules {
  readonly type: 'rules';
  /** Path of the mirrored folder from the top of the share, which is where the folders of rules begin. */
  readonly path: string;
  /** The letters A to Z are the same as a to z. */
  readonly ignoresCase: boolean;
  readonly rules: readonly Rule[];
  /** No more follow. */
  readonly last: boolean;
}

/** A path of the source that cannot be mirrored now. */
export interface SourceProblem {
  readonly path: string;
  readonly code: string;
}

/** The server's present state; sent after `welcome` and whenever it changes. */
export interface ServerState {
  readonly type: 'state';
  readonly scanning: boolean;
  /** Why the server waits for a person or for a disk, '' when it does not. */
  readonly halt: string;
  readonly problemCount: number;
  /** How many of them may have content that a mirror lacks; the others are nodes that have none, such as pipes. */
  readonly unreadCount: number;
  /** The first of them, those of `unreadCount` before the others; at most MAX_PROBLEMS. */
  readonly problems: readonly SourceProblem[];
}

/** The fingerprint of the mirrored folder at `sequence`, the head at which the client is. */
export interface SourceFingerprint {
  readonly type: 'fingerprint';
  readonly sequence: number;
  readonly code: string;
  /** Files whose content hash is not known: above 0 the code is provisional. */
  readonly unknown: number;
}

/** Answer to `drain`. */
export interface Drained {
  readonly type: 'drained';
  readonly request: number;
  readonly sequence: number;
}

/** What a folder holds, with what is known of all that is below. */
export interface ListedChild {
  readonly entry: SourceEntry;
  /** Of a file the BLAKE3 of its content, of a folder the sum of its children's digests; null for what has none. */
  readonly digest: Uint8Array | null;
  /** Files at or below it whose content hash is not known: above 0 the digest is provisional. */
  readonly unknown: number;
}

/** One folder of the answer. */
export interface ListedFolder {
  readonly id: number;
  /** There is such a folder in the index. */
  readonly isThere: boolean;
  /** Nothing more is in it. Only the last folder of an answer may be without this. */
  readonly isWhole: boolean;
  readonly children: readonly ListedChild[];
}

/** Answer to `list`, as far as it fits: the first of the folders that were asked for, in their order. */
export interface Listed {
  readonly type: 'listed';
  readonly request: number;
  /** The head of the index that the answer was read from. */
  readonly sequence: number;
  readonly folders: readonly ListedFolder[];
}

/** Last message before the server closes; the close code says the same. */
export interface Refuse {
  readonly type: 'refuse';
  readonly code: string;
  readonly message: string;
}

export type ServerMessage =
  | Welcome
  | Attached
  | Rules
  | Changes
  | ServerState
  | SourceFingerprint
  | Drained
  | Listed
  | Refuse
  | Ping
  | Pong;
