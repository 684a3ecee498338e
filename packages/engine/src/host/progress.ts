/**
 * Shows how far a pass is, as plain lines. For terminals see progress-bar.ts.
 */
import { lines, type SyncMode } from './ancestor-lines.ts';
import { type LogLevel, writeLine } from './log.ts';

const LINE_INTERVAL_MS = 3000;

export interface Progress {
  /** A pass of `total` operations begins. */
  begin(mode: SyncMode, total: number): Promise<void>;
  advance(mode: SyncMode, done: number, total: number): void;
  /** Bytes of one large file, in a pass or live. */
  copying(path: string, done: number, total: number): void;
  /** The pass is over; may be called more than once. */
  end(): void;
  /** A line for the log that does not tear the bars. */
  write(level: LogLevel, text: string): void;
}

/**
 * A line for the pass and one for the file being copied every few seconds, and for both the last one. A
 * file that was quicker than that has no line. `nowMs` is monotonic.
 */
export function plainProgress(nowMs: () => number, write: (text: string) => void): Progress {
  let passAt = nowMs();
  let copyAt = nowMs();
  let shown = '';
  return {
    begin: () => {
      passAt = nowMs();
      copyAt = nowMs();
      return Promise.resolve();
    },
    advance: (mode, done, total) => {
      if (done < total && nowMs() - passAt < LINE_INTERVAL_MS) return;
      passAt = nowMs();
      write(lines.progress(mode, done, total));
    },
    copying: (path, done, total) => {
      const isLast = done >= total && shown === path;
      if (!isLast && nowMs() - copyAt < LINE_INTERVAL_MS) return;
      copyAt = nowMs();
      shown = isLast ? '' : path;
      write(lines.copying(path, done, total));
    },
    end: () => undefined,
    write: writeLine,
  };
}
