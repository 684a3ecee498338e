/** What to do when a watcher may have missed something. */
import type { LossReason } from '@lanmirror/engine/tree';
import { parentOf } from '@lanmirror/protocol';
import type { ScanQueue } from './scan-queue.ts';

export interface WatchLossHost {
  readonly scans: ScanQueue;
  /** Something in this folder may have changed. */
  relist(path: string): void;
  warn(text: string): void;
}

/** Hints at or below `path` were or may be lost. */
export function watchLost(host: WatchLossHost, reason: LossReason, path: string, detail: string): void {
  if (reason === 'error' && path !== '') return host.relist(parentOf(path));
  if (reason === 'watch-limit') return unwatched(host, path, detail);
  host.warn(`The watcher may have missed changes (${reason}: ${detail}); scanning again.`);
  host.scans.scanAllSoon();
}

/** A folder without a watch stays without one: only the hourly scans help there. Said once, with the cure. */
function unwatched({ scans, warn }: WatchLossHost, path: string, detail: string): void {
  if (scans.isDegraded) return;
  warn(
    `"${path}" and maybe other folders cannot be watched (${detail}); changes there are found by a scan every hour.`,
  );
  scans.scheduleRescan(true);
}
