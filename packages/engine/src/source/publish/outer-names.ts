/**
 * Files that have a name outside of what is published: nobody tells of what is done to them through that one, so they are
 * looked at whenever somebody asks for the head. One glance for each, by one of its names here; works in slices, so that
 * events and clients have their turn, and holds nothing of the list.
 *
 * Those who ask together share a pass: it is one that began after the last of them had asked.
 */
import type { Clock } from '../../core/index.ts';
import type { OuterLink } from '../index/index-links.ts';
import type { TreeIndex } from '../index/tree-index.ts';
import type { Looker } from './look.ts';

/** Files between two looks at the clock. */
const STEP = 100;
/** How long a slice may keep the event loop. */
const SLICE_MS = 8;

export interface OuterNamesHost {
  readonly index: Pick<TreeIndex, 'outerLinksAfter' | 'byId' | 'pathOf'>;
  readonly clock: Pick<Clock, 'nowMs' | 'turn'>;
  readonly looker: Pick<Looker, 'isAsIndexed'>;
  /** Whether the root is still the one that was indexed; false ends a pass. */
  isRootHealthy(): boolean;
  /** Does work that reads the index; if that fails, a halt has begun. */
  orHalt(work: () => void): void;
  /** The path may have changed. */
  hint(path: string): void;
  /** After a pass. */
  looked(): void;
}

export class OuterNames {
  readonly #host: OuterNamesHost;
  #pass: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(host: OuterNamesHost) {
    this.#host = host;
  }

  /** Resolves when each of them was looked at after this call, and those that have changed were hinted. */
  lookedAt(): Promise<void> {
    if (this.#pass === undefined) return this.#begin();
    const begin = (): Promise<void> => this.#begin();
    // A pass that failed is the business of those who asked before.
    this.#next ??= this.#pass.then(begin, begin);
    return this.#next;
  }

  #begin(): Promise<void> {
    this.#next = undefined;
    this.#pass = this.#lookAtAll().finally(() => {
      this.#pass = undefined;
    });
    return this.#pass;
  }

  async #lookAtAll(): Promise<void> {
    const { clock, isRootHealthy } = this.#host;
    let startMs = clock.nowMs();
    for (let at: string | undefined = ''; at !== undefined && isRootHealthy(); ) {
      at = this.#lookAfter(at);
      if (at === undefined || clock.nowMs() - startMs < SLICE_MS) continue;
      await clock.turn();
      startMs = clock.nowMs();
    }
    this.#host.looked();
  }

  /** Looks at the next few of them. Returns the last one's node; undefined when no more follow. */
  #lookAfter(node: string): string | undefined {
    let last: string | undefined;
    this.#host.orHalt(() => {
      const links = this.#host.index.outerLinksAfter(node, STEP);
      for (const link of links) this.#lookAt(link);
      last = links.length === STEP ? links.at(-1)?.node : undefined;
    });
    return last;
  }

  #lookAt({ id }: OuterLink): void {
    const { index, looker, hint } = this.#host;
    const entry = index.byId(id);
    const path = index.pathOf(id);
    if (entry === undefined || path === undefined) return;
    if (!looker.isAsIndexed(id, entry.parentId, path)) hint(path);
  }
}
