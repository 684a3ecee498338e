/** Lines for a person: information on standard output, warnings and errors on standard error. */
import { displayName } from './display-name.ts';

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

const RANK: Readonly<Record<LogLevel, number>> = { error: 0, warn: 1, info: 2, debug: 3 };

/** Where lines go: the process has one. */
export interface Screen {
  readonly stderr: NodeJS.WriteStream;
  readonly stdout: NodeJS.WriteStream;
}

export interface Log {
  error(text: string): void;
  warn(text: string): void;
  info(text: string): void;
  debug(text: string): void;
}

/** What is to be said, and how loud. */
export interface LogLine {
  readonly level: LogLevel;
  readonly text: string;
}

/** Passes on what the level of the moment lets through; `write` puts one line out. */
export function createLog(
  level: LogLevel | (() => LogLevel),
  write: (level: LogLevel, text: string) => void = writeLine,
): Log {
  const say = (at: LogLevel) => (text: string) => {
    const limit = typeof level === 'function' ? level() : level;
    if (RANK[at] <= RANK[limit]) write(at, text);
  };
  return { error: say('error'), warn: say('warn'), info: say('info'), debug: say('debug') };
}

/**
 * A log whose information waits until `release`, and then comes in its order, behind what it is about. Warnings and errors
 * come at once.
 */
export function waitingLog(log: Log): { readonly log: Log; release(): void } {
  let waiting: (() => void)[] | undefined = [];
  const say = (level: LogLevel) => (text: string) => {
    if (waiting === undefined) log[level](text);
    else waiting.push(() => log[level](text));
  };
  return {
    log: { error: log.error, warn: log.warn, info: say('info'), debug: say('debug') },
    release() {
      for (const tell of waiting ?? []) tell();
      waiting = undefined;
    },
  };
}

/** Puts one line out. Whatever it holds of names from outside, it stays one line and harmless. */
export function writeLine(level: LogLevel, text: string, screen: Screen = process): void {
  const stream = level === 'error' || level === 'warn' ? screen.stderr : screen.stdout;
  stream.write(`${displayName(text)}\n`);
}
