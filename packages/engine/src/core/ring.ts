/** Rings among things that lead to one another. Pure. */

/**
 * The shortest ring, in its order; of several the one that begins with the lowest. Undefined when there is none. What leads
 * to itself is no ring.
 *
 * @param next of each thing, by its number from 0 on, the numbers of those that it leads to
 */
export function shortestRing(next: readonly (readonly number[])[]): readonly number[] | undefined {
  let shortest: readonly number[] | undefined;
  for (const start of next.keys()) {
    const ring = ringFrom(next, start);
    if (ring !== undefined && (shortest === undefined || ring.length < shortest.length)) shortest = ring;
  }
  return shortest;
}

function ringFrom(next: readonly (readonly number[])[], start: number): readonly number[] | undefined {
  const seen = new Set([start]);
  for (let ways: (readonly number[])[] = [[start]]; ways.length > 0; ) {
    const longer: (readonly number[])[] = [];
    for (const way of ways) {
      for (const to of next[way.at(-1) ?? start] ?? []) {
        if (to === start && way.length > 1) return way;
        if (seen.has(to)) continue;
        seen.add(to);
        longer.push([...way, to]);
      }
    }
    ways = longer;
  }
  return undefined;
}
