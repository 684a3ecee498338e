/**
 * `excluded [PATTERN]` and `excluded remove [PATTERN]`: what stands on the target although the rules leave it out, and,
 * after a question, exactly that to the trash. By the client that runs, or by its state while none does.
 */
import {
  asWord,
  type Configuration,
  confirm,
  displayName,
  EXIT,
  type ExitCode,
  UserError,
} from '@lanmirror/engine/host';
import { askClient, type ClientPlace } from '../control/running-client.ts';
import { lineFor } from '../job/job-line.ts';
import { withTargetState } from '../mirror/target-state.ts';
import type { Removal, Shown } from './excluded-desk.ts';
import { leftLine, nodeLine, summaryLines, totalText } from './excluded-text.ts';
import type { ExcludedNode } from './find-excluded.ts';

export interface ExcludedAsking extends ClientPlace {
  /** The job; '' for the only mirror of a client. */
  readonly name: string;
  readonly configuration: Configuration;
  /** '' for the one in the target. */
  readonly trashDir: string;
  readonly words: readonly string[];
  readonly flags: Readonly<Record<string, unknown>>;
}

/** Who has what is asked for: the client that runs, or this process. */
export interface Keeper {
  show(typed: string, tell: (node: ExcludedNode) => void): Promise<Shown>;
  remove(token: number, tell: (removal: Removal) => void): Promise<void>;
}

export async function excludedCommand(asking: ExcludedAsking): Promise<ExitCode> {
  const { isRemoval, typed } = wordsOf(asking.words);
  const running = await runningKeeper(asking);
  if (running !== undefined) return carryOut(asking, running, isRemoval, typed);
  const { withStateKeeper } = await import('./excluded-offline.ts');
  return withTargetState(asking, (state) =>
    withStateKeeper(asking, state, isRemoval, (keeper) => carryOut(asking, keeper, isRemoval, typed)),
  );
}

function wordsOf([first = '', second]: readonly string[]): { isRemoval: boolean; typed: string } {
  if (first === 'remove') return { isRemoval: true, typed: second ?? '' };
  if (second === undefined) return { isRemoval: false, typed: first };
  throw new UserError(
    'BAD_VERB',
    `"excluded ${displayName(first)} ${displayName(second)}" is unknown.`,
    'Use "excluded PATTERN" to look, or "excluded remove PATTERN".',
  );
}

/** Undefined when no client runs on the target. */
async function runningKeeper(asking: ExcludedAsking): Promise<Keeper | undefined> {
  const hears = (tell: (value: never) => void) => ({
    line: () => undefined,
    record: (value: unknown) => tell(value as never),
  });
  if ((await askClient(asking, 'settings', {})) === undefined) return undefined;
  const ask = async (verb: string, flags: Parameters<typeof askClient>[2], tell: (value: never) => void) => {
    const answer = await askClient(asking, verb, flags, hears(tell));
    if (answer !== undefined) return answer.result;
    throw new UserError('ENDED', 'The client that ran here has just ended.', 'Run it again.', EXIT.held);
  };
  return {
    show: async (pattern, tell) => (await ask('excluded', { pattern }, tell)) as Shown,
    async remove(token, tell) {
      await ask('excluded-remove', { token }, tell);
    },
  };
}

async function carryOut(
  asking: ExcludedAsking,
  keeper: Keeper,
  isRemoval: boolean,
  typed: string,
): Promise<ExitCode> {
  const isJson = asking.flags.json === true;
  const nodes: ExcludedNode[] = [];
  const otherSide = asking.configuration.text('Source') === '' ? 'server' : 'source';
  const shown = await keeper.show(typed, (node) => {
    nodes.push(node);
    if (!isJson) say(nodeLine(node, otherSide));
    else if (!isRemoval) say(jsonOf(node));
  });
  for (const path of shown.unreadable) process.stderr.write(`Not looked at: ${displayName(path)}\n`);
  const exit = shown.unreadable.length > 0 ? EXIT.someFailed : EXIT.done;
  const line = lineFor(asking.name, `excluded remove${typed === '' ? '' : ` ${asWord(typed)}`}`);
  const next = isRemoval ? '' : `"${line}"`;
  if (!isJson) for (const text of summaryLines(nodes, shown, typed, next, otherSide)) say(text);
  const going = nodes.filter(({ stays }) => stays === undefined);
  if (!isRemoval || going.length === 0) return exit;
  await agree(asking, totalText(going));
  return (await removeAll(asking, keeper, shown.token, going)) ? exit : EXIT.someFailed;
}

async function agree({ name, flags }: ExcludedAsking, what: string): Promise<void> {
  if (flags.yes === true) return;
  const answer = await confirm(`Move ${what} to the trash? [y/N] `);
  if (answer === true) return;
  throw new UserError(
    'NOT_AGREED',
    'Nothing was moved: nobody agreed.',
    answer === false
      ? ''
      : `Look at the list, then run "${lineFor(name, 'excluded remove --yes')}" with the same pattern.`,
    EXIT.held,
  );
}

/** Returns whether all of it is in the trash. */
async function removeAll(
  { flags, name }: ExcludedAsking,
  keeper: Keeper,
  token: number,
  going: readonly ExcludedNode[],
): Promise<boolean> {
  const moved = new Set<string>();
  let left = 0;
  await keeper.remove(token, (removal) => {
    if (flags.json === true) say(JSON.stringify(removal));
    if (removal.outcome === 'moved') moved.add(removal.path);
    else {
      left += 1;
      if (flags.json !== true) process.stderr.write(`${leftLine(removal)}\n`);
    }
  });
  const done = going.filter(({ path }) => moved.has(path));
  if (flags.json !== true) {
    say(`Moved to the trash: ${totalText(done)}.`);
    const example = asWord(done.length === 1 ? (done[0]?.path ?? '') : 'PATTERN');
    if (done.length > 0) say(`"${lineFor(name, `trash restore ${example}`)}" copies it out again.`);
  }
  return left === 0;
}

function jsonOf({ path, here, kind, files, folders, sizeBytes, rule, stays }: ExcludedNode): string {
  const placed = path === here ? {} : { placedPath: here };
  return JSON.stringify({ path, ...placed, kind, files, folders, sizeBytes, rule, stays: stays ?? null });
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
