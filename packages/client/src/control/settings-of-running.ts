/**
 * The settings of a command about what runs. Whoever emptied, removed or spoiled an INI has not ended the client that runs
 * with it: what the INI does not say any more is asked of that client.
 */
import {
  type Configuration,
  type ConfigurationInput,
  findRunning,
  iniPathOf,
  inspectConfiguration,
  namedPath,
  ownerIn,
  type PartConfiguration,
  readConfiguration,
  readRemains,
  readStanding,
} from '@lanmirror/engine/host';
import { noJobsAnyMore } from '../job/configured-job.ts';
import type { JobInProgram } from '../job/job-control.ts';
import { programReport } from '../job/job-in-effect.ts';

/** Of its state folder, before the target that it belongs to. */
const OWNER = 'client ';

/**
 * @param tell is given what is wrong with the INI, for a person
 * @throws UserError for what is wrong in flags or environment, and for an INI that is wrong when nobody runs with it
 */
export async function settingsOfRunning(
  verb: string,
  input: ConfigurationInput,
  tell: (text: string) => void,
): Promise<Configuration> {
  // The client reads the INI itself then, and says what is wrong.
  const isReload = verb === 'reload';
  const known = await askedOfRunning(input, isReload ? () => undefined : tell);
  return known ?? (isReload ? readConfiguration(input) : readStanding(input, tell));
}

/** What runs with an INI that does not name it; undefined when it does, or nothing runs. */
async function askedOfRunning(
  input: ConfigurationInput,
  tell: (text: string) => void,
): Promise<Configuration | undefined> {
  const { configuration } = inspectConfiguration(input);
  const target = configuration?.get('TargetDir');
  const iniPath = iniPathOf(input);
  const isGiven = target !== undefined && !target.isDefault && !target.source.startsWith(iniPath);
  if (isGiven || (configuration?.parts.length ?? 0) > 0) return undefined;
  const running = await programReport(iniPath, input.env);
  if (running !== undefined) {
    const rest = readRemains(input, noJobsAnyMore(iniPath), tell);
    return { ...rest, iniPath, parts: running.jobs.map((job) => partOf(rest, job)) };
  }
  return (target?.text ?? '') === '' ? askedOfOne(input, iniPath, tell) : undefined;
}

function askedOfOne(
  input: ConfigurationInput,
  iniPath: string,
  tell: (text: string) => void,
): Configuration | undefined {
  const [one, ...others] = findRunning('client', namedPath(iniPath), input.env);
  const owner = one === undefined ? '' : ownerIn(one.stateDir);
  // Of several nobody can say which is meant.
  if (one === undefined || others.length > 0 || !owner.startsWith(OWNER)) return undefined;
  const lack = { message: `TargetDir is not set (${iniPath}).`, nextStep: 'Set it again.' };
  const rest = readRemains(input, lack, tell);
  return { ...rest, ...withValues(rest, { TargetDir: owner.slice(OWNER.length), StateDir: one.stateDir }) };
}

function partOf(rest: Configuration, job: JobInProgram): PartConfiguration {
  const { name, condition, isDryRun, place } = job;
  const values = withValues(rest, {
    TargetDir: place?.targetDir ?? job.targetDir,
    StateDir: place?.stateDir ?? '',
    Active: condition === 'off' ? 'no' : 'yes',
    DryRun: isDryRun ? 'yes' : 'no',
  });
  return { ...values, name, source: '' };
}

/** Some values as the running client has them, the others as they are. */
function withValues(
  { get }: Pick<Configuration, 'get'>,
  said: Readonly<Record<string, string>>,
): Pick<Configuration, 'get' | 'text' | 'number'> {
  const getSaid: Configuration['get'] = (key) => {
    const text = said[key];
    return text === undefined ? get(key) : { text, source: 'the running client', isDefault: false };
  };
  return { get: getSaid, text: (key) => getSaid(key).text, number: (key) => Number(getSaid(key).text) };
}
