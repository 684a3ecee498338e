/**
 * What the settings of a filter say together: one list of gitignore lines, and limits of sizes.
 *
 * Later lines win over earlier ones: first the extensions, then the file of ExcludeFrom, then Exclude, then Include.
 */
import { readFileSync } from 'node:fs';
import { onlyExtensions, withoutExtensions } from './extension-lines.ts';
import { readIgnoreNames } from './ignore-settings.ts';
import { parseSize } from './quantity.ts';
import { isRuleLine, type RuleLine, ruleLines, splitPatterns } from './rule-lines.ts';
import type { Resolved } from './setting.ts';
import { UserError } from './user-error.ts';

export interface FilterSettings {
  /** In the order in which they count: of those that match the last one decides. */
  readonly rules: readonly RuleLine[];
  /** Files of fewer bytes are left out; 0: none for that. */
  readonly minBytes: number;
  /** Files of more bytes are left out; 0: none for that. */
  readonly maxBytes: number;
}

/** Every mirror gets all of them when it connects. */
export const MAX_RULES = 10_000;
/** Characters of a rule. */
export const MAX_LINE = 4096;
/** Characters of all rules together. */
export const MAX_ALL = 256 * 1024;
const MAX_FILE_BYTES = 4 << 20;

/**
 * Reads the settings, and the file that one of them names.
 * @throws UserError with the place for what cannot be read, is too much, or makes no sense together
 */
export function readFilterRules(get: (key: string) => Resolved): FilterSettings {
  const [exclude, include] = [get('Exclude'), get('Include')];
  const leftOut = [
    ...extensions(get('Extensions'), onlyExtensions),
    ...extensions(get('ExcludeExtensions'), withoutExtensions),
    ...linesOfFile(get('ExcludeFrom')),
    ...excluded(exclude),
  ].filter(({ line }) => isRuleLine(line));
  const rules = [...leftOut, ...included(include)];
  if (leftOut.length === 0 && rules.length > 0)
    throw new UserError(
      'INCLUDE_ALONE',
      `${include.source}: there is nothing that Include could take back.`,
      'Say with Exclude, ExcludeFrom or Extensions what is left out; everything else is mirrored anyway.',
    );
  checkSize(rules);
  return { rules, ...readSizes(get('MinSize'), get('MaxSize')) };
}

/** What a share leaves out: by its settings, and by files in the source. */
export interface ShareRuleSettings extends FilterSettings {
  /** Names of those files. */
  readonly ignoreNames: readonly string[];
}

/** The same for a share. Throws UserError likewise. */
export function readShareRules(get: (key: string) => Resolved): ShareRuleSettings {
  return { ...readFilterRules(get), ignoreNames: readIgnoreNames(get('IgnoreFiles')) };
}

/** A client keeps all of them, and compares each path with each of them. */
function checkSize(rules: readonly RuleLine[]): void {
  if (rules.length > MAX_RULES)
    throw new UserError(
      'TOO_MANY_RULES',
      `There are ${rules.length} rules; at most ${MAX_RULES} are possible.`,
    );
  const long = rules.find(({ line }) => line.length > MAX_LINE);
  if (long !== undefined)
    throw new UserError('LONG_RULE', `${long.origin}: a rule of more than ${MAX_LINE} characters.`);
  const length = rules.reduce((sum, { line }) => sum + line.length, 0);
  if (length > MAX_ALL)
    throw new UserError(
      'LONG_RULES',
      `The rules have ${length} characters together; at most ${MAX_ALL} are possible.`,
      'Exclude folders instead of what is in them, and write one pattern with wildcards for many names.',
    );
}

function extensions(setting: Resolved, linesOf: (list: readonly string[]) => string[]): RuleLine[] {
  const given = split(setting.text, ',');
  if (given.some((one) => /[\s;]/.test(one)))
    throw new UserError(
      'BAD_EXTENSION',
      `${setting.source}: "${setting.text}" has no comma between extensions.`,
      `Write commas between them, like ${split(setting.text, /[\s,;]+/).join(', ')}; for names and folders there is Exclude.`,
    );
  const wrong = given.find((one) => /[\\/*?]/.test(one));
  if (wrong !== undefined)
    throw new UserError(
      'BAD_EXTENSION',
      `${setting.source}: "${wrong}" is no extension of a file name.`,
      'Write extensions alone, like mkv, mp4; for names and folders there is Exclude.',
    );
  return linesOf(given).map((line) => ({ line, origin: setting.source }));
}

/** `mkv`, `.mkv` and `*.mkv` mean the same. */
function split(text: string, separator: string | RegExp): string[] {
  return text
    .split(separator)
    .map((one) => one.trim().replace(/^\*?\./, ''))
    .filter((one) => one !== '');
}

function linesOfFile({ text: path, source }: Resolved): readonly RuleLine[] {
  if (path === '') return [];
  let text: string;
  try {
    const bytes = readFileSync(path);
    if (bytes.length > MAX_FILE_BYTES)
      throw new UserError('LONG_RULE_FILE', `${source}: ${path} is too large to be a list of rules.`);
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof UserError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA')
      throw new UserError(
        'BAD_RULE_FILE',
        `${source}: ${path} is not UTF-8 text.`,
        'Save it again as UTF-8.',
      );
    throw new UserError(
      'NO_RULE_FILE',
      `${source}: ${path} cannot be read (${code ?? String(error)}).`,
      'Check the path and its permissions. Nothing is mirrored without the rules that belong to it.',
    );
  }
  return ruleLines(text, path);
}

/** A line that is a comment would be obeyed by nobody. */
function excluded(setting: Resolved): RuleLine[] {
  return splitPatterns(setting.text).map((line) => {
    if (line.startsWith('#'))
      throw new UserError(
        'COMMENT_AS_RULE',
        `${setting.source}: "${line}" is a comment, not a pattern.`,
        'Write \\# for a name that begins with #.',
      );
    return { line, origin: setting.source };
  });
}

function included(setting: Resolved): RuleLine[] {
  return splitPatterns(setting.text).map((line) => {
    if (line.startsWith('!'))
      throw new UserError(
        'INCLUDE_NEGATED',
        `${setting.source}: "${line}" begins with "!", and Include is that already.`,
        'Leave the "!" away, or write \\! for a name that begins with it.',
      );
    return { line: `!${line}`, origin: setting.source };
  });
}

function readSizes(min: Resolved, max: Resolved): Pick<FilterSettings, 'minBytes' | 'maxBytes'> {
  const minBytes = parseSize(min.text, min.source);
  const maxBytes = parseSize(max.text, max.source);
  if (maxBytes > 0 && minBytes > maxBytes)
    throw new UserError(
      'NO_SIZE_LEFT',
      `${min.source}: MinSize ${min.text} is more than MaxSize ${max.text} (${max.source}), so no file would be mirrored.`,
      'Make MinSize smaller or MaxSize larger.',
    );
  return { minBytes, maxBytes };
}
