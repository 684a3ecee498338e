/** A path that cannot be handled, as both programs show it: what, why, since when, and what to do. */
import { displayName } from './display-name.ts';
import { localTimeOf } from './local-time.ts';

export interface ProblemReport {
  readonly path: string;
  readonly code: string;
  /** The cause. */
  readonly message: string;
  /** The next step of a person. */
  readonly cure: string;
  /** When it was met first, also by an earlier run; ISO 8601. */
  readonly since: string;
  /** Tries that failed, those of earlier runs included. */
  readonly attempts: number;
  /** When it is tried again by itself, ISO 8601; null: when it changes. */
  readonly nextTry: string | null;
}

/** `sinceMs` and `nextTryMs` are milliseconds since 1970; no next try: when it changes. */
export function problemReport(
  problem: { path: string; code: string; message: string; attempts: number; sinceMs: number },
  cure: string,
  nextTryMs: number | undefined,
): ProblemReport {
  const { path, code, message, attempts, sinceMs } = problem;
  const nextTry = nextTryMs === undefined ? null : isoTime(nextTryMs);
  return { path, code, message, cure, since: isoTime(sinceMs), attempts, nextTry };
}

/** One line for each problem. */
export function problemLines(problems: readonly ProblemReport[]): string[] {
  return problems.map(({ path, code, message, since, attempts, nextTry }) => {
    const tried = attempts > 1 ? `, tried ${attempts} times` : '';
    const next = nextTry === null ? 'again when it changes' : `again at ${localTimeOf(nextTry)}`;
    return `  ${displayName(path === '' ? '.' : path)}: ${displayName(message)} (${displayName(code)}); since ${localTimeOf(since)}${tried}, ${next}`;
  });
}

/** The next step for each code among them, once. */
export function cureLines(problems: readonly ProblemReport[]): string[] {
  const cures = new Map(problems.map(({ code, cure }) => [code, cure]));
  return [...cures].map(([code, cure]) => `  ${displayName(code)}: ${displayName(cure)}`);
}

/** To the second. */
function isoTime(wallMs: number): string {
  return `${new Date(wallMs).toISOString().slice(0, 19)}Z`;
}
