/**
 * Arguments of both programs: verbs and flags. yargs does the parsing; what it finds wrong becomes a
 * UserError of one line.
 */
import type { Setting } from './setting.ts';
import { envNameOf } from './setting.ts';
import { UserError } from './user-error.ts';

export interface Verb {
  readonly name: string;
  readonly help: string;
  /** Flags of this verb alone. */
  readonly flags: Readonly<Record<string, { readonly type: 'boolean' | 'string'; readonly help: string }>>;
}

export interface CommandLineShape {
  readonly program: string;
  readonly version: string;
  /** The first is the default. */
  readonly verbs: readonly Verb[];
  readonly settings: readonly Setting[];
}

export interface Command {
  readonly verb: string;
  readonly flags: Readonly<Record<string, unknown>>;
}

/** Parses arguments. Returns undefined when help or the version was shown. Throws UserError for wrong use. */
export async function parseCommandLine(shape: CommandLineShape, args: readonly string[]): Promise<Command | undefined> {
  const { default: yargs } = await import('yargs');
  let shown = '';
  let problem: string | undefined;
  const parser = yargs()
    .scriptName(shape.program)
    .locale('en')
    .version(shape.version)
    .usage(usage(shape))
    .help()
    .strict()
    .exitProcess(false)
    .parserConfiguration({ 'camel-case-expansion': false, 'duplicate-arguments-array': false })
    .option('config', { type: 'string', requiresArg: true, describe: 'INI file to read' })
    .command(`$0 [verb]`, false, (y) => y.positional('verb', { type: 'string', choices: shape.verbs.map(({ name }) => name) }))
    .fail((message, error) => {
      problem = message ?? error?.message ?? 'wrong use';
    });
  for (const setting of shape.settings) {
    if (setting.isSecret) continue;
    parser.option(setting.flag, { type: 'string', requiresArg: true, describe: describe(setting) });
  }
  for (const { flags } of shape.verbs) {
    for (const [name, { type, help }] of Object.entries(flags)) parser.option(name, { type, describe: help });
  }
  const parsed = await parser.parseAsync([...args], {}, (_error, _argv, output) => {
    shown = output;
  });
  if (problem !== undefined) throw new UserError('USAGE', firstLine(problem), `See ${shape.program} --help.`);
  if (shown !== '') {
    process.stdout.write(`${shown}\n`);
    return undefined;
  }
  const { _: rest, $0: _name, verb, ...flags } = parsed as Record<string, unknown>;
  if (Array.isArray(rest) && rest.length > 0) {
    throw new UserError('USAGE', `"${String(rest[0])}" is one word too many.`, `See ${shape.program} --help.`);
  }
  const chosen = shape.verbs.find(({ name }) => name === (verb ?? shape.verbs[0]?.name));
  if (chosen === undefined) throw new UserError('USAGE', `unknown command "${String(verb)}"`, `See ${shape.program} --help.`);
  refuseForeignFlags(shape, chosen, flags);
  return { verb: chosen.name, flags };
}

/** A flag that belongs to another verb is a mistake, not a wish to be ignored. */
function refuseForeignFlags(shape: CommandLineShape, verb: Verb, flags: Readonly<Record<string, unknown>>): void {
  for (const other of shape.verbs) {
    for (const name of Object.keys(other.flags)) {
      if (name in verb.flags || flags[name] === undefined) continue;
      throw new UserError('USAGE', `--${name} does not go with "${verb.name}".`, `See ${shape.program} --help.`);
    }
  }
}

function describe(setting: Setting): string {
  const byDefault = setting.default === '' ? '' : `, default ${setting.default}`;
  return `${setting.help} (${setting.key}, ${envNameOf(setting)}${byDefault})`;
}

function usage({ program, verbs }: CommandLineShape): string {
  return [`${program} [command] [flags]`, '', ...verbs.map(({ name, help }) => `  ${name.padEnd(8)} ${help}`)].join('\n');
}

function firstLine(text: string): string {
  const line = text.trim().split('\n').at(-1) ?? text;
  return /[.!?]$/.test(line) ? line : `${line}.`;
}
