/**
 * Arguments of both programs: a verb and flags. yargs splits them and lays out the help; what is wrong
 * with them becomes a UserError of one line.
 */
import { helpText, verbHelp } from './command-help.ts';
import { nearestWord } from './nearest-word.ts';
import type { Setting } from './setting.ts';
import { UserError } from './user-error.ts';

export interface Verb {
  readonly name: string;
  readonly help: string;
  /** What follows the verb, like `HOST[:PORT] DIR`, in order; those that may be left out stand last, in brackets; `[JOB...]` is any number. */
  readonly words?: readonly string[];
  /** Who adds a name to the default verb may mean this one. */
  readonly isForOne?: true;
  /** Flags of this verb alone. `boolean` ones take no value. */
  readonly flags: Readonly<Record<string, { readonly type: 'boolean' | 'string'; readonly help: string }>>;
}

export interface CommandLineShape {
  readonly program: string;
  readonly version: string;
  /** The first is the default. */
  readonly verbs: readonly Verb[];
  readonly settings: readonly Setting[];
  /** Settings that stand only in sections of the INI which there may be many of: they are no flags. */
  readonly sections?: readonly { readonly head: string; readonly settings: readonly Setting[] }[];
}

export interface Command {
  readonly verb: string;
  /** What followed the verb, as many as the verb takes at most. */
  readonly words: readonly string[];
  /** By name without dashes: `config`, settings as text, flags of the verb. */
  readonly flags: Readonly<Record<string, unknown>>;
}

/** Flags of every verb that are no settings. */
export const COMMON_FLAGS = {
  config: { type: 'string', help: 'INI file to read (LANMIRROR_CONFIG)' },
  help: { type: 'boolean', help: 'show this help; behind a command only what is about it' },
  version: { type: 'boolean', help: 'show the version' },
} as const;

/**
 * Parses arguments.
 *
 * @returns undefined when help or the version was asked for, and has been shown
 * @throws UserError for wrong use
 */
export async function parseCommandLine(
  shape: CommandLineShape,
  args: readonly string[],
): Promise<Command | undefined> {
  const { words, flags } = await split(shape, args);
  const asked = helpAskedFor(words, flags);
  if (asked !== undefined) return show(await helpOn(shape, asked.verb));
  if (flags.version === true) return show(shape.version);
  const [first, ...rest] = words;
  const verb = chooseVerb(shape, first);
  checkWords(shape, verb, rest);
  refuseForeignFlags(shape, verb, flags);
  return { verb: verb.name, words: rest, flags };
}

/** What help was asked for, and on which command, if on one: by `--help`, or as `help` and `help COMMAND`. */
function helpAskedFor(
  [first, second]: readonly string[],
  flags: Readonly<Record<string, unknown>>,
): { readonly verb: string | undefined } | undefined {
  if (first === 'help') return { verb: second };
  return flags.help === true || flags.h === true ? { verb: first } : undefined;
}

/** Of what is no command all of the help is shown. */
function helpOn(shape: CommandLineShape, name: string | undefined): Promise<string> {
  const verb = shape.verbs.find((one) => one.name === name);
  return verb === undefined ? helpText(shape) : verbHelp(shape, verb);
}

function show(text: string): undefined {
  process.stdout.write(`${text}\n`);
}

async function split(
  shape: CommandLineShape,
  args: readonly string[],
): Promise<{ words: readonly string[]; flags: Record<string, unknown> }> {
  const { default: yargs } = await import('yargs');
  let problem: string | undefined;
  const parser = yargs()
    .locale('en')
    .help(false)
    .version(false)
    .exitProcess(false)
    .parserConfiguration(PLAIN)
    .fail((message, error) => {
      problem ??= message ?? error.message;
    });
  const known = flagsOf(shape);
  // Without a type: yargs then neither guesses numbers nor lets `--adopt=no` pass for a value.
  for (const [name, takesValue] of known) parser.option(name, { nargs: takesValue ? 1 : 0 });
  const { _: words, $0: _program, ...flags } = await parser.parseAsync([...args]);
  const unknown = Object.keys(flags).find((name) => !known.has(name));
  if (unknown !== undefined) throw unknownFlag(shape, unknown, [...known.keys()]);
  if (problem !== undefined) throw wrongUse(shape, explain(problem));
  return { words: words.map(String), flags };
}

