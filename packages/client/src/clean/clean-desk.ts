/**
 * When files are cleaned from a source of this machine: whenever the mirror comes into sync, once an hour for what is due
 * by days, and once at the end of a pass. Owns the looks, one at a time, and what is said of them. After a kill the next
 * start looks again.
 */
import { basename, join } from 'node:path';
import { Timers } from '@lanmirror/engine/core';
import {
  type CleanSettings,
  type Configuration,
  displayName,
  type Progress,
  readCleanSettings,
  readIgnoreNames,
} from '@lanmirror/engine/host';
import { type CleanableTree, openCleanableSource, TRASH } from '@lanmirror/engine/tree';
import { systemClock } from '@lanmirror/engine/wire';
import type { RunningClient } from '../client.ts';
import { drainedHead } from '../drained-head.ts';
import type { ConsoleReport } from '../mirror/console-report.ts';
import type { SourceFolder } from '../source/source-folder.ts';
import { announcement, heldUntilStart, leftOfPass, leftText } from './clean-text.ts';
import type { LookEnd, RefusedFile, SourceCleaner } from './source-cleaner.ts';
import type { SourceTrash } from './source-trash.ts';

const RETRY_MS = 2000;
/** What a disk refuses is said each time. */
const FAILED_RETRY_MS = 600_000;
/** A look takes no more than a part of the time, however large the mirror is. */
const PAUSE_FACTOR = 20;
const MOST_PAUSE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** Less than an hour, so that no hourly look comes too early. */
const TRASH_PAUSE_MS = 1_800_000;
/** Looks of one pass, while something else always happens meanwhile. */
const MOST_LOOKS = 100;
const MAX_LISTED = 20;

/** What `status` tells of it. */
export interface CleanFacts {
  /** The rule as it is written down. */
  readonly rule: string;
  readonly sourceDir: string;
  /** This mirror was started without durability: nothing goes before the next start. */
  readonly isHeld: boolean;
  /** Files that went in this run. */
  readonly cleaned: number;
  readonly refusedCount: number;
  /** The first files that are due and stay, and why. */
  readonly refused: readonly RefusedFile[];
}

export interface CleanDeskParts {
  readonly client: RunningClient;
  readonly report: ConsoleReport;
  readonly progress: Progress;
  /** Of the start: what is not live stays as it was then. */
  readonly configuration: Configuration;
  readonly settings: { readonly configuration: Configuration };
  readonly folder: SourceFolder;
  readonly isDryRun: boolean;
}

export class CleanDesk {
  readonly #parts: CleanDeskParts;
  readonly #cleaner: SourceCleaner;
  readonly #failed: (error: unknown) => void;
  /** Ends waiting for the source, if there is no reason for it any more. */
  readonly #leave = new Set<() => void>();
  #unsubscribe: () => void = () => undefined;
  readonly #timers = new Timers(systemClock);
  readonly #trash: SourceTrash;
  #notBeforeMs = 0;
  #trashNotBeforeMs = 0;
  #running: Promise<void> | undefined;
  #isAskedAgain = false;
  #isHourOver = true;
  #isStopped = false;
  /** Of the pass that cleans now. */
  #pass: AbortSignal | undefined;
  #said = '';

