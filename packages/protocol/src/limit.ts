/**
 * Every limit of the wire, each with its reason. A peer can never raise one of them.
 */

/** Largest control message in bytes, both ways: a forged one cannot cost more memory than this. */
export const MAX_CONTROL_BYTES = 64 * 1024;

/** Largest data frame in bytes: at 1 Gbit/s it occupies the line for 2 ms, so an event waits no longer. */
export const MAX_FRAME_BYTES = 256 * 1024;

/** What `ws` accepts: one frame and nothing more. */
export const MAX_PAYLOAD_BYTES = MAX_FRAME_BYTES + 1024;

/** Files up to this size are fetched many at a time, and their bytes arrive in one frame. */
export const SMALL_FILE_BYTES = 128 * 1024;

/** Smallest block of a block list: one digest stands for so many bytes, and one changed byte costs so many. */
export const MIN_BLOCK_BYTES = 128 * 1024;

/** Blocks in a list: their digests cost a server 256 KiB. Larger files have larger blocks. */
export const MAX_BLOCKS = 16_384;

/** What stands for a block: the first bytes of its BLAKE3. The hash of the whole file is what is believed. */
export const BLOCK_DIGEST_BYTES = 16;

/** Digests in one `blocks` message, in bytes: with its other fields it stays within a control message. */
export const MAX_DIGESTS_BYTES = 48 * 1024;

/**
 * Fetches with a block list that a client may have open on a connection: as many as it has workers, and those that it
 * cancelled a moment ago. Above it the connection is closed as hostile.
 */
export const MAX_BLOCK_LISTS = 32;

/** Bytes that one `same` or `zeros` record may stand for: a slow disk has done so much long before it seems dead. */
export const MAX_RUN_BYTES = 8 * 1024 * 1024;

/** Items in one fetch request. 512 items of 80 bytes stay within a control message. */
export const MAX_FETCH_ITEMS = 512;

/** Fetch requests a client may have open; above it the connection is closed as hostile. */
export const MAX_OPEN_FETCHES = 64;

/** Entries in one `changes` message; the byte limit ends it earlier when names are long. */
export const MAX_CHANGES = 512;

/** Folders in one `list`. 256 ids and what is known of 256 empty folders stay within a control message. */
export const MAX_LIST_FOLDERS = 256;

/** Children in one `listed`: what the server reads of its index in one go; the byte limit ends it earlier. */
export const MAX_LISTED = 256;

/** Lists a client may have open; above it the connection is closed as hostile. */
export const MAX_OPEN_LISTS = 4;

/** Problems of the source that are named in a message; fewer when their paths are long. */
export const MAX_PROBLEMS = 100;

/** Rules of a share in all its `rules` messages together: a client keeps and compiles all of them. */
export const MAX_RULES = 10_000;

/**
 * Characters of all rules of a share together, with the folder of each that has another one than the rule before: what they are compiled to takes a hundred times the memory, and a path that
 * is compared with all of them takes as many steps as both are long.
 */
export const MAX_RULE_TEXT = 256 * 1024;

/** Longest rule in characters: as long as a path can be. */
export const MAX_RULE_LINE = 4096;

/** Target of a symbolic link in bytes (PATH_MAX of Linux). */
export const MAX_LINK_BYTES = 4096;

/** Folders in each list of marks: so many may lie above each other, and both lists stay within a control message. */
export const MAX_MARKS = 256;

/** Free text on the wire (names of programs, messages), in characters. */
export const MAX_TEXT = 1024;

/** Time from the TCP connection to a valid `hello`. */
export const HELLO_DEADLINE_MS = 5000;

/** A `ping` is sent when nothing was received for this long, so that there is something to receive. */
export const PING_INTERVAL_MS = 10_000;

/** A connection from which nothing came for this long is dead. */
export const DEAD_AFTER_MS = 30_000;

/** Sequences, ids and sizes are whole numbers up to this (2^53 - 1). */
export const MAX_INTEGER = Number.MAX_SAFE_INTEGER;
