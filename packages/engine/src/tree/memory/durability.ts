/**
 * What a power cut leaves. The disk takes changes of names and metadata in the order in which they were
 * made, but late: any beginning of what is pending may have arrived. Bytes that were not flushed are
 * gone, and the file stands there empty, as ext4, xfs and btrfs leave it.
 */
import type { Attributes, MemoryNode, Slot } from './node.ts';

export interface SlotEdit {
  readonly folder: MemoryNode;
  readonly key: string;
  readonly slot: Slot | undefined;
}

/** One step of the journal: all of it or nothing arrives. */
interface Pending {
  readonly edits: readonly SlotEdit[];
  attributes: readonly { readonly node: MemoryNode; readonly attributes: Attributes }[];
}

const NOTHING = new Uint8Array();

export class Durability {
  #pending: Pending[] = [];
  /** Files whose bytes are not flushed, with the number of their last write. */
  readonly #dirty = new Map<MemoryNode, number>();
  #writes = 0;

  /** Number of changes that a power cut can still take. */
  get pending(): number {
    return this.#pending.length;
  }

  wrote(node: MemoryNode): void {
    this.#dirty.set(node, ++this.#writes);
  }

  /** `touched` are the nodes whose metadata changed with it. */
  changed(edits: readonly SlotEdit[], touched: readonly MemoryNode[]): void {
    const attributes = touched.map((node) => ({ node, attributes: attributesOf(node) }));
    this.#pending.push({ edits, attributes });
  }

  /** fsync of one file: its bytes and its own metadata, not its name. */
  flushNode(node: MemoryNode): void {
    this.#dirty.delete(node);
    node.durable = attributesOf(node);
    for (const step of this.#pending) {
      step.attributes = step.attributes.filter((change) => change.node !== node);
    }
    this.#pending = this.#pending.filter((step) => step.edits.length + step.attributes.length > 0);
  }

  /** Remembers the present moment; the returned function makes everything up to it durable. */
  checkpoint(): () => void {
    const steps = new Set(this.#pending);
    const files = new Map(this.#dirty);
    return () => {
      for (const step of this.#pending) if (steps.has(step)) arrive(step);
      this.#pending = this.#pending.filter((step) => !steps.has(step));
      for (const [node, write] of files) if (this.#dirty.get(node) === write) this.#dirty.delete(node);
    };
  }

  /** Leaves in the live view below `roots` what the disk has, with the first `keep` pending changes. */
  cut(keep: number, roots: readonly MemoryNode[]): void {
    for (const step of this.#pending.slice(0, keep)) arrive(step);
    this.#pending = [];
    for (const node of this.#dirty.keys()) node.bytes = NOTHING;
    this.#dirty.clear();
    for (const root of roots) restore(root);
  }
}

function attributesOf(node: MemoryNode): Attributes {
  return { mode: node.mode, mtimeNs: node.mtimeNs };
}

function arrive(step: Pending): void {
  for (const { folder, key, slot } of step.edits) {
    // Deleted first, so that the order of names is the order of their making, as in the live view.
    folder.durableSlots.delete(key);
    if (slot !== undefined) folder.durableSlots.set(key, slot);
  }
  for (const { node, attributes } of step.attributes) node.durable = attributes;
}

function restore(node: MemoryNode): void {
  node.slots = new Map(node.durableSlots);
  node.mode = node.durable.mode;
  node.mtimeNs = node.durable.mtimeNs;
  node.handles = 0;
  for (const slot of node.slots.values()) restore(slot.node);
}
