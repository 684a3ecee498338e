/** What is many is done in parts, each in a transaction of its own, with turns of others in between. */
import type { Clock } from '@lanmirror/engine/core';
import type { MirrorState } from '../state/mirror-state.ts';

/** So many entries are moved in one transaction: some hundredths of a second. */
const PART = 1000;

/** Takes all these steps, so many in one transaction; `each` is told of every one, inside it. */
export async function inParts<S>(
  { state, clock }: { readonly state: MirrorState; readonly clock: Clock },
  steps: Iterator<S>,
  each: (step: S) => void,
): Promise<void> {
  while (takeSome(state, steps, each)) await clock.turn();
}

/** Returns whether there may be more. */
function takeSome<S>(state: MirrorState, steps: Iterator<S>, each: (step: S) => void): boolean {
  return state.transact(() => {
    for (let count = 0; count < PART; count += 1) {
      const step = steps.next();
      if (step.done === true) return false;
      each(step.value);
    }
    return true;
  });
}

/** The steps for each of these, one after the other. */
export function* stepsFor<T, S>(all: Iterable<T>, stepsOf: (one: T) => Iterable<S>): Generator<S> {
  for (const one of all) yield* stepsOf(one);
}
