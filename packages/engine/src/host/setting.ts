/**
 * One setting of a program, and how its value is found: flag before environment before INI before
 * default. Each program declares its settings in one table; flags, environment names and the INI are
 * all read by it.
 */
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { parseBandwidth } from './bandwidth-setting.ts';
import type { IniSection } from './ini-file.ts';
import { parseAge, parseSize } from './quantity.ts';
import { UserError } from './user-error.ts';

export type SettingKind =
  | { readonly type: 'text' }
  /** Relative ones are resolved: from the INI's folder, or for flags and environment from the working directory. */
  | { readonly type: 'path' }
  /** A whole number, both ends allowed; with `isAutoAllowed` also the word `auto`. */
  | { readonly type: 'number'; readonly min: number; readonly max: number; readonly isAutoAllowed?: true }
  /** Bytes, like `20G`; with `isAutoAllowed` also the word `auto`. */
  | { readonly type: 'size'; readonly isAutoAllowed?: true }
  /** A length of time, like `30m`. */
  | { readonly type: 'duration' }
  /** gitignore patterns with commas between them; a comma behind a backslash is one of a name. */
  | { readonly type: 'patterns' }
  /** Words that a person writes; `check` throws UserError for what means nothing. */
  | {
      readonly type: 'phrase';
      readonly says: string;
      check(found: Pick<Resolved, 'text' | 'source'>): void;
    }
  /** Bytes a second, or a timetable of them. */
  | { readonly type: 'bandwidth' }
  /** Of file names, with commas between them. */
  | { readonly type: 'extensions' }
  /** In any case. */
  | { readonly type: 'choice'; readonly of: readonly string[] };

/** The kind of a switch. */
export const YES_OR_NO: SettingKind = { type: 'choice', of: ['yes', 'no'] };

export interface Setting {
  /** Name in the INI, PascalCase. */
  readonly key: string;
  /** Flag without dashes. The environment name is LANMIRROR_ and this in upper snake case. */
  readonly flag: string;
  readonly kind: SettingKind;
  readonly default: string;
  /** One line for `--help`. */
  readonly help: string;
  /** Has no default: the program cannot start without it. */
  readonly isRequired?: boolean;
  /** An empty flag says something, and what: the help of the setting tells it. Of all others it is an unset variable. */
  readonly isEmptyMeant?: true;
  /** Not a flag, because everyone on the machine can read the arguments of a program. */
  readonly isSecret?: boolean;
  /** A running program takes a new value over from the INI; the others wait for the next start. */
  readonly isLive?: boolean;
  /** Holds for the program, and stands in no section of a share or job. */
  readonly isProgramWide?: boolean;
  /** Each share or job has its own: none is inherited from the program's section, a flag or the environment. */
  readonly isOwn?: boolean;
  /**
   * In the program's section, a flag or the environment it holds for all shares or jobs together; in the section of
   * one it holds for that one beside it, and is inherited from nowhere.
   */
  readonly isOnEachLevel?: boolean;
  /** A relative path of the INI counts from BaseDir. */
  readonly isBelowBase?: boolean;
}

export interface Resolved {
  readonly text: string;
  /** Where the value came from, for messages: `--port`, `LANMIRROR_PORT`, `FILE line 7, Port`, `default`. */
  readonly source: string;
  readonly isDefault: boolean;
}

export interface Sources {
  readonly flags: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The section of the program. */
  readonly ini: IniSection | undefined;
  /** The section of one share or job: what it says comes before the section of the program. */
  readonly part?: IniSection | undefined;
  /** Where relative folders of the INI begin; without it, in the folder of the INI. */
  readonly baseDir?: string;
  /** Absolute path of the INI. */
  readonly iniPath: string;
  readonly cwd: string;
  readonly platform: NodeJS.Platform;
}

/** Name of the environment variable of a setting. */
export function envNameOf(setting: Pick<Setting, 'flag'>): string {
  return `LANMIRROR_${setting.flag.toUpperCase().replaceAll('-', '_')}`;
}

/** What may be written as a value, for help and docs: `path`, `1-20`, `incremental or full`. */
export function describeKind(kind: SettingKind): string {
  if (kind.type === 'number')
    return `${kind.min}-${kind.max}${kind.isAutoAllowed === true ? ' or auto' : ''}`;
  if (kind.type === 'size' && kind.isAutoAllowed === true) return 'size or auto';
  if (kind.type === 'phrase') return kind.says;
  if (kind.type !== 'choice') return kind.type;
  return `${kind.of.slice(0, -1).join(', ')} or ${kind.of.at(-1)}`;
}

