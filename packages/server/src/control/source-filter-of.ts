/** The filter that the settings of a server make. */
import { type FilterSettings, ignoresLetterCase } from '@lanmirror/engine/host';
import type { SourceFilter } from '@lanmirror/engine/source';

/** Loads what it needs only now: a command that asks a running program needs none of it. */
export async function sourceFilterOf(
  { rules, ...sizes }: FilterSettings,
  platform = process.platform,
): Promise<SourceFilter> {
  const { SourceFilter } = await import('@lanmirror/engine/source');
  return new SourceFilter(rules, { ...sizes, ignoresCase: ignoresLetterCase(platform) });
}
