/** The filter that the settings of a server make. */
import { ignoresLetterCase, type ShareRuleSettings } from '@lanmirror/engine/host';
import type { SourceFilter } from '@lanmirror/engine/source';

/** Loads what it needs only now: a command that asks a running program needs none of it. */
export async function sourceFilterOf(
  { rules, ...others }: ShareRuleSettings,
  platform = process.platform,
): Promise<SourceFilter> {
  const { SourceFilter } = await import('@lanmirror/engine/source');
  return new SourceFilter(rules, { ...others, ignoresCase: ignoresLetterCase(platform) });
}
