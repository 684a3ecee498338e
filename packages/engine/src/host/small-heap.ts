/** How much garbage a program lets lie before it is collected: it runs for months beside others on a small machine. */
import { setFlagsFromString } from 'node:v8';

/** By how much the heap may grow over what was alive after the last collection, in percent. V8 by itself lets it double or more. */
const GROWING_PERCENT = 30;
/** Times by which the room for new objects grows when much of it survives. */
const NEW_SPACE_GROWTH = 1;

/**
 * Keeps the memory of this process near what it needs. Call it before there is much on the heap. It costs some time
 * where very much is made and dropped: up to a fifth of a server's first scan.
 */
export function keepHeapSmall(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWING_PERCENT}`);
  setFlagsFromString(`--semi-space-growth-factor=${NEW_SPACE_GROWTH}`);
}
