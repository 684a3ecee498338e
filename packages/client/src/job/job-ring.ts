/**
 * Jobs that take from folders that jobs write to. A chain is fine: what the first brings the second passes on. In a ring
 * each takes what only the other has for an extra, or puts a copy of all into the next copy, for ever. A job that does not
 * run closes no ring.
 */
import { sep } from 'node:path';
import { shortestRing } from '@lanmirror/engine/core';
import { displayName, folderMarks, realPath, UserError } from '@lanmirror/engine/host';
import { marksAround } from '../mirror/prepare-target.ts';
import { sourceDirOf } from '../source/source-folder.ts';
import type { ConfiguredJob } from './configured-job.ts';

/** A folder, by all that it can be recognised by. */
interface Ground {
  /** Absolute, without links. */
  readonly path: string;
  /** Of the folder itself; nothing when it is not there. */
  readonly own: readonly string[];
  /** Of the folder, and of all that it lies in, by whatever mount. */
  readonly around: ReadonlySet<string>;
}

/** Names the shortest ring of these jobs, each of which mirrors a folder of this machine; nothing when there is none. */
export function ringFaults(jobs: readonly ConfiguredJob[]): UserError[] {
  const local = jobs.filter(
    ({ configuration }) => sourceDirOf(configuration) !== '' && configuration.text('TargetDir') !== '',
  );
  if (local.length < 2) return [];
  const sources = local.map(({ configuration }) => groundAt(sourceDirOf(configuration)));
  const written = local.map(({ configuration }) =>
    ['TargetDir', 'TrashDir'].map((key) => configuration.text(key)).filter((dir) => dir !== ''),
  );
  const grounds = written.map((dirs) => dirs.map((dir) => groundAt(realPath(dir))));
  const next = grounds.map((own) =>
    [...sources.keys()].filter((at) => own.some((one) => doOverlap(one, sources[at]))),
  );
  const ring = shortestRing(next)?.flatMap((at) => local[at] ?? []);
  return ring === undefined ? [] : [ringFault(ring)];
}

function ringFault(ring: readonly ConfiguredJob[]): UserError {
  const steps = ring.map(({ name, configuration }) => {
    const target = realPath(configuration.text('TargetDir'));
    return `[Job ${name}] mirrors ${displayName(sourceDirOf(configuration))} to ${displayName(target)}`;
  });
  return new UserError(
    'JOBS_RING',
    `${ring.map(({ source }) => source).join(' and ')}: they mirror in a ring: ${steps.join(', ')}.`,
    'Leave one of them out: each would undo, or copy again and again, what another one writes.',
  );
}

function groundAt(path: string): Ground {
  return { path, own: folderMarks(path, path), around: new Set(marksAround(path)) };
}

/** Whether one is, holds or lies in the other. */
function doOverlap(one: Ground, other: Ground | undefined): boolean {
  if (other === undefined) return false;
  return isWithin(one, other) || isWithin(other, one);
}

function isWithin(inner: Ground, outer: Ground): boolean {
  const isBelow = `${inner.path}${sep}`.startsWith(outer.path.endsWith(sep) ? outer.path : outer.path + sep);
  return isBelow || outer.own.some((mark) => inner.around.has(mark));
}
