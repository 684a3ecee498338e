/** How one client of a share is, as data for a person. */
import type { Fingerprint, FingerprintComparison } from '../../core/index.ts';

export interface ClientStatus {
  readonly name: string;
  readonly address: string;
  readonly program: string;
  /** The share it mirrors; '' for the one without a name. */
  readonly share: string;
  /** Name of the key that it has. */
  readonly key: string;
  /** The folder it mirrors, relative to MonitorDir; '' for all of it. */
  readonly root: string;
  /** ISO 8601. */
  readonly since: string;
  /** Up to here everything is applied and durable there; -1 before it has said so. */
  readonly acknowledged: number;
  /** Sequences between that and the head. */
  readonly behind: number;
  /** Paths that it could not mirror. */
  readonly problems: number;
  /** Of what stands there, as it said last; null before it has said so. */
  readonly fingerprint: Fingerprint | null;
  /** Of the folder that it mirrors, as it is here now. */
  readonly serverFingerprint: Fingerprint | null;
  readonly comparison: FingerprintComparison;
  readonly sentBytes: number;
  /** Content sent over the last seconds. */
  readonly bytesPerSecond: number;
}
