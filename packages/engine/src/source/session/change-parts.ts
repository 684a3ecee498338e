/**
 * Parts of the index as messages, read and encoded once however many clients are at the same position.
 *
 * Owns the parts that were sent last. They are of one state of the index: with the next head, or when removals are
 * forgotten, all are dropped. The bytes of a message go to many connections: nobody writes into them.
 */
import { encodeMessage, MAX_CHANGES, MAX_CONTROL_BYTES } from '@lanmirror/protocol';
import type { TreeIndex } from '../index/tree-index.ts';

/** Leaves room for the envelope and for one entry of the largest size. */
const PART_BYTES = MAX_CONTROL_BYTES - 24 * 1024;
/** Clients that catch up are near to each other, not at the same place. */
const MAX_PARTS = 16;

export interface EncodedPart {
  readonly bytes: Uint8Array;
  /** Everything up to here is in this part or before it. */
  readonly upTo: number;
  readonly isHead: boolean;
}

export class ChangeParts {
  readonly index: TreeIndex;
  readonly #parts = new Map<string, EncodedPart>();
  #head = -1;
  #oldestTombstone = -1;

  constructor(index: TreeIndex) {
    this.index = index;
  }

  /** What comes after a sequence, at most one message of it. Tombstones up to `skipRemovedTo` are left out. */
  after(sequence: number, skipRemovedTo: number): EncodedPart {
    this.#dropOlder();
    const skipTo = skipRemovedTo > sequence ? skipRemovedTo : 0;
    const name = `${sequence} ${skipTo}`;
    const known = this.#parts.get(name);
    if (known !== undefined) return known;
    const part = this.#read(sequence, skipTo);
    // A Map keeps the order in which its keys came: the first one is the oldest.
    for (const oldest of this.#parts.keys()) {
      if (this.#parts.size < MAX_PARTS) break;
      this.#parts.delete(oldest);
    }
    this.#parts.set(name, part);
    return part;
  }

  #dropOlder(): void {
    const { head, oldestTombstone } = this.index;
    if (head === this.#head && oldestTombstone === this.#oldestTombstone) return;
    this.#parts.clear();
    this.#head = head;
    this.#oldestTombstone = oldestTombstone;
  }

  #read(after: number, skipRemovedTo: number): EncodedPart {
    const { entries, removed, upTo } = this.index.changesSince(after, MAX_CHANGES, PART_BYTES, skipRemovedTo);
    const isHead = upTo === this.index.head;
    const bytes = encodeMessage({ type: 'changes', after, upTo, head: isHead, entries, removed });
    return { bytes, upTo, isHead };
  }
}
