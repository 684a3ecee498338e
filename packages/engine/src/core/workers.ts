/** How many workers fetch beside each other. Pure. */

export interface Workers {
  /** In all. */
  readonly most: number;
  /** Of them, those that fetch a large file each. */
  readonly large: number;
}

/** A second file comes while the first one is checked and put in place; more of them only make a disk jump. */
const LARGE = 2;
const FEWEST = 4;
const MOST = 12;

/**
 * `setting`: a number, which holds for all files, or `auto`: two for large files, and for small ones, which wait for
 * answers and for the disk most of the time, two for each of the machine's cores, from 4 to 12.
 */
export function workersOf(setting: number | 'auto', cores: number): Workers {
  if (setting !== 'auto') return { most: setting, large: setting };
  return { most: Math.min(Math.max(2 * Math.floor(cores), FEWEST), MOST), large: LARGE };
}

/** Whether one more may begin, beside `running` of which `large` fetch a large file each. */
export function mayBegin(workers: Workers, running: number, large: number, isNextLarge: boolean): boolean {
  return running < workers.most && (!isNextLarge || large < workers.large);
}
