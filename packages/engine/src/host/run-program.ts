/**
 * The frame around both programs: errors for a person become one or two lines and an exit code, faults of
 * ours a message that says so.
 */
import { displayName } from './display-name.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { UserError } from './user-error.ts';

/** Runs `main` and sets the exit code. `program` stands in front of error lines. */
export async function runProgram(program: string, main: () => Promise<ExitCode>): Promise<void> {
  surviveLostReaders();
  try {
    process.exitCode = await main();
  } catch (error) {
    await written(process.stdout);
    process.exitCode = tellError(program, error);
  }
}

/** Says what went wrong; returns the exit code. No text from outside can break the lines. */
export function tellError(program: string, error: unknown): ExitCode {
  if (error instanceof UserError) {
    process.stderr.write(`${program}: ${displayName(error.message)}\n`);
    if (error.nextStep !== '') process.stderr.write(`${displayName(error.nextStep)}\n`);
    return error.exitCode;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(
    `${program}: this should not have happened, and is a fault of the program:\n${text}\n`,
  );
  return EXIT.someFailed;
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
