import { EXIT, type ExitCode } from './exit-code.ts';

/**
 * An error a person can do something about: a stable code, the cause in his words, and the next step.
 * Shown as one or two lines, never with a stack.
 */
export class UserError extends Error {
  readonly code: string;
  readonly exitCode: ExitCode;
  readonly next: string;

  constructor(code: string, cause: string, next = '', exitCode: ExitCode = EXIT.usage) {
    super(cause);
    this.name = 'UserError';
    this.code = code;
    this.next = next;
    this.exitCode = exitCode;
  }
}
