/** A run that makes the mirror equal to the source: what `sync` asks of a running client. */
import { EXIT, typedCommand, UserError } from '@lanmirror/engine/host';
import { type PassControl, type PassVerdict, pass } from '../control/asked-pass.ts';
import { passText } from '../control/pass-text.ts';
import type { RunEnd } from './run-loop.ts';

const where = (): string => `"${typedCommand('lanmirror-client status')}" names them`;

/**
 * Does a whole pass. What a person can mend is the end that it comes to.
 * @param timeoutSeconds it gives up when nothing is heard or done for so long
 * @param signal aborted, it ends at once, and is never through
 */
export async function syncRun(
  control: PassControl,
  timeoutSeconds: number,
  signal: AbortSignal,
): Promise<RunEnd> {
  try {
    const { exit, result } = await pass(control, { flags: { timeout: timeoutSeconds }, signal }, true);
    // It says how everything was in that moment, which is no end.
    if (signal.aborted) return { exit: EXIT.someFailed, text: 'broken off' };
    return { exit, text: passText(result as PassVerdict, where()) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { exit: error.exitCode ?? EXIT.someFailed, text: error.message };
  }
}
