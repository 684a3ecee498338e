/**
 * Sends the index to one client, from its cursor to the head and then live. It keeps no queue: a position
 * in the index is all there is, so a slow client costs nothing and simply gets fewer, later parts.
 */

import { type Connection, MAX_CONTROL_BYTES } from '@lanmirror/protocol';
import type { Feed } from '../../core/index.ts';
import type { TreeIndex } from '../index/tree-index.ts';
import type { ChangeParts } from './change-parts.ts';

/** Above this the feed waits for the connection. */
const HIGH_WATER_BYTES = 4 * MAX_CONTROL_BYTES;

export class ChangeFeed {
  readonly #connection: Connection;
  readonly #parts: ChangeParts;
  readonly #index: TreeIndex;
  readonly #skipRemovedTo: number;
  /** Removals up to here need not be told. */
  readonly #mayLackTo: number;
  readonly #mayStart: () => boolean;
  readonly #lost: () => void;
  #position: number;
  #isHeadSent = false;
  /** Parts that have not left yet. */
  #queued = 0;
  #isWaiting = false;
  #isClosed = false;

  /**
   * `from`: the cursor's sequence, or 0 for a view that starts from nothing; `feed`: what the client was
   * promised: with `walk` it finds by itself what is forgotten already; `mayStart`: the index is
   * whole, so that what is not in it may be taken for absent; `lost`: removals that were not sent are no
   * longer known, and nothing more is sent.
   */
  constructor(
    connection: Connection,
    parts: ChangeParts,
    { from, feed }: { readonly from: number; readonly feed: Feed },
    mayStart: () => boolean,
    lost: () => void,
  ) {
    this.#connection = connection;
    const { index } = parts;
    this.#parts = parts;
    this.#index = index;
    this.#position = from;
    this.#skipRemovedTo = feed === 'snapshot' ? index.head : 0;
    this.#mayLackTo = feed === 'walk' ? index.oldestTombstone : this.#skipRemovedTo;
    this.#mayStart = mayStart;
    this.#lost = lost;
  }

  /** The last sequence that was sent. */
  get position(): number {
    return this.#position;
  }

  close(): void {
    this.#isClosed = true;
  }

  /** Sends what there is. Called whenever the index has a new head. */
  pump(): void {
    while (!this.#isClosed && !this.#isWaiting && this.#mayStart()) {
      if (this.#isHeadSent && this.#position === this.#index.head) return;
      if (this.#index.oldestTombstone > Math.max(this.#position, this.#mayLackTo)) return this.#lost();
      this.#sendPart();
    }
  }

  #sendPart(): void {
    const { bytes, upTo, isHead } = this.#parts.after(this.#position, this.#skipRemovedTo);
    this.#position = upTo;
    this.#isHeadSent = isHead;
    this.#queued += 1;
    this.#connection.send(bytes, () => this.#sent());
    this.#isWaiting = this.#connection.bufferedBytes() > HIGH_WATER_BYTES;
  }

  #sent(): void {
    this.#queued -= 1;
    if (!this.#isWaiting) return;
    // Contents share the connection and fill it again: behind the last part of its own nobody would wake this feed.
    if (this.#queued > 0 && this.#connection.bufferedBytes() > HIGH_WATER_BYTES) return;
    this.#isWaiting = false;
    this.pump();
  }
}
