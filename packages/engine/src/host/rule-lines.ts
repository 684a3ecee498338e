/** Where gitignore patterns are written down: line by line in a file, or in one setting. Pure. */

/** A line of gitignore syntax, and where it stands, for people. */
export interface RuleLine {
  readonly line: string;
  readonly origin: string;
}

/** The lines of a file with their numbers. A byte order mark at the beginning belongs to none. */
export function ruleLines(text: string, name: string): RuleLine[] {
  const lines = text.replace(/^\uFEFF/, '').split('\n');
  return lines.map((line, at) => ({ line: line.replace(/\r$/, ''), origin: `${name} line ${at + 1}` }));
}

/** The patterns of a setting. A comma behind a backslash, which a pattern reads as a comma, separates nothing. */
export function splitPatterns(text: string): string[] {
  const parts = text.match(/(?:\\.|[^,\\]|\\$)+/gs) ?? [];
  return parts.map((part) => part.trimStart()).filter((part) => part.trim() !== '');
}
