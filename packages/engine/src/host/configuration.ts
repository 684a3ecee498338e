/**
 * Reads the configuration of a program: its INI, the environment and the flags, all checked.
 */

import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { readAgeLimits } from './age-settings.ts';
import { idleCleanSettings, readCleanSettings } from './clean-settings.ts';
import { CLIENT_SETTINGS } from './client-settings.ts';
import { commentDoubts } from './comment-doubts.ts';
import { readDeleteRule } from './deletion-settings.ts';
import { readFilterRules } from './filter-rules.ts';
import { typedCommand } from './given-config.ts';
import { type IniSection, IniSyntaxError, readIni } from './ini-file.ts';
import { iniNameFaults, type SectionKind } from './ini-names.ts';
import { JOB_SETTINGS } from './job-settings.ts';
import { readPriority } from './priority-rules.ts';
import { parseSize } from './quantity.ts';
import { ruleDoubts } from './rule-doubts.ts';
import { type RuleLine, splitPatterns } from './rule-lines.ts';
import { checkScheduleRules, idleScheduleSettings } from './schedule-rules.ts';
import { SERVER_SETTINGS } from './server-settings.ts';
import { type Resolved, resolveSetting, type Setting, type Sources } from './setting.ts';
import { refuseIdleIgnoreFiles, refuseTwoSources } from './source-settings.ts';
import { UserError } from './user-error.ts';
import { unknownVariables } from './variable-names.ts';

/** Sections of an INI. One file may hold those of both programs. */
const KINDS = {
  Server: { settings: SERVER_SETTINGS },
  Client: { settings: CLIENT_SETTINGS },
  Share: { settings: SERVER_SETTINGS, partOf: 'Server' },
  Job: { settings: [...CLIENT_SETTINGS, ...JOB_SETTINGS], partOf: 'Client' },
} as const satisfies Readonly<Record<string, SectionKind>>;

const ALL_SETTINGS: readonly Setting[] = [...SERVER_SETTINGS, ...CLIENT_SETTINGS];

/** The kind of section of which a program may have many. */
const PART_OF = { Server: 'Share', Client: 'Job' } as const;

/** What one section says, with what it inherits. */
interface Values {
  get(key: string): Resolved;
  text(key: string): string;
  number(key: string): number;
}

/** What is in effect for one share or job: its section before that of the program. */
export interface PartConfiguration extends Values {
  /** As it was written: the name behind `Share` or `Job`. */
  readonly name: string;
  /** `FILE line 7, [Job films]`, for messages. */
  readonly source: string;
}

export interface Configuration extends Values {
  /** Absolute path of the INI that was read, '' when there was none. */
  readonly iniPath: string;
  /** The sections `[Share NAME]` of a server or `[Job NAME]` of a client, in the order of the file. */
  readonly parts: readonly PartConfiguration[];
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

/** A reading with all that is wrong in it: what is wrong has its default. */
export interface Inspection {
  /** Undefined when the INI could not be read as one. */
  readonly configuration: Configuration | undefined;
  readonly faults: readonly UserError[];
}

/**
 * Reads and checks everything, the sections of all shares and jobs included. Only a default file may be
 * missing.
 *
 * @throws UserError with the file, the line and what to do: the first fault, and how to see all when there are more
 */
export function readConfiguration(input: ConfigurationInput): Configuration {
  const { configuration, faults } = inspectConfiguration(input);
  if (faults[0] !== undefined) throw withOthers(faults[0], faults.length, input.section);
  if (configuration === undefined) throw new Error('neither a configuration nor a fault');
  return configuration;
}

function withOthers(first: UserError, count: number, section: ConfigurationInput['section']): UserError {
  if (count === 1) return first;
  const { code, message, nextStep, exitCode } = first;
  const check = typedCommand(`lanmirror-${section.toLowerCase()} config check`);
  const others = `This is the first of ${count} faults: "${check}" names all.`;
  return new UserError(code, message, nextStep === '' ? others : `${nextStep} ${others}`, exitCode);
}

/** Reads everything, and goes on behind what is wrong, so that a person is told all of it at once. */
export function inspectConfiguration(input: ConfigurationInput): Inspection {
  const faults: UserError[] = [];
  const attempt: Attempt = (work) => {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      // One wrong value of the program's section is wrong for each that inherits it.
      if (!faults.some(({ message }) => message === error.message)) faults.push(error);
      return undefined;
    }
  };
  const place = attempt(() => placeOf(input));
  const read = place && attempt(() => ({ sections: readFile(place.iniPath, place.isAsked) }));
  if (place === undefined || read === undefined) return { configuration: undefined, faults };
  faults.push(...iniNameFaults(read.sections ?? new Map(), KINDS, place.iniPath));
  return { configuration: configure(input, place.iniPath, read.sections, attempt), faults };
}

/** The same as if there were no INI. Throws UserError for what is wrong in flags or environment. */
export function configurationWithoutIni(input: ConfigurationInput): Configuration {
  return configure(input, '', undefined, (work) => work());
}

/** Where the INI is looked for, absolute; it need not be there. Throws UserError for an empty `--config`. */
export function iniPathOf(input: ConfigurationInput): string {
  return placeOf(input).iniPath;
}

/** Notes what is thrown for a person; undefined then. */
type Attempt = <T>(work: () => T) => T | undefined;

