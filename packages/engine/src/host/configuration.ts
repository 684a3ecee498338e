/**
 * Reads the configuration of a program: its INI, the environment and the flags, all checked.
 */
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { IniSyntaxError, readIni } from './ini-file.ts';
import { SECTIONS } from './program-settings.ts';
import { checkIniNames, type Resolved, resolveSetting, type Setting, type Sources } from './setting.ts';
import { UserError } from './user-error.ts';

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
  /** `--config`, undefined for the default file in the working directory. */
  readonly config: string | undefined;
  readonly flags: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly platform?: NodeJS.Platform;
}

/** Reads and checks everything. Throws UserError with the file, the line and what to do. */
export function readConfiguration(input: ConfigurationInput): Configuration {
  const { section, cwd } = input;
  const settings = SECTIONS[section] ?? [];
  const defaultPath = resolve(cwd, `${section.toLowerCase()}.ini`);
  const config = input.config ?? input.env.LANMIRROR_CONFIG;
  const iniPath = config === undefined ? defaultPath : resolve(cwd, config);
  const sections = readFile(iniPath, config !== undefined);
  if (sections !== undefined) checkIniNames(sections, SECTIONS, iniPath);
  const sources: Sources = {
    flags: input.flags,
    env: input.env,
    ini: sections?.get(section.toLowerCase()),
    iniPath,
    cwd,
    platform: input.platform ?? process.platform,
  };
  const values = new Map<string, Resolved>(settings.map((setting) => [setting.key, resolveSetting(setting, sources)]));
  const get = (key: string): Resolved => {
    const value = values.get(key);
    if (value === undefined) throw new Error(`no setting ${key}`);
    return value;
  };
  return {
    iniPath: sections === undefined ? '' : iniPath,
    get,
    text: (key) => get(key).text,
    number: (key) => Number(get(key).text),
    warnings: sections?.get(section.toLowerCase())?.values.has('key') ? warnOfReaders(iniPath) : [],
  };
}

/** Throws UserError when a setting that has no default was not given. */
export function requireSetting(configuration: Configuration, setting: Setting, program: string): string {
  const { text } = configuration.get(setting.key);
  if (text !== '') return text;
  const where = configuration.iniPath === '' ? `no ${program}.ini was found here` : configuration.iniPath;
  throw new UserError('MISSING_SETTING', `${setting.key} is not set (${where}).`, `Set it in the INI or give --${setting.flag}.`);
}

function readFile(path: string, isAsked: boolean): ReturnType<typeof readIni> | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && !isAsked) return undefined;
    throw new UserError('NO_CONFIG', `The configuration ${path} cannot be read (${code ?? String(error)}).`, 'Check the path given with --config.');
  }
  try {
    return readIni(text);
  } catch (error) {
    if (error instanceof IniSyntaxError) throw new UserError('BAD_INI', `${path} line ${error.line}: ${error.message}.`);
    throw error;
  }
}

function warnOfReaders(iniPath: string): string[] {
  const { mode } = statSync(iniPath);
  if ((mode & 0o044) === 0) return [];
  return [`${iniPath} holds the key and can be read by other users: "chmod 600 ${iniPath}", or use KeyFile.`];
}
