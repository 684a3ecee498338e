/** Are the sections and keys of an INI known? A mistyped one would otherwise be obeyed by nobody, silently. */
import type { IniSection } from './ini-file.ts';
import { nearestWord } from './nearest-word.ts';
import type { Setting } from './setting.ts';
import { UserError } from './user-error.ts';

/** More known names than this are no hint. */
const MAX_NAMED = 8;

/** What may stand in the sections of one kind. */
export interface SectionKind {
  readonly settings: readonly Setting[];
  /** There may be many, each with a name: `[Job films]`. The section whose values they override. */
  readonly partOf?: string;
}

/**
 * What is wrong with the names of sections and keys, in the order of the file. The sections of the other
 * program are allowed, so that one INI can serve both, and their keys are looked at too.
 * @param known by kind
 * @param iniName the INI as messages call it
 * @returns for each unknown or misplaced name its line, and the nearest known name
 */
export function iniNameFaults(
  sections: ReadonlyMap<string, IniSection>,
  known: Readonly<Record<string, SectionKind>>,
  iniName: string,
): UserError[] {
  const names = Object.keys(known);
  return [...sections.values()].flatMap((section) => {
    const name = names.find((one) => isSame(one, section.kind));
    const kind = name === undefined ? undefined : known[name];
    if (name === undefined || kind === undefined)
      return [unknown(`${iniName} line ${section.line}`, 'section', section.kind, names)];
    const keys = [...section.values.values()].map(({ key, line }) => {
      return keyFault(key, `${iniName} line ${line}`, kind, known);
    });
    return [labelFault(section, name, kind, iniName), ...keys].filter((one) => one !== undefined);
  });
}

function keyFault(
  key: string,
  place: string,
  { settings, partOf }: SectionKind,
  known: Readonly<Record<string, SectionKind>>,
): UserError | undefined {
  const setting = settings.find((one) => isSame(one.key, key));
  const isPart = partOf !== undefined;
  if (isPart && setting?.isProgramWide === true) return programWide(place, setting.key, partOf);
  if (setting !== undefined) return undefined;
  const possible = settings.filter((one) => one.isProgramWide !== true || !isPart);
  return (
    misplaced(place, key, known) ??
    unknown(
      place,
      'key',
      key,
      possible.map((one) => one.key),
    )
  );
}

function labelFault(
  { line, label }: IniSection,
  name: string,
  { partOf }: SectionKind,
  iniName: string,
): UserError | undefined {
  if ((label !== '') === (partOf !== undefined)) return undefined;
  const message =
    label === ''
      ? `[${name}] has no name; write it like [${name} films].`
      : `[${name}] takes no name, and "${label}" is one.`;
  return new UserError('BAD_SECTION', `${iniName} line ${line}: ${message}`);
}

function programWide(place: string, key: string, home: string): UserError {
  const message = `${place}: ${key} is for the whole program, not for a part of it.`;
  return new UserError('PROGRAM_WIDE', message, `Move it to [${home}].`);
}

function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function unknown(place: string, what: string, name: string, known: readonly string[]): UserError {
  const near = nearestWord(name, known);
  const hint = near === undefined ? '.' : `, did you mean ${near}?`;
  const step = near === undefined ? listOf(known) : '';
  return new UserError('UNKNOWN_NAME', `${place}: unknown ${what} ${name}${hint}`, step);
}

/** Where the known names stand: here, if a person can take them in. */
function listOf(known: readonly string[]): string {
  if (known.length <= MAX_NAMED) return `Known are ${known.join(', ')}.`;
  return 'All keys are in docs/CONFIG.md, and as flags in --help.';
}

/** A key that is right, but in the wrong section. */
function misplaced(
  place: string,
  key: string,
  known: Readonly<Record<string, SectionKind>>,
): UserError | undefined {
  const home = Object.keys(known).find((name) =>
    known[name]?.settings.some((setting) => isSame(setting.key, key)),
  );
  if (home === undefined) return undefined;
  const head = known[home]?.partOf === undefined ? home : `${home} NAME`;
  return new UserError('UNKNOWN_NAME', `${place}: ${key} belongs into the section [${head}].`);
}
