/**
 * Lists of file name extensions as lines of gitignore syntax, so that they travel, count and are explained like all other
 * rules. Pure.
 *
 * An extension is what stands behind a dot and something in front of it, in any case of its letters: `.tmp` is a name
 * without one. Folders are not judged by it.
 */

/** Characters that mean something else in a pattern. */
const SPECIAL = /[\\*?[\]!#]/;

/** Leaves out all but files with one of these extensions; without any, no line. */
export function onlyExtensions(extensions: readonly string[]): string[] {
  if (extensions.length === 0) return [];
  return ['*', '!*/', ...extensions.map((extension) => `!${patternOf(extension)}`)];
}

/** Leaves out files with one of these extensions. */
export function withoutExtensions(extensions: readonly string[]): string[] {
  return extensions.flatMap((extension) => [patternOf(extension), `!${patternOf(extension)}/`]);
}

/** A line of gitignore syntax, and where it stands. */
interface PlacedLine {
  readonly line: string;
  readonly origin: string;
}

/** Whether one of these rules was made of a list of extensions: it leaves one out, or all but those of its list. */
export function isExtensionRule(rule: PlacedLine, rules: readonly PlacedLine[]): boolean {
  if (isExtensionPattern(rule.line)) return true;
  const isOfList = ({ line, origin }: PlacedLine): boolean =>
    origin === rule.origin && line.startsWith('!') && isExtensionPattern(line.slice(1));
  return rule.line === '*' && rules.some(isOfList);
}

function isExtensionPattern(line: string): boolean {
  return /^\?\*\.[^/]+$/.test(line);
}

function patternOf(extension: string): string {
  return `?*.${[...extension].map(inAnyCase).join('')}`;
}

function inAnyCase(character: string): string {
  const [lower, upper] = [character.toLowerCase(), character.toUpperCase()];
  const isLetter = lower !== upper && [...lower].length === 1 && [...upper].length === 1;
  if (isLetter) return `[${lower}${upper}]`;
  return SPECIAL.test(character) || character === ' ' ? `\\${character}` : character;
}
