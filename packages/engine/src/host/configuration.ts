/**
 * Reads the configuration of a program: its INI, the environment and the flags, all checked.
 */
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { CLIENT_SETTINGS } from './client-settings.ts';
import { readFilterRules } from './filter-rules.ts';
import { IniSyntaxError, readIni } from './ini-file.ts';
import { checkIniNames } from './ini-names.ts';
import { readPriority } from './priority-rules.ts';
import { SERVER_SETTINGS } from './server-settings.ts';
import { type Resolved, resolveSetting, type Setting, type Sources } from './setting.ts';
import { UserError } from './user-error.ts';
import { unknownVariables } from './variable-names.ts';

/** Sections of an INI. One file may hold both. */
const SECTIONS = { Server: SERVER_SETTINGS, Client: CLIENT_SETTINGS } as const;

export interface Configuration {
  /** Absolute path of the INI that was read, '' when there was none. */
  readonly iniPath: string;
  get(key: string): Resolved;
  text(key: string): string;
  number(key: string): number;
  /** Things a person should know although nothing is wrong. */
  readonly warnings: readonly string[];
}

export interface ConfigurationInput {
  readonly section: 'Server' | 'Client';
  /** `--config`, undefined for LANMIRROR_CONFIG or else the default file in the working directory. */
  readonly config: string | undefined;
  readonly flags: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly platform?: NodeJS.Platform;
}

type Sections = ReturnType<typeof readIni>;

/**
 * Reads and checks everything. Only a default file may be missing.
 *
 * @throws UserError with the file, the line and what to do
 */
export function readConfiguration(input: ConfigurationInput): Configuration {
  const { section, cwd, env, platform = process.platform } = input;
  const { iniPath, isAsked } = placeOf(input);
  const sections = readFile(iniPath, isAsked);
  if (sections !== undefined) checkIniNames(sections, SECTIONS, iniPath);
  const ini = sections?.get(section.toLowerCase());
  const sources: Sources = { flags: input.flags, env, ini, iniPath, cwd, platform };
  const settings = SECTIONS[section];
  const values = new Map(settings.map((setting) => [setting.key, resolveSetting(setting, sources)]));
  const get = (key: string): Resolved => {
    const value = values.get(key);
    if (value === undefined) throw new Error(`no setting ${key}`);
    return value;
  };
  // What goes together, or not, is refused here: at a start and at a reload alike.
  if (section === 'Server') readFilterRules(get);
  else readPriority(get('Priority'));
  return {
    iniPath: sections === undefined ? '' : iniPath,
    get,
    text: (key) => get(key).text,
    number: (key) => Number(get(key).text),
    warnings: [
      ...warnOfReaders(sections, iniPath, platform),
      ...unknownVariables(env, Object.values(SECTIONS).flat()),
    ],
  };
}

/** Throws UserError when a setting that has no default was not given. */
export function requireSetting(configuration: Configuration, setting: Setting, program: string): string {
  const { text } = configuration.get(setting.key);
  if (text !== '') return text;
  const where = configuration.iniPath === '' ? `no ${program}.ini was found here` : configuration.iniPath;
  const next = `Set it in the INI or give --${setting.flag}.`;
  throw new UserError('MISSING_SETTING', `${setting.key} is not set (${where}).`, next);
}

function placeOf({ section, config, env, cwd }: ConfigurationInput): { iniPath: string; isAsked: boolean } {
  if (config === '')
    throw new UserError('EMPTY_VALUE', '--config is empty.', 'Give it a file, or leave it out.');
  const asked = config ?? (env.LANMIRROR_CONFIG || undefined);
  return { iniPath: resolve(cwd, asked ?? `${section.toLowerCase()}.ini`), isAsked: asked !== undefined };
}

function readFile(path: string, isAsked: boolean): Sections | undefined {
  const bytes = readBytes(path, isAsked);
  if (bytes === undefined) return undefined;
  try {
    return readIni(decode(bytes, path));
  } catch (error) {
    if (error instanceof IniSyntaxError) {
      throw new UserError('BAD_INI', `${path} line ${error.line}: ${error.message}.`);
    }
    throw error;
  }
}

function readBytes(path: string, isAsked: boolean): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && !isAsked) return undefined;
    const next = isAsked
      ? 'Check the path given with --config or LANMIRROR_CONFIG.'
      : 'Check its permissions.';
    throw new UserError(
      'NO_CONFIG',
      `The configuration ${path} cannot be read (${code ?? String(error)}).`,
      next,
    );
  }
}

/** In another encoding a path would silently become another path. */
function decode(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UserError('BAD_INI', `${path} is not UTF-8 text.`, 'Save it again as UTF-8.');
  }
}

/** A key in an INI that other users can read. Windows has no such mode bits. */
function warnOfReaders(sections: Sections | undefined, path: string, platform: NodeJS.Platform): string[] {
  const hasKey = [...(sections?.values() ?? [])].some(({ values }) => (values.get('key')?.text ?? '') !== '');
  if (!hasKey || platform === 'win32' || (statSync(path).mode & 0o044) === 0) return [];
  return [`${path} holds the key and can be read by other users: "chmod 600 ${path}", or use KeyFile.`];
}
