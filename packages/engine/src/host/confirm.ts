/** Asks a person for a yes. */
import { createInterface } from 'node:readline/promises';

interface Terminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream;
}

/** The question before: there is one terminal, and several mirrors may have something to ask. */
let earlier: Promise<unknown> = Promise.resolve();

/**
 * Asks on the terminal, one question after the other. The question goes to standard error, so that output can be kept in a file.
 *
 * @returns whether the answer was y or yes; no answer at all is a no; undefined when there is no terminal
 */
export async function confirm(
  question: string,
  { input, output }: Terminal = { input: process.stdin, output: process.stderr },
): Promise<boolean | undefined> {
  if (input.isTTY !== true) return undefined;
  const answer = earlier.then(() => ask(question, input, output));
  earlier = answer.catch(() => undefined);
  return answer;
}

async function ask(question: string, input: Terminal['input'], output: Terminal['output']): Promise<boolean> {
  const reader = createInterface({ input, output });
  try {
    const ended = new Promise<string>((resolve) => reader.once('close', () => resolve('')));
    return /^y(es)?$/i.test((await Promise.race([reader.question(question), ended])).trim());
  } finally {
    reader.close();
  }
}
