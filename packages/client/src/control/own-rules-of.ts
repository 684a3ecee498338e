/** What the settings of a client say about what it leaves out. */
import {
  type Configuration,
  ignoresLetterCase,
  readAgeLimits,
  readFilterRules,
} from '@lanmirror/engine/host';
import type { OwnRuleSet } from '../state/own-rules.ts';

/** Reads the file of `ExcludeFrom`, too. Throws UserError. */
export function ownRulesOf(configuration: Configuration, platform = process.platform): OwnRuleSet {
  const { get } = configuration;
  return { ...readFilterRules(get), ...readAgeLimits(get), ignoresCase: ignoresLetterCase(platform) };
}
