/** What many measurements of the same thing say. */

/** The value in the middle; between two of them, their mean. NaN for none. */
export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/**
 * The value below which `share` percent of them lie, between neighbours in proportion to the distance.
 * NaN for no values.
 */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  if (sorted.length === 0) return Number.NaN;
  const at = ((sorted.length - 1) * share) / 100;
  const below = sorted[Math.floor(at)] as number;
  const above = sorted[Math.ceil(at)] as number;
  return below + (above - below) * (at - Math.floor(at));
}

/** How the median of `ours` stands to that of `theirs`: 0.5 is half of it. NaN when one of them has none. */
export function ratio(ours: readonly number[], theirs: readonly number[]): number {
  return median(ours) / median(theirs);
}

/**
 * Who is measured in which order: the order turns around with each round, so that what changes on the machine in
 * the meantime (heat, a cache, a neighbour) is in favour of nobody.
 */
export function order<T>(contestants: readonly T[], round: number): T[] {
  return round % 2 === 0 ? [...contestants] : [...contestants].reverse();
}
