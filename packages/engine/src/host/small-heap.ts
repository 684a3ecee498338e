/** How much garbage a program lets lie before it is collected: it runs for months beside others on a small machine. */
import { PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** By how much the heap may grow over what was alive after the last collection, in percent. V8 by itself lets it double or more. */
const GROWING_PERCENT = 30;
/**
 * The room for new objects is not doubled any more from this size on, bytes: it may be nearly twice this. With what V8 begins with, a
 * server that scans is interrupted every 0.6 MB; V8 by itself would go on to 48 MiB.
 */
const NEW_SPACE_BYTES = 12 << 20;

let isKeptSmall = false;
/** How many do not want the heap marked ahead of time now. */
let against = 0;

/**
 * Keeps the memory of this process near what it needs. Call it before there is much on the heap. It costs some time
 * where very much is made and dropped.
 */
export function keepHeapSmall(): void {
  if (isKeptSmall) return;
  isKeptSmall = true;
  setFlagsFromString(`--heap-growing-percent=${GROWING_PERCENT}`);
  let factor = 0;
  const adjust = (): void => {
    const now = newSpaceBytes() < NEW_SPACE_BYTES ? 2 : 1;
    if (now !== factor) setFlagsFromString(`--semi-space-growth-factor=${now}`);
    factor = now;
  };
  adjust();
  // It grows, and shrinks when nothing is done, only when garbage is collected.
  new PerformanceObserver(adjust).observe({ entryTypes: ['gc'] });
}

/**
 * Whether the collector marks the heap ahead of time, in small steps, as V8 does by itself. The bytes of a large file
 * that comes are many small buffers outside of the heap, for which it would mark the whole heap every few megabytes:
 * a third of all processor time. Without it garbage lies until the heap is at its limit, which is some hundred
 * megabytes where very many objects are made and dropped.
 *
 * Several parts of a program may call it, each with false before it calls with true: it is not marked as long as one
 * of them wants that.
 */
export function markHeapAhead(isWanted: boolean): void {
  against += isWanted ? -1 : 1;
  const isAhead = against === 0;
  setFlagsFromString(isAhead ? '--incremental-marking' : '--no-incremental-marking');
}

function newSpaceBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')?.space_size ?? 0;
}
