/** How much garbage a program lets lie before it is collected: it runs for months beside others on a small machine. */
import {
  constants,
  type PerformanceEntry,
  PerformanceObserver,
  type PerformanceObserverEntryList,
} from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** By how much the heap may grow over what was alive after the last collection, in percent. V8 by itself lets it double or more. */
const GROWING_PERCENT = 30;
/** Up to this size, bytes, it may grow by more: to collect a small heap again and again takes long and brings little. */
const EASY_BYTES = 40 << 20;
/** By how much at most. What is alive may be more when the heap is at its limit than it was when that was set, and by so much. */
const MOST_PERCENT = 120;
/**
 * The room for new objects is not doubled any more from this size on, bytes: it may be nearly twice this. With what V8 begins with, a
 * server that scans is interrupted every 0.6 MB; V8 by itself would go on to 48 MiB.
 */
const NEW_SPACE_BYTES = 12 << 20;
const NEW_SPACE = 'new_space';

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
  const grow = adjusted((percent) => `--heap-growing-percent=${percent}`);
  const double = adjusted((factor) => `--semi-space-growth-factor=${factor}`);
  const youngGrows = (): void => double(newSpaceBytes() < NEW_SPACE_BYTES ? 2 : 1);
  grow(GROWING_PERCENT);
  youngGrows();
  // It grows, and shrinks when nothing is done, only when garbage is collected.
  new PerformanceObserver((collected) => {
    youngGrows();
    if (isWhole(collected)) grow(growingPercent(oldSpaceBytes()));
  }).observe({ entryTypes: ['gc'] });
}

/** By how much a heap may grow over what is alive in it, in percent, until garbage is collected. */
export function growingPercent(aliveBytes: number): number {
  const upToEasy = Math.floor((EASY_BYTES / aliveBytes - 1) * 100);
  return Math.min(Math.max(GROWING_PERCENT, upToEasy), MOST_PERCENT);
}

/** Sets a flag when it is another one than before. */
function adjusted(flagOf: (value: number) => string): (value: number) => void {
  let set: number | undefined;
  return (value) => {
    if (value !== set) setFlagsFromString(flagOf(value));
    set = value;
  };
}

/** Left out of the types. */
type Collection = PerformanceEntry & { readonly detail?: { readonly kind?: number } };

/** Whether one of these collections was of the whole heap. */
function isWhole(collected: PerformanceObserverEntryList): boolean {
  const collections: readonly Collection[] = collected.getEntries();
  return collections.some(({ detail }) => detail?.kind === constants.NODE_PERFORMANCE_GC_MAJOR);
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
  return getHeapSpaceStatistics().find(({ space_name: name }) => name === NEW_SPACE)?.space_size ?? 0;
}

/** What is used of the heap beside the room for new objects. */
function oldSpaceBytes(): number {
  let bytes = 0;
  for (const { space_name: name, space_used_size: used } of getHeapSpaceStatistics())
    if (name !== NEW_SPACE) bytes += used;
  return bytes;
}
