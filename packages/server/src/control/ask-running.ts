/** Asks the server that runs on a folder. */
import { askProgram, type ControlResult, displayName, EXIT, UserError } from '@lanmirror/engine/host';

export interface Asking {
  readonly stateDir: string;
  readonly monitorDir: string;
  readonly isJson: boolean;
  /** `accept` without a question. */
  readonly isAgreed: boolean;
}

const SILENT = { line: () => undefined, record: () => undefined };

/** Asks the running server. Throws UserError when there is none, or what it answers. */
export async function askRunning(
  { stateDir, monitorDir }: Asking,
  verb: string,
  flags: Readonly<Record<string, string>> = {},
): Promise<ControlResult> {
  const answer = await askProgram(stateDir, verb, flags, SILENT);
  if (answer !== undefined) return answer;
  throw new UserError(
    'NOT_RUNNING',
    `No lanmirror-server runs for ${displayName(monitorDir)}.`,
    'Start it with "lanmirror-server start".',
    EXIT.noConnection,
  );
}
