/** What of the rules in the settings is possible, and most probably meant otherwise. Pure. */
import type { Resolved } from './setting.ts';

/**
 * Warnings about one section.
 * @param get its settings
 */
export function ruleDoubts(get: (key: string) => Resolved): string[] {
  return ignoreNameDoubts(get('IgnoreFiles'));
}

/** Blanks and semicolons are possible in names. */
function ignoreNameDoubts({ text, source }: Resolved): string[] {
  const names = text.split(',').map((name) => name.trim());
  return names
    .filter((name) => /[\s;]/.test(name))
    .map((name) => {
      const several = name.split(/[\s;]+/).filter((one) => one !== '');
      return `${source}: "${name}" is one name. If several files are meant, write commas between them: ${several.join(', ')}.`;
    });
}
