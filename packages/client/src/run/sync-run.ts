/** A run that makes the mirror equal to the source: what `sync` asks of a running client. */
import { type ControlResult, EXIT, typedCommand, UserError } from '@lanmirror/engine/host';
import { type PassControl, type PassVerdict, pass } from '../control/asked-pass.ts';
import { passText } from '../control/pass-text.ts';
import type { RunEnd } from './run-loop.ts';

/** How a pass ended, and what it leaves to a run. */
export interface PassEnd extends ControlResult, Pick<RunEnd, 'owes'> {
  readonly result: PassVerdict;
}

const where = (): string => `"${typedCommand('lanmirror-client status')}" names them`;

/**
 * Does a whole pass. What a person can mend is the end that it comes to.
 * @param times `timeoutSeconds`: it gives up when nothing is heard or done for so long
 * @param signal aborted, it ends at once, and is never through
 */
export async function syncRun(
  control: PassControl,
  { timeoutSeconds, isLive }: { readonly timeoutSeconds: number; readonly isLive: boolean },
  signal: AbortSignal,
): Promise<RunEnd> {
  try {
    const ended = await pass(control, { flags: { timeout: timeoutSeconds }, signal }, true);
    // It says how everything was in that moment, which is no end.
    if (signal.aborted) return { exit: EXIT.someFailed, text: 'broken off' };
    return runEndOf(withRest(control, ended, { isLive, isWhole: true }));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { exit: error.exitCode ?? EXIT.someFailed, text: error.message };
  }
}

/**
 * The same with what becomes of what a halt left. `isWhole`: not of a part only. A whole pass that the halt of something
 * ended whose return is heard of here owes another one.
 */
export function withRest(
  { client, folder }: PassControl,
  { exit, result }: ControlResult,
  { isLive, isWhole }: { readonly isLive: boolean; readonly isWhole: boolean },
): PassEnd {
  const verdict = result as PassVerdict;
  if (verdict.halt === '' || isLive) return { exit, result: verdict };
  const isHeardOf = isWhole && (folder !== undefined || client.mirror.haltReason !== '');
  if (!isHeardOf) return { exit, result: { ...verdict, afterHalt: ' The next run makes up for it.' } };
  return {
    exit,
    result: { ...verdict, afterHalt: ' A run follows as soon as that is over.' },
    owes: 'halted',
  };
}

/** What a whole pass comes to as a run. */
export function runEndOf({ exit, result, owes }: PassEnd): RunEnd {
  return { exit, text: passText(result, where()), owes };
}
