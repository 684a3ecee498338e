/** What the memory file system is made of. */
import type { NodeKind, Stat } from '../port.ts';

/** A name in a folder. */
export interface Slot {
  readonly name: string;
  readonly node: MemoryNode;
}

/** The names of a folder by the key that makes two names the same; in the order they were made. */
export type Slots = Map<string, Slot>;

export interface Attributes {
  readonly mode: number;
  readonly mtimeNs: bigint;
}

export interface NodeOrigin extends Attributes {
  readonly kind: NodeKind;
  readonly dev: bigint;
  readonly ino: bigint;
  readonly ctimeNs: bigint;
  readonly birthtimeNs: bigint;
}

const EMPTY = new Uint8Array();

/** A file, folder, link or something else. Changed by `MemoryDisk` only. */
export class MemoryNode {
  readonly kind: NodeKind;
  readonly dev: bigint;
  readonly ino: bigint;
  readonly birthtimeNs: bigint;
  mode: number;
  mtimeNs: bigint;
  ctimeNs: bigint;
  /** Names that lead here. */
  links = 0;
  /** Handles that hold it, ours or those of another program. */
  handles = 0;
  bytes: Uint8Array = EMPTY;
  linkTarget = '';
  slots: Slots = new Map();
  /** Names that are not UTF-8, as `list` shows them. */
  readonly undecodable = new Set<string>();
  /** What a power cut leaves of a folder and of the metadata. */
  durableSlots: Slots = new Map();
  durable: Attributes;

  constructor(origin: NodeOrigin) {
    this.kind = origin.kind;
    this.dev = origin.dev;
    this.ino = origin.ino;
    this.birthtimeNs = origin.birthtimeNs;
    this.mode = origin.mode;
    this.mtimeNs = origin.mtimeNs;
    this.ctimeNs = origin.ctimeNs;
    this.durable = { mode: origin.mode, mtimeNs: origin.mtimeNs };
  }

  stat(): Stat {
    return {
      kind: this.kind,
      sizeBytes: this.kind === 'link' ? Buffer.byteLength(this.linkTarget) : this.bytes.length,
      mtimeNs: this.mtimeNs,
      ctimeNs: this.ctimeNs,
      birthtimeNs: this.birthtimeNs,
      mode: this.mode,
      dev: this.dev,
      ino: this.ino,
      links: this.links,
    };
  }

  /** Itself and everything below it. */
  *all(): Iterable<MemoryNode> {
    yield this;
    for (const { node } of this.slots.values()) yield* node.all();
  }
}
