/** What is mounted where, as this process sees it: the table of Linux. */
import { readFileSync } from 'node:fs';
import { parseMountTable } from '../core/index.ts';

/** Paths below the folder `root`, absolute and real, at which something is mounted; none where there is no table. */
export function mountPointsBelow(root: string, text: string = readMountTable()): Set<string> {
  const prefix = `${root.replace(/\/+$/, '')}/`;
  const points = parseMountTable(text).map(({ point }) => point);
  return new Set(
    points.filter((point) => point.startsWith(prefix)).map((point) => point.slice(prefix.length)),
  );
}

/** The text of the present table; '' where the system has none. */
export function readMountTable(): string {
  try {
    return readFileSync('/proc/self/mountinfo', 'utf8');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    return '';
  }
}

/** A device number of a stat as the table writes it. */
export function deviceText(dev: bigint): string {
  const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & ~0xfffn);
  const minor = (dev & 0xffn) | ((dev >> 12n) & ~0xffn);
  return `${major}:${minor}`;
}
