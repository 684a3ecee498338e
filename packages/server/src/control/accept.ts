/**
 * `lanmirror-server accept`: shows what a share waits for (a large loss, or another folder in the place of the
 * published one), asks, and agrees to exactly that.
 */
import {
  confirm,
  displayName,
  EXIT,
  type ExitCode,
  missingText,
  removedText,
  standingText,
  typedCommand,
  UserError,
} from '@lanmirror/engine/host';
import type { Missing, StandingRoot } from '@lanmirror/engine/source';
import { type Asking, askRunning } from './ask-running.ts';
import { type MissingAnswer, waitingShare } from './waiting-share.ts';

/**
 * @returns the exit code: 0 when it is done or nothing waits
 * @throws UserError when nobody agrees, when the server waits for something else, or when what is missing has
 * changed since it was shown
 */
export async function accept(asking: Asking): Promise<ExitCode> {
  const shares = (await askRunning(asking, 'missing')).result as readonly MissingAnswer[];
  const { halt, share, asked, standing, monitorDir } = waitingShare(shares, asking.share);
  if (shares.length > 1 && (asked ?? standing) !== null)
    say(`Share ${displayName(share || 'without a name')}:`);
  const meant = { ...asking, share };
  if (standing !== null) return acceptStanding(meant, monitorDir, standing);
  if (asked === null) return tellOther(halt);
  return acceptMissing(meant, asked);
}

async function acceptStanding(asking: Asking, monitorDir: string, standing: StandingRoot): Promise<ExitCode> {
  for (const line of standingText(monitorDir, standing)) say(line);
  if (!(await isAgreed(asking, 'Is this folder to be published from now on? [y/N] '))) return EXIT.held;
  await askRunning(asking, 'accept-root', { share: asking.share ?? '', token: standing.token });
  say(
    'Agreed: it is scanned now. If much of what was published is missing in it, accept asks about that next.',
  );
  return EXIT.done;
}

async function acceptMissing(asking: Asking, asked: Missing): Promise<ExitCode> {
  for (const line of missingText(asked)) say(line);
  if (!(await isAgreed(asking, 'Is all of this meant to be gone? [y/N] '))) return EXIT.held;
  const flags = { share: asking.share ?? '', token: asked.token };
  const { removed } = (await askRunning(asking, 'accept', flags)).result as { removed: number };
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
    `If it is meant: "${typedCommand('lanmirror-server accept --yes')}". If not, put back what was there, and the server goes on by itself.`,
    EXIT.held,
  );
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
