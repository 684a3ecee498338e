/**
 * The lines that users of the ancestor know and their scripts read. Held by a golden test: nothing here
 * changes its wording.
 */
import { displayName } from './display-name.ts';

export type SyncMode = 'incremental' | 'full';

const MIB = 1 << 20;

export const lines = {
  start: (mode: SyncMode, from: string, to: string): string =>
    `Starting ${mode === 'full' ? 'full sync' : 'incremental sync (diff compare)'} from ${displayName(from)} to ${displayName(to)}`,
  scanning: (): string => 'Scanning files for differences...',
  found: (files: number): string => `Found ${files} files to check`,
  needed: (files: number): string => `${files} files need synchronization`,
  progress: (mode: SyncMode, done: number, total: number): string =>
    `${title(mode)} sync: ${done}/${total} (${percent(done, total)})`,
  completed: (mode: SyncMode, seconds: number): string =>
    `${title(mode)} sync completed in ${seconds.toFixed(2)} seconds`,
  results: (synced: number, failed: number, skipped?: number): string =>
    `Results: ${synced} synced, ${failed} failed${skipped === undefined ? '' : `, ${skipped} skipped`}`,
  copying: (path: string, done: number, total: number): string =>
    `Copying ${displayName(path)}: ${megabytes(done)}/${megabytes(total)} (${percent(done, total)})`,
  created: (path: string): string => `Created: ${displayName(path)}`,
  modified: (path: string): string => `Modified: ${displayName(path)}`,
  deleted: (path: string): string => `Deleted: ${displayName(path)}`,
  renamed: (from: string, to: string): string => `Renamed: ${displayName(from)} -> ${displayName(to)}`,
} as const;

function title(mode: SyncMode): string {
  return mode === 'full' ? 'Full' : 'Incremental';
}

/** Rounded, but never 100.0% before the end. */
function percent(done: number, total: number): string {
  if (done >= total) return '100.0%';
  return `${Math.min(99.9, (100 * done) / total).toFixed(1)}%`;
}

function megabytes(bytes: number): string {
  return `${(bytes / MIB).toFixed(1)}MB`;
}
