/** What else than rules keeps a path from being mirrored. Pure. */
import { isReservedAtTop } from '@lanmirror/protocol';
import type { Explanation } from './filter/explain-entry.ts';
import { adviceFor } from './problem-advice.ts';

/** A path that cannot be handled, and why. */
export interface PathProblem {
  readonly path: string;
  readonly code: string;
  /** The cause, for a person. */
  readonly message: string;
}

/** Folders with such a problem tell of everything that is in them. */
const HIDES_NOTHING = 'ignore-kept';

/** A problem in the words of its code. */
export function problemAt(path: string, code: string): PathProblem {
  return { path, code, message: adviceFor(code).cause };
}

/**
 * The problem that a path has, or else that of the nearest folder above it: in that nothing can be seen.
 * @param problemOf the problem of exactly this path
 */
export function problemOver(
  path: string,
  problemOf: (path: string) => PathProblem | undefined,
): PathProblem | undefined {
  const names = path === '' ? [] : path.split('/');
  if (isReservedAtTop(names[0] ?? '')) return problemAt(names[0] ?? '', 'reserved');
  for (let length = names.length; length >= 0; length -= 1) {
    const found = problemOf(names.slice(0, length).join('/'));
    if (found !== undefined && (found.path === path || found.code !== HIDES_NOTHING)) return found;
  }
  return undefined;
}

/** What decided about a path when a problem did. */
export interface ProblemVerdict {
  readonly isMirrored: boolean;
  readonly reason: 'problem';
  readonly rule: null;
  /** The path that has the problem: the entry itself, or a folder above it. */
  readonly matched: string;
  readonly problem: PathProblem;
}

/**
 * What the rules say, and a problem besides: it is what decides about a path that they let in and that is not known.
 * @param isKnown it is mirrored as it was seen last
 */
export function explainWith<Told extends Pick<Explanation, 'isMirrored'>>(
  told: Told,
  problem: PathProblem | undefined,
  isKnown: boolean,
): Told | (Omit<Told, keyof ProblemVerdict> & ProblemVerdict) | (Told & { readonly problem: PathProblem }) {
  if (!told.isMirrored || problem === undefined) return told;
  if (isKnown) return { ...told, problem };
  return { ...told, isMirrored: false, reason: 'problem', rule: null, matched: problem.path, problem };
}
