/** Lines for a person: information on standard output, warnings and errors on standard error. */
export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

const RANK: Readonly<Record<LogLevel, number>> = { error: 0, warn: 1, info: 2, debug: 3 };

export interface Log {
  error(text: string): void;
  warn(text: string): void;
  info(text: string): void;
  debug(text: string): void;
}

/** `write` puts one line out; names in it must have been made displayable. */
export function createLog(level: LogLevel, write: (level: LogLevel, text: string) => void = writeLine): Log {
  const say = (at: LogLevel) => (text: string) => {
    if (RANK[at] <= RANK[level]) write(at, text);
  };
  return { error: say('error'), warn: say('warn'), info: say('info'), debug: say('debug') };
}

export function writeLine(level: LogLevel, text: string): void {
  const stream = level === 'error' || level === 'warn' ? process.stderr : process.stdout;
  stream.write(`${text}\n`);
}
