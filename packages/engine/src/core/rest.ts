/** When something that keeps changing counts as being at rest. */

export interface RestRule {
  /** Without a change for so long it is at rest, ms. */
  readonly quietMs: number;
  /** However much it changes, it is not waited for longer than this, ms. */
  readonly mostMs: number;
}

/** Since when it is waited for, and when it was last seen to change: ms of one clock. */
export interface Unrest {
  readonly beganMs: number;
  readonly changedMs: number;
}

/** When it is at rest if it does not change again, ms of the same clock. */
export function restAtMs({ beganMs, changedMs }: Unrest, { quietMs, mostMs }: RestRule): number {
  return Math.min(changedMs + quietMs, beganMs + mostMs);
}
