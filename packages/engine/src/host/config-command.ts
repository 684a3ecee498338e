/** `config check` and `config show` of both programs: what the INI says, and what is in effect. They touch nothing. */
import { CLIENT_SETTINGS } from './client-settings.ts';
import { type Configuration, type ConfigurationInput, inspectConfiguration } from './configuration.ts';
import { isOfProgram } from './configuration-change.ts';
import { displayName } from './display-name.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { JOB_SETTINGS } from './job-settings.ts';
import { SERVER_SETTINGS } from './server-settings.ts';
import type { Setting } from './setting.ts';
import { UserError } from './user-error.ts';

export interface ConfigAsking {
  readonly input: ConfigurationInput;
  /** `check` or `show`. */
  readonly what: string;
  readonly isJson: boolean;
  /** What a start would refuse besides. */
  faultsOf(configuration: Configuration): readonly UserError[];
  say(text: string): void;
}

/** A value in effect, as `--json` shows it. */
interface ShownValue {
  readonly key: string;
  readonly value: string;
  /** `--port`, `LANMIRROR_PORT`, `FILE line 7, Port` or `default`. */
  readonly source: string;
}

/**
 * Does what was asked for.
 * @returns 0, or 2 when something is wrong
 * @throws UserError for another word than `check` and `show`
 */
export function configCommand(asking: ConfigAsking): ExitCode {
  const { what, input, faultsOf } = asking;
  if (what !== 'check' && what !== 'show')
    throw new UserError('BAD_VERB', `"config ${what}" is unknown.`, 'Use "config check" or "config show".');
  const { configuration, faults } = inspectConfiguration(input);
  const all = [...faults, ...(configuration === undefined ? [] : faultsOf(configuration))];
  if (what === 'check' || configuration === undefined || faults.length > 0)
    tellFaults(asking, all, configuration);
  else show(asking, configuration);
  const isWrong = what === 'check' ? all.length > 0 : faults.length > 0;
  return isWrong ? EXIT.usage : EXIT.done;
}

function tellFaults(
  { isJson, say }: ConfigAsking,
  faults: readonly UserError[],
  configuration: Configuration | undefined,
): void {
  const warnings = configuration?.warnings ?? [];
  if (isJson) {
    const errors = faults.map(({ code, message, nextStep: next }) => ({ code, message, next }));
    return say(JSON.stringify({ isOk: faults.length === 0, errors, warnings }));
  }
  for (const warning of warnings) say(`Warning: ${displayName(warning)}`);
  for (const { message, nextStep } of faults) say(displayName(`${message} ${nextStep}`.trim()));
  if (faults.length === 0) say('ok');
}

function show({ input, isJson, say }: ConfigAsking, configuration: Configuration): void {
  const settings = input.section === 'Server' ? SERVER_SETTINGS : CLIENT_SETTINGS;
  const ofParts = [...settings, ...(input.section === 'Client' ? JOB_SETTINGS : [])];
  const parts = configuration.parts.map(({ name, get }) => ({
    name,
    values: valuesIn(
      get,
      ofParts.filter(({ isProgramWide }) => isProgramWide !== true),
    ),
  }));
  const isWhole = configuration.parts.length === 0 || hasUnnamedShare(input, configuration);
  const own = isWhole ? settings : settings.filter(isOfProgram);
  const values = valuesIn(configuration.get, own);
  const [program, part] = input.section === 'Server' ? ['Server', 'Share'] : ['Client', 'Job'];
  if (isJson) return say(JSON.stringify({ ini: configuration.iniPath, values, parts }));
  tellSection(program, values, say);
  for (const one of parts) tellSection(`${part} ${one.name}`, one.values, say);
}

/** A server publishes the MonitorDir of its own section beside those of the shares with a name. */
function hasUnnamedShare({ section }: ConfigAsking['input'], { text }: Configuration): boolean {
  return section === 'Server' && text('MonitorDir') !== '';
}

function tellSection(name: string, values: readonly ShownValue[], say: (text: string) => void): void {
  say(`[${displayName(name)}]`);
  for (const { key, value, source } of values)
    say(`${key} = ${displayName(value)}  # ${displayName(source)}`.replace(' =   #', ' =  #'));
}

/** A secret is never shown. */
function valuesIn(get: Configuration['get'], settings: readonly Setting[]): ShownValue[] {
  return settings.map(({ key, isSecret }) => {
    const { text, source } = get(key);
    return { key, value: isSecret === true && text !== '' ? '(secret)' : text, source };
  });
}

/** What a check throws for a person, as {@link ConfigAsking.faultsOf} gives it. */
export function faultIn(check: () => unknown): readonly UserError[] {
  try {
    check();
    return [];
  } catch (error) {
    if (error instanceof UserError) return [error];
    throw error;
  }
}
