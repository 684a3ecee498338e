/** The promises that are checked in every world. A broken one is told by its code. */

export const INVARIANTS = {
  I1: 'when nothing disturbs any more, every mirror becomes equal to its source',
  I2: 'a final name always shows one whole version that somebody wrote, also after a power cut',
  I3: 'nothing outside the mirror is touched: no reserved name, no bare mount point, no path against the rule',
  I4: 'the source is only read',
  I5: 'no deletion while a root is not healthy, a scan is not whole, or a person is asked',
  I6: 'what is overwritten or deleted on a mirror is in its trash or still at the source',
  I7: 'doing it again changes nothing and sends nothing',
  I8: 'in sync means equal and durable, and the cursor is never ahead of the data',
  I9: 'what cannot be read is not absent: nothing is deleted without a proof',
  I10: 'what somebody else wrote on a mirror is never lost',
  I11: 'what waits for a slow mirror stays within its budget',
  I12: 'a path that fails keeps back only what needs its place, and a person is told of both',
  I13: 'the same history happens the same way again',
  I14: 'a sequence of one index and generation never means two things',
  I15: 'at rest the fingerprints of server and mirror are final, equal, and those of their trees',
  I16: 'the history tells of nothing that was not done',
} as const;

export type Invariant = keyof typeof INVARIANTS;

/** Codes in the text of a failure. */
export function invariantsIn(text: string): Invariant[] {
  return [...text.matchAll(/^(I\d+):/gm)].map(([, code]) => code as Invariant);
}
