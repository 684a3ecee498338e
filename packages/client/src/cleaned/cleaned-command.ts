/**
 * `cleaned [PATTERN]` and `cleaned forget PATTERN`: what stays on the target because it was cleaned from the source, by the
 * client that runs, or by its state while none does; and, after a question, no more word of copies that are gone from
 * here, by the client that runs alone.
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
import { openLocalTarget } from '@lanmirror/engine/tree';
import { systemClock } from '@lanmirror/engine/wire';
import { openRecord } from '../clean/open-record.ts';
import { askClient, type ClientPlace } from '../control/running-client.ts';
import { lineFor, lineWith } from '../job/job-line.ts';
import { readMarker } from '../mirror/marker.ts';
import { withTargetState } from '../mirror/target-state.ts';
import { sourceDirOf } from '../source/source-folder.ts';
import type { MirrorState } from '../state/mirror-state.ts';
import { CleanedDesk, type CleanedFile, type Forgotten, type Offer } from './cleaned-desk.ts';
import { countText, fileLine, releasedLines, stayLine, summaryLines, totalText } from './cleaned-text.ts';
import { notRunning } from './forget-refusal.ts';
import { trashedText } from './trashed-at-source.ts';

export interface CleanedAsking extends ClientPlace {
  /** The job; '' for the only mirror of a client. */
  readonly name: string;
  readonly configuration: Configuration;
  readonly words: readonly string[];
  readonly flags: Readonly<Record<string, unknown>>;
}

/** Who can show what is asked for: the client that runs, or this process. */
interface Shower {
  show(typed: string, tell: (file: CleanedFile) => void): Promise<void>;
}

/** The client that runs: only that knows what was moved, or edited, because it looks. */
interface Keeper extends Shower {
  offer(typed: string, tell: (file: CleanedFile) => void): Promise<Offer>;
  forget(token: number, tell: (forgotten: Forgotten) => void): Promise<void>;
}

export async function cleanedCommand(asking: CleanedAsking): Promise<ExitCode> {
  const { isForgetting, typed } = wordsOf(asking);
  const { name, configuration } = asking;
  if (isForgetting && name !== '' && configuration.text('DryRun') === 'yes') throw dryRun(name);
  const running = await runningKeeper(asking);
  if (isForgetting && running === undefined) throw notRunning(lineWith('start', ''));
  if (running !== undefined) return (isForgetting ? forget : list)(asking, running, typed);
  return withTargetState(asking, (state) => listHere(asking, state, typed));
}

function wordsOf({ words, name }: CleanedAsking): { isForgetting: boolean; typed: string } {
  const [first = '', second] = words;
  if (first === 'forget' && second !== undefined && second !== '')
    return { isForgetting: true, typed: second };
  if (first === 'forget')
    throw new UserError(
      'NO_PATTERN',
      'What is to be forgotten is not said.',
      `"${lineFor(name, 'cleaned')}" lists what can be; then give a PATTERN: "${lineFor(name, "cleaned forget 'films/**'")}".`,
    );
  if (second === undefined) return { isForgetting: false, typed: first };
  throw new UserError(
    'BAD_VERB',
    `"cleaned ${displayName(first)} ${displayName(second)}" is unknown.`,
    `Use "${lineFor(name, 'cleaned PATTERN')}" to look, or "${lineFor(name, 'cleaned forget PATTERN')}".`,
  );
}

/** Undefined when no client runs on the target. */
async function runningKeeper(asking: CleanedAsking): Promise<Keeper | undefined> {
  if ((await askClient(asking, 'settings', {})) === undefined) return undefined;
  const ask = async (verb: string, flags: Parameters<typeof askClient>[2], tell: (value: never) => void) => {
    const listener = { line: () => undefined, record: (value: unknown) => tell(value as never) };
    const answer = await askClient(asking, verb, flags, listener);
    if (answer !== undefined) return answer.result;
    throw new UserError('ENDED', 'The client that ran here has just ended.', 'Run it again.', EXIT.held);
  };
  return {
    async show(pattern, tell) {
      await ask('cleaned', { pattern }, tell);
    },
    offer: async (pattern, tell) => (await ask('cleaned-offer', { pattern }, tell)) as Offer,
    async forget(token, tell) {
      await ask('cleaned-forget', { token }, tell);
    },
  };
}

