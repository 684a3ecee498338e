/** A line of an INI that is neither a section, a key with a value, nor a comment. */
export class IniSyntaxError extends Error {
  /** Counted from 1. */
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.name = 'IniSyntaxError';
    this.line = line;
  }
}
