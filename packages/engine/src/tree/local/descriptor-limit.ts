/** How many descriptors may be held for speed alone. */
import { readFileSync } from 'node:fs';

const MOST = 64;
/** A folder and the one it is opened from have to be held at the same time, and a rename has two of each. */
const FEWEST = 4;
/** What a program needs besides: sockets, its state, files in transfer. */
const NEEDED_ELSEWHERE = 64;

/** Of `limit` open files, a part of what nothing else needs: from 4 to 64. */
export function heldCapacity(limit: number): number {
  return Math.max(FEWEST, Math.min(MOST, Math.floor((limit - NEEDED_ELSEWHERE) / 4)));
}

/** The most files that this process may have open; infinite where the system does not say. */
export function openFileLimit(): number {
  try {
    const found = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
    return found === null ? Number.POSITIVE_INFINITY : Number(found[1]);
  } catch {
    // Not Linux: the limit shows itself when it is met.
    return Number.POSITIVE_INFINITY;
  }
}
