/**
 * Is the target there? The marker is the proof that a folder is the target that was joined, and not the
 * bare mount point of a disk; between two looks at the marker the folder's identity stands for it.
 *
 * Owns the halt: while the target is not there nothing is written, and it ends by itself when the marker
 * is seen again. The identity may be another one then, because a disk may be mounted anew.
 */
import { type Stat, TreeError, type WritableTree } from '@lanmirror/engine/tree';

const AWAY = 'the target folder is not mounted, was replaced, or lost its marker';

export interface TargetPresenceOptions {
  readonly tree: WritableTree;
  /** A dry run writes nothing, so a folder that is not there yet is no danger to it. */
  readonly isDryRun: boolean;
  /** Whether the folder carries the marker of this target now. */
  isMarked(): Promise<boolean>;
  /** The halt began with this reason, or ended with ''. */
  halted(reason: string): void;
}

export class TargetPresence {
  readonly #options: TargetPresenceOptions;
  #root: Pick<Stat, 'dev' | 'ino'> | undefined;
  #reason = '';
  #isClosed = false;

  constructor(options: TargetPresenceOptions) {
    this.#options = options;
  }

  /** Why nothing is written; '' when the target is there. */
  get haltReason(): string {
    return this.#reason;
  }

  /** Nothing is told any more. */
  close(): void {
    this.#isClosed = true;
  }

  /** Looks at the marker. Returns whether the target is there, and whether it has just come back. */
  async look(): Promise<'there' | 'back' | 'away'> {
    if (this.#options.isDryRun) return 'there';
    const root = this.#rootNow();
    const isThere = root !== undefined && (await this.#options.isMarked());
    if (this.#isClosed) return 'away';
    if (!isThere) {
      this.#halt();
      return 'away';
    }
    const wasHalted = this.#reason !== '';
    this.#root = root;
    this.#reason = '';
    if (wasHalted) this.#options.halted('');
    return wasHalted ? 'back' : 'there';
  }

  /** Asked right before every change of the tree: is the folder still the one that carried the marker? Halts if not. */
  isSame(): boolean {
    if (this.#options.isDryRun) return true;
    const now = this.#rootNow();
    const isSame = now !== undefined && now.dev === this.#root?.dev && now.ino === this.#root?.ino;
    if (!isSame) this.#halt();
    return isSame;
  }

  #halt(): void {
    this.#options.tree.release();
    if (this.#reason !== '') return;
    this.#reason = AWAY;
    this.#options.halted(AWAY);
  }

  #rootNow(): Stat | undefined {
    try {
      const now = this.#options.tree.rootStat();
      return now?.kind === 'directory' ? now : undefined;
    } catch (error) {
      if (error instanceof TreeError) return undefined;
      throw error;
    }
  }
}
