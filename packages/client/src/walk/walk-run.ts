/** Carries a walk out within one session: one question at a time, each answer in its turn among all other work. */
import type { FolderWalk } from '@lanmirror/engine/core';
import { type Listed, MAX_LIST_FOLDERS, ProtocolError } from '@lanmirror/protocol';
import type { Link } from '../session/link.ts';

export interface WalkHost {
  /** Does this after what is being done. */
  queue(work: () => Promise<void>): void;
  /** An answer was taken; the walk may be over. Returns whether it goes on. */
  answered(listed: Listed): Promise<boolean>;
}

export class WalkRun {
  readonly walk: FolderWalk;
  readonly #link: Link;
  readonly #host: WalkHost;
  #isAsking = false;
  #isStopped = false;

  constructor(walk: FolderWalk, link: Link, host: WalkHost) {
    this.walk = walk;
    this.#link = link;
    this.#host = host;
  }

  /** Asks for the next folders, if there are any and no answer is on its way. */
  ask(): void {
    if (this.#isAsking || this.#isStopped || this.walk.isOver) return;
    this.#isAsking = true;
    const { folders, after } = this.walk.question(MAX_LIST_FOLDERS);
    this.#link.list(folders, after, (listed) => this.#host.queue(() => this.#take(listed)));
  }

  /** What is on its way is not taken any more. */
  stop(): void {
    this.#isStopped = true;
  }

  async #take(listed: Listed): Promise<void> {
    this.#isAsking = false;
    if (this.#isStopped) return;
    try {
      this.walk.take(listed);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return this.#link.broke(error);
    }
    if (await this.#host.answered(listed)) this.ask();
  }
}
