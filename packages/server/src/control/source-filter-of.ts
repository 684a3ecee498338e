/** The filter that the settings of a server make. */
import type { FilterSettings } from '@lanmirror/engine/host';
import type { SourceFilter } from '@lanmirror/engine/source';

/** Where the file systems that people use take the letters A to Z for a to z. */
const FOLDS_CASE: ReadonlySet<string> = new Set(['darwin', 'win32']);

/** Loads what it needs only now: a command that asks a running program needs none of it. */
export async function sourceFilterOf(
  { rules, ...sizes }: FilterSettings,
  platform = process.platform,
): Promise<SourceFilter> {
  const { SourceFilter } = await import('@lanmirror/engine/source');
  return new SourceFilter(rules, { ...sizes, ignoresCase: FOLDS_CASE.has(platform) });
}
