/**
 * One setting of a program, and how its value is found: flag before environment before INI before
 * default. Each program declares its settings in one table; flags, environment names and the INI are
 * all read by it.
 */
import { dirname, isAbsolute, resolve } from 'node:path';
import type { IniSection } from './ini-file.ts';
import { UserError } from './user-error.ts';

export type SettingKind =
  | { readonly type: 'text' }
  /** Relative ones are resolved: from the INI's folder, or for flags and environment from the working directory. */
  | { readonly type: 'path' }
  | { readonly type: 'number'; readonly min: number; readonly max: number }
  | { readonly type: 'choice'; readonly of: readonly string[] };

export interface Setting {
  /** Name in the INI, PascalCase. */
  readonly key: string;
  /** Flag without dashes. The environment name is LANMIRROR_ and this in upper snake case. */
  readonly flag: string;
  readonly kind: SettingKind;
  readonly default: string;
  /** One line for `--help` and docs/CONFIG.md. */
  readonly help: string;
  /** Not a flag, because everyone on the machine can read the arguments of a program. */
  readonly isSecret?: boolean;
}

export interface Resolved {
  readonly text: string;
  /** Where the value came from, for messages: `--port`, `LANMIRROR_PORT`, `server.ini line 7`, `default`. */
  readonly source: string;
  readonly isDefault: boolean;
}

export interface Sources {
  readonly flags: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly ini: IniSection | undefined;
  /** Absolute path of the INI. */
  readonly iniPath: string;
  readonly cwd: string;
  readonly platform: NodeJS.Platform;
}

export function envNameOf(setting: Pick<Setting, 'flag'>): string {
  return `LANMIRROR_${setting.flag.toUpperCase().replaceAll('-', '_')}`;
}

/** The value of a setting as text, checked against its kind. Throws UserError naming the place. */
export function resolveSetting(setting: Setting, sources: Sources): Resolved {
  const flag = sources.flags[setting.flag];
  const env = sources.env[envNameOf(setting)];
  const ini = sources.ini?.values.get(setting.key.toLowerCase());
  if (flag !== undefined && !setting.isSecret) {
    return check(setting, { text: String(flag), source: `--${setting.flag}`, isDefault: false }, sources.cwd, sources);
  }
  if (env !== undefined) {
    return check(setting, { text: env, source: envNameOf(setting), isDefault: false }, sources.cwd, sources);
  }
  if (ini !== undefined && ini.text !== '') {
    const source = `${sources.iniPath} line ${ini.line}, ${ini.key}`;
    return check(setting, { text: ini.text, source, isDefault: false }, dirname(sources.iniPath), sources);
  }
  return { text: setting.default, source: 'default', isDefault: true };
}

function check(setting: Setting, found: Resolved, base: string, { platform }: Sources): Resolved {
  switch (setting.kind.type) {
    case 'text':
      return found;
    case 'path':
      return { ...found, text: checkPath(found, base, platform) };
    case 'number':
      return { ...found, text: checkNumber(found, setting.kind) };
    case 'choice':
      return { ...found, text: checkChoice(found, setting.kind.of) };
  }
}

function checkPath({ text, source }: Resolved, base: string, platform: NodeJS.Platform): string {
  if (platform !== 'win32' && (/^[A-Za-z]:([\\/]|$)/.test(text) || text.startsWith('\\\\'))) {
    throw new UserError('WINDOWS_PATH', `${source}: "${text}" is a Windows path, and this is not Windows.`, 'Give a path of this machine, like /srv/films.');
  }
  return isAbsolute(text) ? resolve(text) : resolve(base, text);
}

function checkNumber({ text, source }: Resolved, { min, max }: { min: number; max: number }): string {
  const value = /^[0-9]+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value) && value >= min && value <= max) return String(value);
  throw new UserError('BAD_NUMBER', `${source}: "${text}" is not a whole number from ${min} to ${max}.`);
}

function checkChoice({ text, source }: Resolved, of: readonly string[]): string {
  const choice = of.find((one) => one.toLowerCase() === text.toLowerCase());
  if (choice !== undefined) return choice;
  throw new UserError('BAD_CHOICE', `${source}: "${text}" is not one of ${of.join(', ')}.`);
}

/** Refuses unknown sections and keys, with the line and the nearest known name. */
export function checkIniNames(
  sections: ReadonlyMap<string, IniSection>,
  known: Readonly<Record<string, readonly Setting[]>>,
  iniPath: string,
): void {
  const names = Object.keys(known);
  for (const section of sections.values()) {
    const name = names.find((one) => one.toLowerCase() === section.name.toLowerCase());
    if (name === undefined) throw unknown(iniPath, section.line, 'section', section.name, names);
    const keys = (known[name] ?? []).map(({ key }) => key);
    for (const value of section.values.values()) {
      if (keys.some((key) => key.toLowerCase() === value.key.toLowerCase())) continue;
      throw unknown(iniPath, value.line, 'key', value.key, keys);
    }
  }
}

function unknown(path: string, line: number, what: string, name: string, known: readonly string[]): UserError {
  const near = nearest(name, known);
  const hint = near === undefined ? `Known are ${known.join(', ')}.` : `Did you mean ${near}?`;
  return new UserError('UNKNOWN_KEY', `${path} line ${line}: unknown ${what} "${name}".`, hint);
}

/** The known word that a mistyped one is closest to, if it is close at all. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const scored = known.map((one) => ({ one, distance: editDistance(word.toLowerCase(), one.toLowerCase()) }));
  const best = scored.sort((a, b) => a.distance - b.distance)[0];
  return best !== undefined && best.distance <= Math.max(2, word.length / 2) ? best.one : undefined;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
