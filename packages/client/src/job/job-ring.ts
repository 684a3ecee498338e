/**
 * Jobs that take from folders that jobs write to. A chain is fine: what the first brings the second passes on. In a ring
 * each takes what only the other has for an extra, or puts a copy of all into the next copy, for ever. A job that does not
 * run closes no ring.
 */
import { shortestRing } from '@lanmirror/engine/core';
import { displayName, realPath, UserError } from '@lanmirror/engine/host';
import { sourceDirOf } from '../source/source-folder.ts';
import type { ConfiguredJob } from './configured-job.ts';
import { doOverlap, groundAt } from './ground.ts';

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
