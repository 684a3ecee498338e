/** Which paths are no business of a mirror: what the share leaves out, and what the mirror itself does. */
import type { EntryKind } from '@lanmirror/protocol';
import type { OwnRules } from './own-rules.ts';
import type { ShareRules } from './share-rules.ts';

export class LeftOut {
  readonly #parts: readonly (ShareRules | OwnRules)[];

  constructor(share: ShareRules, own: OwnRules) {
    this.#parts = [share, own];
  }

  /** No path is left out. */
  get isEmpty(): boolean {
    return this.#parts.every((part) => part.isEmpty);
  }

  /**
   * Whether what is at `path` below the mirrored folder is left out by its name. Without a `kind`: whether it is,
   * whatever it is.
   */
  isExcluded(path: string, kind?: EntryKind): boolean {
    return this.#parts.some((part) => part.isExcluded(path, kind));
  }
}
