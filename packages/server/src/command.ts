/** What `lanmirror-server` does, from the words that were typed to the exit code. */
import {
  type Circumstances,
  type Command,
  type ConfigurationInput,
  configCommand,
  createLog,
  EXIT,
  type ExitCode,
  faultIn,
  type LogLevel,
  parseCommandLine,
  readConfiguration,
  readShareRules,
  readStanding,
  rememberConfig,
  SERVER_SETTINGS,
} from '@lanmirror/engine/host';
import type { Asking } from './control/ask-running.ts';
import { findHome, type HomeInput, openHome } from './share/home.ts';
import { shareSpecs } from './share/share-spec.ts';

export const PROGRAM = 'lanmirror-server';
const VERSION = '0.1.0';
const JSON_FLAG = { type: 'boolean', help: 'for programs: one line of JSON' } as const;
const SHARE_FLAG = { type: 'string', help: 'the share that is meant, where it is not clear' } as const;
const VERBS = [
  { name: 'start', help: 'publish until stopped (the default)', flags: {} },
  {
    name: 'key',
    help: 'print the key that mirrors need; add, list or remove those with a name',
    words: ['[add|list|remove]', '[NAME]'],
    flags: {},
  },
  { name: 'status', help: 'how the running server is', flags: { json: JSON_FLAG } },
  { name: 'clients', help: 'who mirrors from it, and how far each is', flags: { json: JSON_FLAG } },
  {
    name: 'accept',
    help: 'agree that what is missing is meant to be gone',
    flags: { share: SHARE_FLAG, yes: { type: 'boolean', help: 'without a question' } },
  },
  {
    name: 'explain',
    help: 'which rule decides whether PATH is published',
    words: ['PATH'],
    flags: { share: SHARE_FLAG, json: JSON_FLAG },
  },
  { name: 'reload', help: 'let the running server read its INI again', flags: { json: JSON_FLAG } },
  {
    name: 'config',
    help: 'check: what is wrong in the INI. show: what is in effect, and why',
    words: ['check|show'],
    flags: { json: JSON_FLAG },
  },
  { name: 'stop', help: 'end the running server', flags: {} },
] as const;

/** What is wrong in the INI by now is no reason not to ask or end what runs. */
const STANDING: ReadonlySet<string> = new Set(['status', 'clients', 'stop']);

/**
 * Carries out one command; `start` resolves when serving has ended.
 *
 * @param circumstances is told what becomes known
 * @param args as they are typed
 * @param cwd what relative paths in flags are in, and where an INI is looked for
 * @throws UserError for what a person can do something about
 */
export async function serverCommand(
  circumstances: Circumstances,
  args: readonly string[],
  cwd: string,
): Promise<ExitCode> {
  const shape = { program: PROGRAM, version: VERSION, verbs: VERBS, settings: SERVER_SETTINGS };
  const command = await parseCommandLine(shape, args);
  if (command === undefined) return EXIT.done;
  const { config } = command.flags;
  rememberConfig(config, cwd);
  const input = {
    section: 'Server' as const,
    config: typeof config === 'string' ? config : undefined,
    flags: command.flags,
    env: process.env,
    cwd,
  };
  if (command.verb === 'config')
    return configCommand({
      ...{ input, what: command.words[0] ?? '', isJson: command.flags.json === true },
      faultsOf: (configuration) =>
        faultIn(() => {
          for (const { values } of shareSpecs(configuration)) readShareRules(values.get);
        }),
      say: (text) => void process.stdout.write(`${text}\n`),
    });
  const answer = await askedOfRunning(command, input);
  if (answer !== undefined) return answer;
  const configuration = STANDING.has(command.verb) ? readStanding(input, warn) : readConfiguration(input);
  const settings = { configuration };
  const log = createLog(() => settings.configuration.text('LogLevel') as LogLevel);
  for (const warning of configuration.warnings) log.warn(warning);
  const shares = shareSpecs(configuration);
  const place: HomeInput = {
    roots: shares.map(({ monitorDir }) => monitorDir),
    iniPath: configuration.parts.length === 0 ? '' : configuration.iniPath,
    given: configuration.text('StateDir'),
    env: process.env,
  };
  if (command.verb !== 'start') {
    const asking = askingOf(command, place);
    circumstances.stateDir = asking.home.dir;
    const makeHome = (): void => void openHome(place);
    const isNamed = command.verb === 'key' && command.words.length > 0;
    if (isNamed)
      return (await import('./control/named-key.ts')).namedKeyCommand(asking, command.words, makeHome);
    if (command.verb === 'key')
      return (await import('./control/key.ts')).printKey(asking, configuration, makeHome);
    if (command.verb === 'explain') {
      const { explainCommand } = await import('./control/explain.ts');
      return explainCommand({ ...asking, typed: command.words[0] ?? '' }, shares);
    }
    const { ASKING } = await import('./control/ask.ts');
    const answered = await ASKING[command.verb]?.(asking);
    if (answered !== undefined) return answered;
  }
  const home = openHome(place);
  circumstances.stateDir = home.dir;
  const { serve } = await import('./serve.ts');
  return serve({
    ...{ configuration, input, settings, shares, home, log },
    program: `${PROGRAM} ${VERSION}`,
  });
}

/** What the server says that runs with an INI which does not name it any more; undefined when there is none. */
async function askedOfRunning(command: Command, input: ConfigurationInput): Promise<ExitCode | undefined> {
  const { verb } = command;
  if (verb !== 'reload' && !STANDING.has(verb)) return undefined;
  const { homeOfRunning } = await import('./control/home-of-running.ts');
  // At a reload it reads the INI itself, and says what is wrong.
  const dir = homeOfRunning(input, verb === 'reload' ? () => undefined : warn);
  if (dir === undefined) return undefined;
  const { ASKING } = await import('./control/ask.ts');
  return ASKING[verb]?.({
    ...asked(command),
    home: { dir, stateDirs: [] },
    isStateDirGiven: true,
    monitorDirs: [],
  });
}

function warn(text: string): void {
  process.stderr.write(`${text}\n`);
}

function askingOf(command: Command, place: HomeInput): Asking {
  const isStateDirGiven = place.given !== '';
  return { ...asked(command), home: findHome(place), isStateDirGiven, monitorDirs: place.roots };
}

function asked({ flags }: Command): Pick<Asking, 'isJson' | 'isAgreed' | 'share'> {
  return {
    isJson: flags.json === true,
    isAgreed: flags.yes === true,
    share: typeof flags.share === 'string' ? flags.share : undefined,
  };
}