  /** `failed` is told of faults of the program. */
  constructor(parts: CleanDeskParts, failed: (error: unknown) => void) {
    this.#parts = parts;
    this.#failed = failed;
    const { client, folder, settings } = parts;
    const source = openCleanableSource(folder.dir);
    this.#trash = this.#openTrash(source);
    this.#cleaner = client.cleaner({
      source,
      rule: () => this.#rule,
      ruleNames: () => ruleNames(settings.configuration),
      isStopped: () => this.#isEnding,
      mayClean: () => this.#mayClean(),
      taken: (path) => folder.share.hint(path),
      heard: () => this.#heard(),
      tell: this.#teller(),
    });
  }

  get facts(): CleanFacts | null {
    const rule = this.#asked;
    const { refused, cleaned } = this.#cleaner;
    if (rule === undefined) return null;
    return {
      ...{ rule: rule.text, sourceDir: this.#parts.folder.dir, isHeld: !this.#isDurable, cleaned },
      ...{ refusedCount: refused.length, refused: refused.slice(0, MAX_LISTED) },
    };
  }

  /** Cleans whenever it may, until `close`. */
  begin(): void {
    this.announce();
    this.#unsubscribe = this.#parts.report.subscribe((sequence) => sequence >= 0 && this.#ask());
    this.#timers.every(HOUR_MS, () => {
      this.#isHourOver = true;
      this.#ask();
    });
    this.#ask();
  }

  /** Other settings are in effect. */
  reconfigure(): void {
    this.announce();
    this.#isHourOver = true;
    this.#ask();
  }

  /** Says what is done to the source, when that is another thing than was said. */
  announce(): void {
    const { settings, folder, progress } = this.#parts;
    const rule = this.#asked;
    const days = settings.configuration.number('TrashDays');
    const said = this.#isDurable ? announcement : heldUntilStart;
    const text = rule === undefined ? '' : said(rule.text, folder.dir, days);
    if (text !== '' && text !== this.#said) progress.write('warn', text);
    this.#said = text;
  }

  /** Cleans all that is due, as long as that is possible, and until `signal` says that the pass is broken off. */
  async cleanNow(signal?: AbortSignal): Promise<void> {
    this.announce();
    this.#pass = signal;
    const leave = (): void => this.#leaveAll();
    signal?.addEventListener('abort', leave);
    try {
      const end = await this.#cleanAll();
      if (signal?.aborted === true) return;
      this.#tellLeft(end === 'interrupted');
      await this.#lookAfterTrash();
    } finally {
      signal?.removeEventListener('abort', leave);
      this.#pass = undefined;
    }
  }

  async #cleanAll(): Promise<LookEnd> {
    let end = await this.#cleaner.look();
    for (let looks = 1; end === 'interrupted' && looks < MOST_LOOKS && !this.#isEnding; looks += 1) {
      await this.#heard();
      if (!this.#mayClean()) break;
      end = await this.#cleaner.look();
    }
    return end;
  }

  /** Of a pass, which comes to its end although something stays that would go later. */
  #tellLeft(isInterrupted: boolean): void {
    const { young, waitingFolders, refused } = this.#cleaner;
    const named = new Set(refused.map(({ path }) => path));
    const due = isInterrupted ? this.#cleaner.preview(Number.POSITIVE_INFINITY) : [];
    const count = due.filter((path) => !named.has(path)).length;
    for (const text of leftOfPass({ due: count, young: young.count, folders: waitingFolders.count }))
      this.#parts.progress.write('info', text);
  }

  /** Says what would be cleaned; `most` of it by name. */
  tellPreview(most: number): number {
    const paths = this.#cleaner.preview(most);
    for (const path of paths)
      this.#parts.progress.write(
        'info',
        `Would clean from the source, once it is verified here: ${displayName(path)}`,
      );
    const folders = this.#cleaner.previewFolders(paths);
    for (const path of folders)
      this.#parts.progress.write(
        'info',
        `Would clean from the source, with what the rules leave out in it: ${displayName(path)}/`,
      );
    return paths.length + folders.length;
  }

  async close(): Promise<void> {
    this.#isStopped = true;
    this.#timers.stop();
    this.#unsubscribe();
    this.#leaveAll();
    await this.#running;
  }

  /** Nobody waits for the end of what it is at. */
  get #isEnding(): boolean {
    return this.#isStopped || this.#pass?.aborted === true;
  }

  #leaveAll(): void {
    for (const leave of [...this.#leave]) leave();
  }

  #ask(): void {
    this.#isAskedAgain = true;
    this.#running ??= this.#run()
      .catch(this.#failed)
      .finally(() => {
        this.#running = undefined;
      });
  }

  async #run(): Promise<void> {
    while (this.#isAskedAgain && !this.#isStopped) {
      this.#isAskedAgain = false;
      // Who tells that it is in sync is still at it.
      await systemClock.turn();
      this.announce();
      const rule = this.#rule;
      // By days nothing becomes due because something else changed. What the source has again is ordinary at once.
      if (rule !== undefined && rule.afterMs > 0 && !this.#isHourOver) return this.#tend();
      const beganMs = systemClock.nowMs();
      const pauseMs = this.#notBeforeMs - beganMs;
      if (pauseMs > 0) return this.#timers.replace('again', pauseMs, () => this.#ask());
      const end = await this.#cleaner.look();
      const tookMs = systemClock.nowMs() - beganMs;
      this.#notBeforeMs = systemClock.nowMs() + Math.min(MOST_PAUSE_MS, tookMs * PAUSE_FACTOR);
      if (end === 'all') {
        this.#isHourOver = false;
        this.#awaitQuiet();
        await this.#lookAfterTrash();
      } else this.#timers.replace('retry', end === 'failed' ? FAILED_RETRY_MS : RETRY_MS, () => this.#ask());
    }
  }

  #tend(): void {
    if (!this.#cleaner.tend()) this.#timers.replace('retry', RETRY_MS, () => this.#ask());
  }

  /** What is due and has just changed goes when it has been quiet for a while. */
  #awaitQuiet(): void {
    const inMs = Math.min(this.#cleaner.young.inMs, this.#cleaner.waitingFolders.inMs);
    if (inMs === Number.POSITIVE_INFINITY) return;
    this.#timers.replace('quiet', inMs, () => {
      this.#isHourOver = true;
      this.#ask();
    });
  }

  /** The target is flushed, or not, as it was opened, whatever the INI says by now. */
  get #isDurable(): boolean {
    return this.#parts.configuration.text('Durability') !== 'none';
  }

  /** In effect now; undefined when nothing goes. */
  get #rule(): CleanSettings | undefined {
    return this.#isDurable ? this.#asked : undefined;
  }

  /** As it is written down now. */
  get #asked(): CleanSettings | undefined {
    return readCleanSettings(this.#parts.settings.configuration.get);
  }

  #mayClean(): boolean {
    const { client, folder, isDryRun, report } = this.#parts;
    if (this.#isEnding || isDryRun || client.link === undefined) return false;
    const { halt, isScanning } = folder.share;
    return halt === '' && !isScanning && report.sourceHalt === '' && client.mirror.isAtRest;
  }

  /** Until what happened at the source by now is known here, a guard makes everything wait, or nobody waits for it. */
  #heard(): Promise<void> {
    const { client, report } = this.#parts;
    const over = new AbortController();
    return new Promise((resolve) => {
      let head = Number.POSITIVE_INFINITY;
      const look = (): void => {
        const { syncedAt, haltReason, hold } = client.mirror;
        const isWaiting = haltReason !== '' || hold.isHeld || report.sourceHalt !== '';
        if (syncedAt < head && !isWaiting && !this.#isEnding) return;
        over.abort();
        unsubscribe();
        this.#leave.delete(look);
        // Who tells that it is in sync is still at it.
        void systemClock.turn().then(resolve);
      };
      const unsubscribe = report.subscribe(look);
      this.#leave.add(look);
      void drainedHead(client, report, over.signal).then((drained) => {
        if (over.signal.aborted) return;
        head = drained;
        look();
      });
      look();
    });
  }

  #openTrash(source: CleanableTree): SourceTrash {
    const { client, folder, settings, progress } = this.#parts;
    const say = (text: string): void => progress.write('warn', displayName(text));
    return client.sourceTrash({
      ...{ source, trashDir: join(folder.dir, TRASH), mayGoOn: () => this.#mayClean() },
      // What no rule cleans from any more keeps what was cleaned.
      days: () => (this.#rule === undefined ? 0 : settings.configuration.number('TrashDays')),
      returned: (path) => folder.share.hint(path),
      tell: {
        deleted: (day, count) =>
          progress.write(
            'info',
            `Deleted for good from the trash of the source, because they are here: ${count} file${count === 1 ? '' : 's'} of ${displayName(day)}.`,
          ),
        putBack: (path) =>
          say(`Put back at the source: ${path} (it was written to by a program that had it open)`),
        stays: (path, message) => say(`Stays in the trash of the source: ${path} (${message})`),
        warn: say,
      },
    });
  }

  /** Every hour, and the first time that everything is known. */
  async #lookAfterTrash(): Promise<void> {
    const nowMs = systemClock.nowMs();
    if (nowMs < this.#trashNotBeforeMs || !this.#mayClean()) return;
    this.#trashNotBeforeMs = nowMs + TRASH_PAUSE_MS;
    await this.#trash.look();
  }

  #teller(): Parameters<RunningClient['cleaner']>[0]['tell'] {
    const { progress, folder } = this.#parts;
    return {
      cleaned: (path, trashPath) =>
        progress.write(
          'info',
          `Cleaned from the source: ${displayName(path)} (verified here; it is in ${displayName(join(folder.dir, trashPath))})`,
        ),
      cleanedFolder: (path) =>
        progress.write('info', `Cleaned from the source: ${displayName(path)}/ (nothing was left in it)`),
      cleanedLeft: (path, files, trashPath) =>
        progress.write(
          'info',
          `Cleaned from the source: ${displayName(path)}/ (${leftText(files)}; it is in ${displayName(join(folder.dir, trashPath))})`,
        ),
      stays: ({ path, message }) =>
        progress.write('warn', `Not cleaned from the source: ${displayName(path)} (${displayName(message)})`),
      warn: (text) => progress.write('warn', displayName(text)),
    };
  }
}

function ruleNames(configuration: Configuration): string[] {
  const excludeFrom = basename(configuration.text('ExcludeFrom'));
  return [...readIgnoreNames(configuration.get('IgnoreFiles')), ...(excludeFrom === '' ? [] : [excludeFrom])];
}
