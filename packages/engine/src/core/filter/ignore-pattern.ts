/**
 * One line of gitignore syntax. The rules are those of the gitignore manual, proved against git itself.
 */
import type { EntryKind } from '@lanmirror/protocol';
import { type TextTest, wildcardTest } from './wildcard.ts';

export interface IgnorePattern {
  /** A `!` stands in front: what matches is included again. */
  readonly isNegated: boolean;
  /** Whether an entry matches, what is above it not considered. `path` is relative to where the rules stand. */
  isMatch(path: string, kind: EntryKind): boolean;
}

/**
 * Reads a line, without its line break.
 * @returns undefined for an empty line and for a comment
 */
export function readIgnorePattern(line: string, ignoresCase: boolean): IgnorePattern | undefined {
  if (line.startsWith('#')) return undefined;
  const trimmed = withoutTrailingSpaces(line);
  if (trimmed === '') return undefined;
  const isNegated = trimmed.startsWith('!');
  const text = isNegated ? trimmed.slice(1) : trimmed;
  const isForFolders = text.endsWith('/');
  const pattern = isForFolders ? text.slice(0, -1) : text;
  const test = pathTest(pattern, ignoresCase);
  return {
    isNegated,
    isMatch: (path, kind) => (kind === 'directory' || !isForFolders) && test(path),
  };
}

/** Without a slash in it a pattern is about names anywhere, with one about paths from the top. */
function pathTest(pattern: string, ignoresCase: boolean): TextTest {
  if (pattern.includes('/')) return wildcardTest(pattern.replace(/^\//, ''), ignoresCase);
  const isName = wildcardTest(pattern, ignoresCase);
  return (path) => isName(path.slice(path.lastIndexOf('/') + 1));
}

/** Spaces at the end count when a backslash stands before them. */
function withoutTrailingSpaces(line: string): string {
  let end = 0;
  for (let at = 0; at < line.length; at += 1) {
    if (line[at] === '\\') at += 1;
    else if (line[at] === ' ') continue;
    end = at + 1;
  }
  return line.slice(0, end);
}
