/**
 * Did the kernel's event queue overflow? Node does not say: libuv drops the kernel's own overflow
 * event. But a queue that overflowed was full, and a full queue is read in a single turn of the event
 * loop. So the callbacks of one turn are counted against the length of the queue.
 */
import { readFileSync } from 'node:fs';

/** What Linux uses unless told otherwise. */
const DEFAULT_QUEUE_LENGTH = 16_384;
const QUEUE_LENGTH_FILE = '/proc/sys/fs/inotify/max_queued_events';

/**
 * From this part of the queue on, an overflow is assumed. Not the whole: events for watches that were
 * closed meanwhile fill the queue but reach no callback.
 */
const ALARM_SHARE = 0.5;

/** Counts, and decides. Knows nothing of clocks or the event loop: whoever owns it says when a turn ends. */
export class OverflowDetector {
  readonly #alarmCount: number;
  #count = 0;

  /** `queueLength`: events the kernel holds for one reader before it drops any; positive. */
  constructor(queueLength: number) {
    this.#alarmCount = Math.max(1, queueLength * ALARM_SHARE);
  }

  /** One callback of the present turn, for whichever watch. */
  count(): void {
    this.#count += 1;
  }

  /** Ends the turn. Returns the number of callbacks if events may have been lost in it, else undefined. */
  endTurn(): number | undefined {
    const count = this.#count;
    this.#count = 0;
    return count >= this.#alarmCount ? count : undefined;
  }
}

/** Events the kernel holds for one reader; the Linux default where it cannot be read. */
export function kernelQueueLength(file = QUEUE_LENGTH_FILE): number {
  try {
    const length = Number.parseInt(readFileSync(file, 'utf8'), 10);
    return length > 0 ? length : DEFAULT_QUEUE_LENGTH;
  } catch {
    // Not Linux, or no /proc: the default only sets how cautious the detector is.
    return DEFAULT_QUEUE_LENGTH;
  }
}
