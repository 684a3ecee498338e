/** How far the slow reading of all files is, as both programs show it. */
import { statusLine } from './status-line.ts';

export interface ScrubReport {
  readonly isRunning: boolean;
  /** When the last one ended, ISO 8601; null for never. */
  readonly finished: string | null;
  /** Files read, and found damaged, in the present one or the last. */
  readonly read: number;
  readonly found: number;
}

/** `finishedMs` is milliseconds since 1970, 0 for never. Returns null when there was none. */
export function scrubReport(state: {
  readonly isRunning: boolean;
  readonly finishedMs: number;
  readonly read: number;
  readonly found: number;
}): ScrubReport | null {
  const { isRunning, finishedMs, read, found } = state;
  if (!isRunning && finishedMs === 0) return null;
  return { isRunning, finished: finishedMs === 0 ? null : new Date(finishedMs).toISOString(), read, found };
}

/** The line of `status`, under `heading`; none when there was none. */
export function scrubLines(scrub: ScrubReport | null, heading = 'Scrub'): string[] {
  if (scrub === null) return [];
  const { isRunning, finished, read, found } = scrub;
  const count = `${read} files read, ${found} damaged`;
  const before = finished === null ? '' : `; the last one finished ${finished}`;
  return [statusLine(heading, isRunning ? `going on: ${count}${before}` : `finished ${finished}: ${count}`)];
}
