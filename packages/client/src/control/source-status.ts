/** How a source of this machine is, as `status` of the client shows it. Pure, but for the reading of the share. */
import {
  cureLines,
  displayName,
  listedLines,
  type ProblemReport,
  problemLines,
  type ScrubReport,
  scrubLines,
  scrubReport,
  statusLine,
} from '@lanmirror/engine/host';
import type { Share } from '@lanmirror/engine/source';

const MAX_LISTED = 20;

export interface SourceStatus {
  /** While it scans: how far it is. */
  readonly scan: { readonly folders: number; readonly entries: number } | null;
  /** Why it waits, with the next step; '' when it does not. */
  readonly halt: string;
  /** What to know of how changes are noticed; '' while the system tells of all. */
  readonly watchNotice: string;
  /** Entries in its index, the folder itself not counted. */
  readonly entries: number;
  /** How many of its ignore files hold. */
  readonly ignoreFiles: number;
  /** The last reading of all its files again, or the present one; null when there was none. */
  readonly scrub: ScrubReport | null;
  /** Paths that cannot be mirrored. */
  readonly problemCount: number;
  /** The first of them. */
  readonly problems: readonly ProblemReport[];
}

/** How the share is now. */
export function sourceStatusOf(share: Share): SourceStatus {
  const { halt, watchNotice, entries, problemCount, isScanning } = share;
  return {
    ...{ halt, watchNotice, entries, problemCount },
    ignoreFiles: share.ignoreFileCount,
    scan: isScanning && halt === '' ? { ...share.scanProgress } : null,
    scrub: scrubReport(share.scrub),
    problems: share.problems(MAX_LISTED),
  };
}

/** The lines of `status`; none when the source is a server. */
export function sourceLines(source: SourceStatus | null): string[] {
  if (source === null) return [];
  const { scan, entries, ignoreFiles, watchNotice, scrub, problemCount, problems } = source;
  return [
    statusLine(
      'Source',
      scan === null
        ? `${entries} entries`
        : `scanning: ${scan.entries} entries in ${scan.folders} folders so far`,
    ),
    ...(ignoreFiles === 0
      ? []
      : [
          statusLine(
            'Rules of the source',
            ignoreFiles === 1 ? '1 ignore file holds' : `${ignoreFiles} ignore files hold`,
          ),
        ]),
    ...(watchNotice === '' ? [] : [statusLine('Watching', displayName(watchNotice))]),
    ...scrubLines(scrub, 'Scrub of the source'),
    ...(problemCount === 0
      ? []
      : [
          `Not mirrored, at the source: ${problemCount}; each is looked at again by itself, at the latest after a minute`,
        ]),
    ...listedLines(problemLines(problems), problemCount),
    ...cureLines(problems),
  ];
}
