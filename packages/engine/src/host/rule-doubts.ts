/** What of the rules in the settings is possible, and most probably meant otherwise. Pure. */
import type { RuleLine } from './rule-lines.ts';
import type { Resolved } from './setting.ts';

/** What one section says. */
export interface DoubtedSection {
  readonly ignoreFiles: Resolved;
  /** Its patterns, whatever they are for. */
  readonly patterns: readonly RuleLine[];
  /** Folders of this machine, absolute, at whose top patterns begin. */
  readonly roots: readonly string[];
}

/** Warnings about one section. */
export function ruleDoubts({ ignoreFiles, patterns, roots }: DoubtedSection): string[] {
  return [...ignoreNameDoubts(ignoreFiles), ...patterns.flatMap((one) => patternDoubts(one, roots))];
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

/** gitignore knows neither `./` nor the path of the folder that the rules are about. */
function patternDoubts({ line, origin }: RuleLine, roots: readonly string[]): string[] {
  const [sign, pattern] = line.startsWith('!') ? ['!', line.slice(1)] : ['', line];
  const root = roots.find((one) => pattern.startsWith(`${one}/`));
  if (root !== undefined)
    return [
      `${origin}: "${line}" counts from the top of ${root}, and not of the disk; write ${sign}${pattern.slice(root.length)} if that is meant.`,
    ];
  if (!pattern.startsWith('./')) return [];
  return [`${origin}: "${line}" matches nothing; write ${sign}${pattern.slice(1)} for a path from the top.`];
}
