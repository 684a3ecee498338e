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
  /** Whether composed and decomposed letters are one name. Default false. */
  readonly foldsForm?: boolean;
  /** Whether names are kept decomposed, whatever they were given as; with `foldsForm`, as on HFS+. Default false. */
  readonly decomposes?: boolean;
  /** Whether there are symbolic links; without, making one is UNSUPPORTED. Default true. */
  readonly hasLinks?: boolean;
  /** Whether permission bits can be set; without, all are those of a new node. Default true. */
  readonly keepsModes?: boolean;
  /** Whether names that Windows does not have are refused with UNSUPPORTED. Default false. */
  readonly hasWindowsNames?: boolean;
  /** Whether open files can be neither replaced nor moved (BUSY), as on Windows. Default false. */
  readonly locksOpenFiles?: boolean;
  /** Whether two files can share their blocks. Default false. */
  readonly sharesBlocks?: boolean;
  /** Whether `placeNew` places, one file after the other, each after its `latency`. Default false. */
  readonly placesBeside?: boolean;
  /** Whether `lookBeside` looks, at one folder after the other, each after its `latency`. Default false. */
  readonly looksBeside?: boolean;
  /** Device number. Default 1n. */
  readonly dev?: bigint;
  /** Awaited before every asynchronous operation takes effect. Default: nothing to wait for. */
  readonly latency?: () => Promise<void>;
}

/** What a disk of Windows does, FAT in its times. */
export const WINDOWS_DISK: MemoryTreeOptions = {
  foldsCase: true,
  hasWindowsNames: true,
  locksOpenFiles: true,
  hasLinks: false,
  keepsModes: false,
  mtimeGranularityNs: 2_000_000_000n,
};

/** What a disk of macOS does. */
export const MACOS_DISK: MemoryTreeOptions = {
  foldsCase: true,
  foldsForm: true,
  decomposes: true,
  sharesBlocks: true,
};

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
    foldsForm: false,
    decomposes: false,
    hasLinks: true,
    keepsModes: true,
    hasWindowsNames: false,
    locksOpenFiles: false,
    sharesBlocks: false,
    placesBeside: false,
    looksBeside: false,
    dev: 1n,
    latency: () => Promise.resolve(),
    ...options,
  };
}