function configure(
  { section, cwd, env, flags, platform = process.platform }: ConfigurationInput,
  iniPath: string,
  sections: Sections | undefined,
  attempt: Attempt,
): Configuration {
  const ini = sections?.get(section.toLowerCase());
  const plain: Sources = { flags, env, ini, iniPath, cwd, platform };
  const { settings } = KINDS[section];
  const base = settings.filter(({ key }) => key === 'BaseDir');
  const sources: Sources = { ...plain, baseDir: valuesOf(base, plain, attempt).text('BaseDir') };
  const program = valuesOf(settings, sources, attempt);
  const parts = [...(sections?.values() ?? [])]
    .filter(({ kind, label }) => kind.toLowerCase() === PART_OF[section].toLowerCase() && label !== '')
    .map((part) => partOf(section, part, sources, attempt));
  // What goes together, or not, is refused here: at a start and at a reload alike.
  const hasUnnamed = section === 'Server' && program.text('MonitorDir') !== '';
  const mirrored = parts.length > 0 && !hasUnnamed ? parts : [program, ...parts];
  const doubts = new Set<string>();
  for (const values of mirrored) {
    const rules = attempt(() => checkedRules(values, section === 'Server' && parts.length > 0)) ?? [];
    for (const doubt of doubtsOf(section, values, rules)) doubts.add(doubt);
    if (section === 'Server') continue;
    attempt(() => readAgeLimits(values.get));
    attempt(() => readDeleteRule(values.get));
    attempt(() => readCleanSettings(values.get));
    const inherited = values === program ? undefined : program.get;
    attempt(() => refuseTwoSources(values.get, inherited));
    attempt(() => refuseIdleIgnoreFiles(values.get, inherited));
    checkScheduleRules(values.get, attempt);
    attempt(() => readPriority(values.get('Priority')));
  }
  return {
    ...program,
    iniPath: sections === undefined ? '' : iniPath,
    parts,
    warnings: [
      ...warnOfReaders(sections, iniPath, platform),
      ...repeatedKeys(sections, iniPath),
      ...commentDoubts(sections?.values() ?? [], ALL_SETTINGS, iniPath),
      ...doubts,
      ...(section === 'Client' ? idleSettings(mirrored) : []),
      ...unknownVariables(env, ALL_SETTINGS),
    ],
  };
}

/** What does nothing for want of another setting. */
function idleSettings(mirrored: readonly Values[]): string[] {
  const gets = mirrored.map(({ get }) => get);
  return [...gets.flatMap(idleCleanSettings), ...idleScheduleSettings(gets)];
}

/** A server of several shares goes on without the one whose file of rules is on a disk that is away. */
function checkedRules({ get }: Values, isShareOfMany: boolean): readonly RuleLine[] {
  try {
    return readFilterRules(get).rules;
  } catch (error) {
    if (!isShareOfMany || !(error instanceof UserError) || error.code !== 'NO_RULE_FILE') throw error;
    return [];
  }
}

function doubtsOf(section: 'Server' | 'Client', { get, text }: Values, rules: readonly RuleLine[]): string[] {
  const include = get('Include').source;
  const plain = rules.map(({ line, origin }) => ({
    line: origin === include ? line.slice(1) : line,
    origin,
  }));
  const listed = (section === 'Server' ? [] : ['DeleteNever', 'Priority']).map(get);
  const others = listed.flatMap((list) =>
    splitPatterns(list.text).map((line) => ({ line, origin: list.source })),
  );
  const roots = section === 'Server' ? ['MonitorDir'] : ['Source', 'TargetDir'];
  return ruleDoubts({
    ...{ ignoreFiles: get('IgnoreFiles'), patterns: [...plain, ...others] },
    roots: roots.map(text).filter((root) => root !== ''),
  });
}

function partOf(
  section: 'Server' | 'Client',
  part: IniSection,
  sources: Sources,
  attempt: Attempt,
): PartConfiguration {
  const values = valuesOf(KINDS[PART_OF[section]].settings, { ...sources, part }, attempt);
  return { ...values, name: part.label, source: `${sources.iniPath} line ${part.line}, [${part.name}]` };
}

function valuesOf(settings: readonly Setting[], sources: Sources, attempt: Attempt): Values {
  const resolved = (setting: Setting): Resolved =>
    attempt(() => resolveSetting(setting, sources)) ?? {
      ...{ text: setting.default, source: 'default', isDefault: true },
    };
  const values = new Map(settings.map((setting) => [setting.key, resolved(setting)]));
  const get = (key: string): Resolved => {
    const value = values.get(key);
    if (value === undefined) throw new Error(`no setting ${key}`);
    return value;
  };
  return { get, text: (key) => get(key).text, number: (key) => Number(get(key).text) };
}

/** Bytes of a setting that is a size or `auto`. */
export function sizeOrAuto(configuration: Configuration, key: string): number | 'auto' {
  const text = configuration.text(key);
  return text === 'auto' ? 'auto' : parseSize(text, key);
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

/** Who writes a second line means both, most often. */
function repeatedKeys(sections: Sections | undefined, path: string): string[] {
  const values = [...(sections?.values() ?? [])].flatMap((section) => [...section.values.values()]);
  return values.flatMap(({ key, line, earlierLine }) =>
    earlierLine === undefined
      ? []
      : [
          `${path} line ${line}: ${key} stands in line ${earlierLine}, too, and only line ${line} counts. A list goes into one line, with commas.`,
        ],
  );
}

/** A key in an INI that other users can read. Windows has no such mode bits. */
function warnOfReaders(sections: Sections | undefined, path: string, platform: NodeJS.Platform): string[] {
  const hasKey = [...(sections?.values() ?? [])].some(({ values }) => (values.get('key')?.text ?? '') !== '');
  if (!hasKey || platform === 'win32' || (statSync(path).mode & 0o044) === 0) return [];
  return [`${path} holds the key and can be read by other users: "chmod 600 ${path}", or use KeyFile.`];
}
