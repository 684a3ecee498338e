/**
 * Which files are left out for their age, which is the time since they were modified. Pure.
 */
import type { EntryKind } from '@lanmirror/protocol';

export interface AgeLimits {
  /** Files that were modified less than so many milliseconds ago are left out; 0: none for that. */
  readonly minAgeMs: number;
  /** Files that were modified so many milliseconds ago, or longer, are left out; 0: none for that. */
  readonly maxAgeMs: number;
}

export interface AgedEntry {
  readonly kind: EntryKind;
  /** When it was modified, in microseconds since 1970. */
  readonly mtimeUs: number;
}

/** `young` and `old` are left out; a young one comes in by itself. */
export type AgeVerdict = 'young' | 'in' | 'old';

/** The instants at which the verdict about an entry changes, in milliseconds since 1970; undefined: it never does. */
export interface AgeTurns {
  /** It is young before this one. */
  readonly youngUntilMs: number | undefined;
  /** It is old from this one on. */
  readonly oldFromMs: number | undefined;
}

const NEVER: AgeTurns = { youngUntilMs: undefined, oldFromMs: undefined };

/** Folders and links have no age. */
export function ageTurns({ minAgeMs, maxAgeMs }: AgeLimits, { kind, mtimeUs }: AgedEntry): AgeTurns {
  if (kind !== 'file') return NEVER;
  const modifiedMs = Math.floor(mtimeUs / 1000);
  return {
    youngUntilMs: minAgeMs === 0 ? undefined : modifiedMs + minAgeMs,
    oldFromMs: maxAgeMs === 0 ? undefined : modifiedMs + maxAgeMs,
  };
}

/** What an entry is at an instant of the wall clock. It depends on nothing that was before. */
export function ageVerdict(limits: AgeLimits, entry: AgedEntry, nowMs: number): AgeVerdict {
  const { youngUntilMs = -Infinity, oldFromMs = Infinity } = ageTurns(limits, entry);
  if (nowMs < youngUntilMs) return 'young';
  return nowMs < oldFromMs ? 'in' : 'old';
}
