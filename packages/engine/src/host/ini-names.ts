/** Are the sections and keys of an INI known? A mistyped one would otherwise be obeyed by nobody, silently. */
import type { IniSection } from './ini-file.ts';
import { nearestWord } from './nearest-word.ts';
import type { Setting } from './setting.ts';
import { UserError } from './user-error.ts';

/**
 * Refuses unknown sections and keys. The section of the other program is allowed, so that one INI can
 * serve both, and its keys are checked too.
 * @param known the settings by the name of their section
 * @param iniName the INI as messages call it
 * @throws UserError with the line and the nearest known name
 */
export function checkIniNames(
  sections: ReadonlyMap<string, IniSection>,
  known: Readonly<Record<string, readonly Setting[]>>,
  iniName: string,
): void {
  const names = Object.keys(known);
  for (const section of sections.values()) {
    const name = names.find((one) => isSame(one, section.name));
    if (name === undefined) throw unknown(iniName, section.line, 'section', section.name, names);
    const keys = (known[name] ?? []).map(({ key }) => key);
    for (const { key, line } of section.values.values()) {
      if (keys.some((one) => isSame(one, key))) continue;
      throw misplaced(iniName, line, key, known) ?? unknown(iniName, line, 'key', key, keys);
    }
  }
}

function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function unknown(
  iniName: string,
  line: number,
  what: string,
  name: string,
  known: readonly string[],
): UserError {
  const near = nearestWord(name, known);
  const hint = near === undefined ? '.' : `, did you mean ${near}?`;
  const step = near === undefined ? `Known are ${known.join(', ')}.` : '';
  return new UserError('UNKNOWN_NAME', `${iniName} line ${line}: unknown ${what} ${name}${hint}`, step);
}

/** A key that is right, but in the wrong section. */
function misplaced(
  iniName: string,
  line: number,
  key: string,
  known: Readonly<Record<string, readonly Setting[]>>,
): UserError | undefined {
  const home = Object.keys(known).find((name) => known[name]?.some((setting) => isSame(setting.key, key)));
  if (home === undefined) return undefined;
  return new UserError('UNKNOWN_NAME', `${iniName} line ${line}: ${key} belongs into the section [${home}].`);
}
