/**
 * `lanmirror-client accept`: shows what waits for a person (deletions that are held, or a target that is not
 * the one that was joined), asks, and agrees to exactly that, with or without a running client.
 */
import { acquireLock, confirm, EXIT, type ExitCode, UserError } from '@lanmirror/engine/host';
import { onlyInTrashText } from '../clean/only-in-trash.ts';
import { openState } from '../client.ts';
import { asTyped, lineFor } from '../job/job-line.ts';
import { type HeldList, heldList } from '../mirror/held-list.ts';
import { heldTops } from '../mirror/held-tops.ts';
import { amountText, areText, heldHeading, heldLines } from '../mirror/hold-text.ts';
import { findTarget, rejoin } from '../mirror/prepare-target.ts';
import { describeTarget, type StandingTarget, standingTargetText } from '../mirror/standing-target.ts';
import { sourceDirOf } from '../source/source-folder.ts';
import type { MirrorState } from '../state/mirror-state.ts';
import {
  type AskAbout,
  askAboutSource,
  askAboutSourceOffline,
  type SourceAnswers,
  type SourceQuestion,
} from './accept-source.ts';
import type { Asking } from './ask.ts';
import { askClient } from './running-client.ts';

const MAX_LISTED = 20;

/** What a running client answers to `held`. */
export interface Waiting {
  /** Names the list of deletions. */
  readonly token: number;
  /** What is held. */
  readonly list: HeldList;
  /** Set when the target itself is what waits. */
  readonly target: StandingTarget | null;
}

/** @throws UserError with exit code 3 when nobody agrees */
export async function accept(asking: Asking): Promise<ExitCode> {
  const running = await askClient(asking, 'held', {});
  if (running === undefined) return acceptOffline(asking);
  const ofSource = await acceptSource(asking);
  if (ofSource !== undefined) return ofSource;
  const { target, list, token } = running.result as Waiting;
  if (target !== null) {
    if (!(await isRefillAgreed(asking, target))) return EXIT.held;
    await askClient(asking, 'refill', { token: target.token });
    say('Agreed: it is filled again now.');
    return EXIT.done;
  }
  if (list.topCount === 0) return nothingWaits();
  if (!(await isDeletionAgreed(asking, list))) return EXIT.held;
  await askClient(asking, 'accept', { token });
  say(`${agreedText(list)} now.`);
  return EXIT.done;
}

/** What a source of this machine waits for comes first: until then nobody knows what is gone. */
async function acceptSource(asking: Asking): Promise<ExitCode | undefined> {
  const question = (await askClient(asking, 'source-question', {}))?.result as SourceQuestion | null;
  if (question === null || question === undefined) return undefined;
  const answers: SourceAnswers = {
    async missing(token) {
      const answer = await askClient(asking, 'source-accept', { token });
      return (answer?.result as { removed: number } | undefined)?.removed ?? 0;
    },
    async standing(token) {
      await askClient(asking, 'source-accept-root', { token });
    },
  };
  return exitAfter(await askAboutSource(question, asking.name, answers, say, askerOf(asking)));
}

function askerOf(asking: Asking): AskAbout {
  return (text, unagreed) => isAgreedTo(asking, text, unagreed);
}

function exitAfter(isAgreed: boolean | undefined): ExitCode | undefined {
  if (isAgreed === undefined) return undefined;
  return isAgreed ? EXIT.done : EXIT.held;
}

async function acceptOffline(asking: Asking): Promise<ExitCode> {
  const { stateDir, targetDir } = asking;
  const lock = acquireLock(`${stateDir}/lock`, `A lanmirror-client for ${targetDir}`);
  const state = await openState(stateDir);
  try {
    const ofSource = exitAfter(await askAboutSourceOffline(asking, say, askerOf(asking)));
    if (ofSource !== undefined) return ofSource;
    if ((await findTarget(targetDir, state, stateDir)) === 'not-there')
      return await refillOffline(asking, state);
    return await deleteOffline(asking, state);
  } finally {
    await state.close();
    lock.release();
  }
}

/** The next start finds a target of which it remembers nothing, and looks at it before it plans. */
async function refillOffline(asking: Asking, state: MirrorState): Promise<ExitCode> {
  if (!(await isRefillAgreed(asking, describeTarget(asking.targetDir)))) return EXIT.held;
  state.forgetTarget();
  await state.flushed();
  await rejoin(asking.targetDir, state, asking.stateDir);
  say('Agreed: it is filled again at the next start or sync.');
  return EXIT.done;
}

async function deleteOffline(asking: Asking, state: MirrorState): Promise<ExitCode> {
  const ids = heldTops(state);
  if (ids.length === 0) return nothingWaits();
  const list = heldList(state, ids, MAX_LISTED);
  if (!(await isDeletionAgreed(asking, list))) return EXIT.held;
  state.agree(ids);
  await state.flushed();
  say(`${agreedText(list)} at the next start or sync.`);
  return EXIT.done;
}

function nothingWaits(): ExitCode {
  say('Nothing waits.');
  return EXIT.done;
}

async function isRefillAgreed(asking: Asking, target: StandingTarget): Promise<boolean> {
  for (const line of standingTargetText(asking.targetDir, target)) say(line);
  for (const line of await onlyInTrashText(sourceDirOf(asking.configuration)))
    say(asTyped(asking.name, line));
  const unagreed = new UserError(
    'NOT_AGREED',
    'Nothing was changed: nobody agreed.',
    `If it is to be filled again: "${lineFor(asking.name, 'accept --yes')}".`,
    EXIT.held,
  );
  return isAgreedTo(asking, 'Fill it again? [y/N] ', unagreed);
}

function agreedText({ entries, sizeBytes }: HeldList): string {
  return `Agreed: ${amountText(entries, sizeBytes)}, ${areText(entries)} moved to the trash`;
}

function isDeletionAgreed(asking: Asking, list: HeldList): Promise<boolean> {
  say(`${heldHeading(list)} until now: ${amountText(list.entries, list.sizeBytes)}`);
  for (const line of heldLines(list)) say(line);
  const unagreed = new UserError(
    'NOT_AGREED',
    'Nothing was deleted: nobody agreed.',
    `Look at the list, then run "${lineFor(asking.name, 'accept --yes')}".`,
    EXIT.held,
  );
  return isAgreedTo(asking, 'Move all of this to the trash? [y/N] ', unagreed);
}

/** @throws `unagreed` when nobody can be asked */
async function isAgreedTo({ isAgreed }: Asking, question: string, unagreed: UserError): Promise<boolean> {
  if (isAgreed) return true;
  const answer = await confirm(question);
  if (answer !== undefined) return answer;
  throw unagreed;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
