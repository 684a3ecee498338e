/**
 * Watches deletions on one mirror: none that waits for a person is carried out, and no mass deletion goes
 * by unasked. It counts by itself, on the disk, and knows of the client only which entries are gone.
 */
import type { HoldPolicy } from '@lanmirror/engine/core';
import { isWithin } from '@lanmirror/protocol';
import { mayExist } from '../../packages/client/src/plan/opaque.ts';
import type { MirrorState } from '../../packages/client/src/state/mirror-state.ts';
import { placedChildId } from '../../packages/client/src/state/placement.ts';
import type { MemoryDisk } from '../../packages/engine/src/tree/memory/disk.ts';
import { type MemoryNode, walk } from './node-walk.ts';

/** The window is ten minutes and at most one more. */
const WINDOW_MS = 600_000;
const SLACK_MS = 60_000;

export class DeleteOracle {
  readonly #disk: MemoryDisk;
  readonly #nowMs: () => number;
  readonly #violated: (text: string) => void;
  readonly #seenMs = new Map<MemoryNode, number>();
  readonly #removedMs = new Map<MemoryNode, number>();
  #held = new Set<MemoryNode>();

  constructor(disk: MemoryDisk, nowMs: () => number, violated: (text: string) => void) {
    this.#disk = disk;
    this.#nowMs = nowMs;
    this.#violated = violated;
    disk.listeners.add(() => this.#see());
  }

  /** The client forgot what it had deleted and what it held. */
  forget(): void {
    this.#removedMs.clear();
    this.#held.clear();
  }

  /** The client holds its deletions. */
  held(state: MirrorState): void {
    for (const [path, node] of walk(this.#disk.root)) if (isGone(state, path)) this.#held.add(node);
  }

  /** No deletion waits any more. */
  released(): void {
    this.#held.clear();
  }

  puttingAway(path: string, state: MirrorState, policy: HoldPolicy): void {
    const isDeletion = isGone(state, path);
    const nowMs = this.#nowMs();
    const nodes = [...walk(this.#disk.root)].filter(([at]) => isWithin(at, path));
    // Whatever takes the place of a folder takes that of all in it, which may exist nowhere.
    const held = nodes.filter(([at, node]) => this.#held.has(node) && (isDeletion || isGone(state, at)));
    if (held.length > 0)
      this.#violated(
        `I5: ${path} was deleted while a person was asked about ${held.map(([at]) => at).join(', ')}`,
      );
    const kept = nodes.filter(
      ([at, node]) => (at !== path || node.kind === 'directory') && mayBeThere(state, at),
    );
    if (kept.length > 0)
      this.#violated(
        `I5: ${path} was put away, and the source cannot tell of ${kept.map(([at]) => at).join(', ')}`,
      );
    if (!isDeletion) return;
    const isOld = (node: MemoryNode): boolean =>
      nowMs - (this.#seenMs.get(node) ?? nowMs) > WINDOW_MS + 2 * SLACK_MS;
    const old = nodes.filter(([at, node]) => isOld(node) && idAt(state, at) !== undefined);
    // What could not be put away the first time is put away again, and is one deletion.
    for (const [, node] of old) this.#removedMs.set(node, nowMs);
    for (const [node, atMs] of this.#removedMs)
      if (nowMs - atMs >= WINDOW_MS + SLACK_MS) this.#removedMs.delete(node);
    const missing = [...this.#removedMs.values()].filter((atMs) => nowMs - atMs < WINDOW_MS).length;
    // What is parked has no name for a moment, and is there all the same.
    const here = [...walk(this.#disk.root), ...walk(this.#disk.parking)].length;
    const existed = here + this.#removedMs.size;
    if (old.length > 0 && missing >= policy.holdMin && missing * 100 > existed * policy.holdPercent)
      this.#violated(`I5: ${missing} of at most ${existed} entries were deleted and nobody was asked`);
  }

  #see(): void {
    for (const [, node] of walk(this.#disk.root))
      if (!this.#seenMs.has(node)) this.#seenMs.set(node, this.#nowMs());
  }
}

/** The baseline's entry at a path. */
function idAt(state: MirrorState, path: string): number | undefined {
  let id: number | undefined = state.meta.rootId;
  for (const name of path.split('/')) id = id === undefined ? undefined : state.baseline.occupantId(id, name);
  return id;
}

/** The source does not name this entry, and cannot look where it stood. */
function mayBeThere(state: MirrorState, path: string): boolean {
  const id = idAt(state, path);
  return id !== undefined && state.view.get(id) === undefined && mayExist(state, id);
}

/** The source has neither this entry nor anything else at this path: putting it away is a deletion. */
function isGone(state: MirrorState, path: string): boolean {
  const id = idAt(state, path);
  if (id === undefined || state.view.get(id) !== undefined) return false;
  let there: number | undefined = state.meta.rootId;
  for (const name of path.split('/'))
    there = there === undefined ? undefined : placedChildId(state, there, name);
  return there === undefined;
}
