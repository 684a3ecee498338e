/**
 * Shows how far a pass is: bars on a terminal, otherwise a line every few seconds.
 */
import { lines, type SyncMode } from './ancestor-lines.ts';
import { displayName } from './display-name.ts';
import type { LogLevel } from './log.ts';
import { writeLine } from './log.ts';

const LINE_INTERVAL_MS = 3000;
const BARS_PER_SECOND = 8;

export interface Progress {
  /** A pass of `total` operations begins. */
  begin(mode: SyncMode, total: number): Promise<void>;
  advance(mode: SyncMode, done: number, total: number): void;
  /** Bytes of one large file. */
  copying(path: string, done: number, total: number): void;
  end(): void;
  /** A line for the log that does not tear the bars. */
  write(level: LogLevel, text: string): void;
}

/** Lines every few seconds, and at the end of every large file. `nowMs` is monotonic. */
export function plainProgress(nowMs: () => number, write: (text: string) => void): Progress {
  let last = nowMs();
  const due = (isLast: boolean): boolean => {
    if (!isLast && nowMs() - last < LINE_INTERVAL_MS) return false;
    last = nowMs();
    return true;
  };
  return {
    begin: () => Promise.resolve(),
    advance: (mode, done, total) => {
      if (due(done === total)) write(lines.progress(mode, done, total));
    },
    copying: (path, done, total) => {
      if (due(done === total)) write(lines.copying(path, done, total));
    },
    end: () => undefined,
    write: writeLine,
  };
}

/** Bars on standard error. The package is loaded when the first pass begins. */
export function barProgress(nowMs: () => number): Progress {
  let bars: import('cli-progress').MultiBar | undefined;
  let files: import('cli-progress').SingleBar | undefined;
  let copy: import('cli-progress').SingleBar | undefined;
  let copied = '';
  let bytes = 0;
  let since = nowMs();
  return {
    async begin(mode, total) {
      if (total === 0) return;
      const { default: cliProgress } = await import('cli-progress');
      const format = '{title} |{bar}| {value}/{total} files  {rate}  ETA {eta_formatted}';
      bars = new cliProgress.MultiBar({ format, fps: BARS_PER_SECOND, hideCursor: true, clearOnComplete: true, stream: process.stderr }, cliProgress.Presets.shades_classic);
      files = bars.create(total, 0, { title: `${mode === 'full' ? 'Full' : 'Incremental'} sync`, rate: '' });
      since = nowMs();
      bytes = 0;
    },
    advance: (_mode, done) => files?.update(done, { rate: `${(done / Math.max(0.001, (nowMs() - since) / 1000)).toFixed(0)}/s` }),
    copying(path, done, total) {
      if (bars === undefined) return;
      if (copied !== path) {
        copied = path;
        bytes = 0;
        copy ??= bars.create(total, 0, {}, { format: '{title} |{bar}| {value}/{total} MB  {rate}' });
        copy.setTotal(Math.ceil(total / 1e6));
      }
      bytes = Math.max(bytes, done);
      const rate = `${(bytes / 1e6 / Math.max(0.001, (nowMs() - since) / 1000)).toFixed(1)} MB/s`;
      copy?.update(Math.floor(done / 1e6), { title: displayName(path).slice(-40), rate });
    },
    end() {
      bars?.stop();
      bars = undefined;
      files = undefined;
      copy = undefined;
    },
    write(level, text) {
      if (bars === undefined) writeLine(level, text);
      else bars.log(`${text}\n`);
    },
  };
}
