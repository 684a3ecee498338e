/**
 * Keeps a running program's settings like its INI: reads it again when it changes, or when asked. A file
 * that is wrong is refused as a whole, and everything stays as it is.
 */
import { statSync } from 'node:fs';
import { type Configuration, type ConfigurationInput, readConfiguration } from './configuration.ts';
import { type ConfigurationChange, compareConfigurations, partNamed } from './configuration-change.ts';
import type { Setting } from './setting.ts';
import { UserError } from './user-error.ts';

/** An editor writes a file in several steps: it is read when it has been quiet for this long. */
const QUIET_MS = 200;
/** So often the files are looked at besides: a network file system tells of nothing, and an event may be lost. */
const LOOK_MS = 2000;

export interface ConfigurationWatchOptions {
  /** What the configuration was read with. */
  readonly input: ConfigurationInput;
  readonly settings: readonly Setting[];
  /** What the section of a share or job may say; without it, the same. */
  readonly partSettings?: readonly Setting[];
  readonly first: Configuration;
  /** Throws UserError for a reading that is refused although every value of it is right. */
  check?(configuration: Configuration): void;
  /** Everything was read again: a file that a setting names may say something else, although no setting does. */
  reread?(configuration: Configuration): void;
  /**
   * A setting that names another file, which is watched like the INI; of each section of a share or job, too.
   * One that a later reading names is from then on.
   */
  readonly fileKey?: string;
  /** Settings have other values now, or sections of shares or jobs came or went. */
  changed(configuration: Configuration, change: ConfigurationChange): void;
  /** Nothing is wrong, but a person should know of this, which the reading before had not. */
  warned?(text: string): void;
  /** The INI is wrong, and the old settings stay. Told once for each wrong state of it. */
  refused(error: UserError): void;
}

export class ConfigurationWatch {
  readonly #options: ConfigurationWatchOptions;
  #configuration: Configuration;
  /** What is in effect of settings that wait for a start; for a share or job, since it came. */
  #started: Configuration;
  #refusal = '';
  #watcher: { add(paths: string[]): unknown; close(): Promise<void> } | undefined;
  readonly #watched = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  /** How the files looked when they were read last, and at the last look. */
  #read: string | undefined;
  #seen: string | undefined;

  private constructor(options: ConfigurationWatchOptions) {
    this.#options = options;
    this.#configuration = options.first;
    this.#started = options.first;
  }

  /** Begins to watch the INI, if one was read. */
  static async start(options: ConfigurationWatchOptions): Promise<ConfigurationWatch> {
    const watch = new ConfigurationWatch(options);
    await watch.#begin(watch.#newPaths(options.first));
    return watch;
  }

  /**
   * Reads everything again now.
   * @returns what changed
   * @throws UserError when the INI is wrong; the old settings stay
   */
  reload(): ConfigurationChange {
    const { input, settings, partSettings, changed, reread } = this.#options;
    this.#read = this.#look();
    const next = readConfiguration(input);
    this.#options.check?.(next);
    const news = next.warnings.filter((warning) => !this.#configuration.warnings.includes(warning));
    const change = compareConfigurations(settings, this.#configuration, next, this.#started, partSettings);
    this.#configuration = next;
    const parts = next.parts.map((part) => partNamed(this.#started, part.name) ?? part);
    this.#started = { ...this.#started, parts };
    this.#refusal = '';
    this.#watcher?.add(this.#newPaths(next));
    for (const text of news) this.#options.warned?.(text);
    if (Object.values(change).some(({ length }) => length > 0)) changed(next, change);
    reread?.(next);
    return change;
  }

  /** The share or job of that name was begun once more, with the settings of now. */
  begunAnew(name: string): void {
    const now = partNamed(this.#configuration, name);
    const isIt = (part: { readonly name: string }): boolean => part.name.toLowerCase() === name.toLowerCase();
    const parts = this.#started.parts.map((part) => (isIt(part) && now !== undefined ? now : part));
    this.#started = { ...this.#started, parts };
  }

  async close(): Promise<void> {
    const watcher = this.#watcher;
    clearInterval(this.#timer);
    // What is added to a closed one would open it again.
    this.#watcher = undefined;
    await watcher?.close();
  }

  /** The files of a reading that are not watched yet; they count as watched from now on. */
  #newPaths({ iniPath, text, parts }: Configuration): string[] {
    const { fileKey } = this.#options;
    const named = fileKey === undefined ? [] : [{ text }, ...parts].map((one) => one.text(fileKey));
    const found = [...new Set([iniPath, ...named])].filter(
      (path) => !this.#watched.has(path) && isWatchable(path),
    );
    for (const path of found) this.#watched.add(path);
    return found;
  }

  async #begin(paths: readonly string[]): Promise<void> {
    if (paths.length === 0) return;
    const { watch } = await import('chokidar');
    const watcher = watch([...paths], {
      // A file that comes later is told of when it is watched: what was changed since it was read is read then.
      ignoreInitial: false,
      awaitWriteFinish: { stabilityThreshold: QUIET_MS, pollInterval: QUIET_MS / 4 },
    });
    this.#watcher = watcher;
    // A removed INI is no wish for other settings: it is being replaced, or was removed by mistake.
    watcher.on('add', () => this.#reloadByItself()).on('change', () => this.#reloadByItself());
    // Without a watch `reload` still works; a program does not end for this.
    watcher.on('error', (error) =>
      this.#options.refused(
        new UserError(
          'INI_NOT_WATCHED',
          `${paths.join(' and ')} cannot be watched (${String(error)}).`,
          'Use "reload".',
        ),
      ),
    );
    await new Promise<void>((resolve) => watcher.once('ready', () => resolve()));
    // It may have been closed meanwhile.
    if (this.#watcher === undefined) return;
    this.#timer = setInterval(() => this.#reloadIfMissed(), LOOK_MS).unref();
    // What was changed between the first reading and now made no event.
    this.#reloadByItself();
  }

  /** Who writes a file is not through when it looks another way at each look. */
  #reloadIfMissed(): void {
    const now = this.#look();
    const isQuiet = now === this.#seen;
    this.#seen = now;
    if (isQuiet && now !== undefined && now !== this.#read) this.#reloadByItself();
  }

  /** Undefined while one of them is not there: a removed one is being replaced, or was removed by mistake. */
  #look(): string | undefined {
    const looks = [...this.#watched].map(lookOf);
    return looks.includes(undefined) ? undefined : looks.join('\n');
  }

  #reloadByItself(): void {
    try {
      this.reload();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      if (error.message === this.#refusal) return;
      this.#refusal = error.message;
      this.#options.refused(error);
    }
  }
}

/** Of a device or a pipe nothing could be read again, and to watch it is to watch all of its folder. */
function isWatchable(path: string): boolean {
  return path !== '' && statSync(path, { throwIfNoEntry: false })?.isFile() !== false;
}

/** What cannot be looked at looks another way than before, and whoever reads it says why. */
function lookOf(path: string): string | undefined {
  try {
    const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
    return stat && `${stat.ino} ${stat.size} ${stat.mtimeNs} ${stat.ctimeNs}`;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return code;
  }
}
