/**
 * Shows how far a pass is as bars on a terminal, through cli-progress, which is loaded when the first pass
 * begins.
 */
import type { MultiBar, SingleBar } from 'cli-progress';
import type { SyncMode } from './ancestor-lines.ts';
import { displayName } from './display-name.ts';
import { type Screen, writeLine } from './log.ts';
import { type Progress, plainProgress } from './progress.ts';

const BARS_PER_SECOND = 8;
const MAX_TITLE = 40;
const MIB = 1 << 20;
const FILES = '{title} |{bar}| {value}/{total} files  {rate}  ETA {eta_formatted}';
const BYTES = '{title} |{bar}| {value}/{total} MB  {rate}';

// A log line replaces the bars, which are drawn again below it. They switch wrapping off; a line needs it.
const CLEAR_BELOW = '\u001b[J';
const WRAP_ON = '\u001b[?7h';
const WRAP_OFF = '\u001b[?7l';

/** Bars on standard error. Large files outside a pass are plain lines. `nowMs` is monotonic. */
export function barProgress(nowMs: () => number, screen: Screen = process): Progress {
  const plain = plainProgress(nowMs, (text) => writeLine('info', text, screen));
  let pass: PassBars | undefined;
  let round = 0;
  const end = (): void => {
    round += 1;
    pass?.stop();
    pass = undefined;
  };
  return {
    async begin(mode, total) {
      end();
      if (total === 0) return;
      const current = round;
      const { default: cliProgress } = await import('cli-progress');
      // The pass may have ended while the package was read.
      if (current !== round) return;
      const options = {
        format: FILES,
        fps: BARS_PER_SECOND,
        hideCursor: true,
        clearOnComplete: true,
        stream: screen.stderr,
      };
      pass = new PassBars(
        new cliProgress.MultiBar(options, cliProgress.Presets.shades_classic),
        nowMs,
        mode,
        total,
      );
    },
    advance: (_mode, done) => pass?.advance(done),
    copying: (path, done, total) => {
      if (pass === undefined) plain.copying(path, done, total);
      else pass.copying(path, done, total);
    },
    end,
    write(level, text) {
      const isOnScreen = level === 'error' || level === 'warn' || screen.stdout.isTTY;
      if (pass !== undefined && isOnScreen) pass.write(text);
      else writeLine(level, text, screen);
    },
  };
}

/** The bars of one pass: all files, and below it the large file that moved last. */
class PassBars {
  readonly #bars: MultiBar;
  readonly #nowMs: () => number;
  readonly #files: SingleBar;
  readonly #since: number;
  #copy: SingleBar | undefined;
  #path = '';
  #pathSince = 0;
  #pathStart = 0;
  readonly #restore = (): void => this.stop();

  constructor(bars: MultiBar, nowMs: () => number, mode: SyncMode, total: number) {
    this.#bars = bars;
    this.#nowMs = nowMs;
    this.#since = nowMs();
    this.#files = bars.create(total, 0, {
      title: `${mode === 'full' ? 'Full' : 'Incremental'} sync`,
      rate: '',
    });
    // A second signal ends the process at once; the cursor must come back all the same.
    process.once('exit', this.#restore);
  }

  advance(done: number): void {
    this.#files.update(done, { rate: `${perSecond(done, this.#nowMs() - this.#since).toFixed(0)}/s` });
  }

  copying(path: string, done: number, total: number): void {
    if (this.#path !== path) {
      this.#path = path;
      this.#pathSince = this.#nowMs();
      this.#pathStart = done;
      this.#copy ??= this.#bars.create(0, 0, { title: '', rate: '' }, { format: BYTES });
      this.#copy.setTotal(Math.ceil(total / MIB));
    }
    const rate = perSecond((done - this.#pathStart) / MIB, this.#nowMs() - this.#pathSince);
    const title = [...displayName(path)].slice(-MAX_TITLE).join('');
    this.#copy?.update(Math.floor(done / MIB), { title, rate: `${rate.toFixed(1)} MB/s` });
  }

  write(text: string): void {
    this.#bars.log(`${CLEAR_BELOW}${WRAP_ON}${displayName(text)}\n${WRAP_OFF}`);
  }

  /** Lines that wait for the next drawing are drawn first. */
  stop(): void {
    process.removeListener('exit', this.#restore);
    this.#bars.update();
    this.#bars.stop();
  }
}

function perSecond(amount: number, elapsedMs: number): number {
  return amount / Math.max(0.001, elapsedMs / 1000);
}
