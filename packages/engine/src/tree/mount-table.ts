/** What is mounted where, as this process sees it: the table of Linux. */
import { readFileSync } from 'node:fs';

export interface Mount {
  /** No two that exist at a time have the same. */
  readonly id: string;
  /** As in the table: `major:minor`, see {@link deviceText}. */
  readonly device: string;
  /** Absolute path. */
  readonly point: string;
  /** `ext4`, `nfs4`, `fuse.sshfs`. */
  readonly type: string;
}

/** The mounts in a text of `/proc/self/mountinfo`, in its order: of two on one place the later covers the earlier. */
export function parseMountTable(text: string): Mount[] {
  const mounts: Mount[] = [];
  for (const line of text.split('\n')) {
    const [before = '', after = ''] = line.split(' - ');
    const [id = '', , device, , place] = before.split(' ');
    if (device === undefined || place === undefined) continue;
    mounts.push({ id, device, point: unescaped(place), type: after.split(' ')[0] ?? '' });
  }
  return mounts;
}

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

/** Blanks and some others stand as a backslash and three octal digits. */
function unescaped(place: string): string {
  return place.replace(/\\([0-7]{3})/g, (_all, octal) => String.fromCharCode(Number.parseInt(octal, 8)));
}
