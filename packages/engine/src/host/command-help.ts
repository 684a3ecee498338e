/** The text of `--help`: commands once, then flags in groups, then where values come from. */
import { COMMON_FLAGS, type CommandLineShape, type Verb } from './command-line.ts';
import { describeKind, envNameOf, type Setting } from './setting.ts';

const MAX_COLUMNS = 110;
const COLUMNS_OF_A_FILE = 100;

/** Help as lines without a break at the end, as wide as the terminal but not wider than is read easily. */
export async function helpText(shape: CommandLineShape): Promise<string> {
  const columns = columnsNow();
  const settings = shape.settings.filter(({ isSecret }) => isSecret !== true);
  const flags = [
    ...verbFlags(shape.verbs),
    ...settings.map((one) => ({ group: 'Settings', name: one.flag, help: describeSetting(one) })),
    ...Object.entries(COMMON_FLAGS).map(([name, { help }]) => ({ group: 'Other flags', name, help })),
  ];
  const groups = [...new Set(flags.map(({ group }) => group))];
  const ofGroup = groups.map((group) =>
    flagList(
      group,
      flags.filter((flag) => flag.group === group),
      columns,
    ),
  );
  return [commands(shape), ...(await Promise.all(ofGroup)), epilogue(shape)].join('\n\n');
}

/** Help on one command, laid out like {@link helpText}: what it does, takes, and means by its own flags. */
export async function verbHelp({ program }: CommandLineShape, verb: Verb): Promise<string> {
  const { name: verbName, words = [], help } = verb;
  const own = { ...verb.flags, ...COMMON_FLAGS };
  const flags = Object.entries(own).map(([name, flag]) => ({ group: 'Flags', name, help: flag.help }));
  return [
    `Usage: ${program} ${[verbName, ...words].join(' ')} [flags]`,
    `${verbName}: ${help}`,
    await flagList('Flags', flags, columnsNow()),
    `Every setting is a flag, too. "${program} --help" has them all, and the other commands.`,
  ].join('\n\n');
}

function columnsNow(): number {
  return Math.min(process.stdout.columns ?? COLUMNS_OF_A_FILE, MAX_COLUMNS);
}

interface ListedFlag {
  readonly group: string;
  readonly name: string;
  readonly help: string;
}

/** The parser has one help for a name: each group has a parser of its own, so that a flag may stand in several. */
async function flagList(group: string, flags: readonly ListedFlag[], columns: number): Promise<string> {
  const { default: yargs } = await import('yargs');
  const parser = yargs().locale('en').help(false).version(false).wrap(columns);
  for (const { name, help } of flags) parser.option(name, { describe: help, group: `${group}:` });
  return (await parser.getHelp()).trim();
}

function commands({ program, verbs }: CommandLineShape): string {
  const uses = verbs.map(({ name, words = [] }) => [name, ...words].join(' '));
  const width = Math.max(...uses.map(({ length }) => length));
  const list = verbs.map(({ help }, at) => `  ${(uses[at] ?? '').padEnd(width)}  ${help}`);
  return [`Usage: ${program} [command] [flags]`, '', 'Commands:', ...list].join('\n');
}

/** Every flag once for each meaning, in the group of all verbs for which it means the same. */
function verbFlags(verbs: readonly Verb[]): ListedFlag[] {
  const names = new Set(verbs.flatMap(({ flags }) => Object.keys(flags)));
  return [...names].flatMap((name) => {
    const takers = verbs.filter(({ flags }) => Object.hasOwn(flags, name));
    const meanings = new Set(takers.map(({ flags }) => flags[name]?.help ?? ''));
    return [...meanings].map((help) => {
      const ofIt = takers.filter(({ flags }) => flags[name]?.help === help);
      return { group: `Flags of ${ofIt.map((verb) => verb.name).join(' and ')}`, name, help };
    });
  });
}

function describeSetting({ key, kind, help, default: value, isRequired }: Setting): string {
  const range = kind.type === 'number' || kind.type === 'choice' ? [describeKind(kind)] : [];
  const rest = isRequired === true ? ['required'] : value === '' ? [] : [`default ${value}`];
  return `${help} (${[key, ...range, ...rest].join('; ')})`;
}

function epilogue({ program, settings, sections = [] }: CommandLineShape): string {
  const first = settings[0];
  const example = first === undefined ? '' : `, like ${envNameOf(first)}`;
  const ini = `${program.replace(/^lanmirror-/, '')}.ini`;
  return [
    'Every setting can also stand in the INI, under the name in brackets, or in the environment, as',
    `LANMIRROR_ and the flag in capitals${example}. A flag wins over the environment, and`,
    `that over the INI. Without --config the INI is ./${ini}, if it exists.`,
    '',
    ...sections.flatMap(sectionHelp),
    'Exit codes: 0 done, 1 some paths failed, 2 wrong use or configuration, 3 held or halted by a guard,',
    '4 no connection or refused, 5 already running.',
  ].join('\n');
}

function sectionHelp({ head, settings }: NonNullable<CommandLineShape['sections']>[number]): string[] {
  const keys = settings.map(
    ({ key, kind, help, default: value }) => `  ${key}  ${help} (${describeKind(kind)}; default ${value})`,
  );
  return [`A section ${head} of the INI overrides what stands there for all, and has besides:`, ...keys, ''];
}
