/** Comments of an INI that stand where a value is expected, and most probably are meant as one. Pure. */
import type { IniSection, IniValue } from './ini-file.ts';
import type { Setting } from './setting.ts';

/**
 * Warnings about the values of an INI.
 * @param settings all that may stand in it
 */
export function commentDoubts(
  sections: Iterable<IniSection>,
  settings: readonly Setting[],
  iniPath: string,
): string[] {
  const values = [...sections].flatMap((section) => [...section.values.values()]);
  return values.filter(isDoubtful).map((value) => {
    const setting = settings.find(({ key }) => key.toLowerCase() === value.key.toLowerCase());
    return `${iniPath} line ${value.line}: ${doubtOf(value, setting)}`;
  });
}

/** Behind a comma something is expected. Where all of a value is missing, a sign and a blank begin a true comment. */
function isDoubtful({ text, comment = '' }: IniValue): boolean {
  if (comment === '') return false;
  return text === '' ? /^[#;][^\s#;]/.test(comment) : text.endsWith(',');
}

function doubtOf({ key, text, comment = '' }: IniValue, setting: Setting | undefined): string {
  if (setting?.isSecret === true)
    return `what begins with "${comment[0]}" is a comment, and no part of ${key}. Quotes around the whole value keep it.`;
  const meant = `${text} ${comment}`.trim();
  // A pattern that begins with # is none, also in quotes.
  const spelled = setting?.kind.type === 'patterns' ? meant.replaceAll(/(^|,\s*)#/g, '$1\\#') : meant;
  const isCut = /(^|\s)[#;]/.test(spelled);
  return `"${comment}" is a comment, and no part of ${key}. If it is meant as one: ${key} = ${isCut ? quoted(spelled) : spelled}`;
}

function quoted(text: string): string {
  return text.includes('"') ? `'${text}'` : `"${text}"`;
}
