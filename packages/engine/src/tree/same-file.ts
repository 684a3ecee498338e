/** Whether two looks at once are at one file, which has two names for the length of a rename. */
import type { Stat } from './port.ts';

/**
 * A number alone is no proof: some programs that serve a disk give one number to many files. None of them says besides that
 * each of the files has a second name, and shows the same times.
 */
export function isSameFile(one: Stat, other: Stat | undefined): boolean {
  return (
    other?.kind === 'file' &&
    one.kind === 'file' &&
    one.links > 1 &&
    other.links === one.links &&
    other.dev === one.dev &&
    other.ino === one.ino &&
    other.sizeBytes === one.sizeBytes &&
    other.mtimeNs === one.mtimeNs &&
    other.ctimeNs === one.ctimeNs
  );
}
