/** What a watcher of the published root says, and what to do when it may have missed something. */

import { parentOf } from '@lanmirror/protocol';
import type { Heard } from '../../core/index.ts';
import type { LossReason, WatchListener } from '../../tree/index.ts';
import type { ScanQueue } from './scan-queue.ts';

export interface WatchHost {
  readonly scans: Pick<ScanQueue, 'scanAllSoon'>;
  /** The path may have changed. */
  hint(path: string, heard?: Heard): void;
  /** What was hinted may not be all that happened. */
  doubt(): void;
  /** Something in this folder may have changed. */
  relist(path: string): void;
  note(level: 'info' | 'warn', text: string): void;
}

/** Who is told by the watcher of a root. */
export function watchListener(host: WatchHost): WatchListener {
  return {
    dirty: (path, heard) => host.hint(path, heard),
    relist: (path) => host.relist(path),
    lost: (reason, path, detail) => watchLost(host, reason, path, detail),
    noticed: (text) => host.note(text === '' ? 'info' : 'warn', text || 'All folders are watched again.'),
  };
}

/** Hints at or below `path` were or may be lost. */
function watchLost(host: WatchHost, reason: LossReason, path: string, detail: string): void {
  // Its listing fails as well: that is a problem with a name, and tried again by itself.
  if (reason === 'denied') return;
  host.doubt();
  if (reason === 'error' && path !== '') return host.relist(parentOf(path));
  host.note('warn', `The watcher may have missed changes (${reason}: ${detail}); scanning again.`);
  host.scans.scanAllSoon();
}
