/** What the system says about a node, in the words of the port. */

import { type BigIntStats, lstatSync } from 'node:fs';
import type { NodeKind, Stat } from '../port.ts';

export function kindOf(stats: BigIntStats): NodeKind {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  return stats.isSymbolicLink() ? 'link' : 'other';
}

export function toStat(stats: BigIntStats): Stat {
  return {
    kind: kindOf(stats),
    sizeBytes: Number(stats.size),
    mtimeNs: stats.mtimeNs,
    ctimeNs: stats.ctimeNs,
    birthtimeNs: stats.birthtimeNs,
    mode: Number(stats.mode & 0o777n),
    dev: stats.dev,
    ino: stats.ino,
    links: Number(stats.nlink),
  };
}

/** lstat that throws the system's error. `systemPath` is a path for the system, not of a tree. */
export function lstatNode(systemPath: string): Stat {
  return toStat(lstatSync(systemPath, { bigint: true }));
}

/** lstat with `undefined` for a name that is not there. */
export function lstatNodeIfAny(systemPath: string): Stat | undefined {
  const stats = lstatSync(systemPath, { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? undefined : toStat(stats);
}
