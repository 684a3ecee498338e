/** What a running server says of itself, as data. */
import type { Fingerprint } from '@lanmirror/engine/core';
import {
  type BandwidthReport,
  type ProblemReport,
  type ScrubReport,
  scrubReport,
} from '@lanmirror/engine/host';
import type { Publication } from '../share/publication.ts';

const MAX_LISTED = 20;

/** How one share is. */
export interface ShareStatus {
  /** Its name; '' for the one without. */
  readonly share: string;
  readonly monitorDir: string;
  /** Names of the keys that may have it; null for all. */
  readonly keys: readonly string[] | null;
  /** `halted`: something waits for a disk or a person, see `halt`; `not-served`: see there, too. */
  readonly state: 'scanning' | 'live' | 'halted' | 'not-served';
  /** While it scans: how far it is. */
  readonly scan: { readonly folders: number; readonly entries: number } | null;
  /** Cause and next step; '' when nothing waits. */
  readonly halt: string;
  /** What to know of how changes are noticed; '' while the system tells of all. */
  readonly watchNotice: string;
  /** Entries in the index, the root not counted. */
  readonly entries: number;
  /** The last sequence issued. */
  readonly head: number;
  /** Of the whole folder at `head`; null before it was looked at. */
  readonly fingerprint: Fingerprint | null;
  /** How many ignore files of the folder hold. */
  readonly ignoreFiles: number;
  readonly clients: number;
  /** What its clients together may be sent of contents, beside the limit of all shares. */
  readonly ownBandwidth: BandwidthReport;
  /** The last reading of all files again, or the present one; null when there was none. */
  readonly scrub: ScrubReport | null;
  readonly problemCount: number;
  /** The first of them. */
  readonly problems: readonly ProblemReport[];
}

export interface ProgramStatus {
  readonly program: string;
  readonly pid: number;
  /** ISO 8601. */
  readonly since: string;
  readonly port: number;
  /** What all clients together may be sent of contents. */
  readonly bandwidth: BandwidthReport;
}

/** Of a server with one share everything that is said of the share is said of the server, too. */
export interface ServerStatus extends ProgramStatus, Partial<Omit<ShareStatus, 'clients'>> {
  /** Of all shares. */
  readonly clients: number;
  readonly shares: readonly ShareStatus[];
}

/** How a server is, with all its shares. */
export function serverStatus(
  program: ProgramStatus,
  publications: readonly Pick<Publication, 'spec' | 'share' | 'fault' | 'bandwidth'>[],
): ServerStatus {
  const shares = publications.map(shareStatus);
  const clients = shares.reduce((sum, share) => sum + share.clients, 0);
  const [only] = shares;
  return { ...program, ...(shares.length === 1 ? only : {}), clients, shares };
}

function shareStatus({
  spec,
  share,
  fault,
  bandwidth,
}: Pick<Publication, 'spec' | 'share' | 'fault' | 'bandwidth'>): ShareStatus {
  const { name, monitorDir, keys } = spec;
  const place = { share: name, monitorDir, keys: keys ?? null, ownBandwidth: bandwidth };
  if (share === undefined)
    return { ...place, ...NOT_SERVED, halt: `${fault?.message ?? ''} ${fault?.nextStep ?? ''}`.trim() };
  const { halt, watchNotice, isScanning, entries, head, problemCount, fingerprint } = share;
  return {
    ...{ ...place, halt, watchNotice, entries, head, problemCount },
    ignoreFiles: share.ignoreFileCount,
    scan: isScanning && halt === '' ? { ...share.scanProgress } : null,
    state: halt !== '' ? 'halted' : isScanning ? 'scanning' : 'live',
    fingerprint: fingerprint ?? null,
    scrub: scrubReport(share.scrub),
    clients: share.clients().length,
    problems: share.problems(MAX_LISTED),
  };
}

const NOT_SERVED = {
  ...({ state: 'not-served', scan: null, watchNotice: '', entries: 0, head: 0, fingerprint: null } as const),
  ...{ ignoreFiles: 0, clients: 0, scrub: null, problemCount: 0, problems: [] },
};
