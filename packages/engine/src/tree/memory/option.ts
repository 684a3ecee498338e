/** The knobs of the memory file system. */

export interface MemoryTreeOptions {
  /**
   * The clock of the file system in nanoseconds since 1970, asked once for every change.
   * Default: 2023-11-14 22:13:20 UTC, a microsecond later at each call.
   */
  readonly clock?: () => bigint;
  /** Modification times are floored to this (FAT: 2 s). Default 1n. Change times stay exact. */
  readonly mtimeGranularityNs?: bigint;
  /** Whether times of birth are recorded; without, they are 0n. Default true. */
  readonly hasBirthtimes?: boolean;
  /** Whether a new node gets the lowest free inode number, as on ext4. Default true. */
  readonly reusesInodes?: boolean;
  /** Whether `A` and `a` are one name. Default false. */
  readonly foldsCase?: boolean;
  /** Whether names that Windows does not have are refused with UNSUPPORTED. Default false. */
  readonly hasWindowsNames?: boolean;
  /** Whether open files can be neither replaced nor moved (BUSY), as on Windows. Default false. */
  readonly locksOpenFiles?: boolean;
  /** Device number. Default 1n. */
  readonly dev?: bigint;
  /** Awaited before every asynchronous operation takes effect. Default: nothing to wait for. */
  readonly latency?: () => Promise<void>;
}

const START_NS = 1_700_000_000_000_000_000n;
const TICK_NS = 1000n;

export function resolveOptions(options: MemoryTreeOptions): Required<MemoryTreeOptions> {
  let nowNs = START_NS;
  return {
    clock: () => {
      nowNs += TICK_NS;
      return nowNs;
    },
    mtimeGranularityNs: 1n,
    hasBirthtimes: true,
    reusesInodes: true,
    foldsCase: false,
    hasWindowsNames: false,
    locksOpenFiles: false,
    dev: 1n,
    latency: () => Promise.resolve(),
    ...options,
  };
}
