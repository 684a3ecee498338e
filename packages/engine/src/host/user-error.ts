import { EXIT, type ExitCode } from './exit-code.ts';

/**
 * An error a person can do something about. Shown as one or two lines, never with a stack.
 *
 *   code      stable, upper snake case: what scripts and tests compare
 *   message   the cause, in words of the person who runs the program
 *   nextStep  what to do about it; '' when the message already says so
 *   exitCode  what the program ends with
 */
export class UserError extends Error {
  readonly code: string;
  readonly exitCode: ExitCode;
  readonly nextStep: string;

  constructor(code: string, message: string, nextStep = '', exitCode: ExitCode = EXIT.usage) {
    super(message);
    this.name = 'UserError';
    this.code = code;
    this.nextStep = nextStep;
    this.exitCode = exitCode;
  }
}
