/** How much work there is. */
import type { TreeShape } from '../tree/grow.ts';

const KIB = 1 << 10;
const MIB = 1 << 20;
const GIB = 1 << 30;

export interface Scale {
  readonly rounds: number;
  /** Many small files. */
  readonly small: TreeShape;
  /** Very many entries: empty files, so that a disk for them is found. */
  readonly million: TreeShape;
  readonly largeBytes: number;
  /** What is written into the middle of the large file. */
  readonly partBytes: number;
  /** The large file that travels while small ones are created. */
  readonly flightBytes: number;
  readonly creates: number;
  readonly burstFiles: number;
  readonly appendMs: number;
  readonly idleMs: number;
  readonly clients: readonly number[];
  /** What travels over a line of 1 Gbit/s. */
  readonly lineBytes: number;
}

/** As the aims are written. */
export const FULL: Scale = {
  rounds: 5,
  small: { files: 50_000, fileBytes: 4 * KIB, perFolder: 25 },
  million: { files: 961_000, fileBytes: 0, perFolder: 25 },
  largeBytes: 2 * GIB,
  partBytes: MIB,
  flightBytes: 3 * GIB,
  creates: 200,
  burstFiles: 20_000,
  appendMs: 10_000,
  idleMs: 60_000,
  clients: [1, 8, 32, 100],
  lineBytes: GIB,
};

/** For a first look, in less than two minutes. */
export const QUICK: Scale = {
  rounds: 2,
  small: { files: 2500, fileBytes: 4 * KIB, perFolder: 25 },
  million: { files: 20_000, fileBytes: 0, perFolder: 25 },
  largeBytes: 128 * MIB,
  partBytes: MIB,
  flightBytes: 512 * MIB,
  creates: 50,
  burstFiles: 1000,
  appendMs: 1000,
  idleMs: 3000,
  clients: [1, 8],
  lineBytes: 32 * MIB,
};
