/**
 * `lanmirror-client accept` for a source of this machine: what its guards found is shown (a large loss, or another
 * folder in its place), a person is asked, and agrees to exactly that.
 */
import {
  type ControlVerb,
  displayName,
  EXIT,
  missingText,
  removedText,
  standingText,
  UserError,
} from '@lanmirror/engine/host';
import type { Missing, Share, StandingRoot } from '@lanmirror/engine/source';
import { lineFor } from '../job/job-line.ts';
import { openSourceFolder, type SourceFolder, sourceDirOf } from '../source/source-folder.ts';
import type { Asking } from './ask.ts';

/** What a source waits for. */
export interface SourceQuestion {
  /** The folder. */
  readonly dir: string;
  /** Why it waits, '' when it does not. */
  readonly halt: string;
  /** What can be agreed to, if anything. */
  readonly asked: Missing | null;
  /** Another folder in its place, if that is what it waits for. */
  readonly standing: StandingRoot | null;
}

/** Who takes the answers. */
export interface SourceAnswers {
  /** Resolves to the number of removed entries. Rejects with UserError when another list is asked about by now. */
  missing(token: string): Promise<number>;
  /** Rejects with UserError when another folder stands there by now. */
  standing(token: string): Promise<void>;
}

/** Asks one question; throws UserError when nobody can be asked. */
export type AskAbout = (question: string, unagreed: UserError) => Promise<boolean>;

function questionOf(dir: string, { halt, missing, standing }: Share): SourceQuestion {
  return { dir, halt, asked: missing ?? null, standing: standing ?? null };
}

/** Takes the answers of a person for a share of this process. */
function answersFor(share: Share): SourceAnswers {
  return {
    async missing(token) {
      const removed = share.accept(token);
      if (removed !== undefined) return removed;
      throw changed('Nothing was removed: what is missing is not what was shown any more.');
    },
    async standing(token) {
      if (share.acceptStanding(token)) return;
      throw changed('Nothing was taken: another folder stands there than the one that was shown.');
    },
  };
}

function changed(cause: string): UserError {
  return new UserError('LIST_CHANGED', cause, 'Run accept again.', EXIT.held);
}

/** The verbs of a running client; without a source of this machine nothing waits there. */
export function sourceVerbs(
  folder: Pick<SourceFolder, 'dir' | 'share'> | undefined,
): Readonly<Record<string, ControlVerb>> {
  if (folder === undefined) return { 'source-question': async () => ({ exit: EXIT.done, result: null }) };
  const { dir, share } = folder;
  const answers = answersFor(share);
  return {
    'source-question': async () => ({ exit: EXIT.done, result: questionOf(dir, share) }),
    'source-accept': async ({ flags }) => ({
      exit: EXIT.done,
      result: { removed: await answers.missing(String(flags.token)) },
    }),
    'source-accept-root': async ({ flags }) => {
      await answers.standing(String(flags.token));
      return { exit: EXIT.done };
    },
  };
}

/**
 * Asks a person what the source waits for.
 * @param job its name, '' for the only mirror
 * @returns whether something was asked and agreed to; undefined when nothing can be agreed to
 */
export async function askAboutSource(
  { dir, asked, standing }: SourceQuestion,
  job: string,
  answers: SourceAnswers,
  say: (text: string) => void,
  ask: AskAbout,
): Promise<boolean | undefined> {
  if (standing !== null) {
    for (const line of standingText(dir, standing)) say(line);
    if (!(await ask('Is this folder to be mirrored from now on? [y/N] ', unagreed(job)))) return false;
    await answers.standing(standing.token);
    say(
      'Agreed: it is scanned now. If much of what was there is missing in it, accept asks about that next.',
    );
    return true;
  }
  if (asked === null) return undefined;
  for (const line of missingText(asked)) say(line);
  if (!(await ask('Is all of this meant to be gone? [y/N] ', unagreed(job)))) return false;
  const removed = await answers.missing(asked.token);
  say(removedText(removed, asked.missing, 'the mirror moves them to its trash, or asks'));
  return true;
}

function unagreed(job: string): UserError {
  return new UserError(
    'NOT_AGREED',
    'Nothing was changed: nobody agreed.',
    `If it is meant: "${lineFor(job, 'accept --yes')}". If not, put back what was there, and it goes on by itself.`,
    EXIT.held,
  );
}

/** The same while no client runs: the source is opened, scanned once, and closed again. */
export async function askAboutSourceOffline(
  place: Pick<Asking, 'name' | 'configuration' | 'stateDir'>,
  say: (text: string) => void,
  ask: AskAbout,
): Promise<boolean | undefined> {
  const { name, configuration, stateDir } = place;
  const dir = sourceDirOf(configuration);
  if (dir === '') return undefined;
  say(`Scanning ${displayName(dir)} ...`);
  const folder = await openSourceFolder({
    job: name,
    ...{ configuration, dir, stateDir, isForgotten: false, program: 'lanmirror-client accept' },
    scrubDays: () => 0,
    note: () => undefined,
  });
  try {
    const { share } = folder;
    await new Promise<void>((resolve) => {
      const changed = (): void => {
        if (!share.isScanning || share.halt !== '') resolve();
      };
      folder.subscribe(changed);
      share.start();
      changed();
    });
    const question = questionOf(dir, share);
    const answer = await askAboutSource(question, name, answersFor(share), say, ask);
    if (answer === undefined && question.halt !== '') say(question.halt);
    return answer;
  } finally {
    await folder.stop();
  }
}
