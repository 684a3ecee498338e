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

/** A line that is a rule, and which one it is of its file, from 1. */
export interface NumberedRule {
  readonly line: string;
  readonly number: number;
}

/** Whether a line is neither blank nor a comment. */
export function isRuleLine(line: string): boolean {
  return line.trim() !== '' && !line.startsWith('#');
}

/** The rules in the text of a file. They are strings of their own: nothing of the text is held by them. */
export function numberedRules(text: string): NumberedRule[] {
  const rules: NumberedRule[] = [];
  for (const [at, whole] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    const line = whole.replace(/\r$/, '');
    if (isRuleLine(line)) rules.push({ line: Buffer.from(line).toString(), number: at + 1 });
  }
  return rules;
}

/** The patterns of a setting. A comma behind a backslash, which a pattern reads as a comma, separates nothing. */
export function splitPatterns(text: string): string[] {
  const parts = text.match(/(?:\\.|[^,\\]|\\$)+/gs) ?? [];
  return parts.map((part) => part.trimStart()).filter((part) => part.trim() !== '');
}
