/**
 * The frame around both programs: errors for a person become one or two lines and an exit code, faults of
 * ours a message that says so.
 */
import { EXIT, type ExitCode } from './exit-code.ts';
import { UserError } from './user-error.ts';

/** Runs `main` and sets the exit code. `program` stands in front of error lines. */
export async function runProgram(program: string, main: () => Promise<ExitCode>): Promise<void> {
  try {
    process.exitCode = await main();
  } catch (error) {
    process.exitCode = tellError(program, error);
  }
}

/** Says what went wrong; returns the exit code. */
export function tellError(program: string, error: unknown): ExitCode {
  if (error instanceof UserError) {
    process.stderr.write(`${program}: ${error.message}\n`);
    if (error.next !== '') process.stderr.write(`${error.next}\n`);
    return error.exitCode;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`${program}: this should not have happened, and is a fault of the program:\n${text}\n`);
  return EXIT.someFailed;
}
