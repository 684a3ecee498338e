/** What a person is told of entries that a rule keeps although the source does not have them. Pure. */
import type { DeleteRule } from '@lanmirror/engine/core';
import { statusLine } from '@lanmirror/engine/host';

/** How many there are, and by which rule. */
export interface KeptFacts {
  readonly count: number;
  readonly rule: Pick<DeleteRule, 'text'>;
}

/** Behind "in sync": `, with 12 entries kept here that are gone at the source (Delete = never)`; '' for none. */
export function keptText({ count, rule }: KeptFacts): string {
  return count === 0 ? '' : `, with ${entries(count)} kept here that ${are(count)} (${rule.text})`;
}

/** Behind the fingerprint of a mirror that has all that the server has; '' for none. */
export function keptBesideText({ count }: KeptFacts): string {
  return count === 0 ? '' : `, but for ${entries(count)} kept here that ${are(count)}`;
}

/** The line of `status`; none without any. */
export function keptLine({ count, rule }: KeptFacts): string {
  return statusLine('Kept', `${entries(count)} that ${are(count)} (${rule.text})`);
}

function entries(count: number): string {
  return count === 1 ? '1 entry' : `${count} entries`;
}

function are(count: number): string {
  return `${count === 1 ? 'is' : 'are'} gone at the source`;
}
