/** What two fingerprints prove: something only when both are of the same moment and final. */
import type { Fingerprint } from './fingerprint.ts';

/** A fingerprint with the sequence at which the tree had it. */
export interface FingerprintAt extends Fingerprint {
  readonly sequence: number;
}

/**
 * - `unknown`: one of them is missing, or of another moment
 * - `provisional`: of the same moment, but contents are not known yet on one side
 */
export type FingerprintComparison = 'unknown' | 'provisional' | 'identical' | 'differs';

export function compareFingerprints(
  one: FingerprintAt | undefined,
  other: FingerprintAt | undefined,
): FingerprintComparison {
  if (one === undefined || other === undefined || one.sequence !== other.sequence) return 'unknown';
  if (one.unknown > 0 || other.unknown > 0) return 'provisional';
  return one.code === other.code ? 'identical' : 'differs';
}
