/** All pieces of work, in the order in which they are done. */
import type { Work } from './bench.ts';
import { FIRST_COPY } from './first-copy.ts';

export const WORKS: readonly Work[] = [FIRST_COPY];
