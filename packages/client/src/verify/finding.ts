/** What a comparison of a target with its source finds. */

/**
 * `unproved`: like the source in size and time, and its content was never compared. `pending`: a change of
 * it is on its way. `held`: the source does not have it any more, and a person is asked. `left`: it differs, and by the
 * rule for comparing it stays as it is.
 */
export type Verdict =
  | 'same'
  | 'different'
  | 'missing'
  | 'extra'
  | 'unreadable'
  | 'unproved'
  | 'pending'
  | 'held'
  | 'left';

/** What there is to do something about. `pending` is done by itself. */
export const WRONG: ReadonlySet<Verdict> = new Set(['different', 'missing', 'extra', 'unreadable']);

export interface Finding {
  readonly path: string;
  readonly verdict: Verdict;
  /** What differs, why it cannot be read, or which problem it is known as; '' when there is nothing to add. */
  readonly detail: string;
  /** The entry of the source; undefined for what is extra. */
  readonly id: number | undefined;
}
