/** Why the run of a job ended, as it is told and remembered beside others that go on. */
import { displayName, EXIT, UserError } from '@lanmirror/engine/host';
import type { JobFailure } from './job-course.ts';

/** Codes of errors that are over without anybody changing a setting. */
const PASSING: ReadonlySet<string> = new Set(['NO_TARGET', 'NO_SOURCE', 'NO_TRASH_DIR', 'LOCKED']);

/** What was thrown. No text from outside can break the lines that show it. */
export function failureOf(error: unknown): JobFailure {
  if (error instanceof UserError) {
    const { code, message, nextStep, exitCode: exit } = error;
    const texts = { message: displayName(message), nextStep: displayName(nextStep) };
    return { code, exit, isFault: false, mayPass: PASSING.has(code), ...texts };
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const message = `INTERNAL: this should not have happened. It is a fault of lanmirror, not of yours: ${text}`;
  return { code: 'INTERNAL', message, nextStep: '', exit: EXIT.someFailed, isFault: true, mayPass: false };
}

/** In one line. */
export function failureText({ message, nextStep }: Pick<JobFailure, 'message' | 'nextStep'>): string {
  return `${message} ${nextStep}`.trim();
}
