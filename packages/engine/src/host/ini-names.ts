/** Are the sections and keys of an INI known? A mistyped one would otherwise be obeyed by nobody, silently. */
import type { IniSection } from './ini-file.ts';
import { nearestWord } from './nearest-word.ts';
import type { Setting } from './setting.ts';
import { UserError } from './user-error.ts';

/** What may stand in the sections of one kind. */
export interface SectionKind {
  readonly settings: readonly Setting[];
  /** There may be many, each with a name: `[Job films]`. The section whose values they override. */
  readonly partOf?: string;
}

/**
 * Refuses unknown sections and keys. The sections of the other program are allowed, so that one INI can
 * serve both, and their keys are checked too.
 * @param known by kind
 * @param iniName the INI as messages call it
 * @throws UserError with the line and the nearest known name
 */
export function checkIniNames(
  sections: ReadonlyMap<string, IniSection>,
  known: Readonly<Record<string, SectionKind>>,
  iniName: string,
): void {
  const names = Object.keys(known);
  for (const section of sections.values()) {
    const name = names.find((one) => isSame(one, section.kind));
    const kind = name === undefined ? undefined : known[name];
    if (name === undefined || kind === undefined)
      throw unknown(iniName, section.line, 'section', section.kind, names);
    checkLabel(section, name, kind, iniName);
    for (const { key, line } of section.values.values()) {
      const setting = kind.settings.find((one) => isSame(one.key, key));
      if (kind.partOf !== undefined && setting?.isProgramWide === true)
        throw programWide(iniName, line, setting.key, kind.partOf);
      if (setting !== undefined) continue;
      const keys = kind.settings.filter((one) => one.isProgramWide !== true || kind.partOf === undefined);
      throw (
        misplaced(iniName, line, key, known) ??
        unknown(
          iniName,
          line,
          'key',
          key,
          keys.map((one) => one.key),
        )
      );
    }
  }
}

function checkLabel(
  { line, label }: IniSection,
  name: string,
  { partOf }: SectionKind,
  iniName: string,
): void {
  if ((label !== '') === (partOf !== undefined)) return;
  const message =
    label === ''
      ? `[${name}] has no name; write it like [${name} films].`
      : `[${name}] takes no name, and "${label}" is one.`;
  throw new UserError('BAD_SECTION', `${iniName} line ${line}: ${message}`);
}

function programWide(iniName: string, line: number, key: string, home: string): UserError {
  const message = `${iniName} line ${line}: ${key} is for the whole program, not for a part of it.`;
  return new UserError('PROGRAM_WIDE', message, `Move it to [${home}].`);
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
  known: Readonly<Record<string, SectionKind>>,
): UserError | undefined {
  const home = Object.keys(known).find((name) =>
    known[name]?.settings.some((setting) => isSame(setting.key, key)),
  );
  if (home === undefined) return undefined;
  const head = known[home]?.partOf === undefined ? home : `${home} NAME`;
  return new UserError('UNKNOWN_NAME', `${iniName} line ${line}: ${key} belongs into the section [${head}].`);
}