/** As many words as the verb takes, and none is empty: an unset variable of a shell is no path. */
function checkWords(shape: CommandLineShape, verb: Verb, words: readonly string[]): void {
  const wanted = verb.words ?? [];
  const isAnyNumber = wanted.at(-1)?.includes('...') === true;
  const extra = isAnyNumber ? undefined : words[wanted.length];
  if (extra !== undefined) throw wrongUse(shape, `"${extra}" is one word too many${hintFor(shape, verb)}`);
  const required = wanted.filter((word) => !isOptional(word));
  const missing = required.slice(words.length);
  if (missing.length > 0) throw wrongUse(shape, `"${verb.name}" needs ${required.join(' and ')}`);
  const empty = words.indexOf('');
  if (empty >= 0) throw wrongUse(shape, `${wanted[empty] ?? wanted.at(-1)} is empty`);
}

/** A name behind the verb that is for all is meant for a part: what can be said of one is named. */
function hintFor({ program, verbs }: CommandLineShape, verb: Verb): string {
  const takers = verb === verbs[0] ? verbs.filter(({ isForOne }) => isForOne === true) : [];
  const lines = takers.map(({ name, help }) => `"${program} ${name} NAME" (${help})`);
  return lines.length === 0 ? '' : `; with a name there is ${lines.join(' and ')}`;
}

function isOptional(word: string): boolean {
  return word.startsWith('[');
}

/** Flags are taken as they are written. */
const PLAIN = {
  'boolean-negation': false,
  'camel-case-expansion': false,
  'dot-notation': false,
  'duplicate-arguments-array': false,
  'parse-numbers': false,
  'parse-positional-numbers': false,
  'short-option-groups': false,
} as const;

/** Every flag, with whether it takes a value. */
function flagsOf({ settings, verbs }: CommandLineShape): ReadonlyMap<string, boolean> {
  const own = [COMMON_FLAGS, ...verbs.map(({ flags }) => flags)].flatMap((flags) => Object.entries(flags));
  return new Map([
    ...settings
      .filter(({ isSecret }) => isSecret !== true)
      .map(({ flag }): [string, boolean] => [flag, true]),
    ...own.map(([name, { type }]): [string, boolean] => [name, type === 'string']),
    ['h', false],
  ]);
}

/** What yargs found, in the words of this program. */
function explain(problem: string): string {
  const missing = /^Not enough arguments following: (.*)$/.exec(problem)?.[1];
  if (missing !== undefined) return `--${missing} needs a value`;
  const unwanted = /^Argument unexpected for: (.*)$/.exec(problem)?.[1];
  return unwanted === undefined ? problem.trim() : `--${unwanted} takes no value`;
}

function chooseVerb(shape: CommandLineShape, word: string | undefined): Verb {
  const chosen = word === undefined ? shape.verbs[0] : shape.verbs.find(({ name }) => name === word);
  if (chosen !== undefined) return chosen;
  const names = shape.verbs.map(({ name }) => name);
  const near = nearestWord(word ?? '', names);
  const hint = near === undefined ? `known are ${names.join(', ')}` : `did you mean "${near}"?`;
  throw wrongUse(shape, `unknown command "${word}"; ${hint}`);
}

function unknownFlag(shape: CommandLineShape, name: string, known: readonly string[]): UserError {
  const near = nearestWord(
    name,
    known.filter(({ length }) => length > 1),
  );
  const hint = near === undefined ? '' : `; did you mean --${near}?`;
  return wrongUse(shape, `unknown flag ${name.length === 1 ? '-' : '--'}${name}${hint}`);
}

/** A flag that belongs to other verbs is a mistake, not a wish to be ignored. */
function refuseForeignFlags(
  shape: CommandLineShape,
  verb: Verb,
  flags: Readonly<Record<string, unknown>>,
): void {
  for (const name of Object.keys(flags)) {
    const takers = shape.verbs.filter((one) => Object.hasOwn(one.flags, name));
    if (takers.length === 0 || takers.includes(verb)) continue;
    const names = takers.map((taker) => `"${taker.name}"`).join(' and ');
    throw wrongUse(shape, `--${name} does not go with "${verb.name}", only with ${names}`);
  }
}

function wrongUse({ program }: CommandLineShape, message: string): UserError {
  const sentence = message.endsWith('?') ? message : `${message}.`;
  return new UserError('USAGE', sentence, `See ${program} --help.`);
}
