/** What is remembered of a problem over a restart. */
export interface ProblemRecord {
  readonly path: string;
  readonly code: string;
  readonly message: string;
  /** Tries that failed, of all runs. */
  readonly attempts: number;
  /** When it was met first, milliseconds since 1970. */
  readonly sinceMs: number;
}

/** So many are remembered: a person reads no more, and the state must not grow with a broken disk. */
export const MAX_REMEMBERED = 1000;
