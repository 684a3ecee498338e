/** The rules of a share as messages to a client. Pure. */
import { MAX_CONTROL_BYTES, MAX_TEXT, type Rule, type Rules, utf8Length } from '@lanmirror/protocol';
import type { SourceFilter } from '../publish/source-filter.ts';

/** Leaves room for the envelope and for one rule of the largest size. */
const PART_BYTES = MAX_CONTROL_BYTES / 2;
/** Upper bound of what a rule takes beside its texts. */
const RULE_BYTES = 32;

/** At least one message; the last one says so. `path` is that of the mirrored folder from the top of the share. */
export function ruleMessages({ rules, ignoresCase }: SourceFilter, path: string): Rules[] {
  const parts: Rule[][] = [[]];
  let bytes = 0;
  for (const { line, origin, folder = '' } of rules) {
    const rule = { line, folder, origin: origin.slice(0, MAX_TEXT) };
    if (bytes > PART_BYTES) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)?.push(rule);
    bytes += RULE_BYTES + utf8Length(rule.line) + utf8Length(folder) + utf8Length(rule.origin);
  }
  return parts.map((part, at) => ({
    type: 'rules',
    path,
    ignoresCase,
    rules: part,
    last: at === parts.length - 1,
  }));
}
