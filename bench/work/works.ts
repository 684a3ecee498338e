/** All pieces of work, in the order in which they are done. */
import { APPEND } from './append.ts';
import type { Work } from './bench.ts';
import { BURST } from './burst.ts';
import { CHANGED_PART } from './changed-part.ts';
import { CLIENTS } from './clients.ts';
import { DURABILITY } from './durability.ts';
import { FIRST_COPY } from './first-copy.ts';
import { IDLE } from './idle.ts';
import { IN_FLIGHT } from './in-flight.ts';
import { LARGE_FILE } from './large-file.ts';
import { LINE_SHARE } from './line-share.ts';
import { LIVE } from './live.ts';
import { MILLION } from './million.ts';
import { RENAME } from './rename.ts';
import { UNCHANGED } from './unchanged.ts';

export const WORKS: readonly Work[] = [
  FIRST_COPY,
  DURABILITY,
  UNCHANGED,
  LARGE_FILE,
  CHANGED_PART,
  LINE_SHARE,
  LIVE,
  IN_FLIGHT,
  RENAME,
  APPEND,
  BURST,
  CLIENTS,
  IDLE,
  MILLION,
];
