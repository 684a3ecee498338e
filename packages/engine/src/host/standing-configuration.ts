/** The settings of a command that asks or ends a running program: somebody may have written anything into the INI since. */
import {
  type Configuration,
  type ConfigurationInput,
  configurationWithoutIni,
  iniPathOf,
  inspectConfiguration,
} from './configuration.ts';
import { displayName } from './display-name.ts';
import type { UserError } from './user-error.ts';

/**
 * Reads the settings, and goes on with the defaults of what the INI has wrong. A running program has refused it, too, and
 * goes on as before.
 *
 * @param tell is given each fault of the INI, for a person
 * @throws UserError for what is wrong in flags or environment, and for an INI that cannot be read at all
 */
export function readStanding(input: ConfigurationInput, tell: (text: string) => void): Configuration {
  const { configuration, faults } = inspectConfiguration(input);
  if (configuration === undefined) {
    const [first] = faults;
    throw first ?? new Error('neither a configuration nor a fault');
  }
  refuseElsewhere(faults, configuration);
  tellFaults(faults, tell);
  return configuration;
}

/** What is wrong with an INI, for a person. */
type Fault = Pick<UserError, 'message' | 'nextStep'>;

/**
 * Reads the settings for a program that runs with this INI, although that does not say of what any more.
 *
 * @param lack what a start would miss in the INI, if it can be read
 * @param tell is given what is wrong with it, for a person
 * @returns what the rest of it says
 * @throws UserError for what is wrong in flags or environment
 */
export function readRemains(
  input: ConfigurationInput,
  lack: Fault,
  tell: (text: string) => void,
): Configuration {
  const { configuration, faults } = inspectConfiguration(input);
  if (configuration === undefined) {
    tellFaults(faults, tell);
    return configurationWithoutIni(input);
  }
  refuseElsewhere(faults, configuration);
  const gone = { message: `${iniPathOf(input)} is not there any more.`, nextStep: 'Put it back.' };
  tellFaults([...faults, configuration.iniPath === '' ? gone : lack], tell);
  return configuration;
}

function refuseElsewhere(faults: readonly UserError[], { iniPath }: Configuration): void {
  const elsewhere = faults.find(({ message }) => iniPath === '' || !message.startsWith(`${iniPath} line `));
  if (elsewhere !== undefined) throw elsewhere;
}

function tellFaults(faults: readonly Fault[], tell: (text: string) => void): void {
  for (const { message, nextStep } of faults)
    tell(displayName(`CONFIGURATION ERROR: ${message} ${nextStep}`.trim()));
  if (faults.length > 0)
    tell('What runs goes on with the settings that it had; a start would be refused for this.');
}
