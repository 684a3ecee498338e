/** How many bytes a second may flow, and at which hours of the week. Pure. */

/** From this minute on, until the next step; the last one of a week lasts into the next week. */
export interface BandwidthStep {
  /** Minutes from Sunday 00:00. */
  readonly fromMinute: number;
  /** Infinity for no limit. */
  readonly bytesPerSecond: number;
}

/** In the order of their minutes; none: no limit. */
export type Bandwidth = readonly BandwidthStep[];

export const NO_LIMIT: Bandwidth = [];

/** Bytes a second at a minute of the week; Infinity for no limit. */
export function rateAt(bandwidth: Bandwidth, minute: number): number {
  const step = bandwidth.findLast(({ fromMinute }) => fromMinute <= minute) ?? bandwidth.at(-1);
  return step?.bytesPerSecond ?? Number.POSITIVE_INFINITY;
}

/** A slow flow of several has its turns in pieces of so many seconds, so that each of them hears of it often. */
const PIECE_SECONDS = 0.5;

/** How large a piece of a flow may be, bytes: what half a second brings, but no less than `least` and no more than `most`. */
export function pieceBytes(bytesPerSecond: number, least: number, most: number): number {
  return Math.max(least, Math.min(most, Math.floor(bytesPerSecond * PIECE_SECONDS)));
}

/** The minute of the week at a time of the wall clock (ms since 1970), as the clocks of this place show it. */
export function minuteOfWeek(wallMs: number): number {
  const date = new Date(wallMs);
  return (date.getDay() * 24 + date.getHours()) * 60 + date.getMinutes();
}
