/** The command line of the bench. */
import { parseArgs } from 'node:util';

export interface Options {
  readonly isQuick: boolean;
  readonly isList: boolean;
  readonly isHelp: boolean;
  /** Names of pieces of work; empty for all that the scale has. */
  readonly only: readonly string[];
  /** Names of tools beside lanmirror; undefined for those that the scale has. */
  readonly peers: readonly string[] | undefined;
  /** undefined for as many as the scale has. */
  readonly rounds: number | undefined;
  /** Where trees are made; '' for the folder of the system for temporary files. */
  readonly dir: string;
  /** Where the figures go as JSON; '' for nowhere. */
  readonly json: string;
  /** Where the chart goes as SVG; '' for nowhere. */
  readonly chart: string;
}

export const HELP = `Usage: npm run bench -- [flags]

Measures lanmirror and its peers side by side on this machine, in alternating rounds.

  --quick         small trees and few peers, in less than two minutes
  --only NAME     this piece of work only; several with commas
  --peers NAMES   only these tools beside lanmirror, with commas; all for all that are installed
  --rounds N      rounds of each piece of work (default: 5, with --quick 2)
  --dir DIR       where the trees live (default: the folder for temporary files; /dev/shm is memory)
  --json FILE     write all figures
  --chart FILE    write a chart (SVG)
  --list          name the work, the tools and the aims, and measure nothing`;

/** Throws an Error that a person understands when the flags make no sense. */
export function parseOptions(
  args: readonly string[],
  works: readonly string[],
  tools: readonly string[],
): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
      peers: { type: 'string' },
      rounds: { type: 'string' },
      dir: { type: 'string', default: '' },
      json: { type: 'string', default: '' },
      chart: { type: 'string', default: '' },
    },
  });
  return {
    isQuick: values.quick,
    isList: values.list,
    isHelp: values.help,
    only: namesOf(values.only, works, '--only'),
    peers: peersOf(values.peers, tools),
    rounds: values.rounds === undefined ? undefined : positive(values.rounds),
    dir: values.dir,
    json: values.json,
    chart: values.chart,
  };
}

function peersOf(text: string | undefined, tools: readonly string[]): readonly string[] | undefined {
  if (text === undefined) return undefined;
  return text === 'all' ? tools : namesOf(text, tools, '--peers');
}

function namesOf(text: string, known: readonly string[], flag: string): string[] {
  const names = text.split(',').filter((name) => name !== '');
  const wrong = names.find((name) => !known.includes(name));
  if (wrong !== undefined) throw new Error(`${flag}: "${wrong}" is none of ${known.join(', ')}`);
  return names;
}

function positive(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > 1000)
    throw new Error(`--rounds: "${text}" is not a whole number from 1 to 1000`);
  return number;
}
