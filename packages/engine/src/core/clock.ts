/**
 * Time as an argument: everything that waits or asks for the hour does it through this port, so that
 * a simulation can run years in a second and repeat itself exactly.
 */
export interface Clock {
  /** Milliseconds since 1970; may jump when the machine's clock is set. Only for people and for file times. */
  wallMs(): number;
  /** Milliseconds from an arbitrary start; never goes back. For every interval. */
  nowMs(): number;
  /** Calls `work` once after `delayMs`; the returned function cancels it. */
  after(delayMs: number, work: () => void): () => void;
  /** Resolves after everything that is already waiting in the event loop had its turn. */
  turn(): Promise<void>;
}

/** A source of randomness in [0, 1). */
export type Random = () => number;
