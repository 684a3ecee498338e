/** All pieces of work, in the order in which they are done. */
import type { Work } from './bench.ts';
import { CHANGED_PART } from './changed-part.ts';
import { DURABILITY } from './durability.ts';
import { FIRST_COPY } from './first-copy.ts';
import { LARGE_FILE } from './large-file.ts';
import { LINE_SHARE } from './line-share.ts';
import { UNCHANGED } from './unchanged.ts';

export const WORKS: readonly Work[] = [
  FIRST_COPY,
  DURABILITY,
  UNCHANGED,
  LARGE_FILE,
  CHANGED_PART,
  LINE_SHARE,
];
