/** What the settings of a client say about what it leaves out. */
import { type Configuration, readAgeLimits, readFilterRules } from '@lanmirror/engine/host';
import type { OwnRuleSet } from '../state/own-rules.ts';

/** Where the file systems that people use take the letters A to Z for a to z. */
const FOLDS_CASE: ReadonlySet<string> = new Set(['darwin', 'win32']);

/** Reads the file of `ExcludeFrom`, too. Throws UserError. */
export function ownRulesOf(configuration: Configuration, platform = process.platform): OwnRuleSet {
  const { get } = configuration;
  return { ...readFilterRules(get), ...readAgeLimits(get), ignoresCase: FOLDS_CASE.has(platform) };
}
