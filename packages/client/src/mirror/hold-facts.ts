/** What is told of a hold: which deletions wait for a person, and what waits with them. */
import type { MirrorState } from '../state/mirror-state.ts';
import type { DeleteGuard } from './delete-guard.ts';
import { type HeldList, heldList } from './held-list.ts';
import type { Planning } from './planning.ts';

export interface HoldFactsHost {
  readonly state: MirrorState;
  readonly guard: DeleteGuard;
  readonly planning: Planning;
  /** Whether the source was told as a whole in this session. */
  isSourceKnown(): boolean;
}

export class HoldFacts {
  readonly #host: HoldFactsHost;

  constructor(host: HoldFactsHost) {
    this.#host = host;
  }

  /** Deletions wait; of a mirror that deals with a part only, some of that part. */
  get isHeld(): boolean {
    const { state, planning, isSourceKnown } = this.#host;
    if (!state.meta.isHeld) return false;
    return !isSourceKnown() || planning.part === undefined || planning.waiting.size > 0;
  }

  /** Entries that a hold is about: when it began, and now that some may have come back or joined. */
  get counts(): { readonly atFirst: number; readonly now: number } {
    const { isHeld, heldAtFirst } = this.#host.state.meta;
    return isHeld ? { atFirst: heldAtFirst, now: this.#host.guard.waitingEntries } : { atFirst: 0, now: 0 };
  }

  /** Ids of the tops of what the guard keeps from being deleted. */
  get ids(): readonly number[] {
    const { state, guard } = this.#host;
    return state.meta.isHeld ? [...guard.waiting] : [];
  }

  /** How much that is; at most `most` of the tops are named. */
  list(most: number): HeldList {
    return heldList(this.#host.state, this.ids, most);
  }

  /** Paths of those tops. */
  get paths(): readonly string[] {
    return this.#host.guard.waitingPaths;
  }

  /** What waits with them, because its place at the source is the one of a folder that is kept; tops only. */
  get behindPaths(): readonly string[] {
    return this.#host.planning.behindPaths;
  }
}