/** Who only looks writes nothing into the target. */
async function listHere(asking: CleanedAsking, state: MirrorState, typed: string): Promise<ExitCode> {
  const { configuration, targetDir, name } = asking;
  const tree = openLocalTarget(targetDir);
  try {
    const desk = new CleanedDesk({
      ...{ tree, state, clock: systemClock, forgot: () => undefined },
      isThere: async () => (await readMarker(targetDir)) === state.meta.targetId,
      record: openRecord({
        ...{ targetDir, tree, state, sourceDir: sourceDirOf(configuration), isReadOnly: true },
      }),
      afterLook: async () => 'no client runs',
      isKeptByRule: () => true,
      lineFor: (command) => lineFor(name, command),
    });
    const show: Shower['show'] = (pattern, tell) => desk.show(pattern, async (file) => tell(file));
    return await list(asking, { show }, typed);
  } finally {
    tree.release();
  }
}

async function list(asking: CleanedAsking, keeper: Shower, typed: string): Promise<ExitCode> {
  const isJson = asking.flags.json === true;
  const files: CleanedFile[] = [];
  await keeper.show(typed, (file) => {
    files.push(file);
    say(isJson ? jsonOf(file) : fileLine(file));
  });
  const pattern = typed === '' ? 'PATTERN' : asWord(typed);
  if (!isJson)
    for (const text of summaryLines(files, lineFor(asking.name, `cleaned forget ${pattern}`))) say(text);
  return files.some(({ standing }) => standing === 'unknown') ? EXIT.someFailed : EXIT.done;
}

async function forget(asking: CleanedAsking, keeper: Keeper, typed: string): Promise<ExitCode> {
  const isJson = asking.flags.json === true;
  const files: CleanedFile[] = [];
  const { token, released } = await keeper.offer(typed, (file) => {
    files.push(file);
    if (!isJson) say(fileLine(file));
  });
  let staying = 0;
  const tell = (forgotten: Forgotten): void => {
    if (isJson) say(JSON.stringify(forgotten));
    if (forgotten.outcome === 'forgotten' || forgotten.outcome === 'released') return;
    staying += 1;
    if (!isJson) process.stderr.write(`${stayLine(forgotten)}\n`);
  };
  const going = files.filter(({ standing }) => standing === 'gone');
  // What stays for what goes is named by itself.
  for (const { path, standing, why } of files)
    if (standing !== 'gone' && !released.includes(path)) tell({ path, outcome: standing, why });
  if (going.length > 0) {
    if (!isJson) for (const text of releasedLines(released)) say(text);
    await agree(asking, going);
    await forgetAll(keeper, token, isJson, tell);
  }
  return staying > 0 ? EXIT.someFailed : EXIT.done;
}

async function agree(
  { name, flags, configuration }: CleanedAsking,
  going: readonly CleanedFile[],
): Promise<void> {
  const trashed = await trashedText(sourceDirOf(configuration), going);
  if (trashed !== '') (flags.json === true ? warn : say)(trashed);
  if (flags.yes === true) return;
  const answer = await confirm(`Forget what is noted of ${totalText(going)}? [y/N] `);
  if (answer === true) return;
  throw new UserError(
    'NOT_AGREED',
    'Nothing was forgotten: nobody agreed.',
    answer === false
      ? ''
      : `Look at the list, then run "${lineFor(name, 'cleaned forget --yes')}" with the same pattern.`,
    EXIT.held,
  );
}

async function forgetAll(
  keeper: Keeper,
  token: number,
  isJson: boolean,
  tell: (forgotten: Forgotten) => void,
): Promise<void> {
  const outcomes: Forgotten[] = [];
  await keeper.forget(token, (forgotten) => {
    outcomes.push(forgotten);
    tell(forgotten);
  });
  if (isJson) return;
  const count = (wanted: Forgotten['outcome']): number =>
    outcomes.filter(({ outcome }) => outcome === wanted).length;
  const released = count('released');
  say(`Forgotten: ${countText(count('forgotten'))}.`);
  if (released > 0)
    say(`By the ordinary rules at the next pass: ${countText(released)} that stayed for that alone.`);
}

function jsonOf({
  path,
  sizeBytes,
  standing,
  cleanedMs,
  kind,
  vacantPath,
  isAtSource,
  hasNoPlace,
  why,
}: CleanedFile): string {
  const cleaned = cleanedMs === null ? null : new Date(cleanedMs).toISOString();
  const mayBe = vacantPath === '' ? null : vacantPath;
  return JSON.stringify({ path, sizeBytes, standing, cleaned, kind, mayBe, isAtSource, hasNoPlace, why });
}

function dryRun(name: string): UserError {
  return new UserError(
    'DRY_RUN',
    `The job "${displayName(name)}" has DryRun = yes: nothing is written for it.`,
    'Take that line away first.',
    EXIT.held,
  );
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function warn(text: string): void {
  process.stderr.write(`${text}\n`);
}
