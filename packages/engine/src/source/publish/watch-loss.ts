/** What to do when a watcher may have missed something. */

import { parentOf } from '@lanmirror/protocol';
import type { LossReason } from '../../tree/index.ts';
import type { ScanQueue } from './scan-queue.ts';

export interface WatchLossHost {
  readonly scans: ScanQueue;
  /** Something in this folder may have changed. */
  relist(path: string): void;
  warn(text: string): void;
}

/** Hints at or below `path` were or may be lost. */
export function watchLost(host: WatchLossHost, reason: LossReason, path: string, detail: string): void {
  // Its listing fails as well: that is a problem with a name, and tried again by itself.
  if (reason === 'denied') return;
  if (reason === 'error' && path !== '') return host.relist(parentOf(path));
  host.warn(`The watcher may have missed changes (${reason}: ${detail}); scanning again.`);
  host.scans.scanAllSoon();
}
