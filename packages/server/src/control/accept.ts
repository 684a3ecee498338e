/**
 * `lanmirror-server accept`: shows what the server waits for (a large loss, or another folder in the place of the
 * published one), asks, and agrees to exactly that.
 */
import {
  confirm,
  EXIT,
  type ExitCode,
  missingText,
  removedText,
  standingText,
  UserError,
} from '@lanmirror/engine/host';
import type { Missing, StandingRoot } from '@lanmirror/engine/source';
import { type Asking, askRunning } from './ask-running.ts';

/** What a running server answers to `missing`. */
export interface MissingAnswer {
  /** Why the server waits, '' when it does not. */
  readonly halt: string;
  /** What can be agreed to, if anything. */
  readonly asked: Missing | null;
  /** Another folder in the place of the published one, if that is what it waits for. */
  readonly standing: StandingRoot | null;
}

/**
 * @returns the exit code: 0 when it is done or nothing waits
 * @throws UserError when nobody agrees, when the server waits for something else, or when what is missing has
 * changed since it was shown
 */
export async function accept(asking: Asking): Promise<ExitCode> {
  const { halt, asked, standing } = (await askRunning(asking, 'missing')).result as MissingAnswer;
  if (standing !== null) return acceptStanding(asking, standing);
  if (asked === null) return tellOther(halt);
  return acceptMissing(asking, asked);
}

async function acceptStanding(asking: Asking, standing: StandingRoot): Promise<ExitCode> {
  for (const line of standingText(asking.monitorDir, standing)) say(line);
  if (!(await isAgreed(asking, 'Is this folder to be published from now on? [y/N] '))) return EXIT.held;
  await askRunning(asking, 'accept-root', { token: standing.token });
  say(
    'Agreed: it is scanned now. If much of what was published is missing in it, accept asks about that next.',
  );
  return EXIT.done;
}

async function acceptMissing(asking: Asking, asked: Missing): Promise<ExitCode> {
  for (const line of missingText(asked)) say(line);
  if (!(await isAgreed(asking, 'Is all of this meant to be gone? [y/N] '))) return EXIT.held;
  const { removed } = (await askRunning(asking, 'accept', { token: asked.token })).result as {
    removed: number;
  };
  say(removedText(removed, asked.missing, 'each mirror moves them to its trash, or asks'));
  return EXIT.done;
}

function tellOther(halt: string): ExitCode {
  if (halt === '') {
    say('Nothing waits.');
    return EXIT.done;
  }
  say(halt);
  throw new UserError(
    'NOT_ACCEPTABLE',
    'That cannot be accepted.',
    'Do what the line above says.',
    EXIT.held,
  );
}

async function isAgreed(asking: Asking, question: string): Promise<boolean> {
  if (asking.isAgreed) return true;
  const answer = await confirm(question);
  if (answer !== undefined) return answer;
  throw new UserError(
    'NOT_AGREED',
    'Nothing was changed: nobody agreed.',
    'If it is meant: "lanmirror-server accept --yes". If not, put back what was there, and the server goes on by itself.',
    EXIT.held,
  );
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
