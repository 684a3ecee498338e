/**
 * Wildcards of gitignore patterns, compared in time that grows with pattern times text only: patterns come from other
 * people, and one like `*a*a*a*b` must not cost a minute.
 *
 *   ?      one character, not a slash           *      any number of them
 *   [a-z]  one of a set                         \x     the character x
 *   ** between slashes, or at an end of the pattern: any number of folders
 *
 * A character is a Unicode character, not a byte.
 */
import { type CharacterTest, readCharacterSet } from './character-set.ts';

/** Whether a text matches. */
export type TextTest = (text: string) => boolean;

/** A step of a pattern: which characters lead to the next step, and which leave one where one is. */
interface Step {
  readonly leads: CharacterTest;
  readonly stays: CharacterTest;
  /** Steps further on to which no character is needed. */
  readonly skips: readonly number[];
}

const NEVER: CharacterTest = () => false;
const ANY: CharacterTest = () => true;
const NO_SLASH: CharacterTest = (character) => character !== '/';
const SLASH: CharacterTest = (character) => character === '/';
const SPECIAL = /[*?[\\]/;
const TAIL_ENDS = ['*', '?', '[', ']', '/'];

/**
 * Compiles a pattern for whole texts. What is malformed matches nothing.
 * @param ignoresCase the letters A to Z are the same as a to z
 */
export function wildcardTest(pattern: string, ignoresCase: boolean): TextTest {
  const fold = (text: string): string => (ignoresCase ? lowerAscii(text) : text);
  const folded = fold(pattern);
  if (!SPECIAL.test(pattern)) return (text) => fold(text) === folded;
  const ending = folded.slice(1);
  if (pattern.startsWith('*') && !SPECIAL.test(ending) && !ending.includes('/'))
    return (text) => fold(text).endsWith(ending) && !text.includes('/');
  const steps = compile([...pattern], ignoresCase);
  if (steps === undefined) return () => false;
  // Nearly every text is no match, and nearly all of those show it at an end.
  const { head, tail } = literalEnds(folded);
  const isStar = ({ leads, stays }: Step): boolean => leads === NEVER || stays !== NEVER;
  const last = steps.slice(steps.findLastIndex(isStar) + 1);
  return (text) => {
    const one = fold(text);
    if (!one.startsWith(head) || !one.endsWith(tail)) return false;
    const characters = [...text];
    return endsWith(characters, last) && isMatch(steps, characters);
  };
}

/** Whether a text ends with what the steps behind the last star want, a character each. */
function endsWith(text: readonly string[], last: readonly Step[]): boolean {
  const from = text.length - last.length;
  return from >= 0 && last.every(({ leads }, at) => leads(text[from + at] ?? ''));
}

/** What every match begins and ends with. A slash behind stars is part of no end: they may stand for nothing with it. */
function literalEnds(pattern: string): { readonly head: string; readonly tail: string } {
  const tail = pattern.includes('\\')
    ? ''
    : pattern.slice(Math.max(...TAIL_ENDS.map((one) => pattern.lastIndexOf(one))) + 1);
  return { head: pattern.slice(0, pattern.search(SPECIAL)), tail };
}

/** Follows all ways through the steps at once. */
function isMatch(steps: readonly Step[], text: readonly string[]): boolean {
  let at = reached(steps, [0]);
  for (const character of text) {
    const next: number[] = [];
    for (const place of at) {
      const step = steps[place];
      if (step?.stays(character) === true) next.push(place);
      if (step?.leads(character) === true) next.push(place + 1);
    }
    if (next.length === 0) return false;
    at = reached(steps, next);
  }
  return at.has(steps.length);
}

function reached(steps: readonly Step[], places: readonly number[]): ReadonlySet<number> {
  const all = new Set(places);
  // A set is walked in the order of what is added, also while it grows.
  for (const place of all) for (const skip of steps[place]?.skips ?? []) all.add(place + skip);
  return all;
}

function compile(pattern: readonly string[], ignoresCase: boolean): Step[] | undefined {
  const steps: Step[] = [];
  const add = (leads: CharacterTest): number =>
    steps.push({ leads: ignoresCase ? inAnyCase(leads) : leads, stays: NEVER, skips: [] });
  const literal = pattern.findIndex((character) => SPECIAL.test(character));
  for (let at = 0; at < pattern.length; ) {
    const character = pattern[at] as string;
    if (character === '*') {
      // What stands before the first wildcard is compared by itself, and the rest begins anew.
      at = addStars(steps, pattern, at, at === literal);
    } else if (character === '[') {
      const set = readCharacterSet(pattern, at);
      if (set === undefined) return undefined;
      add(set.has);
      at = set.end;
    } else {
      const isEscape = character === '\\';
      const plain = isEscape ? pattern[at + 1] : character;
      if (plain === undefined) return undefined;
      add(character === '?' ? NO_SLASH : (one) => one === plain);
      at += isEscape ? 2 : 1;
    }
  }
  return steps;
}

/** A run of stars at `start`; returns the index behind what was read. */
function addStars(steps: Step[], pattern: readonly string[], start: number, isBeginning: boolean): number {
  let at = start;
  while (pattern[at] === '*') at += 1;
  const before = pattern[start - 1];
  const isEnd = at === pattern.length;
  const isBounded =
    (isBeginning || before === '/') &&
    (isEnd || pattern[at] === '/' || (pattern[at] === '\\' && pattern[at + 1] === '/'));
  if (at - start === 1 || !isBounded) {
    steps.push({ leads: NEVER, stays: NO_SLASH, skips: [1] });
    return at;
  }
  if (pattern[at] !== '/') {
    steps.push({ leads: NEVER, stays: ANY, skips: [1] });
    return at;
  }
  // Any folders with the slash behind them, or nothing at all.
  steps.push({ leads: NEVER, stays: NEVER, skips: [1, 2] });
  steps.push({ leads: SLASH, stays: ANY, skips: [] });
  return at + 1;
}

function inAnyCase(test: CharacterTest): CharacterTest {
  return (character) => test(lowerAscii(character)) || test(upperAscii(character));
}

function lowerAscii(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function upperAscii(text: string): string {
  return text.replace(/[a-z]/g, (letter) => letter.toUpperCase());
}
