/** The settings of a command that asks or ends a running program: somebody may have written anything into the INI since. */
import { type Configuration, type ConfigurationInput, inspectConfiguration } from './configuration.ts';
import { displayName } from './display-name.ts';

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
  const { iniPath } = configuration;
  const elsewhere = faults.find(({ message }) => iniPath === '' || !message.startsWith(`${iniPath} line `));
  if (elsewhere !== undefined) throw elsewhere;
  for (const { message, nextStep } of faults)
    tell(displayName(`CONFIGURATION ERROR: ${message} ${nextStep}`.trim()));
  if (faults.length > 0)
    tell('What runs goes on with the settings that it had; a start would be refused for this.');
  return configuration;
}
