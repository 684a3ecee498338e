/** What a running server says of itself, as data and as lines for a person. Pure. */
import { type Fingerprint, fingerprintText } from '@lanmirror/engine/core';
import {
  type BandwidthReport,
  bandwidthLines,
  cureLines,
  displayName,
  type ProblemReport,
  problemLines as reportLines,
  type ScrubReport,
  scrubLines,
} from '@lanmirror/engine/host';
import type { ClientStatus } from '@lanmirror/engine/source';

export interface ServerStatus {
  readonly program: string;
  readonly pid: number;
  /** ISO 8601. */
  readonly since: string;
  readonly monitorDir: string;
  readonly port: number;
  /** `halted`: something waits for a disk or a person, see `halt`. */
  readonly state: 'scanning' | 'live' | 'halted';
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
  readonly clients: number;
  /** What they may be sent of contents. */
  readonly bandwidth: BandwidthReport;
  /** The last reading of all files again, or the present one; null when there was none. */
  readonly scrub: ScrubReport | null;
  readonly problemCount: number;
  /** The first of them. */
  readonly problems: readonly ProblemReport[];
}

/** Below this a rate is not worth a word, bytes a second. */
const MIN_RATE = 50_000;

/** The lines of `status`. */
export function statusText(status: ServerStatus): string[] {
  const { program, pid, since, monitorDir, port, state, halt, entries, head, clients, fingerprint } = status;
  const lines = [
    `${program} publishes ${displayName(monitorDir)} on port ${port} (process ${pid}, since ${since})`,
    `State:    ${state}${scanText(status)}`,
    `Entries:  ${entries}, sequence ${head}`,
    ...(fingerprint === null ? [] : [`Fingerprint: ${fingerprintText(fingerprint, 'read')}`]),
    `Clients:  ${clients}${clients === 0 ? '' : ' ("lanmirror-server clients" lists them)'}`,
  ];
  lines.push(...bandwidthLines(status.bandwidth));
  if (halt !== '') lines.push(halt);
  if (status.watchNotice !== '') lines.push(`Watching: ${displayName(status.watchNotice)}`);
  return [...lines, ...scrubLines(status.scrub), ...problemLines(status)];
}

function scanText({ scan }: ServerStatus): string {
  if (scan === null) return '';
  return `: ${scan.entries} entries in ${scan.folders} folders so far; mirrors wait for the end of the scan`;
}

function problemLines({ problemCount, problems }: ServerStatus): string[] {
  if (problemCount === 0) return ['Problems: none'];
  const more = problemCount - problems.length;
  return [
    `Problems: ${problemCount} that cannot be mirrored; each is looked at again by itself, at the latest after a minute`,
    ...reportLines(problems),
    ...(more > 0 ? [`  ... and ${more} more`] : []),
    ...cureLines(problems),
  ];
}

/** The lines of `clients`. */
export function clientsText(clients: readonly ClientStatus[]): string[] {
  if (clients.length === 0) return ['No client is connected.'];
  return clients.flatMap((client) => [
    `${displayName(client.name)} at ${client.address}, ${displayName(client.program)}, since ${client.since}`,
    `  ${progressOf(client)}${client.root === '' ? '' : `; mirrors ${displayName(client.root)}`}`,
    ...(client.fingerprint === null ? [] : [`  Fingerprint: ${fingerprintOf(client, client.fingerprint)}`]),
  ]);
}

function fingerprintOf({ comparison, serverFingerprint }: ClientStatus, own: Fingerprint): string {
  const text = fingerprintText(own);
  if (comparison === 'identical') return `${text}, identical`;
  if (serverFingerprint === null || comparison === 'unknown') return text;
  const here = fingerprintText(serverFingerprint, 'read');
  return comparison === 'differs' ? `${text} DIFFERS; here it is ${here}` : `${text}; here ${here}`;
}

function progressOf({ acknowledged, behind, problems, bytesPerSecond }: ClientStatus): string {
  const rate = bytesPerSecond < MIN_RATE ? '' : `, receives ${(bytesPerSecond / 1e6).toFixed(1)} MB/s`;
  const failing = problems === 0 ? '' : ` but for ${problems} paths that failed`;
  if (acknowledged < 0) return `not in sync yet${rate}`;
  if (behind === 0) return `in sync at ${acknowledged}${failing}${rate}`;
  return `${behind} changes behind (at ${acknowledged})${failing}${rate}`;
}
