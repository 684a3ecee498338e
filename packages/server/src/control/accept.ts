/** `lanmirror-server accept`: shows what is missing since the server was off, asks, and agrees to exactly that. */
import { confirm, displayName, EXIT, type ExitCode, UserError } from '@lanmirror/engine/host';
import type { Missing } from '../publish/missing-list.ts';
import { type Asking, askRunning } from './ask-running.ts';

/** What a running server answers to `missing`. */
export interface MissingAnswer {
  /** Why the server waits, '' when it does not. */
  readonly halt: string;
  /** What can be agreed to, if anything. */
  readonly asked: Missing | null;
}

/**
 * @returns the exit code: 0 when it is done or nothing waits
 * @throws UserError when nobody agrees, when the server waits for something else, or when what is missing has
 * changed since it was shown
 */
export async function accept(asking: Asking): Promise<ExitCode> {
  const { halt, asked } = (await askRunning(asking, 'missing')).result as MissingAnswer;
  if (asked === null) return tellOther(halt);
  for (const line of missingText(asked)) say(line);
  if (!(await isAgreed(asking))) return EXIT.held;
  const { removed } = (await askRunning(asking, 'accept', { token: asked.token })).result as {
    removed: number;
  };
  const rest = asked.missing - removed;
  const back = rest > 0 ? ` ${entriesText(rest)} not: they are there again, or cannot be looked at.` : '';
  say(`Agreed: ${entriesText(removed)} removed; each mirror moves them to its trash, or asks.${back}`);
  return EXIT.done;
}

/** The list as a person reads it. Pure. */
export function missingText({ missing, indexed, topCount, tops }: Missing): string[] {
  return [
    `${missing} of ${entriesText(indexed)} are missing since the server was off:`,
    ...tops.map(
      ({ path, isFolder, entries }) =>
        `  ${displayName(path)}${isFolder ? `/ (whole folder, ${entriesText(entries)})` : ''}`,
    ),
    ...(topCount > tops.length ? [`  ... and ${topCount - tops.length} more`] : []),
  ];
}

function entriesText(count: number): string {
  return count === 1 ? '1 entry' : `${count} entries`;
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

async function isAgreed(asking: Asking): Promise<boolean> {
  if (asking.isAgreed) return true;
  const answer = await confirm('Is all of this meant to be gone? [y/N] ');
  if (answer !== undefined) return answer;
  throw new UserError(
    'NOT_AGREED',
    'Nothing was removed: nobody agreed.',
    'If it is meant to be gone: "lanmirror-server accept --yes". If not, put it back, and the server goes on by itself.',
    EXIT.held,
  );
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
