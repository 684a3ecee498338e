/** The parts of a mirror that a person asks for in a history, and whether such a part is what it is said to be. */
import { type PathPattern, readPattern, type TypedPattern } from '@lanmirror/engine/host';

/** Patterns that meet the paths of histories in every way: a folder, files in one, files in all, all but one. */
export const PARTS = ['d', 'd/*', '**/a', '!f', 'f/e/**', '{a,d/e}'] as const;

export type Part = (typeof PARTS)[number];

const typed = new Map<Part, TypedPattern>();
for (const part of PARTS) typed.set(part, await readPattern(part));

/** No name in a history has a character of a pattern, so none is meant as it is written. */
export function patternOf(part: Part): PathPattern {
  const pattern = typed.get(part);
  if (pattern === undefined) throw new Error(`no part ${part}`);
  return pattern(() => false);
}
