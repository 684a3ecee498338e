/**
 * When files are cleaned from a source of this machine: whenever the mirror comes into sync, once an hour for what is due
 * by days, and once at the end of a pass. Owns the looks, one at a time, and what is said of them. After a kill the next
 * start looks again.
 */
import { basename, join } from 'node:path';
import { Timers } from '@lanmirror/engine/core';
import {
  type Configuration,
  displayName,
  type Progress,
  readCleanSettings,
  readIgnoreNames,
  UserError,
} from '@lanmirror/engine/host';
import { type CleanableTree, openCleanableSource, TRASH, TreeError } from '@lanmirror/engine/tree';
import { systemClock } from '@lanmirror/engine/wire';
import type { RunningClient } from '../client.ts';
import { drainedHead } from '../drained-head.ts';
import type { ConsoleReport } from '../mirror/console-report.ts';
import type { SourceFolder } from '../source/source-folder.ts';
import type { RefusedFile, SourceCleaner } from './source-cleaner.ts';
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
  readonly settings: { readonly configuration: Configuration };
  readonly folder: SourceFolder;
  readonly isDryRun: boolean;
}

export class CleanDesk {
  readonly #parts: CleanDeskParts;
  readonly #cleaner: SourceCleaner;
  readonly #failed: (error: unknown) => void;
  readonly #leave = new Set<() => void>();
  readonly #timers = new Timers(systemClock);
  readonly #trash: SourceTrash;
  #notBeforeMs = 0;
  #trashNotBeforeMs = 0;
  #running: Promise<void> | undefined;
  #isAskedAgain = false;
  #isHourOver = true;
  #isStopped = false;
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
      rule: () => readCleanSettings(settings.configuration.get),
      ruleNames: () => ruleNames(settings.configuration),
      isStopped: () => this.#isStopped,
      mayClean: () => this.#mayClean(),
      taken: (path) => folder.share.hint(path),
      heard: () => this.#heard(),
      tell: this.#teller(),
    });
  }

  get facts(): CleanFacts | null {
    const rule = readCleanSettings(this.#parts.settings.configuration.get);
    const { refused, cleaned } = this.#cleaner;
    if (rule === undefined) return null;
    return {
      ...{ rule: rule.text, sourceDir: this.#parts.folder.dir, cleaned },
      ...{ refusedCount: refused.length, refused: refused.slice(0, MAX_LISTED) },
    };
  }

  /** Cleans whenever it may, until `close`. */
  begin(): void {
    this.announce();
    this.#leave.add(this.#parts.report.subscribe((sequence) => sequence >= 0 && this.#ask()));
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
    const rule = readCleanSettings(settings.configuration.get);
    const text = rule === undefined ? '' : announcement(rule.text, folder.dir, settings.configuration);
    if (text !== '' && text !== this.#said) progress.write('warn', text);
    this.#said = text;
  }

  /** Cleans all that is due, as long as that is possible. */
  async cleanNow(): Promise<void> {
    this.announce();
    for (let looks = 0; looks < MOST_LOOKS && !this.#isStopped; looks += 1) {
      if ((await this.#cleaner.look()) !== 'interrupted') break;
      await this.#heard();
      if (!this.#mayClean()) break;
    }
    const { count } = this.#cleaner.young;
    if (count > 0)
      this.#parts.progress.write(
        'info',
        `Not cleaned from the source yet: ${count} file${count === 1 ? '' : 's'} that changed less than a minute ago. A later pass takes them.`,
      );
    await this.#lookAfterTrash();
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
    for (const leave of [...this.#leave]) leave();
    await this.#running;
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
      const rule = readCleanSettings(this.#parts.settings.configuration.get);
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
    const { count, inMs } = this.#cleaner.young;
    if (count === 0) return;
    this.#timers.replace('quiet', inMs, () => {
      this.#isHourOver = true;
      this.#ask();
    });
  }

  #mayClean(): boolean {
    const { client, folder, isDryRun, report } = this.#parts;
    if (this.#isStopped || isDryRun || client.link === undefined) return false;
    const { halt, isScanning } = folder.share;
    return halt === '' && !isScanning && report.sourceHalt === '' && client.mirror.isAtRest;
  }

  /** Until what happened at the source by now is known here, or a guard makes everything wait. */
  #heard(): Promise<void> {
    const { client, report } = this.#parts;
    return new Promise((resolve) => {
      let head = Number.POSITIVE_INFINITY;
      const look = (): void => {
        const { syncedAt, haltReason, hold } = client.mirror;
        const isWaiting = haltReason !== '' || hold.isHeld || report.sourceHalt !== '';
        if (syncedAt < head && !isWaiting && !this.#isStopped) return;
        unsubscribe();
        this.#leave.delete(look);
        resolve();
      };
      const unsubscribe = report.subscribe(look);
      this.#leave.add(look);
      void drainedHead(client, report).then((drained) => {
        head = drained;
        look();
      });
    });
  }

  #openTrash(source: CleanableTree): SourceTrash {
    const { client, folder, settings, progress } = this.#parts;
    const say = (text: string): void => progress.write('warn', displayName(text));
    return client.sourceTrash({
      ...{ source, trashDir: join(folder.dir, TRASH), mayGoOn: () => this.#mayClean() },
      // What no rule cleans from any more keeps what was cleaned.
      days: () =>
        readCleanSettings(settings.configuration.get) === undefined
          ? 0
          : settings.configuration.number('TrashDays'),
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
          `Cleaned from the source: ${displayName(path)}/ (${count(files)} left in it, all of it left out by the rules; it is in ${displayName(join(folder.dir, trashPath))})`,
        ),
      stays: ({ path, message }) =>
        progress.write('warn', `Not cleaned from the source: ${displayName(path)} (${displayName(message)})`),
      warn: (text) => progress.write('warn', displayName(text)),
    };
  }
}

/**
 * What cannot be cleaned from without harm is refused.
 * @throws UserError for a source that is the target of a mirror, or lies in one: what goes from it would come again
 */
export function requireCleanable(configuration: Configuration, sourceDir: string): void {
  const rule = readCleanSettings(configuration.get);
  if (rule === undefined) return;
  const source = openCleanableSource(sourceDir);
  let target: string | undefined;
  try {
    target = source.targetFolder();
  } catch (error) {
    // Not there, or not to be read: that is waited for, and looked at again before anything is cleaned.
    if (error instanceof TreeError) return;
    throw error;
  } finally {
    source.release();
  }
  if (target === undefined) return;
  const what =
    target === sourceDir
      ? 'is the target of a mirror itself'
      : `lies in ${displayName(target)}, which is the target of a mirror`;
  throw new UserError(
    'CLEANS_A_TARGET',
    `${configuration.get('CleanSource').source}: Source ${displayName(sourceDir)} ${what}, and what is cleaned from it would come again.`,
    'Leave CleanSource out.',
  );
}

function ruleNames(configuration: Configuration): string[] {
  const excludeFrom = basename(configuration.text('ExcludeFrom'));
  return [...readIgnoreNames(configuration.get('IgnoreFiles')), ...(excludeFrom === '' ? [] : [excludeFrom])];
}

function count(files: number): string {
  return files === 1 ? '1 file was' : `${files} files were`;
}

function announcement(rule: string, dir: string, configuration: Configuration): string {
  const days = configuration.number('TrashDays');
  const howLong = days === 0 ? 'where it stays' : `where they stay for ${days} days (TrashDays)`;
  return `${rule}: files GO FROM THE SOURCE ${displayName(dir)} when they were verified here, to ${displayName(join(dir, TRASH))}, ${howLong}. Other mirrors of that folder take this for a deletion, and to those of a folder above it that trash is an ordinary folder, unless they have Exclude = .lanmirror/.`;
}
