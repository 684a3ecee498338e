/**
 * The brackets of a pattern: `[abc]`, `[a-z]`, `[!0-9]`, `[[:digit:]]`. They never match a slash.
 */

/** Whether a character is in the set. */
export type CharacterTest = (character: string) => boolean;

export interface CharacterSet {
  readonly has: CharacterTest;
  /** Index behind the closing bracket. */
  readonly end: number;
}

/** The named classes, for ASCII as git has them. */
const CLASSES: Readonly<Record<string, RegExp>> = {
  alnum: /^[A-Za-z0-9]$/,
  alpha: /^[A-Za-z]$/,
  blank: /^[ \t]$/,
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what the class is about
  cntrl: /^[\u0000-\u001f\u007f]$/,
  digit: /^[0-9]$/,
  graph: /^[!-~]$/,
  lower: /^[a-z]$/,
  print: /^[ -~]$/,
  punct: /^[!-/:-@[-`{-~]$/,
  space: /^[\t-\r ]$/,
  upper: /^[A-Z]$/,
  xdigit: /^[0-9A-Fa-f]$/,
};

/**
 * Reads the set whose opening bracket is at `start` of `pattern`, a list of characters.
 * @returns undefined for one that never closes, or names an unknown class: its pattern matches nothing
 */
export function readCharacterSet(pattern: readonly string[], start: number): CharacterSet | undefined {
  let at = start + 1;
  const isNegated = pattern[at] === '!' || pattern[at] === '^';
  if (isNegated) at += 1;
  const tests: CharacterTest[] = [];
  // Where a range may begin; undefined behind a range and a class.
  let from: string | undefined;
  // A bracket right at the beginning is a member like others.
  for (let isFirst = true; isFirst || pattern[at] !== ']'; isFirst = false) {
    const member = readMember(pattern, at, from);
    if (member === undefined) return undefined;
    tests.push(member.has);
    from = member.from;
    at = member.end;
  }
  const has = (character: string): boolean => tests.some((test) => test(character));
  return { has: (character) => character !== '/' && has(character) !== isNegated, end: at + 1 };
}

interface Member extends CharacterSet {
  /** The character at which a range may begin that follows. */
  readonly from: string | undefined;
}

function readMember(pattern: readonly string[], at: number, from: string | undefined): Member | undefined {
  const character = pattern[at];
  const next = pattern[at + 1];
  if (character === undefined) return undefined;
  if (character === '-' && from !== undefined && next !== undefined && next !== ']') {
    const last = readCharacter(pattern, at + 1);
    return last && { has: (one) => isBetween(one, from, last.character), from: undefined, end: last.end };
  }
  if (character === '[' && next === ':') return readClass(pattern, at);
  const single = readCharacter(pattern, at);
  return single && { has: (one) => one === single.character, from: single.character, end: single.end };
}

/** A character, or the one behind a backslash. */
function readCharacter(
  pattern: readonly string[],
  at: number,
): { readonly character: string; readonly end: number } | undefined {
  const isEscaped = pattern[at] === '\\';
  const character = pattern[isEscaped ? at + 1 : at];
  return character === undefined ? undefined : { character, end: isEscaped ? at + 2 : at + 1 };
}

/** `[:alpha:]`; what has no `:]` is a bracket, and what follows is members. */
function readClass(pattern: readonly string[], at: number): Member | undefined {
  const end = pattern.indexOf(']', at + 2);
  if (end < 0) return undefined;
  if (end - 1 < at + 2 || pattern[end - 1] !== ':')
    return { has: (one) => one === '[', from: '[', end: at + 1 };
  const name = pattern.slice(at + 2, end - 1).join('');
  const test = Object.hasOwn(CLASSES, name) ? CLASSES[name] : undefined;
  return test && { has: (one) => test.test(one), from: undefined, end: end + 1 };
}

function isBetween(character: string, first: string, last: string): boolean {
  const code = codeOf(character);
  return code >= codeOf(first) && code <= codeOf(last);
}

function codeOf(character: string): number {
  return character.codePointAt(0) ?? 0;
}
