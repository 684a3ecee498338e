/**
 * The frame around both programs: errors for a person become one or two lines and an exit code, faults of
 * ours a message that says so.
 */
import { displayName } from './display-name.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { UserError } from './user-error.ts';

/** What is known of a run when it fails. `main` fills it in as it learns it. */
export interface Circumstances {
  /** The state folder; '' while there is none. */
  stateDir: string;
}

/**
 * Runs `main` and sets the exit code. `program` stands in front of error lines. An error that nobody waits
 * for ends the program at once, with 1: what it does from then on could be wrong. Locks are given back.
 */
export async function runProgram(
  program: string,
  main: (circumstances: Circumstances) => Promise<ExitCode>,
): Promise<void> {
  surviveLostReaders();
  const circumstances: Circumstances = { stateDir: '' };
  const end = (error: unknown): void => {
    tellFault(program, error, circumstances);
    void written(process.stderr).then(() => process.exit(EXIT.someFailed));
  };
  process.on('unhandledRejection', end);
  process.on('uncaughtException', end);
  try {
    process.exitCode = await main(circumstances);
  } catch (error) {
    await written(process.stdout);
    process.exitCode = tellError(program, error, circumstances);
  }
}

/** Says what went wrong; returns the exit code. No text from outside can break the lines. */
function tellError(program: string, error: unknown, circumstances: Circumstances): ExitCode {
  if (!(error instanceof UserError)) {
    tellFault(program, error, circumstances);
    return EXIT.someFailed;
  }
  process.stderr.write(`${program}: ${displayName(error.message)}\n`);
  if (error.nextStep !== '') process.stderr.write(`${displayName(error.nextStep)}\n`);
  return error.exitCode;
}

function tellFault(program: string, error: unknown, { stateDir }: Circumstances): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(
    `${program}: INTERNAL: this should not have happened. It is a fault of lanmirror, not of yours:\n${text}\n`,
  );
  if (stateDir === '') return;
  process.stderr.write(
    `Nothing that was synced is lost, and starting it again is safe. What it remembers is in ${displayName(stateDir)}: keep that folder if you report this.\n`,
  );
}

/** Where output is a pipe it may still be on its way; an error line must not overtake it. */
function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.write('', () => resolve());
  });
}

/** A mirror goes on when nobody reads its lines any more (`| head`, a full disk below the log). */
function surviveLostReaders(): void {
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
    if (code !== 'EPIPE') process.stderr.write(`Standard output cannot be written (${code ?? 'unknown'}).\n`);
  });
  // There is no place left where this could be told.
  process.stderr.on('error', () => undefined);
}
