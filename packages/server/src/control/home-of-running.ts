/** Where the server is asked that runs with an INI which does not say any more what it publishes. */
import {
  type ConfigurationInput,
  findRunning,
  iniPathOf,
  inspectConfiguration,
  namedPath,
  readRemains,
} from '@lanmirror/engine/host';

/**
 * @param tell is given what is wrong with the INI, for a person
 * @returns its home; undefined when the INI names what is published, when nobody runs with it, and when several do
 * @throws UserError for what is wrong in flags or environment
 */
export function homeOfRunning(input: ConfigurationInput, tell: (text: string) => void): string | undefined {
  const { configuration } = inspectConfiguration(input);
  if (configuration !== undefined && configuration.parts.length > 0) return undefined;
  if ((configuration?.text('MonitorDir') ?? '') !== '') return undefined;
  const iniPath = iniPathOf(input);
  const [one, ...others] = findRunning('server', namedPath(iniPath), input.env);
  if (one === undefined || others.length > 0) return undefined;
  readRemains(input, { message: `MonitorDir is not set (${iniPath}).`, nextStep: 'Set it again.' }, tell);
  return one.stateDir;
}
