/** What a person is told of paths that differ although the mirror was in sync. Pure. */
import { displayName, listedLines } from '@lanmirror/engine/host';
import { lineFor } from '../job/job-line.ts';

/** Paths that are named one by one. */
const MAX_DIFFERING = 20;

/** `isLeft`: the difference could not be mended. `job`: whose paths they are; '' for the only mirror. */
export function differenceLines(paths: readonly string[], isLeft: boolean, job = ''): string[] {
  const count = `${paths.length} path${paths.length === 1 ? '' : 's'}`;
  const what = isLeft
    ? `${count} kept differing from the source and are left as they are. "${lineFor(job, 'verify --repair')}" compares all contents:`
    : `${count} differed from the source although everything was applied, and are put right now:`;
  const named = paths.slice(0, MAX_DIFFERING).map((path) => `  ${displayName(path === '' ? '.' : path)}`);
  return [what, ...listedLines(named, paths.length)];
}
