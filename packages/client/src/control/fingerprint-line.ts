/** What a person is told of the fingerprints of target and source. Pure. */
import { type Fingerprint, type FingerprintComparison, fingerprintText } from '@lanmirror/engine/core';
import { statusLine } from '@lanmirror/engine/host';
import { type KeptFacts, keptBesideText } from '../mirror/kept-text.ts';
import { type PassedFacts, passedBesideText } from '../mirror/passed-text.ts';
import type { SourceWord } from '../source/source-word.ts';

export interface FingerprintFacts {
  /** Of the target; undefined before there is one. */
  readonly own: Fingerprint | undefined;
  /** Of the source, as the server told it last in this session. */
  readonly server: Fingerprint | undefined;
  readonly comparison: FingerprintComparison;
  /** Links that are left out because none are wanted; with one the target is not identical. */
  readonly skippedLinks: number;
  /** The mirror leaves out something by rules of its own: the codes are of different trees. */
  readonly hasOwnRules: boolean;
  /** Paths that failed; with one the target is hardly identical. */
  readonly problems: number;
  /** What stands here besides, by the rule for deletions. */
  readonly kept: KeptFacts;
  /** What of the source is not here as it is there, by the rule for comparing: the codes are of different trees. */
  readonly passed: PassedFacts;
  /** Whose the other code is; default: a server. */
  readonly other?: SourceWord;
}

/** One line, or two when the codes differ. */
export function fingerprintLines({
  own,
  server,
  comparison,
  skippedLinks,
  problems,
  kept,
  passed,
  hasOwnRules,
  other = 'server',
}: FingerprintFacts): string[] {
  if (own === undefined) return [];
  const line = statusLine('Fingerprint', fingerprintText(own));
  const isComparable = server !== undefined && comparison !== 'unknown';
  if (!isComparable) return [`${line}${hasOwnRules ? ' (with own rules)' : ''}${passedBesideText(passed)}`];
  if (comparison === 'identical') return [`${line}, identical to the ${other}${keptBesideText(kept)}`];
  const serverText = fingerprintText(server, 'read');
  if (comparison === 'provisional') return [line, `  the ${other}: ${serverText}`];
  return [`${line} DIFFERS from the ${other}: ${serverText}`, `  ${reasonOf(skippedLinks, problems)}`];
}

function reasonOf(skippedLinks: number, problems: number): string {
  const reasons = [
    ...(skippedLinks > 0
      ? [`${skippedLinks} symbolic link${skippedLinks === 1 ? ' is' : 's are'} left out (Links = skip)`]
      : []),
    ...(problems > 0 ? [`${problems} path${problems === 1 ? '' : 's'} failed`] : []),
  ];
  if (reasons.length > 0)
    return `because ${reasons.join(' and ')}: the rest may be identical, and is not proved`;
  return 'This should not be: the paths are looked for, named and put right.';
}
