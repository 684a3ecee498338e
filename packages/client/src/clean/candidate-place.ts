/**
 * Whether a candidate may go as it stands at the source now: by what it is called, the folders around it, who has it open,
 * and how long it has been quiet. Looks at the source, and at no content.
 */
import { type CleanRefusal, QUIET_MS, quietInMs } from '@lanmirror/engine/core';
import { type CleanableTree, openWriters, TreeError, type WriterCheck } from '@lanmirror/engine/tree';
import { nameOf } from '@lanmirror/protocol';

/** `YOUNG`: it may when a little time is over. */
export type PlaceVerdict = CleanRefusal | TreeError | 'YOUNG' | undefined;

/** One look at many candidates; a new one for each. */
export class CandidatePlaces {
  readonly #source: CleanableTree;
  readonly #wallMs: number;
  /** In small letters: whether the source tells them from capitals does not matter. */
  readonly #ruleNames: ReadonlySet<string>;
  readonly #targets = new Map<string, string | undefined>();
  #isOpen: WriterCheck | undefined;
  /** Files that were too young, and milliseconds until the first of them is not. */
  young = { count: 0, inMs: Number.POSITIVE_INFINITY };

  /**
   * `ruleNames`: what files are called that say what is mirrored. Without one what it hides would come, and go as well.
   * `wallMs`: milliseconds since 1970.
   */
  constructor(source: CleanableTree, ruleNames: readonly string[], wallMs: number) {
    this.#source = source;
    this.#wallMs = wallMs;
    this.#ruleNames = new Set(ruleNames.map((name) => name.toLowerCase()));
  }

  /** Why the file at a path has to stay; undefined when it may go. */
  refusalAt(path: string): PlaceVerdict {
    if (this.#ruleNames.has(nameOf(path).toLowerCase())) return 'RULE_FILE';
    try {
      return this.#source.targetAround(path, this.#targets) === undefined
        ? this.#whileInUse(path)
        : 'IN_TARGET';
    } catch (error) {
      if (error instanceof TreeError) return error;
      throw error;
    }
  }

  #whileInUse(path: string): PlaceVerdict {
    const stat = this.#source.stat(path);
    // What is not there is found out by whoever reads it.
    if (stat === undefined) return undefined;
    const inMs = quietInMs(stat, this.#wallMs);
    if (inMs > QUIET_MS) return 'FUTURE';
    if (inMs > 0) {
      const { count, inMs: first } = this.young;
      this.young = { count: count + 1, inMs: Math.min(first, inMs) };
      return 'YOUNG';
    }
    this.#isOpen ??= openWriters();
    return this.#isOpen(stat) ? 'OPEN' : undefined;
  }
}