/**
 * The value of a setting as text, checked against its kind. An empty environment variable or INI value
 * counts as not given; in the section of a share or job it says "the default", whatever the program's
 * section says. An empty flag is refused, unless the setting gives it a meaning.
 *
 * @throws UserError naming the place
 */
export function resolveSetting(setting: Setting, sources: Sources): Resolved {
  const isInherited =
    (setting.isOwn !== true && setting.isOnEachLevel !== true) || sources.part === undefined;
  const given = isInherited ? fromOutside(setting, sources) : undefined;
  if (given !== undefined) return check(setting, given, sources.cwd, sources);
  const key = setting.key.toLowerCase();
  const own = sources.part?.values.get(key);
  const ini = own ?? (isInherited ? sources.ini?.values.get(key) : undefined);
  if (ini === undefined || (ini.text === '' && own === undefined))
    return { text: setting.default, source: 'default', isDefault: true };
  const source = `${sources.iniPath} line ${ini.line}, ${ini.key}`;
  if (ini.text === '') return { text: setting.default, source, isDefault: true };
  const base = setting.isBelowBase === true ? sources.baseDir : undefined;
  const found = { text: ini.text, source, isDefault: false };
  return check(setting, found, base || dirname(sources.iniPath), sources);
}

/** What a flag or the environment says. */
function fromOutside(setting: Setting, { flags, env }: Sources): Resolved | undefined {
  const flag = flags[setting.flag];
  if (flag !== undefined && setting.isSecret !== true) {
    const found = { text: String(flag), source: `--${setting.flag}`, isDefault: false };
    if (found.text === '') refuseEmpty(setting, found.source);
    return found;
  }
  const text = env[envNameOf(setting)] ?? '';
  return text === '' ? undefined : { text, source: envNameOf(setting), isDefault: false };
}

/** `--target-dir "$UNSET"` must not become the working directory, nor `--delete-never "$UNSET"` an end of what is protected. */
function refuseEmpty(setting: Setting, source: string): void {
  if (setting.isEmptyMeant === true) return;
  throw new UserError('EMPTY_VALUE', `${source} is empty.`, 'Give it a value, or leave it out.');
}

function check(setting: Setting, found: Resolved, base: string, { platform }: Sources): Resolved {
  switch (setting.kind.type) {
    case 'text':
    case 'patterns':
    case 'extensions':
      return found;
    case 'phrase':
      setting.kind.check(found);
      return found;
    case 'path':
      return { ...found, text: checkPath(found, base, platform) };
    case 'number':
      return { ...found, text: checkNumber(found, setting.kind) };
    case 'size':
      return { ...found, text: checkSize(found, setting.kind.isAutoAllowed === true) };
    case 'duration':
      parseAge(found.text, found.source);
      return found;
    case 'bandwidth':
      parseBandwidth(found.text, found.source);
      return found;
    case 'choice':
      return { ...found, text: checkChoice(found, setting.kind.of) };
  }
}

function checkPath({ text, source }: Resolved, base: string, platform: NodeJS.Platform): string {
  if (platform !== 'win32' && (/^[A-Za-z]:([\\/]|$)/.test(text) || text.startsWith('\\\\'))) {
    throw new UserError(
      'WINDOWS_PATH',
      `${source}: "${text}" is a Windows path, and this is not Windows.`,
      'Give a path of this machine, like /srv/films.',
    );
  }
  // No shell has seen a path of an INI, and a folder named "~" is never meant.
  if (text === '~' || text.startsWith('~/')) return join(homedir(), text.slice(1));
  return isAbsolute(text) ? resolve(text) : resolve(base, text);
}

function checkNumber(
  { text, source }: Resolved,
  { min, max, isAutoAllowed }: SettingKind & { readonly type: 'number' },
): string {
  if (isAutoAllowed === true && text.toLowerCase() === 'auto') return 'auto';
  const value = /^[0-9]+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value) && value >= min && value <= max) return String(value);
  throw new UserError(
    'BAD_NUMBER',
    `${source}: "${text}" is not a whole number from ${min} to ${max}${isAutoAllowed === true ? ', or auto' : ''}.`,
  );
}

function checkSize({ text, source }: Resolved, isAutoAllowed: boolean): string {
  if (isAutoAllowed && text.toLowerCase() === 'auto') return 'auto';
  parseSize(text, source, isAutoAllowed ? 'auto' : '');
  return text;
}

function checkChoice({ text, source }: Resolved, of: readonly string[]): string {
  const choice = of.find((one) => one.toLowerCase() === text.toLowerCase());
  if (choice !== undefined) return choice;
  throw new UserError('BAD_CHOICE', `${source}: "${text}" is not one of ${of.join(', ')}.`);
}
