/** What a person is told of entries that are not as the source has them because the rule for comparing passes them over. Pure. */
import { type CompareRule, compareText, type Difference } from '@lanmirror/engine/core';

/** How many there are, and by which rule. */
export interface PassedFacts {
  readonly count: number;
  readonly rule: CompareRule;
}

/** The rule as it is written down: `Compare = missing, size`. */
export function ruleText(rule: CompareRule): string {
  return `Compare = ${compareText(rule)}`;
}

/** Behind "in sync": `, with 12 entries that differ and are left as they are (Compare = missing)`; '' for none. */
export function passedText({ count, rule }: PassedFacts): string {
  return count === 0 ? '' : `, with ${beLeft(count)} (${ruleText(rule)})`;
}

/** The line of `status`. */
export function passedLine({ count, rule }: PassedFacts): string {
  return `Left:     ${beLeft(count)} (${ruleText(rule)})`;
}

/** Behind the fingerprint; '' for none. */
export function passedBesideText({ count, rule }: PassedFacts): string {
  return count === 0 ? '' : ` (without ${entries(count)} of the source, by ${ruleText(rule)})`;
}

const NAMES: Readonly<Record<Difference, string>> = {
  missing: 'nothing of its kind stands here',
  size: 'size',
  newer: 'the source is newer',
  mtime: 'time',
  hash: 'content',
};

/** `it differs in size, time and content, which does not count (Compare = missing)`. */
export function leftText(differences: readonly Difference[], rule: CompareRule): string {
  if (differences.includes('missing'))
    return `${NAMES.missing}, and nothing is made here (${ruleText(rule)})`;
  const named = differences.filter((one) => one !== 'newer').map((one) => NAMES[one]);
  if (named.length === 0) return `its time is a little off (${ruleText(rule)})`;
  const last = named.pop();
  const list = named.length === 0 ? last : `${named.join(', ')} and ${last}`;
  return `it differs in ${list}, which does not count (${ruleText(rule)})`;
}

function beLeft(count: number): string {
  return `${entries(count)} that ${count === 1 ? 'differs and is left as it is' : 'differ and are left as they are'}`;
}

function entries(count: number): string {
  return count === 1 ? '1 entry' : `${count} entries`;
}
